"""Whether a device's own records of a scan lead to what it decided, and what an officer's code may do."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from dawr.gates.model.merging import Contest, contest_of, doubt_about_admission, doubt_about_code, numbers_of
from dawr.gates.model.records import (
    Answered,
    AnyStep,
    Found,
    Overruled,
    OverruledStep,
    Round,
    Scanned,
    SecondLook,
)
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.people.model import Officer, Role
from dawr.tickets.model import Verdict
from tests.unit.gates.guards import CLERK, GUARD, HEAD, OFFICE

ENVELOPE = {
    "n": 1,
    "prev": "A" * 43,
    "device": UUID(int=1),
    "shift": UUID(int=2),
    "pack": UUID(int=3),
    "scan": UUID(int=4),
    "at_ms": 0,
}


def scanned(found: Found = Found.ASK, *, is_proven: bool = True) -> Scanned:
    return Scanned(
        **ENVELOPE,  # type: ignore[arg-type]
        via="camera",
        ticket="A" * 14 if is_proven else None,
        service="KW-TST/18" if is_proven else None,
        index=0,
        code_hash="A" * 43,
        ticket_lane=1,
        list_ms=0,
        found=found,
    )


def answered(*, right: bool = True, attempt: int = 1, round_: Round = Round.FIRST) -> Answered:
    return Answered(**ENVELOPE, attempt=attempt, round=round_, right=right, seconds_ms=9000)  # type: ignore[arg-type]


def overruled(what: Overruled, *, officer: UUID = HEAD, number: int = 1) -> OverruledStep:
    return OverruledStep(**ENVELOPE, officer=officer, number=number, what=what)  # type: ignore[arg-type]


def looked(*, right: bool, attempt: int = 1, officer: UUID = CLERK, number: int = 1) -> SecondLook:
    return SecondLook(**ENVELOPE, officer=officer, number=number, attempt=attempt, right=right)  # type: ignore[arg-type]


WRONG_TWICE = [answered(right=False), answered(right=False, attempt=2)]
OTHER = answered(round_=Round.OTHER)


@pytest.mark.parametrize(
    ("steps", "doubt"),
    [
        ([scanned(), answered()], None),
        ([scanned(), answered(right=False), answered(attempt=2)], None),
        ([scanned(), answered(), looked(right=True)], None),
        ([scanned(), answered(), looked(right=False), looked(right=True, attempt=2)], None),
        ([scanned(), *WRONG_TWICE, overruled(Overruled.ANOTHER_ROUND), OTHER], None),
        ([scanned(Found.IDENTITY_MISMATCH), overruled(Overruled.ANOTHER_ROUND), OTHER], None),
        ([scanned(Found.STATUS_LIST_STALE), overruled(Overruled.STALE_LIST), answered()], None),
        ([scanned(Found.NO_ANSWERS), overruled(Overruled.NO_ANSWERS)], None),
        ([], Contest.OUT_OF_ORDER),
        ([answered()], Contest.OUT_OF_ORDER),
        ([scanned(is_proven=False), answered()], Contest.OUT_OF_ORDER),
        ([scanned()], Contest.NOT_ANSWERED),
        ([scanned(), answered(right=False)], Contest.NOT_ANSWERED),
        ([scanned(), *WRONG_TWICE, answered(attempt=2)], Contest.NOT_ANSWERED),
        ([scanned(), answered(), looked(right=False)], Contest.NOT_ANSWERED),
        ([scanned(), *WRONG_TWICE, OTHER], Contest.NOT_ALLOWED),
        ([scanned(Found.OTHER_LANE), answered()], Contest.NOT_ALLOWED),
        ([scanned(Found.OTHER_LANE), overruled(Overruled.STALE_LIST), answered()], Contest.NOT_ALLOWED),
        ([scanned(Found.CANCELLED), overruled(Overruled.ANOTHER_ROUND), answered()], Contest.NOT_ALLOWED),
        ([scanned(Found.NOT_OURS), overruled(Overruled.NO_ANSWERS)], Contest.NOT_ALLOWED),
    ],
)
def test_only_records_that_lead_to_an_admission_are_one(steps: Sequence[AnyStep], doubt: Contest | None) -> None:
    is_allowed = any(isinstance(step, OverruledStep) and step.what is Overruled.ANOTHER_ROUND for step in steps)
    found = doubt_about_admission(steps, is_own_lane=True, is_mismatched=False, is_round_allowed=is_allowed)
    assert found is doubt


@pytest.mark.parametrize(
    ("steps", "is_round_allowed", "doubt"),
    [
        ([scanned(), answered()], False, Contest.MISMATCHED_BEFORE),
        ([scanned(Found.IDENTITY_MISMATCH), overruled(Overruled.ANOTHER_ROUND), OTHER], True, None),
        ([scanned(), OTHER], True, None),
        ([scanned(), OTHER], False, Contest.MISMATCHED_BEFORE),
    ],
)
def test_a_ticket_that_was_found_with_anothers_card_needs_a_branch_heads_code(
    steps: Sequence[AnyStep], *, is_round_allowed: bool, doubt: Contest | None
) -> None:
    found = doubt_about_admission(steps, is_own_lane=True, is_mismatched=True, is_round_allowed=is_round_allowed)
    assert found is doubt


@pytest.mark.parametrize(
    ("steps", "doubt"),
    [
        ([scanned(), answered()], Contest.NOT_ALLOWED),
        ([scanned(Found.NO_ANSWERS), overruled(Overruled.NO_ANSWERS)], Contest.NOT_ALLOWED),
        ([scanned(Found.OTHER_LANE), overruled(Overruled.OTHER_LANE), answered()], None),
    ],
)
def test_whatever_a_device_says_of_the_lane_another_lanes_ticket_needs_a_branch_heads_code(
    steps: Sequence[AnyStep], doubt: Contest | None
) -> None:
    found = doubt_about_admission(steps, is_own_lane=False, is_mismatched=False, is_round_allowed=False)
    assert found is doubt


def officer(role: Role) -> Officer:
    return Officer(person_id=HEAD, role=role, authority_id=AuthorityId("KW-MOI"), office_id=OfficeId(OFFICE))


@pytest.mark.parametrize(
    ("holder", "step", "doubt"),
    [
        (officer(Role.BRANCH_HEAD), overruled(Overruled.CLOCK, number=21), None),
        (officer(Role.BRANCH_HEAD), looked(right=True, number=40), None),
        (officer(Role.CLERK), looked(right=True, number=30), None),
        (officer(Role.GUARD), looked(right=True, number=30), None),
        (officer(Role.CLERK), overruled(Overruled.CLOCK, number=21), Contest.NOT_AN_OFFICER),
        (None, looked(right=True, number=30), Contest.NOT_AN_OFFICER),
        (officer(Role.GUARD), looked(right=True, number=30, officer=GUARD), Contest.OWN_CODE),
        (officer(Role.BRANCH_HEAD), overruled(Overruled.CLOCK, number=20), Contest.NO_SUCH_NUMBER),
        (officer(Role.BRANCH_HEAD), overruled(Overruled.CLOCK, number=41), Contest.NO_SUCH_NUMBER),
    ],
)
def test_a_code_does_what_its_officer_may_at_its_own_lane(
    holder: Officer | None, step: OverruledStep | SecondLook, doubt: Contest | None
) -> None:
    assert doubt_about_code(holder, step=step, guard_id=GUARD, lane=2) is doubt


def test_each_lane_has_twenty_numbers_of_its_own() -> None:
    numbers = [number for lane in range(1, 21) for number in numbers_of(lane)]
    assert numbers == list(range(1, 401))
    with pytest.raises(ValueError, match="no such lane"):
        numbers_of(21)


def test_every_verdict_but_admit_contests_an_admission() -> None:
    assert {verdict for verdict in Verdict if contest_of(verdict) is None} == {Verdict.ADMIT}
    assert contest_of(Verdict.USED) is Contest.ADMITTED_BEFORE

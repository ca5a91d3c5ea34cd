"""Which turn a reference means, who may allow another round, and what has become of a mismatch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from dawr.booking.model import Booking
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.model import (
    Allowed,
    Mismatch,
    MismatchState,
    OwnRound,
    ReferenceOfSeveral,
    ScanId,
    TicketId,
    Verdict,
    day_of,
    meant_by_reference,
    mismatch_state,
    require_second_officer,
)
from tests.unit.tickets.appointments import STARTS_AT, appointment

DAY = timedelta(days=1)
GUARD, HEAD = PersonId(UUID(int=1)), PersonId(UUID(int=2))
OTHER_SERVICE = ServiceId("KW-MOI/20")

TODAYS = appointment().booking
OTHER_TODAY = replace(TODAYS, service_id=OTHER_SERVICE)
TOMORROWS = replace(OTHER_TODAY, starts_at=STARTS_AT + DAY)


def meant(found: Sequence[Booking], *services: ServiceId) -> Booking:
    timezone = "Asia/Kuwait"
    return meant_by_reference(
        found,
        day_on=day_of(STARTS_AT, timezone=timezone),
        timezone=timezone,
        service_ids=frozenset(services) or None,
    )


def test_a_reference_of_one_turn_means_it_whatever_its_day_and_service() -> None:
    assert meant([TODAYS]) == TODAYS
    assert meant([TOMORROWS]) == TOMORROWS
    assert meant([TODAYS], OTHER_SERVICE) == TODAYS


def test_a_turn_of_today_is_meant_before_others() -> None:
    assert meant([TOMORROWS, TODAYS]) == TODAYS


@pytest.mark.parametrize(("service_id", "booking"), [(TODAYS.service_id, TODAYS), (OTHER_SERVICE, OTHER_TODAY)])
def test_the_service_that_a_gate_is_for_tells_two_turns_apart(service_id: ServiceId, booking: Booking) -> None:
    assert meant([TODAYS, OTHER_TODAY], service_id) == booking


@pytest.mark.parametrize(
    "found",
    [[TODAYS, OTHER_TODAY], [TOMORROWS, replace(TODAYS, starts_at=STARTS_AT - DAY)]],
)
def test_what_only_the_service_can_tell_is_asked(found: list[Booking]) -> None:
    with pytest.raises(ReferenceOfSeveral):
        meant(found)


def test_a_reference_of_nobody_is_not_found() -> None:
    with pytest.raises(NotFound):
        meant([])


def test_who_allows_a_round_and_who_types_in_it_are_two_people() -> None:
    require_second_officer(HEAD, others={GUARD})
    with pytest.raises(OwnRound):
        require_second_officer(GUARD, others={GUARD, HEAD})


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        (MismatchState.AWAITS_DECISION, {}),
        (MismatchState.OWN, {"head_id": GUARD}),
        (MismatchState.ALLOWED, {"is_spent": False}),
        (MismatchState.OVER, {"verdict": Verdict.CANCELLED}),
        (MismatchState.OVER, {"verdict": Verdict.TOO_LATE}),
        (MismatchState.ADMITTED, {"admitted_at": STARTS_AT, "verdict": Verdict.USED, "is_spent": False}),
    ],
)
def test_one_more_try_is_offered_only_where_it_has_an_effect(state: MismatchState, changed: dict[str, object]) -> None:
    facts = {"verdict": Verdict.ADMIT, "is_spent": True, "head_id": HEAD, "admitted_at": None} | changed
    mismatch = Mismatch(
        service_id=TODAYS.service_id,
        ticket_id=TicketId(b"0123456789"),
        scan_id=ScanId(UUID(int=3)),
        last_at=STARTS_AT,
        wrong_tries=2,
        guard_ids=(GUARD,),
        admitted_at=facts.pop("admitted_at"),  # type: ignore[arg-type]
    )
    assert mismatch_state(mismatch, **facts) is state  # type: ignore[arg-type]


def test_the_hash_of_a_reason_tells_nothing_without_its_key() -> None:
    allowed = Allowed(head_id=HEAD, reason="a worn card", reason_key=b"k" * 32)
    assert allowed.reason_hash == replace(allowed, head_id=GUARD).reason_hash
    assert allowed.reason_hash != replace(allowed, reason_key=b"l" * 32).reason_hash
    assert allowed.reason_hash != replace(allowed, reason="a new card").reason_hash

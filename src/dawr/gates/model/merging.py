"""What a scan's records come to: whether a visitor was rightly let in, and why a branch head should look at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dawr.gates.model.devices import LANES_MAX, DeviceId
from dawr.gates.model.records import (
    CODES_PER_LANE,
    Answered,
    AnyStep,
    Found,
    Overruled,
    OverruledStep,
    Round,
    Scanned,
    SecondLook,
)
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.people.model import Officer, Role
from dawr.tickets.model import CHALLENGE_TRIES_MAX, TicketId, Verdict


class Contest(StrEnum):
    """Why something that a device recorded does not stand by itself."""

    ADMITTED_BEFORE = "admitted_before"
    TURN_OVER = "turn_over"
    NOT_NOW_OR_NOT_HERE = "not_now_or_not_here"
    UNKNOWN_TICKET = "unknown_ticket"
    NOT_ANSWERED = "not_answered"
    NOT_ALLOWED = "not_allowed"
    MISMATCHED_BEFORE = "mismatched_before"
    CODE_USED_BEFORE = "code_used_before"
    OWN_CODE = "own_code"
    NOT_AN_OFFICER = "not_an_officer"
    NO_SUCH_NUMBER = "no_such_number"
    OUT_OF_ORDER = "out_of_order"
    CODE_REFUSED = "code_refused"


BY_VERDICT = {
    Verdict.USED: Contest.ADMITTED_BEFORE,
    Verdict.CANCELLED: Contest.TURN_OVER,
    Verdict.SUSPENDED: Contest.TURN_OVER,
}
NEEDS = {
    Found.OTHER_LANE: Overruled.OTHER_LANE,
    Found.NO_ANSWERS: Overruled.NO_ANSWERS,
    Found.STATUS_LIST_STALE: Overruled.STALE_LIST,
    Found.IDENTITY_MISMATCH: Overruled.ANOTHER_ROUND,
}
"""What of a first finding only a branch head's code goes on after; past any other final one nobody goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of a record; of a scan, the lane that its ticket was really sent to.

    Of an admission, whether the day's secret asked for a second look and for a wrong name; None where it was not asked.
    """

    contested: Contest | None = None
    ticket_lane: int | None = None
    is_second_look_due: bool | None = None
    is_decoy_due: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """A line of the branch head's page; `officer_id` is whose code was used, `lane` where the device stood."""

    device_id: DeviceId
    device_name: str
    lane: int
    n: int
    kind: str
    guard_id: PersonId
    officer_id: PersonId | None
    number: int | None
    service_id: ServiceId | None
    ticket_id: TicketId | None
    why: Contest
    happened_at: datetime
    merged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """A device that told two stories under one number."""

    device_id: DeviceId
    device_name: str
    n: int
    seen_at: datetime


def contest_of(verdict: Verdict) -> Contest | None:
    """Why an admission does not stand that the register judges so; None where it stands."""
    return None if verdict is Verdict.ADMIT else BY_VERDICT.get(verdict, Contest.NOT_NOW_OR_NOT_HERE)


def doubt_about_admission(
    steps: Sequence[AnyStep], *, is_own_lane: bool, is_mismatched: bool, is_round_allowed: bool
) -> Contest | None:
    """Whether what a device recorded of one scan, in its order, leads to "admit"; None where it does.

    An altered device that skips a step is found by its own records. `is_own_lane`: whether the ticket was sent to the
    device's lane, whatever the device says; `is_mismatched`: whether another's card was found before, at whichever
    gate; `is_round_allowed`: whether a branch head's code at this device allowed another round.
    """
    scanned = next((step for step in steps if isinstance(step, Scanned)), None)
    if scanned is None or scanned.ticket is None:
        return Contest.OUT_OF_ORDER
    went_on = {step.what for step in steps if isinstance(step, OverruledStep)}
    is_let_on = scanned.found is Found.ASK or NEEDS.get(scanned.found) in went_on
    if not is_let_on or not (is_own_lane or Overruled.OTHER_LANE in went_on):
        return Contest.NOT_ALLOWED
    if Overruled.NO_ANSWERS in went_on:
        return None
    return _doubt_about_answers(steps, is_mismatched=is_mismatched, is_round_allowed=is_round_allowed)


def _doubt_about_answers(steps: Sequence[AnyStep], *, is_mismatched: bool, is_round_allowed: bool) -> Contest | None:
    answers = [step for step in steps if isinstance(step, Answered)]
    if not _are_right(answers) or _failed_second_look(steps):
        return Contest.NOT_ANSWERED
    if is_round_allowed:
        return None
    if is_mismatched:
        return Contest.MISMATCHED_BEFORE
    return Contest.NOT_ALLOWED if answers[-1].round is Round.OTHER else None


def doubt_about_code(
    officer: Officer | None, *, step: OverruledStep | SecondLook, guard_id: PersonId, lane: int
) -> Contest | None:
    """Whether an officer's code may do what it did; `officer` is the widest role that its owner has at the office."""
    if step.officer == guard_id:
        return Contest.OWN_CODE
    if officer is None or (isinstance(step, OverruledStep) and officer.role is not Role.BRANCH_HEAD):
        return Contest.NOT_AN_OFFICER
    return None if step.number in numbers_of(lane) else Contest.NO_SUCH_NUMBER


def numbers_of(lane: int) -> range:
    """Which numbers of an officer's sheet are for a lane: 1 to 20 for the first, 21 to 40 for the second."""
    if not 1 <= lane <= LANES_MAX:
        raise ValueError("no such lane")
    return range((lane - 1) * CODES_PER_LANE + 1, lane * CODES_PER_LANE + 1)


def _are_right(answers: Sequence[Answered]) -> bool:
    """Whether the last round's digits were right before its tries were spent."""
    wrong = [answer for answer in answers if answer.round is answers[-1].round and not answer.right]
    return bool(answers) and answers[-1].right and len(wrong) < CHALLENGE_TRIES_MAX


def _failed_second_look(steps: Sequence[AnyStep]) -> bool:
    looks = [step for step in steps if isinstance(step, SecondLook)]
    return bool(looks) and not looks[-1].right

"""The visit that follows an admission, from the hall to its outcome at a counter."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dawr.booking.model import BookingId
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.tickets.model.tickets import TicketId

CARD_TRIES_MAX = 2
CALLS_MAX = 3


class VisitState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    OPENED = "opened"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a visit ended."""

    SERVED = "served"
    NOT_SERVED = "not_served"
    NOT_THERE = "not_there"
    IDENTITY_MISMATCH = "identity_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An admitted person's turn at the counters."""

    service_id: ServiceId
    ticket_id: TicketId
    booking_id: BookingId
    person_id: PersonId
    office_id: OfficeId
    guard_id: PersonId
    starts_at: datetime
    admitted_at: datetime
    state: VisitState
    calls: int
    wrong_cards: int
    clerk_id: PersonId | None
    desk: str | None
    outcome: Outcome | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """The people inside an office: how many wait, and the asking clerk's visit."""

    waiting: int
    in_hand: Visit | None


class OnlyOwnAdmissions(Refusal):
    """Whoever let a person in does not serve him: everybody who waits was let in by this clerk."""

    code = "tickets.only_own_admissions"


class VisitInHand(Refusal):
    """A clerk closes one visit before he calls the next."""

    code = "tickets.visit_in_hand"


class VisitMovedOn(Refusal):
    """The visit is not, or no longer, where this step begins."""

    code = "tickets.visit_moved_on"


def require_in_hand(visit: Visit | None, *, office_id: OfficeId, state: VisitState) -> Visit:
    """The visit that a clerk has in hand; refuses a step that is not its next one, or of another office."""
    if visit is None or visit.state is not state or visit.office_id != office_id:
        raise VisitMovedOn
    return visit

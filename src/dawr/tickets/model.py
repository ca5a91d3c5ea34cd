"""Tickets, what a gate makes of them, and the visit that follows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from dawr.booking.model import Booking, BookingId, BookingState
from dawr.catalogue.model import Authority, Document, Office, Service
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.kernel.signing import keyed_hash
from dawr.people.model import Officer, Person

TicketId = NewType("TicketId", bytes)
ScanId = NewType("ScanId", UUID)

TICKET_ID_BYTES = 10
EARLY = timedelta(minutes=30)
CHALLENGE_TRIES_MAX = 2
CARD_TRIES_MAX = 2
CALLS_MAX = 3


class TicketStatus(IntEnum):
    """A ticket's value in its status list (IETF Token Status List)."""

    VALID = 0
    CANCELLED = 1
    USED = 2
    SUSPENDED = 3


class Verdict(StrEnum):
    """What a gate or counter says of a code; each has its own sign, sentence and next step."""

    ADMIT = "admit"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG_OFFICE = "wrong_office"
    WRONG_SERVICE = "wrong_service"
    WRONG_DAY = "wrong_day"
    USED = "used"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    NOT_OURS = "not_ours"
    DAMAGED_CODE = "damaged_code"
    IDENTITY_MISMATCH = "identity_mismatch"
    STATUS_LIST_STALE = "status_list_stale"


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


class MismatchState(StrEnum):
    """What has become of a ticket whose card did not match, as one branch head sees it."""

    AWAITS_DECISION = "awaits_decision"
    OWN = "own"
    ALLOWED = "allowed"
    ADMITTED = "admitted"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An issued ticket; `code` is the text of its QR code, `sequence` counts the tickets of its booking from 0."""

    service_id: ServiceId
    ticket_id: TicketId
    booking_id: BookingId
    person_id: PersonId
    office_id: OfficeId
    starts_at: datetime
    status: TicketStatus
    status_index: int
    sequence: int
    code: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTicket:
    """A ticket's place in the status list of its office and day, and the booking that its worth hangs on."""

    service_id: ServiceId
    booking_id: BookingId
    status_index: int
    status: TicketStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Everything that a holder is shown of his turn, on a screen, on paper and in his calendar."""

    ticket: Ticket
    booking: Booking
    holder: Person
    service: Service
    office: Office
    authority: Authority
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Which digits of the card a guard must type, counted from 1; only a keyed hash of the answer is kept.

    `positions` are the civil number's, `serial_positions` the card's own serial number's.
    """

    round: int
    positions: tuple[int, ...]
    serial_positions: tuple[int, ...] = ()
    answer_hash: bytes
    wrong_tries: int

    @property
    def is_spent(self) -> bool:
        return self.wrong_tries >= CHALLENGE_TRIES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Who allowed a further round and why; the public log holds the reason's hash under `reason_key` alone."""

    head_id: PersonId
    reason: str
    reason_key: bytes

    @property
    def reason_hash(self) -> str:
        return keyed_hash(self.reason_key, self.reason.encode()).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A code that a guard held before the gate; `verdict` is None while the card's digits are awaited."""

    scan_id: ScanId
    office_id: OfficeId
    guard_id: PersonId
    scanned_at: datetime
    service_id: ServiceId | None
    ticket_id: TicketId | None
    verdict: Verdict | None


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
class ShownScan:
    """A scan as the gate shows it: `name` is the signed one, `challenge` what is still to be typed."""

    scan: Scan
    ticket: Ticket | None
    name: str | None
    challenge: Challenge | None
    admitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A ticket whose card did not match at the gate: its newest scan, and who typed how often in vain."""

    service_id: ServiceId
    ticket_id: TicketId
    scan_id: ScanId
    last_at: datetime
    wrong_tries: int
    guard_ids: tuple[PersonId, ...]
    admitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatches:
    """A day's identity mismatches: by ticket at the gate; and, by guard, of how many admissions at the counter."""

    at_gate: tuple[tuple[Mismatch, MismatchState], ...]
    by_guard: Mapping[PersonId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """The people inside an office: how many wait, and the asking clerk's visit."""

    waiting: int
    in_hand: Visit | None


class NotConfirmed(Refusal):
    """A booking has a ticket once its person has confirmed it."""

    code = "tickets.not_confirmed"


class NotTheSameGuard(Refusal):
    """Whoever scanned looks at the card himself."""

    code = "tickets.not_the_same_guard"
    status = 403


class OwnRound(Refusal):
    """Whoever allows another try and whoever types it are two people."""

    code = "tickets.own_round"
    status = 403


class ReferenceOfSeveral(Refusal):
    """Turns of several services have this reference; only the service tells which is meant."""

    code = "tickets.reference_of_several"
    status = 422


class OnlyOwnAdmissions(Refusal):
    """Whoever let a person in does not serve him: everybody who waits was let in by this clerk."""

    code = "tickets.only_own_admissions"


class VisitInHand(Refusal):
    """A clerk closes one visit before he calls the next."""

    code = "tickets.visit_in_hand"


class VisitMovedOn(Refusal):
    """The visit is not, or no longer, where this step begins."""

    code = "tickets.visit_moved_on"


def office_of(officer: Officer) -> OfficeId:
    """The office where this role is held."""
    assert officer.office_id is not None, "guards, clerks and branch heads are of an office"
    return officer.office_id


def live_status(ticket: Ticket, booking: Booking) -> TicketStatus:
    """A ticket is worth no more than its booking, whose end may be newer than the ticket's own status."""
    return status_under(booking.state, status=ticket.status)


def status_under(state: BookingState, *, status: TicketStatus) -> TicketStatus:
    """What a ticket of this status is worth while its booking is in `state`."""
    if status is TicketStatus.VALID and state is not BookingState.CONFIRMED:
        return TicketStatus.USED if state is BookingState.ATTENDED else TicketStatus.CANCELLED
    return status


def is_for(ticket: Ticket, booking: Booking) -> bool:
    """Whether the ticket still says what its booking says; a moved booking needs a new one."""
    return (ticket.office_id, ticket.starts_at) == (booking.office_id, booking.starts_at)


def meant_by_reference(
    found: Sequence[Booking], *, day_on: date, timezone: str, service_ids: frozenset[ServiceId] | None
) -> Booking:
    """The booking that a reference means at a gate: one of its services before others, one of today before others.

    Refuses with ReferenceOfSeveral what only a choice of the service can decide, and with NotFound what means nothing.
    """
    served = [each for each in found if service_ids is None or each.service_id in service_ids] or found
    meant = [each for each in served if day_of(each.starts_at, timezone=timezone) == day_on] or served
    if not meant:
        raise NotFound
    if len(meant) > 1:
        raise ReferenceOfSeveral
    return meant[0]


def require_second_officer(person_id: PersonId, *, others: Collection[PersonId]) -> None:
    """Another round takes two people: who allows it, and who types its digits; refuses one who is both."""
    if person_id in others:
        raise OwnRound


def mismatch_state(mismatch: Mismatch, *, verdict: Verdict, is_spent: bool, head_id: PersonId) -> MismatchState:
    """Whether another round would have an effect, and if not, why; `verdict` is the ticket's worth but for its card."""
    if mismatch.admitted_at is not None:
        return MismatchState.ADMITTED
    if verdict is not Verdict.ADMIT:
        return MismatchState.OVER
    if not is_spent:
        return MismatchState.ALLOWED
    return MismatchState.OWN if head_id in mismatch.guard_ids else MismatchState.AWAITS_DECISION


def day_of(instant: datetime, *, timezone: str) -> date:
    """The office's own calendar day."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def start_of_day(instant: datetime, *, timezone: str) -> datetime:
    """When the office's own day began."""
    return datetime.combine(day_of(instant, timezone=timezone), time.min, ZoneInfo(timezone)).astimezone(UTC)


def require_in_hand(visit: Visit | None, *, office_id: OfficeId, state: VisitState) -> Visit:
    """The visit that a clerk has in hand; refuses a step that is not its next one, or of another office."""
    if visit is None or visit.state is not state or visit.office_id != office_id:
        raise VisitMovedOn
    return visit

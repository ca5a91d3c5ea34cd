"""Tickets, their worth, and the verdicts on them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from dawr.booking.model import Booking, BookingId, BookingState
from dawr.catalogue.model import Authority, Document, Office, Service
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.people.model import Officer, Person
from dawr.tickets.model.delegations import Bearer, Delegation
from dawr.tickets.model.tokens import Token

TicketId = NewType("TicketId", bytes)
TICKET_ID_BYTES = 10
EARLY = timedelta(minutes=30)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An issued ticket; `code` is the text of its QR code, `sequence` counts the tickets of its booking from 0.

    The bearer is whose card opens the gate and the counter: the person himself, or the proxy of his `delegation`.
    """

    service_id: ServiceId
    ticket_id: TicketId
    booking_id: BookingId
    person_id: PersonId
    bearer_id: PersonId
    delegation: int | None
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
class Revocation:
    """Why and since when a signing key proves nothing any more."""

    reason: str
    revoked_at: datetime
    log_entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Everything that a holder is shown of his turn, on a screen, on paper and in his calendar.

    `renewed_after` says which revocation the ticket was issued anew for; `token` is called in the hall once its bearer
    has been let in.
    """

    ticket: Ticket
    booking: Booking
    holder: Person
    service: Service
    office: Office
    authority: Authority
    documents: tuple[Document, ...]
    renewed_after: Revocation | None = None
    proxy: Delegation | None = None
    proxy_tail: str = ""
    token: Token | None = None

    @property
    def bearer_name(self) -> str:
        """Who is let in: the name that the ticket was signed with."""
        return self.proxy.proxy_name if self.proxy else self.holder.name_ar

    @property
    def bearer_tail(self) -> str:
        """The last three digits of the number on the card that opens the gate."""
        return self.proxy_tail if self.proxy else self.holder.civil_number_tail


class NotConfirmed(Refusal):
    """A booking has a ticket once its person has confirmed it."""

    code = "tickets.not_confirmed"


def office_of(officer: Officer) -> OfficeId:
    """The office where this role is held."""
    assert officer.office_id is not None, "guards, clerks and branch heads are of an office"
    return officer.office_id


def live_status(ticket: Ticket, booking: Booking) -> TicketStatus:
    """A ticket is worth no more than its booking, which may have ended or moved since the ticket's own status."""
    status = status_under(booking.state, status=ticket.status)
    is_moved = (ticket.office_id, ticket.starts_at) != (booking.office_id, booking.starts_at)
    return TicketStatus.CANCELLED if is_moved and status is TicketStatus.VALID else status


def status_under(state: BookingState, *, status: TicketStatus) -> TicketStatus:
    """What a ticket of this status is worth while its booking is in `state`."""
    if status is TicketStatus.VALID and state is not BookingState.CONFIRMED:
        return TicketStatus.USED if state is BookingState.ATTENDED else TicketStatus.CANCELLED
    return status


def is_for(ticket: Ticket, booking: Booking, *, bearer: Bearer) -> bool:
    """Whether the ticket still says what its booking says, and who comes; when either changes, it needs a new one."""
    said = (ticket.office_id, ticket.starts_at, ticket.bearer_id)
    return said == (booking.office_id, booking.starts_at, bearer.person_id)


def day_of(instant: datetime, *, timezone: str) -> date:
    """The office's own calendar day."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def start_of_day(instant: datetime, *, timezone: str) -> datetime:
    """When the office's own day began."""
    return datetime.combine(day_of(instant, timezone=timezone), time.min, ZoneInfo(timezone)).astimezone(UTC)

"""Slots and bookings: the nouns, their refusals, and what may become of a booking."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal

SlotId = NewType("SlotId", str)
BookingId = NewType("BookingId", UUID)

REFERENCE_LENGTH = 6


class BookingState(StrEnum):
    """A booking is live while it is offered or confirmed; everything after is its end."""

    OFFERED = "offered"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    MISSED = "missed"


LIVE = frozenset({BookingState.OFFERED, BookingState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of time at an office with `seats` for one service; `day_on` is the office's own calendar day.

    An announced draw may fill it up to `promised` seats; until that draw is over no other draw may have it.
    """

    service_id: ServiceId
    slot_id: SlotId
    office_id: OfficeId
    day_on: date
    starts_at: datetime
    ends_at: datetime
    seats: int
    taken: int = 0
    promised: int = 0

    @property
    def free(self) -> int:
        return self.seats - self.taken

    @property
    def promised_free(self) -> int:
        """What the draw that has this slot may still give out."""
        return max(0, self.promised - self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One person's turn in one slot; `reference` is what he reads aloud.

    The log has a line for its making and one for its cancelling; each opens with its own salt.
    """

    service_id: ServiceId
    booking_id: BookingId
    person_id: PersonId
    slot_id: SlotId
    office_id: OfficeId
    starts_at: datetime
    ends_at: datetime
    state: BookingState
    reference: str
    offered_until: datetime | None
    made_at: datetime
    log_entry_id: int | None = None
    log_salt: bytes | None = None
    cancel_entry_id: int | None = None
    cancel_salt: bytes | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a sealed log entry of a booking: its salt and facts.

    `log_place` is where the entry stands, None while it waits to be put in order.
    """

    kind: str
    entry_id: int
    log_place: int | None
    salt: str
    facts: Mapping[str, str]

    @property
    def sealed_text(self) -> str:
        """The facts as they were sealed (RFC 8785); the seal is SHA-256 over the salt and these bytes."""
        return json.dumps(self.facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def __str__(self) -> str:
        return f"dawr-opening-v1\nkind: {self.kind}\nsalt: {self.salt}\nfacts: {self.sealed_text}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A seat meant for one person, about to be offered."""

    person_id: PersonId
    slot_id: SlotId
    reference: str


class SlotFull(Refusal):
    """The slot has no free seat."""

    code = "booking.slot_full"


class QuotaExceeded(Refusal):
    """The authority's number for that day is used up (D2.04 to D2.06)."""

    code = "booking.quota_exceeded"


class OfferEnded(Refusal):
    """The offer was not confirmed in its time and the seat has moved on."""

    code = "booking.offer_ended"


class NotLive(Refusal):
    """The booking has ended; nothing more can be done with it."""

    code = "booking.not_live"


class TooLateToCancel(Refusal):
    """The turn has begun."""

    code = "booking.too_late_to_cancel"


class SeatsSpokenFor(Refusal):
    """More of the slot's seats are given, or promised to a draw, than the new number."""

    code = "booking.seats_spoken_for"


class SlotPromised(Refusal):
    """Another draw has these seats until it is over."""

    code = "booking.slot_promised"


class QuotaBelowGiven(Refusal):
    """More of that day has been given already than the new number allows."""

    code = "booking.quota_below_given"


def confirmed(booking: Booking, *, now: datetime) -> BookingState:
    """The state after its person confirms; refuses an offer past its end and a booking that has ended."""
    if booking.state is BookingState.CONFIRMED:
        return BookingState.CONFIRMED
    if booking.state is BookingState.LAPSED:
        raise OfferEnded
    if booking.state is not BookingState.OFFERED:
        raise NotLive
    if booking.offered_until is None or now >= booking.offered_until:
        raise OfferEnded
    return BookingState.CONFIRMED


def cancelled(booking: Booking, *, now: datetime) -> BookingState:
    """The state after its person gives the turn back; refuses once the turn has begun."""
    if not booking.is_live:
        raise NotLive
    if now >= booking.starts_at:
        raise TooLateToCancel
    return BookingState.CANCELLED


def attended(booking: Booking) -> BookingState:
    """The state after the counter has served him; refuses a booking that was never confirmed."""
    if booking.state not in {BookingState.CONFIRMED, BookingState.ATTENDED}:
        raise NotLive
    return BookingState.ATTENDED

"""Slots and bookings: the nouns, their refusals, and what may become of a booking."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import msgspec

from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal

SlotId = NewType("SlotId", str)
BookingId = NewType("BookingId", UUID)

REFERENCE_LENGTH = 6
MOVES_MAX = 3


class BookingState(StrEnum):
    """A booking is live while it is offered or confirmed; everything after is its end.

    It is attended from the moment in which the gate lets its person in, whatever comes of the visit.
    """

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

    An announced draw may fill it up to `promised` seats; until that draw is over no other draw may have it. What a draw
    or a line had and can give to nobody any more is left over. A slot that was withdrawn has no seats.
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
    is_left_over: bool = False

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
class Move:
    """A booking's way from one slot to another, its `number`-th; its line in the log opens with `log_salt`."""

    number: int
    from_slot_id: SlotId
    to_slot_id: SlotId
    moved_at: datetime
    log_entry_id: int
    log_salt: bytes

    @property
    def way(self) -> tuple[SlotId, SlotId]:
        return self.from_slot_id, self.to_slot_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHeld:
    """A turn that its person holds, or held and came to; `day_on` is the office's own calendar day."""

    day_on: date
    is_live: bool


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


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that a person asks for himself; by its `asked_key` (16 bytes) the same request, sent again, is known."""

    service_id: ServiceId
    person_id: PersonId
    slot_id: SlotId
    asked_key: bytes


class HasLiveBooking(Refusal):
    """The person holds a live turn of this service; one person has one."""

    code = "booking.has_live_booking"


class SlotBegun(Refusal):
    """The slot has begun; nobody can come to it any more."""

    code = "booking.slot_begun"


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


class SlotsHeld(Refusal):
    """People hold seats of slots that should be withdrawn, or a draw was promised some."""

    code = "booking.slots_held"


class SlotPromised(Refusal):
    """Another draw has these seats until it is over."""

    code = "booking.slot_promised"


class SeatWaitedFor(Refusal):
    """Somebody in a draw or a line may still be waiting for the seat; it is not given to whoever asks."""

    code = "booking.seat_waited_for"


class MovedTooOften(Refusal):
    """A turn is moved a few times, not for ever."""

    code = "booking.moved_too_often"


class MovedMeanwhile(Refusal):
    """The turn was moved elsewhere at the same moment."""

    code = "booking.moved_meanwhile"


class QuotaBelowGiven(Refusal):
    """More of that day has been given already than the new number allows."""

    code = "booking.quota_below_given"


def require_nobodys(slots: Sequence[Slot]) -> None:
    """Refuses to withdraw slots of which anybody holds or was promised a seat, and says how many."""
    held = [slot for slot in slots if slot.taken or slot.promised]
    if held:
        given, promised = sum(slot.taken for slot in held), sum(slot.promised_free for slot in held)
        raise SlotsHeld(slots=len(held), given=given, promised=promised)


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
    """The state after the gate let its person in; refuses a booking that was never confirmed, or was given back.

    A turn counts as missed until the records of a gate that had no network say, days later, that its person came.
    """
    if booking.state not in {BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.MISSED}:
        raise NotLive
    return BookingState.ATTENDED


def require_movable(booking: Booking, *, moves: int) -> None:
    """Refuses to move what is not a confirmed turn, and what was moved MOVES_MAX times; a turn missed may be moved."""
    if booking.state is not BookingState.CONFIRMED:
        raise NotLive
    if moves >= MOVES_MAX:
        raise MovedTooOften(times_max=MOVES_MAX)


def require_left_over(slot: Slot, *, now: datetime) -> None:
    """Refuses a seat that somebody may still be waiting for, that is taken, or whose slot has begun."""
    if not slot.is_left_over:
        raise SeatWaitedFor
    if slot.starts_at <= now:
        raise SlotBegun
    if slot.free < 1:
        raise SlotFull


SECOND_ASK = "second_ask"
"""Of a person whose first ask comes first; it took nobody's seat, and is looked at once the first has its answer."""
ASK_AGAIN = "ask_again"
OPEN_WHILE_SOMEBODY_ASKS_AGAIN = frozenset({ASK_AGAIN, "full", "quota_exceeded"})

_SEAT_REFUSALS: Mapping[str, type[Refusal]] = {
    "has_live_booking": HasLiveBooking,
    "no_such_slot": NotFound,
    "begun": SlotBegun,
    "full": SlotFull,
    "quota_exceeded": QuotaExceeded,
}


def seat_answer(outcome: str, *, booking_id: BookingId | None) -> BookingId | Refusal:
    """What the statement that takes seats says to one who asked."""
    if outcome in _SEAT_REFUSALS:
        return _SEAT_REFUSALS[outcome]()
    assert booking_id is not None, f"{outcome} comes with a booking"
    return booking_id


def logged_facts(
    *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, slot_id: SlotId
) -> dict[str, str]:
    """What the log seals of a booking."""
    return {"service": service_id, "booking": str(booking_id), "person": str(person_id), "slot": slot_id}


def facts_of(booking: Booking, *, slot_id: SlotId) -> dict[str, str]:
    """What the log seals of a booking that was in `slot_id` then."""
    return logged_facts(
        service_id=booking.service_id, booking_id=booking.booking_id, person_id=booking.person_id, slot_id=slot_id
    )


def moved_facts(booking: Booking, *, way: tuple[SlotId, SlotId]) -> dict[str, str]:
    """What the log seals of a move from one slot to another."""
    from_slot_id, to_slot_id = way
    return facts_of(booking, slot_id=from_slot_id) | {"to_slot": to_slot_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayQuota:
    """What an order allows of one service on one day, and how much of it has been given."""

    service_id: ServiceId
    day_on: date
    quota: int
    taken: int

    @property
    def left(self) -> int:
        return self.quota - self.taken

"""Bookings as they stand, of a person, of an office, of many at once; and what opens their lines in the log."""

from collections.abc import Collection, Sequence
from datetime import date

from dawr.booking import store
from dawr.booking.model import Booking, BookingId, BookingState, Move, Opening, TurnHeld, facts_of, moved_facts
from dawr.db.pool import Asked, Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.transparency import actions as transparency
from dawr.transparency.model import EntryKind


async def booking(tx: Transaction, service_id: ServiceId, booking_id: BookingId) -> Booking:
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def own_booking(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId) -> Booking:
    """A booking for its own person; for anybody else it does not exist."""
    found = await store.booking(tx, service_id=service_id, booking_id=booking_id)
    if found.person_id != person_id:
        raise NotFound
    return found


async def locked_booking(tx: Transaction, service_id: ServiceId, booking_id: BookingId) -> Booking:
    """The booking as it stands, which nobody else changes before this transaction ends."""
    await store.lock_booking(tx, service_id=service_id, booking_id=booking_id)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def bookings_by_reference(tx: Transaction, reference: str, *, office_id: OfficeId) -> list[Booking]:
    """Every booking at `office_id` with this reference, at most one of each service, newest turn first."""
    return await store.bookings_by_reference(tx, office_id=office_id, reference=reference)


async def bookings_of(tx: Transaction, person_id: PersonId) -> list[Booking]:
    return await store.bookings_of(tx, person_id=person_id)


async def bookings_at(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[Booking]:
    return await store.bookings_at(tx, office_id=office_id, day_on=day_on)


async def turns_held(tx: Transaction, *, service_id: ServiceId, person_id: PersonId) -> list[TurnHeld]:
    """The turns of a service that the person holds or came to, the newest first; none that was given back or missed."""
    return await store.turns_held(tx, service_id=service_id, person_id=person_id)


async def ask_turns_held_by(
    tx: Transaction, people: Sequence[tuple[ServiceId, PersonId]]
) -> Asked[dict[tuple[ServiceId, PersonId], list[TurnHeld]]]:
    """`turns_held` of many people at once; none where a person has none."""
    return await store.ask_turns_held_by(tx, people)


async def seats_kept_among(
    tx: Transaction, *, service_id: ServiceId, booking_ids: Sequence[BookingId]
) -> frozenset[BookingId]:
    """Those of the bookings whose seats have not been given back."""
    return await store.seats_kept_among(tx, service_id=service_id, booking_ids=booking_ids)


async def states_of(
    tx: Transaction, bookings: Collection[tuple[ServiceId, BookingId]]
) -> dict[tuple[ServiceId, BookingId], BookingState]:
    """The states of many bookings of any services, as they stand."""
    return await store.states_of(tx, bookings)


async def moves_of(tx: Transaction, of: Booking) -> list[Move]:
    """How the booking came to its slot, the first move first; none where it never moved."""
    return await store.moves_of(tx, booking=of)


async def openings_of(tx: Transaction, of: Booking) -> list[Opening]:
    """What opens the sealed log entries of a booking, in their order; none before it is confirmed."""
    moves = await moves_of(tx, of)
    first_slot_id = moves[0].from_slot_id if moves else of.slot_id
    sealed: list[tuple[EntryKind, int | None, bytes | None, dict[str, str]]] = [
        (EntryKind.BOOKING_MADE, of.log_entry_id, of.log_salt, facts_of(of, slot_id=first_slot_id)),
        *((EntryKind.BOOKING_MOVED, move.log_entry_id, move.log_salt, moved_facts(of, way=move.way)) for move in moves),
        (EntryKind.BOOKING_CANCELLED, of.cancel_entry_id, of.cancel_salt, facts_of(of, slot_id=of.slot_id)),
    ]
    return [
        Opening(
            kind=kind.value,
            entry_id=entry_id,
            log_place=await transparency.index_of(tx, entry_id),
            salt=salt.hex(),
            facts=facts,
        )
        for kind, entry_id, salt, facts in sealed
        if entry_id is not None and salt is not None
    ]


async def proof_text(tx: Transaction, of: Booking) -> str:
    """Everything with which its person can show what the log says of a booking; refuses until the log has signed it."""
    parts = [f"{opening}\n{await transparency.proof_of(tx, opening.entry_id)}" for opening in await openings_of(tx, of)]
    if not parts:
        raise NotFound
    return "\n".join(parts)

"""What becomes of a booking: confirmed, given back, moved, attended, lapsed, missed."""

from datetime import date, datetime

from dawr.booking import model, store
from dawr.booking.actions.reading import locked_booking, own_booking
from dawr.booking.actions.slots import lock_seats, require_promises_kept
from dawr.booking.model import Booking, BookingId, Move, MovedMeanwhile, SlotId, facts_of
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.transparency import actions as transparency

LAPSE_COUNT_MAX = 5000


async def confirm(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> Booking:
    """The person takes the seat that is held for him; confirming twice is confirming once."""
    await store.lock_booking(tx, service_id=service_id, booking_id=booking_id)
    offered = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    state = model.confirmed(offered, now=now)
    if state is not offered.state:
        await store.change_state(tx, booking=offered, state=state, now=now)
        sealed = await transparency.append_sealed(
            tx, "booking.made", facts=facts_of(offered, slot_id=offered.slot_id), now=now
        )
        await store.record_log_entry(tx, booking=offered, sealed=sealed)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def cancel(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> Booking:
    """The person gives his turn back; the seat goes down the waiting list, never to whoever looks first."""
    live = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    await lock_seats(tx, service_id, slot_ids=[live.slot_id])
    await store.lock_booking(tx, service_id=service_id, booking_id=booking_id)
    live = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    state = model.cancelled(live, now=now)
    await store.change_state(tx, booking=live, state=state, now=now)
    await store.give_back_seats(tx, service_id=service_id, slot_ids=[live.slot_id])
    sealed = await transparency.append_sealed(
        tx, "booking.cancelled", facts=facts_of(live, slot_id=live.slot_id), now=now
    )
    await store.record_cancel_entry(tx, booking=live, sealed=sealed)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def move(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, slot_id: SlotId, now: datetime
) -> Booking:
    """The turn goes on in another slot, under its old reference; moving to where it is changes nothing.

    Its old seat goes down the waiting list. Refuses what is not a confirmed turn, a fourth move, a seat that somebody
    may still be waiting for, one that is taken or has begun, and a day whose quota is used up.
    """
    before = await store.booking(tx, service_id=service_id, booking_id=booking_id)
    await lock_seats(tx, service_id, slot_ids=[before.slot_id, slot_id])
    held = await locked_booking(tx, service_id, booking_id)
    if held.slot_id == slot_id:
        return held
    if held.slot_id != before.slot_id:
        raise MovedMeanwhile
    moves = await store.moves_of(tx, booking=held)
    model.require_movable(held, moves=len(moves))
    left = await store.slot(tx, service_id=service_id, slot_id=slot_id)
    model.require_left_over(left, now=now)
    facts = model.moved_facts(held, way=(held.slot_id, slot_id))
    sealed = await transparency.append_sealed(tx, "booking.moved", facts=facts, now=now)
    moved = Move(
        number=len(moves) + 1,
        from_slot_id=held.slot_id,
        to_slot_id=slot_id,
        moved_at=now,
        log_entry_id=sealed.entry_id,
        log_salt=sealed.salt,
    )
    await store.add_move(tx, booking=held, move=moved)
    await store.move_seat(tx, booking=held, to_slot_id=slot_id, now=now)
    await require_promises_kept(tx, service_id, day_on=left.day_on)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def attend(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, now: datetime) -> Booking:
    """The gate lets this booking's person in; from now on nobody can give the turn back."""
    held = await locked_booking(tx, service_id, booking_id)
    await store.change_state(tx, booking=held, state=model.attended(held), now=now)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def lapse_offers(tx: Transaction, *, now: datetime) -> int:
    """Take back the seats of offers past their end, some thousands at a time, and return how many."""
    count = 0
    for service_id in await store.services_with_offers_past_their_end(tx, now=now):
        ended = await store.offers_past_their_end(tx, service_id=service_id, now=now, count_max=LAPSE_COUNT_MAX)
        await lock_seats(tx, service_id, slot_ids=[row["slot_id"] for row in ended])
        booking_ids = [BookingId(row["booking_id"]) for row in ended]
        freed = await store.lapse(tx, service_id=service_id, booking_ids=booking_ids, now=now)
        await store.give_back_seats(tx, service_id=service_id, slot_ids=freed)
        count += len(freed)
    return count


async def mark_missed(tx: Transaction, *, before_on: date, now: datetime) -> int:
    """Confirmed turns of days before `before_on` that nobody came to; returns how many."""
    return await store.mark_missed(tx, before_on=before_on, now=now)

"""The verbs of a booking's life.

Locks are taken in this order: slots by id, daily quotas by day, bookings. Whoever holds one waits only for later ones.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dawr.booking import model, store
from dawr.booking.model import (
    REFERENCE_LENGTH,
    Booking,
    BookingId,
    BookingState,
    DayQuota,
    Opening,
    Seat,
    Slot,
    SlotId,
    SlotPromised,
    TurnHeld,
    Wanted,
)
from dawr.db.pool import Asked, Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId, code_from_bytes
from dawr.kernel.refusal import NotFound, Refusal
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON, EntryKind

LAPSE_COUNT_MAX = 5000
LOGGED_COUNT_MAX = 5000


async def publish_slots(tx: Transaction, *, slots: Sequence[Slot], now: datetime) -> None:
    """Publish slots, or change the seats of published ones; refuses fewer seats than are taken or promised."""
    await store.publish_slots(tx, slots=slots, now=now)
    for service_id, day_on in sorted({(slot.service_id, slot.day_on) for slot in slots}):
        seats = {slot.slot_id: slot.seats for slot in slots if (slot.service_id, slot.day_on) == (service_id, day_on)}
        facts: dict[str, JSON] = {
            "service": service_id,
            "day": day_on.isoformat(),
            "seats": dict(sorted(seats.items())),
        }
        await transparency.append_public(tx, "slot.published", facts=facts, now=now)


async def withdraw_slots(
    tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId], reason: str, now: datetime
) -> list[Slot]:
    """Take published slots back, with all their seats; returns them as they were.

    Refuses a slot that is not there, and one of which anybody holds or was promised a seat.
    """
    await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    found = [slot for slot in await store.slots(tx, service_id=service_id, slot_ids=slot_ids) if slot.seats]
    if len(found) < len(set(slot_ids)):
        raise NotFound
    model.require_nobodys(found)
    await store.withdraw_slots(tx, service_id=service_id, slot_ids=slot_ids)
    for day_on in sorted({slot.day_on for slot in found}):
        facts: dict[str, JSON] = {
            "service": service_id,
            "day": day_on.isoformat(),
            "slots": sorted(slot.slot_id for slot in found if slot.day_on == day_on),
            "reason": reason,
        }
        await transparency.append_public(tx, "slot.withdrawn", facts=facts, now=now)
    return found


async def slot(tx: Transaction, service_id: ServiceId, slot_id: SlotId) -> Slot:
    return await store.slot(tx, service_id=service_id, slot_id=slot_id)


async def slots(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> list[Slot]:
    """The named slots, in order of time."""
    return await store.slots(tx, service_id=service_id, slot_ids=slot_ids)


async def slots_between(
    tx: Transaction, service_id: ServiceId, *, starts_at: datetime, ends_at: datetime
) -> list[Slot]:
    """The slots of a service that start in a half-open period, 20,000 at most."""
    return await store.slots_between(tx, service_id=service_id, starts_at=starts_at, ends_at=ends_at)


async def slots_on_days(
    tx: Transaction, service_id: ServiceId, *, from_on: date, until_on: date, timezone: str
) -> list[Slot]:
    """The slots of a service from the first of these days to the last, as the clocks of `timezone` have them."""
    starts_at, ends_at = (
        datetime.combine(day_on, time.min, tzinfo=ZoneInfo(timezone)) for day_on in (from_on, until_on + timedelta(1))
    )
    return await slots_between(tx, service_id, starts_at=starts_at, ends_at=ends_at)


async def promise_seats(
    tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId], quotas: Mapping[date, int]
) -> list[Slot]:
    """Keep the free seats of slots for one draw, and bind their days to `quotas`; the slots with free seats.

    Refuses a slot that is not there, one that another draw has, and a quota below what has been given. Whether all
    that is promised fits the quotas, `seats_spoken_for` says; both are locked until the end of the transaction.
    """
    asked = await store.slots(tx, service_id=service_id, slot_ids=slot_ids)
    if len(asked) < len(set(slot_ids)):
        raise NotFound
    days_on = sorted({slot.day_on for slot in asked})
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=days_on)
    for day_on, quota in sorted(quotas.items()):
        await store.set_daily_quota(tx, service_id=service_id, day_on=day_on, quota=quota)
    locked = await store.slots(tx, service_id=service_id, slot_ids=slot_ids)
    if any(slot.promised for slot in locked):
        raise SlotPromised
    free = [slot.slot_id for slot in locked if slot.free > 0]
    await store.promise_seats(tx, service_id=service_id, slot_ids=free)
    return await store.slots(tx, service_id=service_id, slot_ids=free)


async def hold_days(tx: Transaction, service_id: ServiceId, *, from_on: date) -> dict[date, int]:
    """What is given or promised on each day with slots from `from_on`; nobody changes it while we are at it."""
    days_on = await store.days_with_slots(tx, service_id=service_id, from_on=from_on)
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=days_on)
    return await store.seats_spoken_for(tx, service_id=service_id, days_on=days_on)


async def bind_days(tx: Transaction, service_id: ServiceId, *, quotas: Mapping[date, int]) -> None:
    """Nobody is given a seat past these quotas from now on; refuses one below what has been given of its day."""
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=sorted(quotas))
    for day_on, quota in sorted(quotas.items()):
        await store.set_daily_quota(tx, service_id=service_id, day_on=day_on, quota=quota)


async def end_promise(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> None:
    """The draw that had these slots is over; what is left of them may be promised anew."""
    await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    await store.end_promise(tx, service_id=service_id, slot_ids=slot_ids)


async def seats_spoken_for(tx: Transaction, service_id: ServiceId, *, days_on: Sequence[date]) -> dict[date, int]:
    """What is given on each day, counting all that a draw may still give there."""
    return await store.seats_spoken_for(tx, service_id=service_id, days_on=days_on)


async def quota_left(tx: Transaction, service_id: ServiceId, *, days_on: Sequence[date]) -> dict[date, int]:
    """What is left of each bound day; a day without a quota is absent."""
    rows = await store.daily_quotas(tx, service_id=service_id, days_on=days_on)
    return {row["day_on"]: row["quota"] - row["taken"] for row in rows}


async def quotas_on(tx: Transaction, *, days_on: Sequence[date]) -> list[DayQuota]:
    """The bound days of every service among `days_on`."""
    return await store.quotas_on(tx, days_on=days_on)


async def offer_seats(
    tx: Transaction,
    *,
    service_id: ServiceId,
    wanted: Sequence[tuple[PersonId, SlotId]],
    until: datetime,
    before_start: timedelta = timedelta(0),
    now: datetime,
) -> dict[PersonId, BookingId]:
    """Hold a seat for each person, all or nothing; who has a live booking already gets none.

    Each seat is held until `until`, but never later than `before_start` before its slot starts. Refuses when any slot
    would be overfilled or any day's quota exceeded.
    """
    references = await _fresh_references(tx, service_id, count=len(wanted))
    seats = [
        Seat(person_id=person_id, slot_id=slot_id, reference=reference)
        for (person_id, slot_id), reference in zip(wanted, references, strict=True)
    ]
    await _lock_seats(tx, service_id, slot_ids=[seat.slot_id for seat in seats])
    offered = await store.offer_seats(
        tx, service_id=service_id, seats=seats, until=until, before_start=before_start, now=now
    )
    return {row["person_id"]: BookingId(row["booking_id"]) for row in offered}


async def take_seats(tx: Transaction, wanted: Sequence[Wanted], *, now: datetime) -> list[BookingId | Refusal]:
    """A confirmed seat for each who asks, or his own refusal, in the order of asking.

    The same request sent again gets the first one's booking. Refuses a person with a live turn of the service, a slot
    that is full, has begun or does not exist, and a day whose quota is used up. The log has each booking a moment
    later, through `log_taken_seats`.
    """
    answers: dict[int, BookingId | Refusal] = {}
    asking = list(range(len(wanted)))
    while asking:
        references = [code_from_bytes(secrets.token_bytes(REFERENCE_LENGTH)) for _ in asking]
        rows = await store.take_seats(tx, wanted=[wanted[each] for each in asking], references=references, now=now)
        has_collision = any(row["outcome"] == model.ASK_AGAIN for row in rows)
        # While a seat went to nobody because its person or reference was in use, nobody is told that none is left.
        still_open = {model.SECOND_ASK} | (model.OPEN_WHILE_SOMEBODY_ASKS_AGAIN if has_collision else frozenset())
        for each, row in zip(asking, rows, strict=True):
            if row["outcome"] not in still_open:
                answers[each] = model.seat_answer(row["outcome"], booking_id=row["booking_id"])
        asking = [each for each in asking if each not in answers]
    return [answers[each] for each in range(len(wanted))]


async def log_taken_seats(tx: Transaction, *, now: datetime) -> int:
    """Put bookings that `take_seats` made into the log, some thousands at a time; returns how many."""
    bookings = await store.take_unlogged(tx, count_max=LOGGED_COUNT_MAX)
    if bookings:
        facts = [model.logged_facts(**row) for row in bookings]
        sealed = await transparency.append_all_sealed(tx, "booking.made", facts=facts, now=now)
        await store.record_log_entries(tx, bookings=bookings, sealed=sealed)
    return len(bookings)


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


async def confirm(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> Booking:
    """The person takes the seat that is held for him; confirming twice is confirming once."""
    await store.lock_booking(tx, service_id=service_id, booking_id=booking_id)
    offered = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    state = model.confirmed(offered, now=now)
    if state is not offered.state:
        await store.change_state(tx, booking=offered, state=state, now=now)
        sealed = await transparency.append_sealed(tx, "booking.made", facts=_facts(offered), now=now)
        await store.record_log_entry(tx, booking=offered, sealed=sealed)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def cancel(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> Booking:
    """The person gives his turn back; the seat goes down the waiting list, never to whoever looks first."""
    live = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    await _lock_seats(tx, service_id, slot_ids=[live.slot_id])
    await store.lock_booking(tx, service_id=service_id, booking_id=booking_id)
    live = await own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    state = model.cancelled(live, now=now)
    await store.change_state(tx, booking=live, state=state, now=now)
    await store.give_back_seats(tx, service_id=service_id, slot_ids=[live.slot_id])
    sealed = await transparency.append_sealed(tx, "booking.cancelled", facts=_facts(live), now=now)
    await store.record_cancel_entry(tx, booking=live, sealed=sealed)
    return await store.booking(tx, service_id=service_id, booking_id=booking_id)


async def openings_of(tx: Transaction, of: Booking) -> list[Opening]:
    """What opens the sealed log entries of a booking, its making first; none before it is confirmed."""
    sealed = [
        (EntryKind.BOOKING_MADE, of.log_entry_id, of.log_salt),
        (EntryKind.BOOKING_CANCELLED, of.cancel_entry_id, of.cancel_salt),
    ]
    return [
        Opening(
            kind=kind.value,
            entry_id=entry_id,
            log_place=await transparency.index_of(tx, entry_id),
            salt=salt.hex(),
            facts=_facts(of),
        )
        for kind, entry_id, salt in sealed
        if entry_id is not None and salt is not None
    ]


async def proof_text(tx: Transaction, of: Booking) -> str:
    """Everything with which its person can show what the log says of a booking; refuses until the log has signed it."""
    parts = [f"{opening}\n{await transparency.proof_of(tx, opening.entry_id)}" for opening in await openings_of(tx, of)]
    if not parts:
        raise NotFound
    return "\n".join(parts)


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
        await _lock_seats(tx, service_id, slot_ids=[row["slot_id"] for row in ended])
        booking_ids = [BookingId(row["booking_id"]) for row in ended]
        freed = await store.lapse(tx, service_id=service_id, booking_ids=booking_ids, now=now)
        await store.give_back_seats(tx, service_id=service_id, slot_ids=freed)
        count += len(freed)
    return count


async def mark_missed(tx: Transaction, *, before_on: date, now: datetime) -> int:
    """Confirmed turns of days before `before_on` that nobody came to; returns how many."""
    return await store.mark_missed(tx, before_on=before_on, now=now)


async def _lock_seats(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> None:
    days_on = await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    await store.lock_quotas(tx, service_id=service_id, days_on=days_on)


async def _fresh_references(tx: Transaction, service_id: ServiceId, *, count: int) -> list[str]:
    """References that no booking of the service ever had; of six characters, some thousands do collide by chance."""
    fresh: dict[str, None] = {}
    while len(fresh) < count:
        drawn = {code_from_bytes(secrets.token_bytes(REFERENCE_LENGTH)) for _ in range(count - len(fresh))}
        used = await store.references_used(tx, service_id=service_id, references=drawn)
        fresh.update(dict.fromkeys(drawn - used))
    return list(fresh)


def _facts(booking: Booking) -> dict[str, str]:
    return model.logged_facts(
        service_id=booking.service_id,
        booking_id=booking.booking_id,
        person_id=booking.person_id,
        slot_id=booking.slot_id,
    )

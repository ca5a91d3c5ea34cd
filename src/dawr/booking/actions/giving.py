"""Seats given: held for a draw's winners, taken by those whose turn it is, or left over and taken on the spot."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from dawr.booking import model, store
from dawr.booking.actions.slots import lock_seats, require_promises_kept
from dawr.booking.model import REFERENCE_LENGTH, BookingId, Seat, SlotId, Wanted
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId, code_from_bytes
from dawr.kernel.refusal import Refusal
from dawr.transparency import actions as transparency

LOGGED_COUNT_MAX = 5000


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
    await lock_seats(tx, service_id, slot_ids=[seat.slot_id for seat in seats])
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


async def take_left_over(tx: Transaction, wanted: Wanted, *, now: datetime) -> BookingId:
    """`take_seats` for one person, of a slot for which nobody waits any more; a draw or a line loses nothing by it.

    Raises what `take_seats` refuses with, and SeatWaitedFor.
    """
    await lock_seats(tx, wanted.service_id, slot_ids=[wanted.slot_id])
    left = await store.slot(tx, service_id=wanted.service_id, slot_id=wanted.slot_id)
    model.require_left_over(left, now=now)
    [answer] = await take_seats(tx, [wanted], now=now)
    if isinstance(answer, Refusal):
        raise answer
    await require_promises_kept(tx, wanted.service_id, day_on=left.day_on)
    return answer


async def log_taken_seats(tx: Transaction, *, now: datetime) -> int:
    """Put bookings that `take_seats` made into the log, some thousands at a time; returns how many."""
    bookings = await store.take_unlogged(tx, count_max=LOGGED_COUNT_MAX)
    if bookings:
        facts = [model.logged_facts(**row) for row in bookings]
        sealed = await transparency.append_all_sealed(tx, "booking.made", facts=facts, now=now)
        await store.record_log_entries(tx, bookings=bookings, sealed=sealed)
    return len(bookings)


async def _fresh_references(tx: Transaction, service_id: ServiceId, *, count: int) -> list[str]:
    """References that no booking of the service ever had; of six characters, some thousands do collide by chance."""
    fresh: dict[str, None] = {}
    while len(fresh) < count:
        drawn = {code_from_bytes(secrets.token_bytes(REFERENCE_LENGTH)) for _ in range(count - len(fresh))}
        used = await store.references_used(tx, service_id=service_id, references=drawn)
        fresh.update(dict.fromkeys(drawn - used))
    return list(fresh)

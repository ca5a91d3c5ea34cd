"""What a line is, what is left of it, and whom it serves now."""

from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import Slot
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.lines import pacing, store
from dawr.lines.model import FirstCome, LineId, NowServing, OfferedSlot, Place


async def line(tx: Transaction, service_id: ServiceId, line_id: LineId) -> FirstCome:
    return await store.line(tx, service_id=service_id, line_id=line_id)


async def all_lines(tx: Transaction, *, service_id: ServiceId | None = None) -> list[FirstCome]:
    """The newest two hundred, of one service or of all."""
    return await store.lines(tx, service_id=service_id or "")


async def offered_slots(tx: Transaction, of: FirstCome) -> list[OfferedSlot]:
    """What the line gives out, as published."""
    return await store.slots(tx, line=of)


async def slots_to_take(tx: Transaction, of: FirstCome, *, now: datetime) -> list[Slot]:
    """The line's slots in which a seat is free and that have not begun, in order of time."""
    slot_ids = [slot.slot_id for slot in await store.slots(tx, line=of)]
    slots = await booking.slots(tx, of.service_id, slot_ids=slot_ids)
    return [slot for slot in slots if slot.promised_free and slot.starts_at > now]


async def seats_left(tx: Transaction, of: FirstCome, *, now: datetime) -> int:
    """How many seats the line can still give."""
    return sum(slot.promised_free for slot in await slots_to_take(tx, of, now=now))


async def gathered_labels(tx: Transaction, of: FirstCome) -> str:
    """labels.txt: who was there at the opening; NotFound before it."""
    return await store.gathered(tx, line=of)


async def now_serving(tx: Transaction, of: FirstCome, *, now: datetime) -> NowServing:
    """What everybody in the line may know, the same for all."""
    waves = await store.waves(tx, line=of, before=now - pacing.PACE_PERIOD, now=now)
    opened_at = of.opened_at or now
    return NowServing(
        serving=waves.let_in,
        per_minute=pacing.per_minute(let_in=waves.let_in, before=waves.before, opened_at=opened_at, now=now),
        is_open=of.opened_at is not None,
        is_closed=of.opened_at is not None and of.times.is_over(now=now),
        at=now,
    )


async def places_of(tx: Transaction, person_id: PersonId) -> list[Place]:
    """A person's places in all lines, the newest first."""
    return await store.places_of(tx, person_id=person_id)

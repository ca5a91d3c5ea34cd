"""What happens to a line by itself: it opens, lets people in, and closes. Each step done twice is done once."""

import asyncio
from datetime import datetime

import structlog

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.lines import pacing, store
from dawr.lines.actions.reading import seats_left
from dawr.lines.model import FirstCome, LineId, Stage, is_due_to_close, stage_of
from dawr.lines.order import labels_root
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON

log = structlog.get_logger(__name__)


async def advance_lines(pool: Pool, *, now: datetime) -> None:
    """Open each line that is due, let the next people in, close what is over; one fault does not stop the others."""
    async with transaction(pool) as tx:
        due = await store.due_lines(tx, now=now)
    for service_id, line_id in due:
        outcomes = await asyncio.gather(_advance(pool, service_id, line_id, now=now), return_exceptions=True)
        error: BaseException | None = outcomes[0]
        if isinstance(error, Refusal):
            log.warning("line.waits", line_id=line_id, reason=str(error))
        elif error is not None:
            log.error("line.failed", line_id=line_id, exc_info=error)


async def open_line(tx: Transaction, *, service_id: ServiceId, line_id: LineId, now: datetime) -> FirstCome:
    """Number everybody: first, by the key, who was there before the opening; then the others by arrival.

    The key, the count and the root over the sorted labels of the first go into the log.
    """
    await store.lock_line_alone(tx, service_id=service_id, line_id=line_id)
    line = await store.line(tx, service_id=service_id, line_id=line_id)
    if stage_of(line, now=now) is not Stage.OPENING:
        return line
    labels = await store.gathered_labels(tx, line=line)
    key = await store.committed_key(tx, line=line)
    root = await asyncio.to_thread(labels_root, labels)
    last_number = await store.number_everybody(tx, line=line, key=key)
    facts: dict[str, JSON] = {
        "service_id": service_id,
        "line_id": line_id,
        "key": key.hex(),
        "gathered": len(labels),
        "gathered_root": root,
    }
    entry_id = await transparency.append_public(tx, "line.opened", facts=facts, now=now)
    await store.save_opening(
        tx, line=line, labels=labels, gathered_root=root, last_number=last_number, entry_id=entry_id, now=now
    )
    return await store.line(tx, service_id=service_id, line_id=line_id)


async def let_in(tx: Transaction, *, service_id: ServiceId, line_id: LineId, now: datetime) -> int | None:
    """Begin the turns of the next people; up to which number, or None where nobody's begins now."""
    await store.lock_line(tx, service_id=service_id, line_id=line_id)
    line = await store.line(tx, service_id=service_id, line_id=line_id)
    if stage_of(line, now=now) is not Stage.OPEN:
        return None
    waves = await store.waves(tx, line=line, before=now - pacing.PACE_PERIOD, now=now)
    learnt_after = max(0, waves.ended - pacing.LEARNT_FROM_NUMBERS)
    acted = await store.acted_among(tx, line=line, after=learnt_after, up_to=waves.ended)
    # Who takes a seat between these two looks counts twice, so that fewer are let in and never too many.
    inside = await store.inside(tx, line=line, waves=waves, now=now)
    left = await seats_left(tx, line, now=now)
    count = pacing.let_in(
        inside=inside,
        inside_max=line.rules.inside_max,
        show_rate=pacing.show_rate(called=waves.ended - learnt_after, acted=acted),
        seats_left=left,
        waiting=line.last_number - waves.let_in,
    )
    up_to_number = await store.number_of_next(tx, line=line, after=waves.let_in, count=count)
    if up_to_number is not None:
        await store.insert_wave(tx, line=line, up_to_number=up_to_number, now=now)
    return up_to_number


async def close_line(tx: Transaction, *, service_id: ServiceId, line_id: LineId, now: datetime) -> FirstCome:
    """End an open line whose seats or whose time are gone; what is left of its slots may be promised anew."""
    await store.lock_line_alone(tx, service_id=service_id, line_id=line_id)
    line = await store.line(tx, service_id=service_id, line_id=line_id)
    if line.opened_at is None or line.closed_at is not None:
        return line
    left = await seats_left(tx, line, now=now)
    if not is_due_to_close(line, seats_left=left, now=now):
        return line
    waves = await store.waves(tx, line=line, before=now, now=now)
    facts: dict[str, JSON] = {
        "service_id": service_id,
        "line_id": line_id,
        "numbers": line.last_number,
        "let_in": waves.let_in,
        "seats_left": left,
    }
    entry_id = await transparency.append_public(tx, "line.closed", facts=facts, now=now)
    slot_ids = [slot.slot_id for slot in await store.slots(tx, line=line)]
    await booking.end_promise(tx, service_id, slot_ids=slot_ids)
    await store.save_closing(tx, line=line, entry_id=entry_id, now=now)
    return await store.line(tx, service_id=service_id, line_id=line_id)


async def _advance(pool: Pool, service_id: ServiceId, line_id: LineId, *, now: datetime) -> None:
    async with transaction(pool) as tx:
        line = await store.line(tx, service_id=service_id, line_id=line_id)
    if line.opened_at is None:
        async with transaction(pool) as tx:
            await open_line(tx, service_id=service_id, line_id=line_id, now=now)
    # Looked at without a lock: most lines are not over, and nobody need wait for that to be found.
    async with transaction(pool) as tx:
        line = await store.line(tx, service_id=service_id, line_id=line_id)
        is_over = is_due_to_close(line, seats_left=await seats_left(tx, line, now=now), now=now)
    step = close_line if is_over else let_in
    async with transaction(pool) as tx:
        await step(tx, service_id=service_id, line_id=line_id, now=now)

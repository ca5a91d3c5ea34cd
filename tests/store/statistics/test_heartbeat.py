"""Beats: one row a stretch, and a silence that stays to be seen."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg import errors

from dawr.db.pool import Transaction
from dawr.statistics import actions, store
from dawr.statistics.model import BEAT_SECONDS, KEPT, SILENCE, Outage, Part

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
BEAT = timedelta(seconds=BEAT_SECONDS)
ONE, OTHER, WORKER = UUID(int=1), UUID(int=2), UUID(int=3)


async def beats(tx: Transaction, process_id: UUID, *, first: datetime, count: int, part: Part = Part.WEB) -> datetime:
    """Beat `count` times; the instant of the last."""
    for number in range(count):
        await actions.beat(tx, part=part, process_id=process_id, now=first + number * BEAT)
    return first + (count - 1) * BEAT


async def test_a_process_that_goes_on_beating_has_one_stretch(tx: Transaction) -> None:
    last = await beats(tx, ONE, first=NOW, count=20)
    [stretch] = await store.stretches(tx, since=NOW)
    assert (stretch.began_at, stretch.beat_at) == (NOW, last)


async def test_a_process_that_was_silent_begins_a_new_stretch(tx: Transaction) -> None:
    last = await beats(tx, ONE, first=NOW, count=3)
    await beats(tx, ONE, first=last + SILENCE + BEAT, count=2)
    assert len(await store.stretches(tx, since=NOW)) == 2


async def test_a_clock_that_jumps_back_breaks_nothing(tx: Transaction) -> None:
    last = await beats(tx, ONE, first=NOW, count=3)
    await actions.beat(tx, part=Part.WEB, process_id=ONE, now=NOW - timedelta(hours=1))
    [stretch] = await store.stretches(tx, since=NOW)
    assert stretch.beat_at == last


async def test_the_status_tells_of_the_silence_of_all_processes_of_a_part(tx: Transaction) -> None:
    until = await beats(tx, ONE, first=NOW, count=6)
    await beats(tx, OTHER, first=until + timedelta(minutes=10), count=3)
    worker_until = await beats(tx, WORKER, first=NOW + timedelta(hours=-1), count=2, part=Part.WORKER)
    now = until + timedelta(minutes=10) + 3 * BEAT
    status = await actions.status(tx, now=now)
    assert status.down == (Part.WORKER,)
    assert status.outages == (
        Outage(part=Part.WEB, starts_at=until, ends_at=until + timedelta(minutes=10)),
        Outage(part=Part.WORKER, starts_at=worker_until, ends_at=None),
    )


async def test_what_the_page_does_not_show_is_not_kept(tx: Transaction) -> None:
    await beats(tx, ONE, first=NOW - KEPT - timedelta(hours=1), count=2)
    await beats(tx, OTHER, first=NOW, count=2)
    assert await actions.forget_beats(tx, now=NOW) == 1
    assert len(await store.stretches(tx, since=NOW - timedelta(days=60))) == 1


async def test_a_part_is_known_and_a_stretch_ends_after_it_begins(tx: Transaction) -> None:
    statement = "insert into statistics.heartbeat (part, process_id, began_at, beat_at) values (%s, %s, %s, %s)"
    async with tx.transaction():
        with pytest.raises(errors.CheckViolation, match="part_is_known"):
            async with tx.transaction():
                await tx.execute(statement, ("gate", ONE, NOW, NOW))
    with pytest.raises(errors.CheckViolation, match="a_stretch_ends_after_it_begins"):
        await tx.execute(statement, ("web", ONE, NOW, NOW - BEAT))


async def test_the_beginning_of_a_stretch_cannot_be_moved(tx: Transaction) -> None:
    await beats(tx, ONE, first=NOW, count=2)
    with pytest.raises(errors.InsufficientPrivilege):
        await tx.execute("update statistics.heartbeat set began_at = began_at - interval '1 day'")

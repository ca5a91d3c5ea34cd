"""Races on the real server, each with its guard taken away once to show that the fault would appear."""

import asyncio

import psycopg
import pytest

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Refusal
from dawr.lines import actions, store
from tests.store.lines.invented_line import JOINS_AT, LINE, NINE, OPENS_AT, SERVICE, TEN, Lines, person


async def _numbers(pool: Pool) -> list[int | None]:
    async with transaction(pool) as tx:
        rows = await (await tx.execute("select number from lines.place order by number")).fetchall()
    return [row["number"] for row in rows]


async def _until_waiting(pool: Pool, task: "asyncio.Task[None]") -> None:
    """Until somebody waits for a lock, or the task is done without."""
    waiting = False
    while not (waiting or task.done()):
        async with transaction(pool) as tx:
            rows = await (await tx.execute("select pid from pg_locks where not granted")).fetchall()
        waiting = bool(rows)
        await asyncio.sleep(0)


async def test_two_openings_at_once_are_one(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx)
        await standing_lines.join_all(tx, [person() for _ in range(50)])
    await asyncio.gather(*(actions.advance_lines(pool, now=OPENS_AT) for _ in range(4)))
    assert await _numbers(pool) == list(range(1, 51))
    async with transaction(pool) as tx:
        opened = await (await tx.execute("select count(*) as n from lines.gathered")).fetchone()
        waves = await (await tx.execute("select count(*) as n from lines.wave")).fetchone()
    assert (opened, waves) == ({"n": 1}, {"n": 1})


async def _open_during_a_join(pool: Pool, lines: Lines) -> list[int | None]:
    """The numbers, where one had joined but not committed when the opening began."""
    async with transaction(pool) as tx:
        await lines.announce(tx)
        await lines.join_all(tx, [person() for _ in range(3)])

    async def open_line() -> None:
        async with transaction(pool) as tx:
            await lines.open(tx)

    async with transaction(pool) as slow:
        await lines.join(slow, now=JOINS_AT)
        opening = asyncio.create_task(open_line())
        await _until_waiting(pool, opening)
    await opening
    return await _numbers(pool)


async def test_the_opening_waits_for_a_join_that_is_under_way(pool: Pool, standing_lines: Lines) -> None:
    assert await _open_during_a_join(pool, standing_lines) == [1, 2, 3, 4]


async def test_without_the_lock_a_join_under_way_never_gets_a_number(
    pool: Pool, standing_lines: Lines, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The positive control: the same moment, with lock and foreign key taken away."""

    async def lock_nothing(tx: Transaction, _asks: object) -> None:
        return None

    monkeypatch.setattr(store, "lock_lines", lock_nothing)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("alter table lines.place drop constraint place_is_of_a_line")
    assert await _open_during_a_join(pool, standing_lines) == [1, 2, 3, None]


async def test_many_who_join_at_once_get_numbers_without_gaps(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx)
        await standing_lines.opened_with(tx, 1)
    crowd = [person() for _ in range(40)]

    async def join(each: int) -> None:
        async with transaction(pool) as tx:
            await standing_lines.join_all(tx, [crowd[each], crowd[(each + 7) % 40]], now=OPENS_AT)

    await asyncio.gather(*(join(each) for each in range(40)))
    assert await _numbers(pool) == list(range(1, 42))


async def _take_twice(pool: Pool, lines: Lines) -> int:
    """How many bookings one person gets who takes two seats at the same moment."""
    async with transaction(pool) as tx:
        await lines.announce(tx, {NINE: 5, TEN: 5})
        [one] = await lines.opened_with(tx, 1)
        await lines.let_in(tx)

    async def take(slot_id: SlotId) -> None:
        async with transaction(pool) as tx:
            await actions.take_many(tx, [lines.take_ask(one, slot_id)], now=OPENS_AT)

    await asyncio.gather(*(take(slot_id) for slot_id in (NINE, TEN) * 5))
    async with transaction(pool) as tx:
        return len(await booking.bookings_of(tx, one))


async def test_one_turn_gives_one_booking_however_often_it_is_used_at_once(pool: Pool, standing_lines: Lines) -> None:
    assert await _take_twice(pool, standing_lines) == 1


async def test_a_crowd_of_turns_gives_the_seats_that_there_are(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx, {NINE: 7, TEN: 13}, inside_max=50)
        people = await standing_lines.opened_with(tx, 40)
        await standing_lines.let_in(tx)
    outcomes: list[object] = []

    async def take(who: int) -> None:
        asks = [standing_lines.take_ask(people[who], NINE), standing_lines.take_ask(people[-who - 1], TEN)]
        async with transaction(pool) as tx:
            outcomes.extend(await actions.take_many(tx, asks, now=OPENS_AT))

    await asyncio.gather(*(take(who) for who in range(40)))
    taken = [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]
    async with transaction(pool) as tx:
        slots = await booking.slots(tx, SERVICE, slot_ids=[NINE, TEN])
        acted = await (
            await tx.execute("select count(*) as n from lines.place where booking_id is not null")
        ).fetchone()
    assert sum(slot.taken for slot in slots) == len(taken)
    assert acted == {"n": len(taken)}
    assert len(taken) <= 20
    assert all(slot.taken <= slot.seats for slot in slots)


async def test_a_closing_waits_for_a_seat_that_is_being_taken(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        line = await standing_lines.announce(tx, {NINE: 1})
        [one] = await standing_lines.opened_with(tx, 1)
        await standing_lines.let_in(tx)

    async def close() -> None:
        async with transaction(pool) as tx:
            await standing_lines.close(tx, now=line.rules.closes_at)

    async with transaction(pool) as slow:
        await standing_lines.take(slow, one)
        closing = asyncio.create_task(close())
        await _until_waiting(pool, closing)
        assert not closing.done()
    await closing
    async with transaction(pool) as tx:
        found = await tx.execute("select leaf from transparency.entry where leaf like '%line.closed%'")
        row = await found.fetchone()
        assert (await actions.line(tx, SERVICE, LINE)).closed_at is not None
    assert row is not None
    assert '"seats_left":0' in row["leaf"]

"""Many callers, one statement: each gets his own answer, whatever happens to the others."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest

from dawr.db.batcher import WAIT_SECONDS_MAX, Batcher, Busy
from dawr.db.pool import OWNER_ROLE, Pool, Transaction, ask, look_up_transaction, make_pool, many, run, transaction
from dawr.kernel.refusal import Refusal


class NumberUsed(Refusal):
    code = "tests.number_used"


@pytest.fixture
async def numbers(database_url: str) -> AsyncIterator[Pool]:
    """A table in which each number may stand once."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("create table public.number (number integer primary key check (number < 1000))")
        owner.execute(f"grant all on public.number to {OWNER_ROLE}".encode())
    async with make_pool(database_url, role=OWNER_ROLE, size_max=4) as pool:
        yield pool


class Insert:
    """Inserts what is asked, set-based; remembers each batch, and can be held up before its statement."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.faults: list[Exception] = []

    async def __call__(self, tx: Transaction, asks: Sequence[int]) -> list[int | Refusal]:
        self.batches.append(list(asks))
        await self.may_go.wait()
        inserted = await many(
            tx,
            "insert into public.number select unnest(%(asks)s::integer []) on conflict do nothing returning number",
            asks=list(asks),
        )
        new = {row["number"] for row in inserted}
        if self.faults:
            raise self.faults.pop()
        return [ask * 10 if ask in new else NumberUsed(number=ask) for ask in asks]


def batcher_of(pool: Pool, work: Insert, **limits: Any) -> Batcher[int, int]:
    return Batcher(pool, work, name="numbers", lane=lambda ask: ask // 100, **limits)


async def gathered(batcher: Batcher[int, int], *asks: int) -> list[object]:
    return await asyncio.gather(*(batcher.ask(ask) for ask in asks), return_exceptions=True)


async def stored(pool: Pool) -> set[int]:
    async with transaction(pool) as tx:
        return {row["number"] for row in await many(tx, "select number from public.number")}


async def test_a_lone_ask_is_a_batch_of_its_own(numbers: Pool) -> None:
    work = Insert()
    assert await batcher_of(numbers, work).ask(1) == 10
    assert work.batches == [[1]]


async def test_what_arrives_during_a_batch_is_the_next_one(numbers: Pool) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work)
    work.may_go.clear()
    first = asyncio.create_task(batcher.ask(1))
    while not work.batches:
        await asyncio.sleep(0)
    rest = asyncio.create_task(gathered(batcher, 2, 3, 4))
    await asyncio.sleep(0)
    work.may_go.set()
    assert await first == 10
    assert await rest == [20, 30, 40]
    assert work.batches == [[1], [2, 3, 4]]


async def test_each_caller_gets_his_own_answer_or_refusal(numbers: Pool) -> None:
    batcher = batcher_of(numbers, Insert())
    await batcher.ask(2)
    one, two, three = await gathered(batcher, 1, 2, 3)
    assert (one, three) == (10, 30)
    assert isinstance(two, NumberUsed)
    assert two.facts == {"number": 2}


async def test_one_bad_ask_spoils_nobody_elses(numbers: Pool) -> None:
    batcher = batcher_of(numbers, Insert())
    answers = await gathered(batcher, *range(1, 8), 1000)
    assert answers[:7] == [10, 20, 30, 40, 50, 60, 70]
    assert isinstance(answers[7], psycopg.errors.CheckViolation)
    assert await stored(numbers) == set(range(1, 8))


async def test_a_batch_takes_from_each_release_in_turn(numbers: Pool) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work, batch_max=4)
    crowd, few = range(1, 9), (101, 102)
    await gathered(batcher, *crowd, *few)
    assert work.batches[0] == [1, 101, 2, 102]


async def test_a_full_queue_says_so_at_once_and_loses_nothing(numbers: Pool) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work, waiting_max=2)
    answers = await gathered(batcher, 1, 2, 3)
    assert answers[:2] == [10, 20]
    assert isinstance(answers[2], Busy)
    assert await stored(numbers) == {1, 2}


async def test_who_waited_longer_than_the_limit_is_told_instead_of_served_late(
    numbers: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work)
    work.may_go.clear()
    first = asyncio.create_task(batcher.ask(1))
    while not work.batches:
        await asyncio.sleep(0)
    late = asyncio.create_task(batcher.ask(2))
    await asyncio.sleep(0)
    later = time.monotonic() + WAIT_SECONDS_MAX + 1
    monkeypatch.setattr("dawr.db.batcher.time.monotonic", lambda: later)
    work.may_go.set()
    assert await first == 10
    with pytest.raises(Busy):
        await late
    assert await stored(numbers) == {1}


async def test_one_slow_batch_of_one_does_not_make_a_batch_of_many_look_slow(
    numbers: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work)
    began = time.monotonic()
    monkeypatch.setattr("dawr.db.batcher.time.monotonic", lambda: began + len(work.batches))
    assert await batcher.ask(1) == 10
    answers = await gathered(batcher, *range(2, 90))
    assert not [answer for answer in answers if isinstance(answer, Exception)]


async def test_a_caller_who_goes_away_before_his_batch_is_left_out(numbers: Pool) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work)
    work.may_go.clear()
    first = asyncio.create_task(batcher.ask(1))
    while not work.batches:
        await asyncio.sleep(0)
    gone, stays = asyncio.create_task(batcher.ask(2)), asyncio.create_task(batcher.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    work.may_go.set()
    assert (await first, await stays) == (10, 30)
    assert await stored(numbers) == {1, 3}


async def test_a_caller_who_goes_away_during_his_batch_disturbs_nobody(numbers: Pool) -> None:
    work = Insert()
    batcher = batcher_of(numbers, work)
    work.may_go.clear()
    gone, stays = asyncio.create_task(batcher.ask(1)), asyncio.create_task(batcher.ask(2))
    while not work.batches:
        await asyncio.sleep(0)
    gone.cancel()
    work.may_go.set()
    assert await stays == 20
    assert await stored(numbers) == {1, 2}


async def test_a_batch_whose_connection_dies_is_done_once_on_another(numbers: Pool) -> None:
    work = Insert()

    async def kill_once(tx: Transaction, asks: Sequence[int]) -> Sequence[int | Refusal]:
        if len(work.batches) == 0:
            work.batches.append([])
            async with numbers.connection() as other:
                await other.execute("select pg_terminate_backend(%s)", (tx.info.backend_pid,))
        return await work(tx, asks)

    batcher: Batcher[int, int] = Batcher(numbers, kill_once, name="numbers", lane=lambda _: 0)
    assert await gathered(batcher, 1, 2) == [10, 20]
    assert await stored(numbers) == {1, 2}


async def test_a_fault_that_shows_only_at_the_end_refuses_everybody_and_spoils_nothing_after(numbers: Pool) -> None:
    """What is sent last and never looked at fails when the batch is committed."""
    work = Insert()

    async def fails_at_the_end(tx: Transaction, asks: Sequence[int]) -> Sequence[int | Refusal]:
        answers = await work(tx, asks)
        await run(tx, "insert into public.number values (5000)")
        return answers

    failing: Batcher[int, int] = Batcher(numbers, fails_at_the_end, name="numbers", lane=lambda _: 0)
    answers = await gathered(failing, 1, 2)
    assert all(isinstance(answer, psycopg.errors.CheckViolation) for answer in answers)
    assert await stored(numbers) == set()
    assert await gathered(batcher_of(numbers, Insert()), 1, 2) == [10, 20]


async def test_what_needs_no_others_answer_is_one_trip(numbers: Pool) -> None:
    """The second is asked while the first still waits for a lock; who waited for its answer would wait for ever."""
    async with numbers.connection() as other, asyncio.timeout(30):
        await other.execute("select pg_advisory_lock(7)")
        async with look_up_transaction(numbers) as tx:
            first = await ask(tx, "select pg_advisory_xact_lock(7)::text as said", read=len)
            second = await ask(tx, "select 'said' as said", read=lambda rows: [row["said"] for row in rows])
            await other.execute("select pg_advisory_unlock(7)")
            assert (await first.answer(), await second.answer()) == (1, ["said"])


async def test_with_no_database_everybody_is_told_and_later_asks_are_served(numbers: Pool) -> None:
    work = Insert()
    work.faults = [psycopg.OperationalError("gone"), psycopg.OperationalError("gone")]
    batcher = batcher_of(numbers, work)
    answers = await gathered(batcher, 1, 2)
    assert all(isinstance(answer, psycopg.OperationalError) for answer in answers)
    assert await stored(numbers) == set()
    assert await gathered(batcher, 1, 2) == [10, 20]


async def test_each_batch_is_observed_with_its_size(numbers: Pool) -> None:
    seen: list[tuple[str, int]] = []
    batcher = batcher_of(numbers, Insert(), observe=lambda name, size, _: seen.append((name, size)))
    await gathered(batcher, 1, 2, 3)
    await batcher.drained()
    assert seen == [("numbers", 3)]
    assert batcher.waiting == 0

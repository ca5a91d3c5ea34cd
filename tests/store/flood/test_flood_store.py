"""What every process agrees on: spent challenges and the day's count."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg import errors

from dawr.db.pool import Pool, Transaction, transaction
from dawr.web.flood import store
from dawr.web.flood.keeping import flush

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
NAME = b"n" * 16
END = int((NOW + timedelta(minutes=5)).timestamp())


async def test_a_challenge_is_spent_once(tx: Transaction) -> None:
    assert await store.spend(tx, name=NAME, expires_at=END)
    assert not await store.spend(tx, name=NAME, expires_at=END)


async def test_of_many_processes_that_are_shown_one_proof_one_takes_it(pool: Pool) -> None:
    async def show() -> bool:
        async with transaction(pool) as tx:
            return await store.spend(tx, name=NAME, expires_at=END)

    assert sorted(await asyncio.gather(*(show() for _ in range(12)))) == [False] * 11 + [True]


async def test_a_challenge_that_nobody_would_take_is_forgotten_and_no_other(tx: Transaction) -> None:
    await store.spend(tx, name=NAME, expires_at=END)
    assert await store.forget_expired(tx, now=NOW) == 0
    assert await store.forget_expired(tx, now=NOW + timedelta(minutes=6)) == 1


async def test_the_name_of_a_challenge_has_16_bytes(tx: Transaction) -> None:
    with pytest.raises(errors.CheckViolation, match="a_challenge_has_16_bytes"):
        await store.spend(tx, name=b"short", expires_at=END)


async def test_what_all_processes_stopped_is_added_up_by_day_and_reason(pool: Pool) -> None:
    counted = ({"address": 3, "person": 1}, {"person": 2, "address": 4}, {"pressure": 1})
    await asyncio.gather(*(flush(pool, dict(each), now=NOW) for each in counted for _ in range(5)))
    await flush(pool, {"address": 100}, now=NOW + timedelta(days=1))
    async with transaction(pool) as tx:
        assert await store.stopped_on(tx, day_on=NOW.date()) == {"address": 35, "person": 15, "pressure": 5}
        assert await store.stopped_on(tx, day_on=date(2027, 2, 3)) == {}


async def test_the_count_of_a_day_cannot_be_taken_back(tx: Transaction) -> None:
    await store.add_stopped(tx, day_on=NOW.date(), requests={"address": 3})
    with pytest.raises(errors.InsufficientPrivilege):
        await tx.execute("delete from flood.stopped")


async def test_the_reader_sees_the_count_and_no_challenge(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        assert await store.stopped_on(tx, day_on=NOW.date()) == {}
    with pytest.raises(errors.InsufficientPrivilege):
        async with transaction(reader_pool) as tx:
            await tx.execute("select name from flood.spent_challenge")

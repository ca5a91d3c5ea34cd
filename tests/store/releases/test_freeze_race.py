"""Entering while the list freezes: whoever holds a receipt stands in the list."""

import asyncio

import psycopg
import pytest

from dawr.db.pool import Pool, transaction
from dawr.releases import actions
from dawr.releases.model import ListFrozen, Receipt
from dawr.releases.store import entering
from tests.store.releases.invented_draw import ENTERS_AT, NINE, Draws

ATTEMPTS = 12
SLOW_CLOCK = ENTERS_AT
"""An entrant's server whose clock still says that the release is open."""


async def _race(pool: Pool, draws: Draws) -> tuple[list[Receipt], bytes]:
    """Receipts that were given while the freeze ran, and the frozen list."""
    async with transaction(pool) as tx:
        await draws.announce(tx, {NINE: 5})

    async def enter_until_frozen() -> list[Receipt]:
        receipts = []
        for _ in range(ATTEMPTS):
            try:
                async with transaction(pool) as tx:
                    receipt = await draws.enter(tx, now=SLOW_CLOCK)
            except ListFrozen:
                break
            receipts.append(receipt)
        return receipts

    async def freeze_soon() -> None:
        await asyncio.wait_for(_entered(pool, 10), 30)
        async with transaction(pool) as tx:
            await draws.freeze(tx)

    *given, _ = await asyncio.gather(*(enter_until_frozen() for _ in range(8)), freeze_soon())
    async with transaction(pool) as tx:
        frozen = await draws.freeze(tx)
        text = b"".join([chunk async for chunk in actions.bundle_lines(tx, frozen)])
    return [receipt for receipts in given for receipt in receipts or []], text


async def _entered(pool: Pool, count: int) -> None:
    entered = 0
    while entered < count:
        async with transaction(pool) as tx:
            row = await (await tx.execute("select count(*) as n from releases.entrant")).fetchone()
        assert row is not None
        entered = row["n"]


async def test_whoever_holds_a_receipt_stands_in_the_frozen_list(pool: Pool, standing_draws: Draws) -> None:
    receipts, text = await _race(pool, standing_draws)
    assert sorted(receipt.line for receipt in receipts) == text.decode().splitlines()


async def test_the_freeze_waits_for_an_entry_that_is_under_way(pool: Pool, standing_draws: Draws) -> None:
    lines = await _freeze_during_an_entry(pool, standing_draws)
    assert len(lines) == 2


async def test_without_the_lock_an_entry_under_way_is_lost(
    pool: Pool, standing_draws: Draws, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The positive control: the same moment, with lock, foreign key and trigger taken away."""

    without_lock = {name: text.replace("for key share of release", "") for name, text in entering.SQL.items()}
    assert without_lock["hold_open"] != entering.SQL["hold_open"]
    monkeypatch.setattr(entering, "SQL", without_lock)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("alter table releases.entrant drop constraint entrant_is_of_a_release")
    lines = await _freeze_during_an_entry(pool, standing_draws)
    assert len(lines) == 1


async def _freeze_during_an_entry(pool: Pool, draws: Draws) -> list[str]:
    """The frozen list, where one entry was made but not committed when the freeze began."""
    async with transaction(pool) as tx:
        await draws.announce(tx, {NINE: 5})
        await draws.enter(tx)

    async def freeze() -> None:
        async with transaction(pool) as tx:
            await draws.freeze(tx)

    async with transaction(pool) as slow:
        await draws.enter(slow)
        freezing = asyncio.create_task(freeze())
        await _wait_until_waiting_or_done(pool, freezing)
    await freezing
    async with transaction(pool) as tx:
        frozen = await draws.freeze(tx)
        text = b"".join([chunk async for chunk in actions.bundle_lines(tx, frozen)])
        rows = await (await tx.execute("select count(*) as n from releases.entrant")).fetchone()
    assert rows == {"n": 2}
    return text.decode().splitlines()


async def _wait_until_waiting_or_done(pool: Pool, freezing: "asyncio.Task[None]") -> None:
    waiting = False
    while not (waiting or freezing.done()):
        async with transaction(pool) as tx:
            rows = await (await tx.execute("select pid from pg_locks where not granted")).fetchall()
        waiting = bool(rows)
        await asyncio.sleep(0)

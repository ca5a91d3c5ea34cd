"""Every tip stands in the public log once its hour is over, and none can vanish or be altered unseen."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dawr.db.pool import Pool, Transaction, many, transaction
from dawr.settings import Settings
from dawr.tips import actions, store
from dawr.tips.model import TipKind, Told, facts_of
from dawr.transparency import actions as transparency
from dawr.transparency.leaf import opens
from tests.store.tickets.invented_office import OFFICE, STARTS_AT, Office, load_office

TOLD = Told(kind=TipKind.SELLER, office_id=OFFICE, words="بائع")
HOUR = STARTS_AT.replace(minute=0)
NEXT_HOUR = HOUR + timedelta(hours=1)


async def leaves(tx: Transaction) -> list[bytes]:
    rows = await many(tx, "select leaf from transparency.entry order by entry_id")
    return [row["leaf"].encode() for row in rows if json.loads(row["leaf"])["kind"] == "tip.received"]


async def test_a_tip_waits_for_the_end_of_its_hour(tx: Transaction, office: Office) -> None:
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=STARTS_AT)
    assert await actions.log_received(tx, now=HOUR + timedelta(minutes=59)) == 0
    assert (await actions.follow(tx, receipt, settings=office.settings)).logged is None
    assert await actions.log_received(tx, now=NEXT_HOUR) == 1
    assert (await actions.follow(tx, receipt, settings=office.settings)).logged is not None
    assert await actions.log_received(tx, now=NEXT_HOUR) == 0


async def test_the_log_tells_the_hour_and_nothing_else(tx: Transaction, office: Office) -> None:
    await actions.record_tip(tx, TOLD, settings=office.settings, now=STARTS_AT)
    await actions.log_received(tx, now=NEXT_HOUR + timedelta(minutes=3, seconds=21))
    [leaf] = map(json.loads, await leaves(tx))
    assert leaf.keys() == {"at", "commitment", "kind"}
    assert leaf["at"] == NEXT_HOUR.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_with_salt_and_facts_whoever_holds_the_receipt_opens_the_entry(tx: Transaction, office: Office) -> None:
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=STARTS_AT)
    await actions.log_received(tx, now=NEXT_HOUR)
    logged = (await actions.follow(tx, receipt, settings=office.settings)).logged
    assert logged is not None
    [leaf] = await leaves(tx)
    assert opens(leaf, salt=logged.salt, facts=logged.facts)
    assert not opens(leaf, salt=logged.salt, facts={**logged.facts, "contents": "00" * 32})


@pytest.mark.parametrize(
    "altered",
    [
        replace(TOLD, words="بائع آخر"),
        replace(TOLD, kind=TipKind.ADVERT),
        replace(TOLD, hour=7),
        replace(TOLD, shown="ABC234"),
        replace(TOLD, office_id=None, place="حولي"),
    ],
)
async def test_everything_that_was_told_is_in_the_hash(tx: Transaction, office: Office, altered: Told) -> None:
    for told in (TOLD, altered):
        await actions.record_tip(tx, told, settings=office.settings, now=STARTS_AT)
    assert len(await many(tx, "select distinct contents_hash from tips.tip")) == 2


async def test_photographs_are_in_the_hash(tx: Transaction, office: Office) -> None:
    for photographs in ([], [b"one picture"], [b"another picture"]):
        await actions.record_tip(tx, TOLD, photographs=photographs, settings=office.settings, now=STARTS_AT)
    assert len(await many(tx, "select distinct contents_hash from tips.tip")) == 3


async def test_without_the_key_a_tip_of_few_facts_is_not_found_by_trying_them(tx: Transaction, office: Office) -> None:
    other_house = replace(office.settings, root_secret=b"another house's secret, as long.")
    for settings in (office.settings, other_house):
        await actions.record_tip(tx, replace(TOLD, words="", shown=""), settings=settings, now=STARTS_AT)
    assert len(await many(tx, "select distinct contents_hash from tips.tip")) == 2


async def test_the_order_in_the_log_says_nothing_of_the_order_of_telling(tx: Transaction, office: Office) -> None:
    for _ in range(8):
        await actions.record_tip(tx, TOLD, settings=office.settings, now=STARTS_AT)
    await actions.log_received(tx, now=NEXT_HOUR)
    rows = await many(tx, "select tip_id from tips.logged order by log_entry_id")
    assert [row["tip_id"] for row in rows] == sorted(row["tip_id"] for row in rows), "by ids, which are chance"


async def _told_in(pool: Pool, *, folder: Path, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await load_office(tx, folder)
        for _ in range(5):
            await actions.record_tip(tx, TOLD, settings=settings, now=STARTS_AT)


async def test_two_workers_log_a_tip_once(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    await _told_in(pool, folder=tmp_path, settings=settings)

    async def log() -> int:
        async with transaction(pool) as tx:
            return await actions.log_received(tx, now=NEXT_HOUR)

    assert sorted(await asyncio.gather(log(), log(), log())) == [0, 0, 5]
    async with transaction(pool) as tx:
        assert len(await leaves(tx)) == 5


async def test_without_the_lock_two_workers_would_write_it_twice(
    pool: Pool, settings: Settings, tmp_path: Path
) -> None:
    """The positive control: both look before either has written."""
    await _told_in(pool, folder=tmp_path, settings=settings)
    async with transaction(pool) as one, transaction(pool) as other:
        seen = [await store.unlogged(tx, before=NEXT_HOUR, count_max=10) for tx in (one, other)]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 5


async def test_the_worker_has_the_step_that_does_it(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    from dawr.worker import STEPS

    await _told_in(pool, folder=tmp_path, settings=settings)
    [step] = [step for step in STEPS if step.name == "tips"]
    await step.work(pool, settings, NEXT_HOUR)
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        await transparency.sequence(tx, settings=settings, now=now)
    async with transaction(pool) as tx:
        [first, *_] = await many(
            tx,
            "select tip.tip_id, tip.contents_hash, log_entry_id, log_salt from tips.logged"
            " inner join tips.tip on tip.tip_id = logged.tip_id",
        )
        index = await transparency.index_of(tx, first["log_entry_id"])
        assert index is not None
        entry = await transparency.entry_at(tx, index)
    facts = facts_of(first["tip_id"], contents_hash=bytes(first["contents_hash"]))
    assert opens(entry.leaf, salt=bytes(first["log_salt"]), facts=facts)

"""The sequencer: none passed over, none twice, nothing signed that contradicts what was signed."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import SigningKey
from dawr.settings import Settings
from dawr.transparency import actions
from dawr.transparency.leaf import opens
from dawr.transparency.merkle import EMPTY_ROOT, leaf_hash, root
from dawr.transparency.model import LogBroken, LogMoved, NotYetCovered
from dawr.transparency.note import parse_note, parse_tree_head, verified, witness_key
from dawr.transparency.policy import Quorum
from dawr.transparency.proof import parse_receipt, verify_receipt
from dawr.transparency.tiles import Tile, levels_of, split_bundle, split_hashes, tiles_at

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)


async def say(pool: Pool, *numbers: int) -> list[int]:
    async with transaction(pool) as tx:
        return [await actions.append_public(tx, "quota.order", facts={"number": each}, now=NOW) for each in numbers]


async def sequence(pool: Pool, settings: Settings) -> int:
    async with transaction(pool) as tx:
        return await actions.sequence(tx, settings=settings, now=NOW)


async def numbers(pool: Pool) -> list[int]:
    """What the log says, in its order."""
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
        entries = await actions.entries_before(tx, checkpoint.size if checkpoint else 0, count=10_000)
    return [json.loads(entry.leaf)["facts"]["number"] for entry in reversed(entries)]


async def test_entries_get_places_and_a_signed_checkpoint(pool: Pool, settings: Settings) -> None:
    await say(pool, *range(5))
    assert await sequence(pool, settings) == 5
    assert await numbers(pool) == [0, 1, 2, 3, 4]
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
        entries = await actions.entries_before(tx, 5, count=5)
    assert checkpoint is not None
    verified(parse_note(checkpoint.text), actions.policy_of(settings).log)
    tree = parse_tree_head(parse_note(checkpoint.text).text)
    assert (tree.origin, tree.size, tree.root) == (settings.log_origin, 5, checkpoint.root)
    assert tree.root == root(leaf_hash(entry.leaf) for entry in reversed(entries))


async def test_nothing_to_say_signs_nothing(pool: Pool, settings: Settings) -> None:
    assert await sequence(pool, settings) == 0
    async with transaction(pool) as tx:
        assert await actions.latest_checkpoint(tx) is None


async def test_a_log_grown_in_uneven_batches_has_the_tree_of_one_batch(pool: Pool, settings: Settings) -> None:
    for start, end in ((0, 1), (1, 255), (255, 256), (256, 700), (700, 70_000), (70_000, 70_001)):
        async with transaction(pool) as tx:
            leaves = [f'{{"number":{number}}}' for number in range(start, end)]
            await tx.execute("insert into transparency.entry (leaf) select unnest(%s::text[])", (leaves,))
        while await sequence(pool, settings):
            pass
    size = 70_001
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
        assert checkpoint is not None
        assert checkpoint.size == size
        expected = [leaf_hash(b'{"number":%d}' % number) for number in range(size)]
        assert checkpoint.root == root(expected)
        for level in levels_of(size):
            held = [
                found
                for tile in tiles_at(level, size=size)
                for found in split_hashes(await actions.tile_content(tx, tile, size=size))
            ]
            assert held == expected
            expected = [root(expected[at : at + 256]) for at in range(0, len(expected) - 255, 256)]
        last = Tile(level="entries", index=273, width=113)
        assert split_bundle(await actions.tile_content(tx, last, size=size))[-1] == b'{"number":70000}'
        for index in (0, 255, 256, 65_535, 65_536, 70_000):
            receipt = parse_receipt(await actions.proof_at(tx, index))
            assert verify_receipt(receipt, log=actions.policy_of(settings).log).index == index


async def test_a_tile_beyond_the_checkpoint_is_not_shown(pool: Pool, settings: Settings) -> None:
    await say(pool, 1, 2, 3)
    await sequence(pool, settings)
    async with transaction(pool) as tx:
        assert len(await actions.tile_content(tx, Tile(level=0, index=0, width=3), size=3)) == 96
        for tile in (Tile(level=0, index=0, width=4), Tile(level="entries", index=1), Tile(level=1, index=0, width=1)):
            with pytest.raises(NotFound):
                await actions.tile_content(tx, tile, size=3)


async def test_what_is_rolled_back_was_never_said(pool: Pool, settings: Settings) -> None:
    with suppress(LookupError):
        async with transaction(pool) as tx:
            await actions.append_public(tx, "quota.order", facts={"number": 1}, now=NOW)
            raise LookupError
    await say(pool, 2)
    await sequence(pool, settings)
    assert await numbers(pool) == [2]


NAIVE = """
select entry_id from transparency.entry
where entry_id > (select coalesce(max(entry_id), 0) from transparency.leaf)
"""
"""How one would take new entries without thinking of transactions that commit out of order."""


async def test_an_entry_that_commits_late_is_not_passed_over(pool: Pool, settings: Settings) -> None:
    async with pool.connection() as slow:
        async with slow.transaction():
            await actions.append_public(slow, "quota.order", facts={"number": 1}, now=NOW)
            await say(pool, 2)
            assert await sequence(pool, settings) == 0
            async with transaction(pool) as tx:
                taken = [row["entry_id"] for row in await (await tx.execute(NAIVE)).fetchall()]
            assert taken == [2]  # the positive control: by number alone, the second entry would go first ...
        assert await sequence(pool, settings) == 2
    assert await numbers(pool) == [1, 2]


async def test_taking_entries_by_number_alone_loses_one(pool: Pool, database_url: str) -> None:
    """The positive control to its end: with the guard taken away, an entry is lost for ever."""
    async with pool.connection() as slow:
        async with slow.transaction():
            await actions.append_public(slow, "quota.order", facts={"number": 1}, now=NOW)
            await say(pool, 2)
            async with transaction(pool) as tx:
                await tx.execute(
                    f"insert into transparency.leaf (index, entry_id) select 0, n.entry_id from ({NAIVE}) as n"
                )
        async with transaction(pool) as tx:
            assert await (await tx.execute(NAIVE)).fetchall() == []
            rows = await (
                await tx.execute(
                    "select entry_id from transparency.entry except select entry_id from transparency.leaf"
                )
            ).fetchall()
    assert [row["entry_id"] for row in rows] == [1]


async def test_writers_and_sequencers_at_once_lose_nothing_and_repeat_nothing(pool: Pool, settings: Settings) -> None:
    async def write(writer: int) -> None:
        for number in range(10):
            await say(pool, writer * 10 + number)

    async def drain() -> None:
        for _ in range(15):
            await sequence(pool, settings)

    await asyncio.gather(*(write(writer) for writer in range(8)), *(drain() for _ in range(3)))
    await sequence(pool, settings)
    assert sorted(await numbers(pool)) == list(range(80))
    async with transaction(pool) as tx:
        statement = """
        select count(*) as n, count(previous_size) as chained, count(distinct previous_size) as d
        from transparency.checkpoint
        """
        row = await (await tx.execute(statement)).fetchone()
    assert row is not None
    assert row["n"] - 1 == row["chained"] == row["d"]


async def _tamper(database_url: str, statement: str) -> None:
    """What a database administrator could do; the application could not."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        assert (await connection.execute(statement.encode())).rowcount == 1


TAMPERINGS = [
    "update transparency.hash set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where level = 0 and index = 2",
    "update transparency.hash set hash = set_byte(hash, 31, get_byte(hash, 31) # 128) where level = 0 and index = 0",
    "update transparency.checkpoint set note = replace(note, E'\\n3\\n', E'\\n2\\n')",
    "update transparency.checkpoint set note = overlay(note placing 'AAAA' from position('=' in note) - 6)",
    "update transparency.checkpoint set note = 'nonsense'",
    "update transparency.checkpoint set root = set_byte(root, 5, get_byte(root, 5) # 16)",
]


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_a_flipped_bit_stops_the_signing(
    pool: Pool, settings: Settings, database_url: str, tampering: str
) -> None:
    await say(pool, 1, 2, 3)
    await sequence(pool, settings)
    await _tamper(database_url, tampering)
    await say(pool, 4)
    with pytest.raises(LogBroken):
        await sequence(pool, settings)
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
    assert checkpoint is not None
    assert checkpoint.size == 3


async def test_another_key_than_the_last_checkpoints_signs_nothing(pool: Pool, settings: Settings) -> None:
    await say(pool, 1)
    await sequence(pool, settings)
    await say(pool, 2)
    with pytest.raises(LogBroken):
        await sequence(pool, replace(settings, root_secret=b"x" * 32))


async def test_a_log_restored_into_a_younger_server_refuses_to_go_on(
    pool: Pool, settings: Settings, database_url: str
) -> None:
    await say(pool, 1)
    await sequence(pool, settings)
    await _tamper(database_url, "update transparency.entry set transaction_id = '9000000000'")
    await say(pool, 2)
    with pytest.raises(LogMoved):
        await sequence(pool, settings)


async def test_a_sealed_entry_is_opened_by_its_salt_alone(pool: Pool, settings: Settings) -> None:
    facts = {"booking": "7QK2M9", "office": "KW-MOI/HAW"}
    async with transaction(pool) as tx:
        sealed = await actions.append_sealed(tx, "booking.made", facts=facts, now=NOW)
        twin = await actions.append_sealed(tx, "booking.made", facts=facts, now=NOW)
    await sequence(pool, settings)
    async with transaction(pool) as tx:
        first, second = await actions.entry_at(tx, 0), await actions.entry_at(tx, 1)
    assert "7QK2M9" not in first.leaf.decode()
    assert first.leaf != second.leaf
    assert opens(first.leaf, salt=sealed.salt, facts=facts)
    assert not opens(first.leaf, salt=twin.salt, facts=facts)
    assert not opens(first.leaf, salt=sealed.salt, facts=facts | {"office": "KW-MOI/JAH"})


async def test_an_unknown_kind_is_a_bug(tx: Transaction) -> None:
    with pytest.raises(ValueError, match="weather"):
        await actions.append_public(tx, "weather.report", facts={}, now=NOW)


async def test_an_entry_has_no_receipt_until_it_is_under_a_checkpoint(pool: Pool, settings: Settings) -> None:
    (entry_id,) = await say(pool, 1)
    async with transaction(pool) as tx:
        assert await actions.checkpoint_covering(tx, entry_id) is None
        with pytest.raises(NotYetCovered):
            await actions.proof_of(tx, entry_id)
    await sequence(pool, settings)
    async with transaction(pool) as tx:
        checkpoint = await actions.checkpoint_covering(tx, entry_id)
        assert checkpoint is not None
        assert checkpoint.signed_at == NOW
        quorum = Quorum.of([witness_key("audit.example/w", key=SigningKey.from_seed(b"w" * 32))], count=1)
        assert await actions.witnessed_at(tx, entry_id, quorum=quorum) is None
        receipt = parse_receipt(await actions.proof_of(tx, entry_id))
        with pytest.raises(NotYetCovered):
            await actions.proof_of(tx, entry_id, quorum=quorum)
    proven = verify_receipt(receipt, log=actions.policy_of(settings).log)
    assert json.loads(proven.leaf)["facts"] == {"number": 1}
    assert NOW - timedelta(seconds=1) < datetime.fromisoformat(json.loads(proven.leaf)["at"])
    assert proven.tree.root != EMPTY_ROOT

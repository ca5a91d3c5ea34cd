"""The log is append-only by privilege, and its shape holds by constraint."""

import pytest
from psycopg import errors

from dawr.db.pool import Pool, Transaction, transaction

TABLES = ["entry", "leaf", "hash", "checkpoint", "cosignature"]
COLUMN = {"entry": "leaf", "leaf": "index", "hash": "hash", "checkpoint": "note", "cosignature": "line"}


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_cannot_change_a_row(tx: Transaction, table: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        await tx.execute(f"update transparency.{table} set {COLUMN[table]} = {COLUMN[table]}")


@pytest.mark.parametrize("statement", ["delete from", "truncate"])
@pytest.mark.parametrize("table", TABLES)
async def test_the_application_cannot_remove_a_row(tx: Transaction, table: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        await tx.execute(f"{statement} transparency.{table}")


@pytest.mark.parametrize("table", TABLES)
async def test_the_reader_reads_and_no_more(reader_pool: Pool, table: str) -> None:
    async with transaction(reader_pool) as tx:
        await tx.execute(f"select * from transparency.{table}")
    with pytest.raises(errors.InsufficientPrivilege):
        async with transaction(reader_pool) as tx:
            await tx.execute("insert into transparency.entry (leaf) values ('{}')")


@pytest.mark.parametrize("column", ["transaction_id", "entry_id"])
async def test_an_entry_cannot_choose_its_own_number(tx: Transaction, column: str) -> None:
    value = "'3'::xid8" if column == "transaction_id" else "1"
    with pytest.raises(errors.InsufficientPrivilege):
        await tx.execute(
            f"insert into transparency.entry (leaf, {column}) overriding system value values ('{{}}', {value})"
        )


CHECKPOINT = """
insert into transparency.checkpoint (size, previous_size, root, signed_at, note)
values (%s, %s, %s, now(), 'n')
"""


async def _entry(tx: Transaction) -> int:
    cursor = await tx.execute("insert into transparency.entry (leaf) values ('{}') returning entry_id")
    row = await cursor.fetchone()
    assert row is not None
    return int(row["entry_id"])


async def _checkpoint(tx: Transaction, size: int, previous: int | None, root: bytes = b"r" * 32) -> None:
    await tx.execute(CHECKPOINT.encode(), (size, previous, root))


async def _refused_by(tx: Transaction, constraint: str, statement: str, *parameters: object) -> None:
    with pytest.raises(errors.IntegrityError) as caught:
        await tx.execute(statement.encode(), parameters)
    assert caught.value.diag.constraint_name == constraint


@pytest.mark.parametrize("leaf", ["", "x" * 65536])
async def test_a_leaf_that_fits_no_bundle_is_refused(tx: Transaction, leaf: str) -> None:
    await _refused_by(tx, "leaf_fits_a_bundle", "insert into transparency.entry (leaf) values (%s)", leaf)


async def test_a_place_is_taken_once(tx: Transaction) -> None:
    one, two = await _entry(tx), await _entry(tx)
    await tx.execute("insert into transparency.leaf (index, entry_id) values (1000000, %s)", (one,))
    statement = "insert into transparency.leaf (index, entry_id) values (1000000, %s)"
    await _refused_by(tx, "place_is_taken_once", statement, two)


async def test_an_entry_is_sequenced_once(tx: Transaction) -> None:
    entry = await _entry(tx)
    await tx.execute("insert into transparency.leaf (index, entry_id) values (1000000, %s)", (entry,))
    statement = "insert into transparency.leaf (index, entry_id) values (1000001, %s)"
    await _refused_by(tx, "entry_is_sequenced_once", statement, entry)


async def test_a_place_of_no_entry_is_refused(tx: Transaction) -> None:
    await _refused_by(tx, "leaf_is_an_entry", "insert into transparency.leaf (index, entry_id) values (0, 99999999)")


async def test_a_negative_place_is_refused(tx: Transaction) -> None:
    statement = "insert into transparency.leaf (index, entry_id) values (-1, %s)"
    await _refused_by(tx, "place_is_not_negative", statement, await _entry(tx))


@pytest.mark.parametrize("size", [0, 31, 33])
async def test_a_hash_of_another_length_is_refused(tx: Transaction, size: int) -> None:
    statement = "insert into transparency.hash (level, index, hash) values (0, 0, %s)"
    await _refused_by(tx, "hash_is_sha256", statement, b"h" * size)


@pytest.mark.parametrize(("level", "index"), [(-1, 0), (8, 0), (0, -1)])
async def test_a_node_outside_any_tree_is_refused(tx: Transaction, level: int, index: int) -> None:
    statement = "insert into transparency.hash (level, index, hash) values (%s, %s, %s)"
    await _refused_by(tx, "node_is_in_the_tree", statement, level, index, b"h" * 32)


async def test_a_node_is_hashed_once(tx: Transaction) -> None:
    statement = "insert into transparency.hash (level, index, hash) values (7, 0, %s)"
    await tx.execute(statement.encode(), (b"h" * 32,))
    await _refused_by(tx, "node_is_hashed_once", statement, b"g" * 32)


async def test_two_checkpoints_cannot_follow_one(tx: Transaction) -> None:
    await _checkpoint(tx, 10, None)
    await _checkpoint(tx, 20, 10)
    await _refused_by(tx, "checkpoint_has_one_successor", CHECKPOINT, 21, 10, b"s" * 32)


async def test_two_checkpoints_cannot_be_the_first(tx: Transaction) -> None:
    await _checkpoint(tx, 10, None)
    await _refused_by(tx, "checkpoint_has_one_successor", CHECKPOINT, 11, None, b"s" * 32)


async def test_one_size_is_not_signed_twice(tx: Transaction) -> None:
    await _checkpoint(tx, 10, None)
    await _refused_by(tx, "size_is_signed_once", CHECKPOINT, 10, None, b"s" * 32)


async def test_a_checkpoint_follows_one_that_exists(tx: Transaction) -> None:
    await _refused_by(tx, "checkpoint_follows_a_checkpoint", CHECKPOINT, 12, 11, b"s" * 32)


@pytest.mark.parametrize(("size", "previous"), [(9, 10), (0, None)])
async def test_a_checkpoint_never_shrinks(tx: Transaction, size: int, previous: int | None) -> None:
    await _checkpoint(tx, 10, None)
    await _refused_by(tx, "checkpoint_grows", CHECKPOINT, size, previous, b"s" * 32)


async def test_a_root_of_another_length_is_refused(tx: Transaction) -> None:
    await _refused_by(tx, "root_is_sha256", CHECKPOINT, 10, None, b"s" * 31)


COSIGNATURE = (
    "insert into transparency.cosignature (checkpoint_size, witness, cosigned_at, line) values (%s, 'w', now(), %s)"
)


async def test_a_witness_cosigns_a_checkpoint_once(tx: Transaction) -> None:
    await _checkpoint(tx, 10, None)
    await tx.execute(COSIGNATURE.encode(), (10, "line"))
    await _refused_by(tx, "witness_cosigns_a_checkpoint_once", COSIGNATURE, 10, "another")


async def test_a_cosignature_is_of_a_checkpoint(tx: Transaction) -> None:
    await _refused_by(tx, "cosignature_is_of_a_checkpoint", COSIGNATURE, 10, "line")


async def test_a_cosignature_cannot_smuggle_in_a_second_line(tx: Transaction) -> None:
    await _checkpoint(tx, 10, None)
    await _refused_by(tx, "cosignature_is_one_line", COSIGNATURE, 10, "line\nline")

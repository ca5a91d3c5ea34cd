"""The log's rows: entries, places, hashes, checkpoints and cosignatures; nothing here changes a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.transparency.model import Checkpoint, Cosignature, Entry
from dawr.transparency.note import VerifierKey
from dawr.transparency.policy import Quorum
from dawr.transparency.tiles import Run

SQL = load_statements(__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The entry that was sequenced last; `is_from_the_future` where its transaction is not yet over on this server."""

    entry_id: int
    transaction_id: str
    is_from_the_future: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry that has no place in the tree yet."""

    entry_id: int
    leaf: bytes


NOTHING_SEQUENCED = Cursor(entry_id=0, transaction_id="0", is_from_the_future=False)


async def append(tx: Transaction, leaf: bytes) -> int:
    """The new entry's number."""
    return int((await one(tx, SQL["append"], leaf=leaf.decode()))["entry_id"])


async def append_all(tx: Transaction, leaves: Sequence[bytes]) -> list[int]:
    """The new entries' numbers, in the order of the leaves."""
    rows = await many(tx, SQL["append_all"], leaves=[leaf.decode() for leaf in leaves])
    return [int(row["entry_id"]) for row in rows]


async def lock_sequencer(tx: Transaction) -> None:
    """Until the end of the transaction nobody else sequences."""
    await one(tx, SQL["lock_sequencer"])


async def last_sequenced(tx: Transaction) -> Cursor:
    row = await maybe_one(tx, SQL["last_sequenced"])
    return Cursor(**row) if row else NOTHING_SEQUENCED


async def unsequenced(tx: Transaction, *, after: Cursor, entries_max: int) -> list[Waiting]:
    """Entries without a place, whose transactions are older than all that still run, in the order of the tree."""
    rows = await many(
        tx,
        SQL["unsequenced"],
        transaction_id=after.transaction_id,
        entry_id=after.entry_id,
        entries_max=entries_max,
    )
    return [Waiting(entry_id=row["entry_id"], leaf=row["leaf"].encode()) for row in rows]


async def place_leaves(tx: Transaction, *, first: int, entry_ids: Sequence[int]) -> None:
    await run(tx, SQL["place_leaves"], first_index=first, entry_ids=list(entry_ids))


async def save_hashes(tx: Transaction, *, level: int, first: int, hashes: Sequence[bytes]) -> None:
    await run(tx, SQL["save_hashes"], level=level, first_index=first, node_hashes=list(hashes))


async def hashes_of_runs(tx: Transaction, runs: Sequence[Run]) -> list[list[bytes]]:
    """The hashes of each run, in one statement; a list is short where the tree is."""
    rows = await many(
        tx,
        SQL["hashes_of_runs"],
        levels=[run.level for run in runs],
        firsts=[run.first for run in runs],
        ends=[run.end for run in runs],
    )
    found: list[list[bytes]] = [[] for _ in runs]
    for row in rows:
        found[row["number"] - 1].append(row["hash"])
    return found


async def entries_between(tx: Transaction, *, first: int, end: int) -> list[Entry]:
    rows = await many(tx, SQL["entries_between"], first_index=first, end_index=end)
    return [Entry(index=row["index"], leaf=row["leaf"].encode()) for row in rows]


async def index_of(tx: Transaction, entry_id: int) -> int | None:
    """The place of an entry in the tree; None while it waits for one."""
    row = await maybe_one(tx, SQL["index_of"], entry_id=entry_id)
    return row["index"] if row else None


async def save_checkpoint(tx: Transaction, checkpoint: Checkpoint, *, previous: Checkpoint | None) -> None:
    await run(
        tx,
        SQL["save_checkpoint"],
        size=checkpoint.size,
        previous_size=previous.size if previous else None,
        root=checkpoint.root,
        signed_at=checkpoint.signed_at,
        note=checkpoint.note,
    )


async def latest_checkpoint(tx: Transaction) -> Checkpoint | None:
    return await _with_cosignatures(tx, await maybe_one(tx, SQL["latest_checkpoint"]))


async def first_checkpoint_over(tx: Transaction, index: int) -> Checkpoint | None:
    return await _with_cosignatures(tx, await maybe_one(tx, SQL["first_checkpoint_over"], index=index))


async def first_witnessed_checkpoint_over(tx: Transaction, index: int, *, quorum: Quorum) -> Checkpoint | None:
    """The checkpoint over an entry under which the quorum was complete first."""
    row = await maybe_one(
        tx,
        SQL["first_witnessed_checkpoint_over"],
        index=index,
        witnesses=[str(witness) for witness in quorum.witnesses],
        count=quorum.count,
    )
    return await _with_cosignatures(tx, row)


async def save_cosignature(tx: Transaction, cosignature: Cosignature, *, size: int) -> bool:
    """Whether it is new; a witness's first word on a checkpoint is the one that counts."""
    saved = await run(
        tx,
        SQL["save_cosignature"],
        size=size,
        witness=cosignature.witness,
        cosigned_at=cosignature.cosigned_at,
        line=cosignature.line,
    )
    return saved == 1


async def last_cosigned_by(tx: Transaction, witness: VerifierKey) -> tuple[int, datetime] | None:
    """The size of the largest checkpoint that a witness cosigned, and when."""
    row = await maybe_one(tx, SQL["last_cosigned_by"], witness=str(witness))
    return (row["size"], row["cosigned_at"]) if row else None


async def _with_cosignatures(tx: Transaction, row: DictRow | None) -> Checkpoint | None:
    if row is None:
        return None
    cosignatures = await many(tx, SQL["cosignatures_of"], size=row["size"])
    return Checkpoint(**row, cosignatures=tuple(Cosignature(**each) for each in cosignatures))

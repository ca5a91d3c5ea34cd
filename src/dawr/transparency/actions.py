"""What the log does: append, put in order, sign, ask its witnesses, and prove."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import structlog

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound, Refusal
from dawr.kernel.signing import SigningKey
from dawr.settings import Settings
from dawr.transparency import leaf as leaves
from dawr.transparency import store
from dawr.transparency.merkle import Span, consistency_spans, inclusion_spans, leaf_hash, verify_consistency
from dawr.transparency.model import (
    JSON,
    Checkpoint,
    Cosignature,
    Entry,
    EntryKind,
    LogBroken,
    LogMoved,
    NotYetCovered,
    ProofBroken,
    Sealed,
)
from dawr.transparency.note import Note, Signature, TreeHead, log_key, parse_note, sign
from dawr.transparency.policy import Policy, Quorum, Witness, make_policy
from dawr.transparency.proof import Receipt, quorum_at, verified_tree
from dawr.transparency.tiles import Run, Tile, bundle, grown, is_within, root_of_runs, runs_of
from dawr.transparency.witness import Request
from dawr.transparency.witness_client import ask

SALT_BYTES = 32
SEQUENCED_MAX = 20_000
"""Entries a batch; what is left waits for the next, a second later."""

CLOCK_TOLERANCE = timedelta(minutes=1)

journal = structlog.get_logger(__name__)


async def append_public(tx: Transaction, kind: str, *, facts: Mapping[str, JSON], now: datetime) -> int:
    """Say something whose facts anybody may read; the number of the entry, which `proof_of` takes."""
    return await store.append(tx, leaves.public_leaf(EntryKind(kind), facts=facts, at=now))


async def append_sealed(tx: Transaction, kind: str, *, facts: Mapping[str, JSON], now: datetime) -> Sealed:
    """Say something of which the log keeps a salted commitment alone; whoever holds salt and facts can open it."""
    salt = secrets.token_bytes(SALT_BYTES)
    leaf = leaves.sealed_leaf(EntryKind(kind), commitment=leaves.commitment(salt, facts), at=now)
    return Sealed(entry_id=await store.append(tx, leaf), salt=salt)


async def append_all_sealed(
    tx: Transaction, kind: str, *, facts: Sequence[Mapping[str, JSON]], now: datetime
) -> list[Sealed]:
    """`append_sealed` of many statements of one kind at once, each with a salt of its own."""
    salts = [secrets.token_bytes(SALT_BYTES) for _ in facts]
    said = [
        leaves.sealed_leaf(EntryKind(kind), commitment=leaves.commitment(salt, each), at=now)
        for salt, each in zip(salts, facts, strict=True)
    ]
    entry_ids = await store.append_all(tx, said)
    return [Sealed(entry_id=entry_id, salt=salt) for entry_id, salt in zip(entry_ids, salts, strict=True)]


async def sequence(tx: Transaction, *, settings: Settings, now: datetime) -> int:
    """Give waiting entries their places, check all that was stored, sign the new tree; how many entries it gained.

    One sequencer at a time. Where what is stored does not extend what was signed, LogBroken, and nothing is signed.
    """
    await store.lock_sequencer(tx)
    waiting = await _waiting(tx)
    if not waiting:
        return 0
    previous = await store.latest_checkpoint(tx)
    size = previous.size if previous else 0
    await store.place_leaves(tx, first=size, entry_ids=[entry.entry_id for entry in waiting])
    gained = grown(await _edge(tx, size), leaves=[leaf_hash(entry.leaf) for entry in waiting])
    for level, hashes in enumerate(gained):
        await store.save_hashes(tx, level=level, first=size >> 8 * level, hashes=hashes)
    root = await _rebuilt_root(tx, previous, size=size + len(waiting), settings=settings)
    tree = TreeHead(origin=settings.log_origin, size=size + len(waiting), root=root)
    await _sign(tx, tree, previous=previous, settings=settings, now=now)
    return len(waiting)


async def cosign(pool: Pool, *, settings: Settings, now: datetime) -> int:
    """Ask every witness for its cosignature of the latest checkpoint; how many new ones came.

    No transaction is open while a witness thinks; one that is away or errs is noted and does not hold up the others.
    """
    async with transaction(pool) as tx:
        checkpoint = await store.latest_checkpoint(tx)
    if checkpoint is None:
        return 0
    asked = (_cosigned_by(pool, witness, checkpoint=checkpoint, now=now) for witness in witnesses_of(settings))
    return sum(await asyncio.gather(*asked))


async def latest_checkpoint(tx: Transaction) -> Checkpoint | None:
    """The newest signed tree with the cosignatures that it has so far; None before the first entry."""
    return await store.latest_checkpoint(tx)


def quorum_of(witnesses: Sequence[str], *, count: int) -> Quorum:
    """`count` of these witnesses, as words of DAWR_WITNESSES; refuses one that is named twice, or too few of them."""
    return Quorum.parse(witnesses, count=count)


async def checkpoint_covering(tx: Transaction, entry_id: int, *, quorum: Quorum | None = None) -> Checkpoint | None:
    """The checkpoint over the entry that the quorum cosigned first; where nobody has to, the first over it."""
    index = await store.index_of(tx, entry_id)
    return None if index is None else await _checkpoint_over(tx, index, quorum=quorum)


async def witnessed_at(tx: Transaction, entry_id: int, *, quorum: Quorum) -> datetime | None:
    """Since when, by the witnesses' own clocks, a quorum has known of the entry; None while too few do."""
    checkpoint = await checkpoint_covering(tx, entry_id, quorum=quorum)
    return quorum_at(parse_note(checkpoint.text), quorum) if checkpoint else None


async def index_of(tx: Transaction, entry_id: int) -> int | None:
    """Where in the log an entry stands, as its page is addressed; None while it waits to be put in order."""
    return await store.index_of(tx, entry_id)


async def proof_of(tx: Transaction, entry_id: int, *, quorum: Quorum | None = None) -> str:
    """The receipt of an entry, a tlog-proof text; refuses with NotYetCovered until the quorum saw it."""
    index = await store.index_of(tx, entry_id)
    if index is None:
        raise NotYetCovered
    return await proof_at(tx, index, quorum=quorum)


async def best_proof_at(tx: Transaction, index: int, *, quorum: Quorum | None) -> str:
    """The receipt that the quorum stands under, or until there is one, the one that the log alone signed."""
    witnessed = await _checkpoint_over(tx, index, quorum=quorum)
    return await proof_at(tx, index, quorum=quorum if witnessed else None)


async def proof_at(tx: Transaction, index: int, *, quorum: Quorum | None = None) -> str:
    """The receipt of the entry at a place of the log; asked again, it names the same checkpoint."""
    checkpoint = await _checkpoint_over(tx, index, quorum=quorum)
    if checkpoint is None:
        raise NotYetCovered
    entry = await entry_at(tx, index)
    proof = await _roots(tx, inclusion_spans(index, checkpoint.size))
    return str(Receipt(leaf=entry.leaf, index=index, proof=tuple(proof), checkpoint=parse_note(checkpoint.text)))


async def entry_at(tx: Transaction, index: int) -> Entry:
    """One published entry; NotFound past the end of the log."""
    found = await store.entries_between(tx, first=index, end=index + 1)
    if not found:
        raise NotFound
    return found[0]


async def entries_before(tx: Transaction, end: int, *, count: int) -> list[Entry]:
    """The `count` entries before place `end`, newest first."""
    return (await store.entries_between(tx, first=max(0, end - count), end=end))[::-1]


async def tile_content(tx: Transaction, tile: Tile, *, size: int) -> bytes:
    """The bytes of a tile or a bundle of the tree of `size`; NotFound for what lies beyond it."""
    if not is_within(tile, size=size):
        raise NotFound
    first, end = tile.span
    if tile.level == "entries":
        return bundle(entry.leaf for entry in await store.entries_between(tx, first=first, end=end))
    return b"".join(*await store.hashes_of_runs(tx, [Run(level=tile.level, first=first, end=end)]))


async def latest_cosignatures(tx: Transaction, *, settings: Settings) -> list[tuple[str, tuple[int, datetime] | None]]:
    """Each witness's name with the size that it cosigned last and when; None for one that never did."""
    keys = [witness.key for witness in witnesses_of(settings)]
    return [(key.name, await store.last_cosigned_by(tx, key)) for key in keys]


def witnesses_of(settings: Settings) -> tuple[Witness, ...]:
    """The witnesses that the operator named."""
    return tuple(Witness.parse(text) for text in settings.witnesses)


def policy_of(settings: Settings) -> Policy:
    """Whom a verifier has to believe: this log's key, its witnesses, the quorum."""
    log = log_key(settings.log_origin, key=_signing_key(settings))
    return make_policy(log, witnesses=witnesses_of(settings), quorum=settings.witness_quorum)


def _signing_key(settings: Settings) -> SigningKey:
    return SigningKey.from_seed(settings.key_for("log"))


async def _checkpoint_over(tx: Transaction, index: int, *, quorum: Quorum | None) -> Checkpoint | None:
    if quorum is None:
        return await store.first_checkpoint_over(tx, index)
    return await store.first_witnessed_checkpoint_over(tx, index, quorum=quorum)


async def _waiting(tx: Transaction) -> list[store.Waiting]:
    last = await store.last_sequenced(tx)
    if last.is_from_the_future:
        raise LogMoved
    return await store.unsequenced(tx, after=last, entries_max=SEQUENCED_MAX)


async def _edge(tx: Transaction, size: int) -> list[list[bytes]]:
    """The hashes of the unfinished tiles of a tree, lowest level first."""
    return await store.hashes_of_runs(tx, runs_of((0, size)))


async def _roots(tx: Transaction, spans: Sequence[Span]) -> list[bytes]:
    """The root of each span, out of stored hashes, in one statement."""
    groups = [runs_of(span) for span in spans]
    hashes = iter(await store.hashes_of_runs(tx, [run for runs in groups for run in runs]))
    return [root_of_runs([next(hashes) for _ in runs]) for runs in groups]


async def _rebuilt_root(tx: Transaction, previous: Checkpoint | None, *, size: int, settings: Settings) -> bytes:
    """The root as a second pass finds it: entries read back, hashed and compared again, growth proven."""
    first = previous.size if previous else 0
    entries = await store.entries_between(tx, first=first, end=size)
    gained = grown(await _edge(tx, first), leaves=[leaf_hash(entry.leaf) for entry in entries])
    for level, hashes in enumerate(gained):
        run = Run(level=level, first=first >> 8 * level, end=size >> 8 * level)
        if [hashes] != await store.hashes_of_runs(tx, [run]):
            raise LogBroken(where=f"tile level {level}", reason="a stored hash is not that of its entry")
    (root,) = await _roots(tx, [(0, size)])
    if previous:
        tree = TreeHead(origin=settings.log_origin, size=size, root=root)
        await _require_growth(tx, tree, previous=previous, settings=settings)
    return root


async def _require_growth(tx: Transaction, tree: TreeHead, *, previous: Checkpoint, settings: Settings) -> None:
    """The last checkpoint is ours, and the new tree extends it."""
    try:
        signed = verified_tree(parse_note(previous.note), log=policy_of(settings).log)
        proof = await _roots(tx, consistency_spans(previous.size, tree.size))
        if (signed.size, signed.root) != (previous.size, previous.root):
            raise ProofBroken(reason="its row is not what was signed")
        verify_consistency(proof, old_size=signed.size, old_root=signed.root, new_size=tree.size, new_root=tree.root)
    except Refusal as error:
        raise LogBroken(where=f"checkpoint {previous.size}", reason=str(error)) from error


async def _sign(
    tx: Transaction, tree: TreeHead, *, previous: Checkpoint | None, settings: Settings, now: datetime
) -> None:
    """The row is the compare-and-swap: it names the checkpoint that it extends, and a second successor is refused."""
    signature = sign(tree.text, name=tree.origin, key=_signing_key(settings))
    note = str(Note(text=tree.text, signatures=(signature,)))
    checkpoint = Checkpoint(size=tree.size, root=tree.root, signed_at=now, note=note)
    await store.save_checkpoint(tx, checkpoint, previous=previous)


async def _cosigned_by(pool: Pool, witness: Witness, *, checkpoint: Checkpoint, now: datetime) -> int:
    async with transaction(pool) as tx:
        last = await store.last_cosigned_by(tx, witness.key)
    old_size = last[0] if last else 0
    if old_size == checkpoint.size:
        return 0
    try:
        signature = await _asked(pool, witness, checkpoint=checkpoint, old_size=old_size)
        _require_plausible(signature, checkpoint=checkpoint, now=now)
    except (httpx.HTTPError, Refusal) as error:
        journal.warning("a witness did not cosign", witness=witness.key.name, size=checkpoint.size, error=str(error))
        return 0
    word = Cosignature(witness=str(witness.key), cosigned_at=signature.cosigned_at, line=str(signature))
    async with transaction(pool) as tx:
        return int(await store.save_cosignature(tx, word, size=checkpoint.size))


async def _asked(pool: Pool, witness: Witness, *, checkpoint: Checkpoint, old_size: int) -> Signature:
    """The witness's cosignature; asked again from its own size when it remembers another than we do."""
    answer = await ask(witness, await _request(pool, checkpoint, old_size=old_size))
    if isinstance(answer, int):
        answer = await ask(witness, await _request(pool, checkpoint, old_size=answer))
    if isinstance(answer, int):
        raise ProofBroken(reason=f"the witness remembers {answer} leaves and refuses to go on from there")
    return answer


async def _request(pool: Pool, checkpoint: Checkpoint, *, old_size: int) -> Request:
    if old_size > checkpoint.size:
        raise ProofBroken(reason=f"the witness has seen {old_size} leaves, more than were ever signed here")
    async with transaction(pool) as tx:
        proof = await _roots(tx, consistency_spans(old_size, checkpoint.size)) if old_size else []
    return Request(old_size=old_size, proof=tuple(proof), checkpoint=parse_note(checkpoint.note))


def _require_plausible(signature: Signature, *, checkpoint: Checkpoint, now: datetime) -> None:
    """Nobody saw a checkpoint before it was signed, or will have seen it tomorrow."""
    if not checkpoint.signed_at - CLOCK_TOLERANCE <= signature.cosigned_at <= now + CLOCK_TOLERANCE:
        raise ProofBroken(reason=f"a cosignature of {signature.cosigned_at} on a checkpoint of {checkpoint.signed_at}")

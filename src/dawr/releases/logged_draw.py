"""What the public log says of a draw, and since when the witnesses whom the draw's rules name have known it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from dawr.kernel.refusal import Malformed, Refusal
from dawr.releases.beacon import Chain
from dawr.transparency.leaf import Statement, read_leaf
from dawr.transparency.merkle import root_of_leaves
from dawr.transparency.model import JSON, LogBroken, LogUnreachable, ProofBroken, SignatureBroken
from dawr.transparency.note import TreeHead
from dawr.transparency.policy import Quorum
from dawr.transparency.proof import parse_receipt, quorum_at, verify_receipt
from dawr.transparency.tiles import BUNDLE_BYTES_MAX, split_bundle, tiles_at
from dawr.transparency.verify import ANSWER_SECONDS_MAX, Folder, Site, Source, VerifiedLog, verify_log

T = TypeVar("T")

RECEIPT_BYTES_MAX = 1 << 18
TIMED = ("draw.rules", "draw.freeze", "draw.void")
"""What has to be said before its round is known, and is held against its receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRules:
    """What of a draw's published rules a bundle is held against."""

    round: int
    beacon: Chain
    lead_seconds: int
    places_sha256: str
    seats: int
    witnesses: tuple[str, ...]
    witness_quorum: int

    @property
    def quorum(self) -> Quorum:
        """Whose clocks count; LogBroken where the rules name nobody, somebody twice, or too few."""
        try:
            return Quorum.parse(self.witnesses, count=self.witness_quorum)
        except Malformed as unusable:
            raise LogBroken(where="draw.rules", reason=str(unusable.facts["reason"])) from unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement about the draw, and its place in the log."""

    index: int
    kind: str
    facts: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """That the quorum cosigned the log's first `size` entries, by its own clocks no later than `at`."""

    size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDraw:
    """The log's statements about one draw, in its order; what their receipts prove, and why some prove nothing."""

    log: VerifiedLog
    statements: tuple[Said, ...]
    rules: LoggedRules | None
    sightings: tuple[Sighting, ...]
    unproven: tuple[str, ...]

    def all_of(self, kind: str) -> list[Said]:
        return [said for said in self.statements if said.kind == kind]

    @property
    def chain(self) -> Chain | None:
        """The beacon chain that the published rules name."""
        return self.rules.beacon if self.rules else None

    def known_at(self, said: Said) -> datetime | None:
        """Since when at the latest the quorum has known of a statement, by any receipt that covers it."""
        return min((sighting.at for sighting in self.sightings if sighting.size > said.index), default=None)


def read_logged_draw(log: str, draw_id: str, *, log_vkey: str | None = None) -> LoggedDraw:
    """Checks the whole log at a URL or in a folder and keeps what it says of this draw; LogBroken, LogUnreachable."""
    verified = verify_log(log, log_vkey=log_vkey)
    with _opened(log) as source:
        leaves = _leaves(source, verified.tree)
        statements = tuple(_statements(leaves, draw_id=draw_id))
        rules = _rules(statements)
        sightings, unproven = [], []
        for said in statements:
            if rules is None or said.kind not in TIMED:
                continue
            try:
                sightings.append(_sighting(source, said.index, leaves=leaves, log=verified, quorum=rules.quorum))
            except (Malformed, ProofBroken, SignatureBroken, LogUnreachable, UnicodeDecodeError) as fault:
                unproven.append(f"the receipt of entry {said.index} proves nothing: {_reason(fault)}")
    return LoggedDraw(
        log=verified, statements=statements, rules=rules, sightings=tuple(sightings), unproven=tuple(unproven)
    )


def _sighting(source: Source, index: int, *, leaves: Sequence[bytes], log: VerifiedLog, quorum: Quorum) -> Sighting:
    """What the entry's receipt proves of this very log and no other that the same key may have signed."""
    asked = urlencode([("quorum", quorum.count), *(("witness", witness) for witness in quorum.witnesses)])
    receipt = parse_receipt(source.read(f"entry/{index}/receipt?{asked}", bytes_max=RECEIPT_BYTES_MAX).decode())
    proven = verify_receipt(receipt, log=log.policy.log, witnesses=quorum.witnesses, quorum=quorum.count)
    if (proven.index, proven.leaf) != (index, leaves[index]):
        raise ProofBroken(reason="it is another entry's")
    if proven.tree.size > len(leaves) or root_of_leaves(leaves[: proven.tree.size]) != proven.tree.root:
        raise ProofBroken(reason="its checkpoint is not of the log as it was read")
    witnessed_at = quorum_at(receipt.checkpoint, quorum)
    assert witnessed_at is not None, "the receipt was verified with this quorum"
    return Sighting(size=proven.tree.size, at=witnessed_at)


def _reason(fault: Exception) -> object:
    return fault.facts.get("reason", fault) if isinstance(fault, Refusal) else fault


def _rules(statements: Sequence[Said]) -> LoggedRules | None:
    for said in statements:
        if said.kind == "draw.rules":
            return facts_of(said, LoggedRules)
    return None


def facts_of(said: Said, shape: type[T]) -> T:
    """The facts in the shape that is expected of them; LogBroken where they do not have it."""
    try:
        return msgspec.convert(said.facts, shape)
    except msgspec.ValidationError as unreadable:
        raise LogBroken(where=said.kind, reason=str(unreadable)) from unreadable


def _statements(leaves: Sequence[bytes], *, draw_id: str) -> Iterator[Said]:
    for index, leaf in enumerate(leaves):
        if b'"kind":"draw.' in leaf:
            statement = _statement(index, leaf)
            if statement.facts.get("draw_id") == draw_id:
                yield Said(index=index, kind=statement.kind, facts=statement.facts)


def _statement(index: int, leaf: bytes) -> Statement:
    try:
        statement = read_leaf(leaf)
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        raise LogBroken(where=f"entry {index}", reason="it cannot be read") from unreadable
    if not isinstance(statement.facts, Mapping):
        raise LogBroken(where=f"entry {index}", reason="its facts cannot be read")
    return statement


@contextmanager
def _opened(log: str) -> Iterator[Source]:
    if not log.startswith(("http://", "https://")):
        yield Folder(folder=Path(log))
        return
    with httpx.Client(timeout=ANSWER_SECONDS_MAX) as client:
        yield Site(client=client, prefix=log.rstrip("/"))


def _leaves(source: Source, tree: TreeHead) -> Sequence[bytes]:
    """Every entry of the verified tree, read again and held against its root."""
    paths = (f"tile/{tile.path}" for tile in tiles_at("entries", size=tree.size))
    leaves = [leaf for path in paths for leaf in split_bundle(source.read(path, bytes_max=BUNDLE_BYTES_MAX))]
    if root_of_leaves(leaves) != tree.root:
        raise LogBroken(where="tile/entries", reason="the entries changed between two readings")
    return leaves

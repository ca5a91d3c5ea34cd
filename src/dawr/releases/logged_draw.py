"""What the public log says of a draw, and whether a bundle is that draw."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import msgspec

from dawr.releases.beacon import Chain, instant_of
from dawr.releases.bundle import DrawRecord
from dawr.releases.checks import Check, same
from dawr.transparency.leaf import Statement, read_leaf
from dawr.transparency.merkle import root_of_leaves
from dawr.transparency.model import LogBroken
from dawr.transparency.note import TreeHead
from dawr.transparency.tiles import BUNDLE_BYTES_MAX, split_bundle, tiles_at
from dawr.transparency.verify import ANSWER_SECONDS_MAX, Folder, Site, Source, VerifiedLog, verify_log


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRules:
    """What of a draw's published rules a bundle is held against."""

    round: int
    beacon: Chain
    lead_seconds: int
    places_sha256: str
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDraw:
    """The log's statements about one draw, in its order, and the log that they stand in."""

    log: VerifiedLog
    statements: tuple[Statement, ...]

    def all_of(self, kind: str) -> list[Statement]:
        return [statement for statement in self.statements if statement.kind == kind]

    @property
    def rules(self) -> LoggedRules:
        """The published rules; LogBroken where they cannot be read."""
        try:
            return msgspec.convert(self.all_of("draw.rules")[0].facts, LoggedRules)
        except msgspec.ValidationError as unreadable:
            raise LogBroken(where="draw.rules", reason=str(unreadable)) from unreadable

    @property
    def chain(self) -> Chain | None:
        """The beacon chain that the published rules name."""
        return self.rules.beacon if self.all_of("draw.rules") else None


def read_logged_draw(log: str, draw_id: str, *, log_vkey: str | None = None) -> LoggedDraw:
    """Checks the whole log at a URL or in a folder and keeps what it says of this draw; LogBroken, LogUnreachable."""
    verified = verify_log(log, log_vkey=log_vkey)
    with _opened(log) as source:
        leaves = _leaves(source, verified.tree)
    about = [_statement(index, leaf) for index, leaf in enumerate(leaves) if b'"kind":"draw.' in leaf]
    statements = tuple(statement for statement in about if statement.facts.get("draw_id") == draw_id)
    return LoggedDraw(log=verified, statements=statements)


def check_against_log(record: DrawRecord, *, results_sha256: str, logged: LoggedDraw) -> list[Check]:
    """Whether the draw in a bundle is the one that the log announced, froze and published, each once and in time."""
    checks = [_log_itself(logged.log)]
    for kind in ("draw.rules", "draw.freeze", "draw.result"):
        if (times := len(logged.all_of(kind))) != 1:
            found = f"{kind} stands {times} times in the log"
            return [*checks, Check(name="logged once", passed=False, found=found)]
    [rules], [freeze], [result] = (logged.all_of(kind) for kind in ("draw.rules", "draw.freeze", "draw.result"))
    frozen = {"list_root": record.list_root, "entrants": record.entrants, "places_sha256": record.places_sha256}
    drawn = {"seed": record.seed, "randomness": record.beacon.randomness, "results_sha256": results_sha256}
    return [
        *checks,
        _all_same("logged rules", rules, wanted={"places_sha256": record.places_sha256, "seats": record.seats}),
        _all_same("logged freeze", freeze, wanted=frozen),
        *_round_in_time(record, logged),
        _all_same("logged result", result, wanted=drawn),
    ]


def _log_itself(log: VerifiedLog) -> Check:
    witnesses = ", ".join(name for name, _ in log.cosigned) or "nobody"
    found = f"{log.tree.size} entries, each in its place; cosigned by {witnesses}"
    return Check(name="log", passed=log.has_quorum, found=found)


def _round_in_time(record: DrawRecord, logged: LoggedDraw) -> list[Check]:
    """Whether the round is the one announced last, while nobody could know it yet, and late enough after the freeze."""
    rules, voids = logged.rules, logged.all_of("draw.void")
    last = voids[-1] if voids else logged.all_of("draw.rules")[0]
    announced = last.facts.get("next_round") if voids else rules.round
    drawn_at = _due_at(record.beacon.round_number, rules.beacon)
    frozen_at = logged.all_of("draw.freeze")[0].at
    return [
        same("announced round", announced, worked_out=record.beacon.round_number, where="the log"),
        _before("announced before the round", last.at, drawn_at=drawn_at),
        _before("frozen before the round", frozen_at, drawn_at=drawn_at, lead_seconds=rules.lead_seconds),
    ]


def _due_at(round_number: int, chain: Chain) -> datetime:
    try:
        return instant_of(round_number, chain=chain)
    except (OverflowError, ValueError, OSError) as unreal:
        raise LogBroken(where="draw.rules", reason=f"round {round_number} is never due") from unreal


def _before(name: str, at: datetime, *, drawn_at: datetime, lead_seconds: int = 0) -> Check:
    found = f"at {at:%FT%TZ}, the round being due at {drawn_at:%FT%TZ}"
    if lead_seconds:
        found += f" and at least {lead_seconds} seconds after"
    return Check(name=name, passed=(drawn_at - at).total_seconds() >= lead_seconds, found=found)


def _all_same(name: str, said: Statement, *, wanted: Mapping[str, object]) -> Check:
    for fact, value in wanted.items():
        if said.facts.get(fact) != value:
            found = f"the log says {fact} {said.facts.get(fact)}; worked out is {value}"
            return Check(name=name, passed=False, found=found)
    return Check(name=name, passed=True, found=f"the log has the same {', '.join(wanted)}")


def _statement(index: int, leaf: bytes) -> Statement:
    try:
        statement = read_leaf(leaf)
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        raise LogBroken(where=f"entry {index}", reason="it cannot be read") from unreadable
    if not isinstance(statement.facts, Mapping) or statement.at.tzinfo is None:
        raise LogBroken(where=f"entry {index}", reason="its facts or its instant cannot be read")
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

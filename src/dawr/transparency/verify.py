"""The check of a whole log from outside: every signature, every tile, every entry, the root.

Needs no database and trusts nothing that it reads; it works on the published files alone, by URL or in a folder.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

import httpx

from dawr.kernel.refusal import Refusal
from dawr.transparency.merkle import HASH_BYTES, leaf_hash, root
from dawr.transparency.model import LogBroken, LogUnreachable
from dawr.transparency.note import TreeHead, VerifierKey, parse_note
from dawr.transparency.policy import Policy, parse_policy
from dawr.transparency.proof import verified_cosignatures, verified_tree
from dawr.transparency.tiles import (
    BUNDLE_BYTES_MAX,
    TILE_WIDTH,
    Tile,
    levels_of,
    root_of_runs,
    split_bundle,
    split_hashes,
    tiles_at,
)

TEXT_BYTES_MAX = 1 << 16
ANSWER_SECONDS_MAX = 30

Progress = Callable[[int, int], None]
"""Told (entries checked, entries in all) after every bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLog:
    """What was found whole; a key that came with the log itself proves only that the log agrees with itself."""

    tree: TreeHead
    policy: Policy
    cosigned: tuple[tuple[str, datetime], ...]
    is_key_given: bool

    @property
    def has_quorum(self) -> bool:
        """Whether as many witnesses cosigned this checkpoint as the policy asks for."""
        return len(self.cosigned) >= self.policy.quorum


class Source(Protocol):
    """Where the files of a log are read."""

    def read(self, path: str, *, bytes_max: int) -> bytes:
        """The file, or LogUnreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A log on disk, as `export_log` writes it; it has one receipt an entry, whichever witnesses are asked for."""

    folder: Path

    def read(self, path: str, *, bytes_max: int) -> bytes:
        try:
            with (self.folder / path.partition("?")[0]).open("rb") as file:
                content = file.read(bytes_max + 1)
        except OSError as error:
            raise LogUnreachable(where=path, reason=error.strerror or "unreadable") from error
        return _bounded(content, path, bytes_max=bytes_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A log behind a URL; answers are read no further than they may be long."""

    client: httpx.Client
    prefix: str

    def read(self, path: str, *, bytes_max: int) -> bytes:
        content = bytearray()
        try:
            with self.client.stream("GET", f"{self.prefix}/{path}") as response:
                response.raise_for_status()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > bytes_max:
                        break
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LogUnreachable(where=path, reason=str(error).splitlines()[0]) from error
        return _bounded(bytes(content), path, bytes_max=bytes_max)


def verify_log(
    source: str, *, log_vkey: str | None = None, policy: Policy | None = None, progress: Progress = lambda _, __: None
) -> VerifiedLog:
    """Check the log at a URL or in a folder; LogBroken names the first fault, LogUnreachable what could not be read.

    A key or policy that is not given is taken from the log's own `policy` file.
    """
    if not source.startswith(("http://", "https://")):
        return _verify(Folder(folder=Path(source)), log_vkey=log_vkey, policy=policy, progress=progress)
    with httpx.Client(timeout=ANSWER_SECONDS_MAX) as client:
        site = Site(client=client, prefix=source.rstrip("/"))
        return _verify(site, log_vkey=log_vkey, policy=policy, progress=progress)


def _verify(source: Source, *, log_vkey: str | None, policy: Policy | None, progress: Progress) -> VerifiedLog:
    with _fault_at("policy"):
        trusted = policy or parse_policy(_text(source, "policy"))
        if log_vkey:
            trusted = replace(trusted, log=VerifierKey.parse(log_vkey))
    with _fault_at("checkpoint"):
        checkpoint = parse_note(_text(source, "checkpoint"))
        tree = verified_tree(checkpoint, log=trusted.log)
        cosigned = verified_cosignatures(checkpoint, witnesses=trusted.witnesses)
    if _verified_root(source, tree.size, progress=progress) != tree.root:
        raise LogBroken(where="checkpoint", reason="its root is not that of the entries")
    is_key_given = log_vkey is not None or policy is not None
    return VerifiedLog(tree=tree, policy=trusted, cosigned=cosigned, is_key_given=is_key_given)


def _verified_root(source: Source, size: int, *, progress: Progress) -> bytes:
    """The root over all entries, each level's tiles compared with what lies below them."""
    below: Iterable[list[bytes]] = _hashed_bundles(source, size, progress=progress)
    edge = []
    for level in levels_of(size):
        roots, unfinished = [], []
        for tile, hashes in zip(tiles_at(level, size=size), below, strict=True):
            _require_tile(source, tile, hashes=hashes)
            if tile.width == TILE_WIDTH:
                roots.append(root(hashes))
            else:
                unfinished = hashes
        edge.append(unfinished)
        below = _in_tiles(roots)
    return root_of_runs(edge)


def _hashed_bundles(source: Source, size: int, *, progress: Progress) -> Iterator[list[bytes]]:
    for tile in tiles_at("entries", size=size):
        path = f"tile/{tile.path}"
        with _fault_at(path):
            leaves = split_bundle(source.read(path, bytes_max=BUNDLE_BYTES_MAX))
        if len(leaves) != tile.width:
            raise LogBroken(where=path, reason=f"{len(leaves)} entries where {tile.width} are due")
        yield [leaf_hash(leaf) for leaf in leaves]
        progress(tile.span[1], size)


def _in_tiles(hashes: list[bytes]) -> Iterator[list[bytes]]:
    return (hashes[first : first + TILE_WIDTH] for first in range(0, len(hashes), TILE_WIDTH))


def _require_tile(source: Source, tile: Tile, *, hashes: list[bytes]) -> None:
    path = f"tile/{tile.path}"
    published = split_hashes(source.read(path, bytes_max=TILE_WIDTH * HASH_BYTES))
    if published != hashes:
        pairs = zip_longest(published, hashes)
        fault = next(place for place, (one, other) in enumerate(pairs) if one != other)
        below = "entry" if tile.level == 0 else "tile"
        raise LogBroken(where=path, reason=f"hash {fault} is not that of the {below} below it")


def _text(source: Source, path: str) -> str:
    return source.read(path, bytes_max=TEXT_BYTES_MAX).decode()


def _bounded(content: bytes, path: str, *, bytes_max: int) -> bytes:
    if len(content) > bytes_max:
        raise LogUnreachable(where=path, reason=f"longer than {bytes_max} bytes")
    return content


@contextmanager
def _fault_at(where: str) -> Iterator[None]:
    """What is malformed inside becomes a LogBroken that names the file."""
    try:
        yield
    except LogUnreachable:
        raise
    except (Refusal, UnicodeDecodeError) as error:
        raise LogBroken(where=where, reason=str(error)) from error

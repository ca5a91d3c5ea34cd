"""The log as static files: tiles of 256 hashes and bundles of entries (c2sp.org/tlog-tiles)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dawr.kernel.refusal import Malformed
from dawr.transparency.leaf import LEAF_BYTES_MAX
from dawr.transparency.merkle import Span, root

TILE_WIDTH = 256
LEVEL_MAX = 63
BUNDLE_BYTES_MAX = TILE_WIDTH * (LEAF_BYTES_MAX + 2)
Level: TypeAlias = int | Literal["entries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """The first `width` of the 256 hashes of tile `index` at `level`; "entries" are what level 0 is the hashes of."""

    level: Level
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Such as 0/x001/234 or entries/000.p/5."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        path = "/".join([str(self.level), *(f"x{group}" for group in groups[:-1]), groups[-1]])
        return path if self.width == TILE_WIDTH else f"{path}.p/{self.width}"

    @property
    def span(self) -> Span:
        """Which hashes of its level it holds."""
        return self.index * TILE_WIDTH, self.index * TILE_WIDTH + self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring hashes to be read from one level."""

    level: int
    first: int
    end: int


def parse_tile(path: str) -> Tile:
    """The tile that a path names; refuses all but its one exact form."""
    level, _, rest = path.partition("/")
    index, partial, width = rest.partition(".p/")
    digits = index.replace("/", "").replace("x", "")
    numbers = [digits, *([width] if partial else []), *([level] if level != "entries" else [])]
    if not all(number.isascii() and number.isdigit() and len(number) <= 18 for number in numbers):
        raise Malformed(reason=f"{path[:80]!r} names no tile")
    tile = Tile(
        level="entries" if level == "entries" else int(level),
        index=int(digits),
        width=int(width) if partial else TILE_WIDTH,
    )
    if tile.path != path or not 0 < tile.width <= TILE_WIDTH or (tile.level != "entries" and tile.level > LEVEL_MAX):
        raise Malformed(reason=f"{path[:80]!r} names no tile")
    return tile


def hashes_at(level: Level, *, size: int) -> int:
    """How many hashes a tree of `size` leaves has at a tile level (or how many entries)."""
    return size if level == "entries" else size >> 8 * level


def is_within(tile: Tile, *, size: int) -> bool:
    """Whether a tree of `size` leaves has this tile."""
    return tile.span[1] <= hashes_at(tile.level, size=size)


def tiles_at(level: Level, *, size: int) -> Iterator[Tile]:
    """Every tile of a level, the partial one last."""
    full, width = divmod(hashes_at(level, size=size), TILE_WIDTH)
    yield from (Tile(level=level, index=index) for index in range(full))
    if width:
        yield Tile(level=level, index=full, width=width)


def levels_of(size: int) -> range:
    """The tile levels that a tree of `size` leaves has."""
    return range((size.bit_length() + 7) // 8)


def runs_of(span: Span) -> list[Run]:
    """What to read for the root of a span that is a node of the tree: the ragged end of each level, lowest first."""
    (first, end), level, runs = span, 0, []
    while first < end:
        if end - first < TILE_WIDTH:
            runs.append(Run(level=level, first=first, end=end))
            break
        assert first % TILE_WIDTH == 0, "a node this large begins a tile"
        whole = end // TILE_WIDTH
        runs.append(Run(level=level, first=whole * TILE_WIDTH, end=end))
        first, end, level = first // TILE_WIDTH, whole, level + 1
    return runs


def root_of_runs(hashes: Iterable[Sequence[bytes]]) -> bytes:
    """The root of a span from the hashes of its runs; what lies below is the last leaf of the level above."""
    below: list[bytes] = []
    for run in hashes:
        level = [*run, *below]
        below = [root(level)] if level else []
    return root(below)


def grown(edge: Sequence[Sequence[bytes]], *, leaves: Sequence[bytes]) -> list[list[bytes]]:
    """What each level gains, lowest first, by new leaf hashes; `edge` holds the hashes of its unfinished tiles."""
    gained: list[list[bytes]] = []
    new = list(leaves)
    while new:
        unfinished = edge[len(gained)] if len(gained) < len(edge) else ()
        gained.append(new)
        hashes = [*unfinished, *new]
        whole = len(hashes) // TILE_WIDTH
        new = [root(hashes[index * TILE_WIDTH : (index + 1) * TILE_WIDTH]) for index in range(whole)]
    return gained


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Entries as they are served, each after its length in two bytes."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def split_bundle(content: bytes) -> list[bytes]:
    """The entries of a bundle; refuses one that ends in the middle of an entry."""
    leaves, position = [], 0
    while position < len(content):
        start = position + 2
        end = start + int.from_bytes(content[position:start], "big")
        if end > len(content) or start > len(content):
            raise Malformed(reason="the bundle ends in the middle of an entry")
        leaves.append(content[start:end])
        position = end
    return leaves


def split_hashes(content: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [content[start : start + 32] for start in range(0, len(content), 32)]

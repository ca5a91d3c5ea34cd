"""A draw on files alone: two tables and a beacon round in, a bundle out, no database anywhere."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, TypeVar

from dawr.kernel.refusal import Malformed, Refusal
from dawr.releases.assignment import Place, assign
from dawr.releases.beacon import QUICKNET, Beacon, BeaconRefused, Chain, Standing, check_round, read_beacon
from dawr.releases.bundle import DrawRecord, draw_record, parts_of, require_draw_id, require_free, write_bundle
from dawr.releases.entry_line import label_of
from dawr.releases.input_rows import Faults, Row, name_repeated, read_entrants, read_places, rows_of
from dawr.releases.ranking import rank
from dawr.transparency.merkle import root_of_leaves

BEACON_BYTES_MAX = 65536
_STEP = 1 << 14

Progress = Callable[[str, int, int], None]
"""Told the stage (reading, freezing, ranking, assigning, writing), how much is done, and of how much."""

T = TypeVar("T")


class FilesRefused(Refusal):
    """The files cannot be drawn as they are: `faults` are lines for people, the first of `count`."""

    code = "releases.files_refused"
    status = 422

    def __init__(self, *, faults: Sequence[str], count: int) -> None:
        super().__init__(count=count)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOnFiles:
    """A draw whose bundle is written, and how far its beacon round could be checked."""

    out: Path
    record: DrawRecord
    beacon: Standing
    winners: int


def silent(_stage: str, _done: int, _of: int) -> None:
    """Progress for nobody."""


def run_draw(
    entrants_csv: Path,
    places_csv: Path,
    *,
    draw_id: str,
    beacon_json: Path,
    out: Path,
    chain: Chain = QUICKNET,
    progress: Progress = silent,
) -> DrawOnFiles:
    """Draws and writes the bundle at `out`; refuses every fault of the inputs at once, and then writes nothing."""
    require_free(out)
    require_draw_id(draw_id)
    faults = Faults()
    beacon, standing = _beacon(beacon_json, chain=chain, faults=faults)
    before = faults.count
    places = _places(places_csv, faults=faults)
    are_places_good = faults.count == before
    lines = _frozen_lines(entrants_csv, places=places if are_places_good else None, faults=faults, progress=progress)
    if faults.count:
        raise FilesRefused(faults=faults.shown, count=faults.count)

    list_root = root_of_leaves(_watched(lines, "freezing", progress=progress)).hex()
    record = draw_record(draw_id, list_root=list_root, places=places, beacon=beacon, entrants=len(lines))
    order = rank(bytes.fromhex(record.seed), _watched(lines, "ranking", progress=progress))
    ranked_lines = [lines[position] for position in order]

    progress("assigning", 0, len(lines))
    assignment = assign(ranked_lines, places)
    progress("assigning", len(lines), len(lines))

    written = _watched(ranked_lines, "writing", progress=progress)
    parts = parts_of(record, lines=lines, places=places, ranked_lines=written, assignment=assignment)
    write_bundle(out, parts=parts)
    return DrawOnFiles(out=out, record=record, beacon=standing, winners=assignment.winners)


def _beacon(file: Path, *, chain: Chain, faults: Faults) -> tuple[Beacon, Standing]:
    with _opened(file) as stream:
        text = stream.read(BEACON_BYTES_MAX)
    try:
        beacon = read_beacon(text)
        return beacon, check_round(beacon, chain=chain)
    except (Malformed, BeaconRefused) as refusal:
        faults.add(str(file), None, what=str(refusal.facts["reason"]))
        return Beacon(round_number=0, randomness=""), Standing.UNCHECKED


def _places(file: Path, *, faults: Faults) -> list[Place]:
    with _opened(file) as stream:
        return read_places(rows_of(stream), file=str(file), faults=faults)


def _frozen_lines(file: Path, *, places: Sequence[Place] | None, faults: Faults, progress: Progress) -> list[bytes]:
    with _opened(file) as stream:
        rows = _reading(stream, size=file.stat().st_size, progress=progress)
        lines = read_entrants(rows, file=str(file), places=places, faults=faults)
    lines.sort()
    if repeated := repeated_labels(lines):
        with _opened(file) as stream:
            name_repeated(rows_of(stream), file=str(file), repeated=repeated, faults=faults)
    return lines


def repeated_labels(lines: Iterable[bytes]) -> Collection[bytes]:
    """The labels that stand on more than one of the sorted lines (where the same label makes neighbours)."""
    return {label for label, following in pairwise(map(label_of, lines)) if label == following}


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as unreadable:
        raise FilesRefused(faults=[f"{file}: {unreadable.strerror}"], count=1) from unreadable


def _reading(stream: BinaryIO, *, size: int, progress: Progress) -> Iterator[Row]:
    for number, row in rows_of(stream):
        if number % _STEP == 1:
            progress("reading", stream.tell(), size)
        yield number, row
    progress("reading", size, size)


def _watched(items: Sequence[T], stage: str, *, progress: Progress) -> Iterator[T]:
    for start in range(0, len(items), _STEP):
        progress(stage, start, len(items))
        yield from items[start : start + _STEP]
    progress(stage, len(items), len(items))

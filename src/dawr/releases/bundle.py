"""The bundle of a draw: the four public files from which anyone can draw it again."""

import csv
import filecmp
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from itertools import islice
from pathlib import Path

from dawr.kernel.refusal import Malformed, Refusal
from dawr.releases.assignment import Assignment, Place
from dawr.releases.beacon import Beacon, is_hexadecimal, read_beacon
from dawr.releases.entry_line import label_of
from dawr.releases.input_rows import PLACE_COLUMNS, Faults, read_places
from dawr.releases.ranking import FORMAT, seed_of

DRAW_FILE, ENTRANTS_FILE, PLACES_FILE, RESULTS_FILE = "draw.json", "entrants.txt", "places.csv", "results.csv"
PARTS = (DRAW_FILE, ENTRANTS_FILE, PLACES_FILE, RESULTS_FILE)
RESULTS_HEADER = b"rank,label,place\n"
_ROWS_IN_CHUNK = 8192

Parts = Mapping[str, Iterable[bytes]]


class OutTaken(Refusal):
    """Something else has the name already; a published draw is never written over."""

    code = "releases.out_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRecord:
    """What draw.json says: the inputs of the seed, the seed, and how much was drawn; hashes in hexadecimal."""

    draw_id: str
    list_root: str
    places_sha256: str
    beacon: Beacon
    seed: str
    entrants: int
    seats: int


def draw_record(draw_id: str, *, list_root: str, places: Sequence[Place], beacon: Beacon, entrants: int) -> DrawRecord:
    """The record of a draw whose list is frozen and whose round is known."""
    seed = seed_of(draw_id, list_root=list_root, round_number=beacon.round_number, randomness=beacon.randomness)
    return DrawRecord(
        draw_id=draw_id,
        list_root=list_root,
        places_sha256=sha256(places_text(places)).hexdigest(),
        beacon=beacon,
        seed=seed.hex(),
        entrants=entrants,
        seats=sum(place.count for place in places),
    )


def require_draw_id(draw_id: str) -> str:
    """The id itself; refuses one that is not 1 to 100 visible ASCII characters."""
    if not (1 <= len(draw_id) <= 100 and draw_id.isascii() and draw_id.isprintable() and " " not in draw_id):
        raise Malformed(reason="a draw id is 1 to 100 visible ASCII characters")
    return draw_id


def record_text(record: DrawRecord) -> bytes:
    """draw.json, the one way to write it; `signature` is empty where the round came without one."""
    document = {
        "format": FORMAT,
        "draw_id": record.draw_id,
        "list_root": record.list_root,
        "places_sha256": record.places_sha256,
        "round": record.beacon.round_number,
        "randomness": record.beacon.randomness,
        "signature": record.beacon.signature,
        "seed": record.seed,
        "entrants": record.entrants,
        "seats": record.seats,
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def read_record(text: bytes) -> DrawRecord:
    """The record in a draw.json; refuses anything but the bytes that `record_text` writes."""
    beacon = read_beacon(text)
    document = json.loads(text)
    try:
        record = DrawRecord(
            draw_id=require_draw_id(document["draw_id"]),
            list_root=document["list_root"],
            places_sha256=document["places_sha256"],
            beacon=beacon,
            seed=document["seed"],
            entrants=document["entrants"],
            seats=document["seats"],
        )
    except (KeyError, TypeError, AttributeError) as unreadable:
        raise Malformed(reason=f"draw.json is not a {FORMAT} record") from unreadable
    hashes, counts = (record.list_root, record.places_sha256, record.seed), (record.entrants, record.seats)
    are_typed = all(is_hexadecimal(value) for value in hashes) and all(type(count) is int for count in counts)
    if not are_typed or record_text(record) != text:
        raise Malformed(reason=f"draw.json is not written as {FORMAT} writes it")
    return record


def entrants_text(lines: Iterable[bytes]) -> Iterator[bytes]:
    """entrants.txt in chunks, from the sorted lines."""
    return _chunks(line + b"\n" for line in lines)


def read_lines(text: bytes) -> list[bytes]:
    """The lines of an entrants.txt; refuses a last line without its end."""
    lines = text.split(b"\n")
    if lines.pop():
        raise Malformed(reason="the last line of entrants.txt has no end")
    return lines


def places_text(places: Iterable[Place]) -> bytes:
    """places.csv as its hash is taken."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PLACE_COLUMNS)
    for place in places:
        shares = " ".join(f"{draw_class}:{seats}" for draw_class, seats in place.reserved.items())
        writer.writerow((place.place_id, place.office, place.starts_at, place.count, shares))
    return text.getvalue().encode()


def read_bundled_places(text: bytes) -> list[Place]:
    """The places in a bundle's places.csv; refuses anything but the bytes that `places_text` writes."""
    faults = Faults()
    places = read_places(enumerate(text.splitlines(), 1), file=PLACES_FILE, faults=faults)
    if faults.count:
        raise Malformed(reason=faults.shown[0])
    if places_text(places) != text:
        raise Malformed(reason=f"places.csv is not written as {FORMAT} writes it")
    return places


def results_text(ranked_lines: Iterable[bytes], *, assignment: Assignment, places: Iterable[Place]) -> Iterator[bytes]:
    """results.csv in chunks, in the order of rank."""
    # NOWHERE is -1, which picks the empty name at the end.
    names = [*(place.place_id.encode() for place in places), b""]
    ranked = enumerate(zip(ranked_lines, assignment.places, strict=True), 1)
    yield RESULTS_HEADER
    yield from _chunks(b"%d,%b,%b\n" % (rank, label_of(line), names[number]) for rank, (line, number) in ranked)


def parts_of(
    record: DrawRecord,
    *,
    lines: Iterable[bytes],
    places: Sequence[Place],
    ranked_lines: Iterable[bytes],
    assignment: Assignment,
) -> Parts:
    """The four files by name, each in chunks that are made when they are asked for."""
    return {
        DRAW_FILE: [record_text(record)],
        ENTRANTS_FILE: entrants_text(lines),
        PLACES_FILE: [places_text(places)],
        RESULTS_FILE: results_text(ranked_lines, assignment=assignment, places=places),
    }


def write_bundle(out: Path, *, parts: Parts) -> None:
    """Writes the files beside `out` and then gives them its name at once; refuses a name that is taken."""
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".unfinished", dir=out.parent))
    try:
        for name, chunks in parts.items():
            _write(unfinished / name, chunks)
        unfinished.chmod(0o755)
        _give_name(unfinished, out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def require_free(out: Path) -> None:
    """Refuses a name that can only turn out to be taken, before any work is done for it."""
    if out.exists() and not (out.is_dir() and (_is_empty(out) or (out / DRAW_FILE).is_file())):
        raise OutTaken(folder=str(out))


def _give_name(unfinished: Path, out: Path) -> None:
    try:
        unfinished.rename(out)
    except OSError as refused:
        if not out.exists() or (out.is_dir() and _is_empty(out)):
            raise
        if not _holds_the_same(out, unfinished):
            raise OutTaken(folder=str(out)) from refused
    _sync(out.parent)


def _holds_the_same(out: Path, unfinished: Path) -> bool:
    return all(
        (out / name).is_file() and filecmp.cmp(out / name, unfinished / name, shallow=False)
        for name in (part.name for part in unfinished.iterdir())
    )


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def _write(file: Path, chunks: Iterable[bytes]) -> None:
    with file.open("xb") as stream:
        stream.writelines(chunks)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chunks(rows: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(rows, _ROWS_IN_CHUNK)):
        yield chunk

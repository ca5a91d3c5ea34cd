"""Verifying a draw from outside: every number in its bundle is worked out again."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest, sha256
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import BinaryIO

import httpx

from dawr.kernel.refusal import Malformed, Refusal
from dawr.releases.assignment import Assignment, Place, assign
from dawr.releases.beacon import QUICKNET, BeaconRefused, Chain, check_round
from dawr.releases.bundle import (
    DRAW_FILE,
    ENTRANTS_FILE,
    PARTS,
    PLACES_FILE,
    RESULTS_FILE,
    DrawRecord,
    read_bundled_places,
    read_lines,
    read_record,
    results_text,
)
from dawr.releases.checks import Check, same
from dawr.releases.entry_line import label_of, read_entry_line
from dawr.releases.input_rows import ROW_BYTES_MAX
from dawr.releases.log_checks import check_against_log
from dawr.releases.logged_draw import read_logged_draw
from dawr.releases.ranking import rank, seed_of
from dawr.transparency.merkle import root_of_leaves
from dawr.transparency.model import LogBroken, LogUnreachable

FILE_BYTES_MAX = 2**30
FETCH_SECONDS_MAX = 30


class SourceUnreachable(Refusal):
    """The bundle cannot be fetched, or is larger than any draw."""

    code = "releases.source_unreachable"
    status = 502


def verify_draw(
    source: str, *, chain: Chain | None = None, log: str | None = None, log_vkey: str | None = None
) -> list[Check]:
    """What was checked of the bundle in a folder or at a URL, in order; the first check that fails says why.

    At a URL the draw is also held against the site's own public log, or another `log` (URL or folder). The beacon's
    `chain` is the one that the logged rules name, or drand's quicknet where neither is given.
    """
    if not source.startswith(("http://", "https://")):
        return verify_folder(Path(source), chain=chain, log=log, log_vkey=log_vkey)
    with tempfile.TemporaryDirectory(prefix="dawr-verify-") as folder:
        fetch_bundle(source, into=Path(folder))
        return verify_folder(Path(folder), chain=chain, log=log or log_of_site(source), log_vkey=log_vkey)


def log_of_site(url: str) -> str:
    """Where the site of a draw serves its log."""
    return str(httpx.URL(url).copy_with(path="/log", query=None, fragment=None))


def verify_folder(
    folder: Path, *, chain: Chain | None = None, log: str | None = None, log_vkey: str | None = None
) -> list[Check]:
    """The checks of a bundle on disk; those that need an unreadable file are not made."""
    if missing := [name for name in PARTS if not (folder / name).is_file()]:
        return [Check(name="files", passed=False, found=f"there is no {' or '.join(missing)} in {folder}")]
    try:
        bundle = _read(folder)
    except Malformed as unreadable:
        return [Check(name="files", passed=False, found=str(unreadable.facts["reason"]))]
    logged_checks: list[Check] = []
    if log:
        logged_checks, logged_chain = _against_log(bundle, log=log, log_vkey=log_vkey)
        chain = chain or logged_chain
    return [
        Check(name="files", passed=True, found="all four are there, as dawr-draw-v1 writes them"),
        *_inputs(bundle, chain=chain or QUICKNET),
        _outcome(bundle),
        *logged_checks,
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bundle:
    record: DrawRecord
    lines: list[bytes]
    places: list[Place]
    places_sha256: str
    results: Path

    @property
    def results_sha256(self) -> str:
        with self.results.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()


def _read(folder: Path) -> _Bundle:
    places = (folder / PLACES_FILE).read_bytes()
    bundle = _Bundle(
        record=read_record((folder / DRAW_FILE).read_bytes()),
        lines=read_lines((folder / ENTRANTS_FILE).read_bytes()),
        places=read_bundled_places(places),
        places_sha256=sha256(places).hexdigest(),
        results=folder / RESULTS_FILE,
    )
    _require_frozen_form(bundle.lines, bundle.places)
    return bundle


def _require_frozen_form(lines: Sequence[bytes], places: Sequence[Place]) -> None:
    known = frozenset(place.place_id for place in places)
    for number, line in enumerate(lines, 1):
        try:
            entrant = read_entry_line(line)
        except Malformed as wrong:
            raise Malformed(reason=f"{ENTRANTS_FILE}:{number}: {wrong.facts['reason']}") from wrong
        if not known.issuperset(entrant.preferences):
            raise Malformed(reason=f"{ENTRANTS_FILE}:{number}: a preferred place is not in {PLACES_FILE}")
    for number, (line, following) in enumerate(pairwise(lines), 2):
        if line >= following:
            raise Malformed(reason=f"{ENTRANTS_FILE}:{number}: the lines are not sorted")
        if label_of(line) == label_of(following):
            raise Malformed(reason=f"{ENTRANTS_FILE}:{number}: the label {label_of(line).decode()} stands twice")


def _inputs(bundle: _Bundle, *, chain: Chain) -> list[Check]:
    """Whether draw.json tells the truth about the files and the beacon."""
    record = bundle.record
    stated_and_found = {
        "entrants": (record.entrants, len(bundle.lines)),
        "list root": (record.list_root, root_of_leaves(bundle.lines).hex()),
        "places": (record.places_sha256, bundle.places_sha256),
        "seats": (record.seats, sum(place.count for place in bundle.places)),
        "seed": (record.seed, _seed(record).hex()),
    }
    checks = [
        same(name, stated, worked_out=found, where=DRAW_FILE) for name, (stated, found) in stated_and_found.items()
    ]
    return [*checks[:-1], _beacon(record, chain=chain), checks[-1]]


def _seed(record: DrawRecord) -> bytes:
    beacon = record.beacon
    return seed_of(
        record.draw_id, list_root=record.list_root, round_number=beacon.round_number, randomness=beacon.randomness
    )


def _beacon(record: DrawRecord, *, chain: Chain) -> Check:
    try:
        standing = check_round(record.beacon, chain=chain)
    except BeaconRefused as refused:
        return Check(
            name="beacon",
            passed=False,
            found=f"{refused.facts['reason']} (where the log names another chain, give --log)",
        )
    return Check(name="beacon", passed=True, found=f"round {record.beacon.round_number}: {standing}")


def _outcome(bundle: _Bundle) -> Check:
    """Whether results.csv follows from the seed, the list and the places."""
    ranked_lines = [bundle.lines[position] for position in rank(_seed(bundle.record), bundle.lines)]
    assignment = assign(ranked_lines, bundle.places)
    expected = results_text(ranked_lines, assignment=assignment, places=bundle.places)
    return _published(bundle.results, expected, assignment=assignment)


def _against_log(bundle: _Bundle, *, log: str, log_vkey: str | None) -> tuple[list[Check], Chain | None]:
    """The checks against the log, and the chain that its rules name."""
    try:
        logged = read_logged_draw(log, bundle.record.draw_id, log_vkey=log_vkey)
        return check_against_log(bundle.record, results_sha256=bundle.results_sha256, logged=logged), logged.chain
    except (LogBroken, LogUnreachable) as broken:
        what = f"{broken.facts['where']}: {broken.facts['reason']}"
        return [Check(name="log", passed=False, found=what)], None


def _published(file: Path, expected: Iterable[bytes], *, assignment: Assignment) -> Check:
    """Whether the file is what the rules give; where not, its first line that differs."""
    rows = (row for chunk in expected for row in chunk.splitlines(keepends=True))
    with file.open("rb") as stream:
        for number, (found, wanted) in enumerate(zip_longest(_rows(stream), rows, fillvalue=b""), 1):
            if found != wanted:
                what = f"{RESULTS_FILE}:{number}: {_shown(found)} stands where the rules give {_shown(wanted)}"
                return Check(name="results", passed=False, found=what)
    waiting = len(assignment.places) - assignment.winners
    what = f"every rank and place is as the rules give it: {assignment.winners} with a place, {waiting} waiting"
    return Check(name="results", passed=True, found=what)


def _rows(stream: BinaryIO) -> Iterator[bytes]:
    return iter(partial(stream.readline, ROW_BYTES_MAX), b"")


def _shown(row: bytes) -> str:
    return ascii(row[:100].decode(errors="replace").rstrip("\n")) if row else "nothing"


def fetch_bundle(url: str, *, into: Path) -> None:
    """The four files from a bundle's address, or from the page of the draw that has one; bounded in size and time."""
    with httpx.Client(timeout=FETCH_SECONDS_MAX, follow_redirects=True) as client:
        base = url.rstrip("/")
        if not _fetch(client, f"{base}/{DRAW_FILE}", into=into / DRAW_FILE):
            base = f"{base}/bundle"
        for name in PARTS:
            if not _fetch(client, f"{base}/{name}", into=into / name):
                raise SourceUnreachable(url=f"{base}/{name}", reason="there is no such file")


def _fetch(client: httpx.Client, url: str, *, into: Path) -> bool:
    """Whether the file is there; it is then written at `into`."""
    try:
        with client.stream("GET", url) as response, into.open("wb") as file:
            if response.status_code == httpx.codes.NOT_FOUND:
                return False
            response.raise_for_status()
            for chunk in response.iter_bytes():
                file.write(chunk)
                if file.tell() > FILE_BYTES_MAX:
                    raise SourceUnreachable(url=url, reason="the file is larger than any draw")
    except httpx.HTTPError as unreachable:
        raise SourceUnreachable(url=url, reason=str(unreachable) or type(unreachable).__name__) from unreachable
    return True

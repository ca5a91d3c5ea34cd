"""The two files that a draw is given, row by row, with every fault named by file and line."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from dawr.kernel.text import fold_digits
from dawr.releases.assignment import Place, classes_of
from dawr.releases.entry_line import CLASS_RULE, CREDIT_MAX, DRAW_CLASS, LABEL, LABEL_RULE, PLACE_ID, PLACE_RULE

ENTRANT_COLUMNS = ("label", "class", "credit", "preferences")
PLACE_COLUMNS = ("place", "office", "starts_at", "count", "reserved")
ROW_BYTES_MAX = 4096
FAULTS_SHOWN_MAX = 100
SEATS_MAX = 1_000_000
OFFICE_CHARACTERS_MAX = 120

_BOM = b"\xef\xbb\xbf"
_CREDITS = {b"": b"0"} | {b"%d" % credit: b"%d" % credit for credit in range(CREDIT_MAX + 1)}

Row = tuple[int, bytes]


class _Fault(Exception):
    """What is wrong with one row, as the end of a sentence."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """Every fault found, counted; the first hundred are kept as lines for people."""

    shown: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, file: str, line: int | None, *, what: str) -> None:
        self.count += 1
        if len(self.shown) < FAULTS_SHOWN_MAX:
            self.shown.append(f"{file}:{line}: {what}" if line else f"{file}: {what}")


def rows_of(stream: BinaryIO) -> Iterator[Row]:
    """Line number (from 1) and bytes of each line, without its end; of a huge line only the beginning."""
    number = 0
    while row := stream.readline(ROW_BYTES_MAX + 2):
        number += 1
        if not row.endswith(b"\n"):
            _skip_line(stream)
        yield number, (row.removeprefix(_BOM) if number == 1 else row).rstrip(b"\r\n")


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(1 << 16)) and not rest.endswith(b"\n"):
        pass


def read_entrants(rows: Iterable[Row], *, file: str, places: Sequence[Place] | None, faults: Faults) -> list[bytes]:
    """The frozen line of each good row, in the order of the file; what is wrong with the others goes to `faults`.

    Without `places` (their own file being faulty) nothing is said about unknown places and classes.
    """
    freeze = _freezer(places)
    before, lines = faults.count, []
    for number, row in _body(rows, file=file, columns=ENTRANT_COLUMNS, faults=faults):
        try:
            lines.append(freeze(row))
        except _Fault as fault:
            faults.add(file, number, what=str(fault))
    if not lines and faults.count == before:
        faults.add(file, None, what="there is no entrant in it")
    return lines


def read_places(rows: Iterable[Row], *, file: str, faults: Faults) -> list[Place]:
    """The places in the order of the file; what is wrong goes to `faults`."""
    before, places = faults.count, list[Place]()
    first_lines: dict[str, int] = {}
    for number, row in _body(rows, file=file, columns=PLACE_COLUMNS, faults=faults):
        try:
            place = _place(row)
        except _Fault as fault:
            faults.add(file, number, what=str(fault))
            continue
        first = first_lines.setdefault(place.place_id, number)
        if first == number:
            places.append(place)
        else:
            faults.add(file, number, what=f"the place '{place.place_id}' stands on line {first} already")
    if not places and faults.count == before:
        faults.add(file, None, what="there is no place in it")
    return places


def name_repeated(rows: Iterable[Row], *, file: str, repeated: Collection[bytes], faults: Faults) -> None:
    """A fault for each row whose label, one of `repeated`, stood on an earlier line."""
    first_lines: dict[bytes, int] = {}
    for number, row in rows:
        label = row.partition(b",")[0].strip(b'"')
        if label not in repeated:
            continue
        first = first_lines.setdefault(label, number)
        if first != number:
            faults.add(file, number, what=f"the label '{label.decode()}' stands on line {first} already")


def _body(rows: Iterable[Row], *, file: str, columns: tuple[str, ...], faults: Faults) -> Iterator[Row]:
    """The rows under a right header, without blank and huge ones."""
    wanted = ",".join(columns)
    header: bytes | None = None
    for number, row in rows:
        if header is None:
            header = row.replace(b'"', b"")
            if header != wanted.encode():
                faults.add(file, number, what=f"the first line is not {wanted}")
                return
        elif len(row) > ROW_BYTES_MAX:
            faults.add(file, number, what=f"the line is longer than {ROW_BYTES_MAX:,} bytes")
        elif row:
            yield number, row
    if header is None:
        faults.add(file, None, what="the file is empty")


def _freezer(places: Sequence[Place] | None) -> Callable[[bytes], bytes]:
    """From the row of an entrant to his frozen line, for a draw on these places."""
    known_places = frozenset(place.place_id.encode() for place in places or ())
    known_classes = frozenset(draw_class.encode() for draw_class in classes_of(places or ()))

    def freeze(row: bytes) -> bytes:
        fields = row.split(b",") if b'"' not in row else [part.encode() for part in _fields(row)]
        if len(fields) != len(ENTRANT_COLUMNS):
            raise _Fault(_wrong_number(len(fields), ENTRANT_COLUMNS))
        label, draw_class, credit, preferences = fields
        if not LABEL.fullmatch(label):
            raise _Fault(f"the label '{_shown(label)}' is not {LABEL_RULE}")
        if draw_class and draw_class not in known_classes and places is not None:
            raise _Fault(f"the class '{_shown(draw_class)}' is not one that a place reserves seats for")
        digit = _CREDITS.get(credit) or _folded_credit(credit)
        chosen = preferences.split()
        if not known_places.issuperset(chosen) and places is not None:
            unknown = next(place_id for place_id in chosen if place_id not in known_places)
            raise _Fault(f"the place '{_shown(unknown)}' is not in the places file")
        if len(chosen) > 1 and len(set(chosen)) != len(chosen):
            raise _Fault("a place stands twice among the preferences")
        if draw_class or chosen or digit != b"0":
            return b"\t".join((label, draw_class, digit, b" ".join(chosen)))
        return label

    return freeze


def _folded_credit(credit: bytes) -> bytes:
    if folded := _CREDITS.get(fold_digits(_text(credit)).strip().encode()):
        return folded
    raise _Fault(f"the credit '{_shown(credit)}' is not 0, 1, 2 or 3")


def _place(row: bytes) -> Place:
    fields = [part.strip() for part in _fields(row)]
    if len(fields) != len(PLACE_COLUMNS):
        raise _Fault(_wrong_number(len(fields), PLACE_COLUMNS))
    place_id, office, starts_at, count, reserved = fields
    if not PLACE_ID.fullmatch(place_id.encode()):
        raise _Fault(f"the place '{_shown(place_id.encode())}' is not {PLACE_RULE}")
    if len(office) > OFFICE_CHARACTERS_MAX or not office.isprintable():
        raise _Fault(f"the office is not up to {OFFICE_CHARACTERS_MAX} printable characters")
    if starts_at and not _is_instant(starts_at):
        raise _Fault(f"the start '{_shown(starts_at.encode())}' is not a date and time like 2027-02-04T09:00+03:00")
    seats = _whole_number(count, what="count")
    shares = _shares(reserved)
    if sum(shares.values()) > seats:
        raise _Fault(f"{sum(shares.values())} seats are reserved of {seats}")
    return Place(place_id=place_id, office=office, starts_at=starts_at, count=seats, reserved=shares)


def _shares(reserved: str) -> dict[str, int]:
    shares: dict[str, int] = {}
    for share in reserved.split():
        draw_class, _, seats = share.partition(":")
        if not DRAW_CLASS.fullmatch(draw_class.encode()):
            raise _Fault(f"the class '{_shown(draw_class.encode())}' is not {CLASS_RULE}")
        if draw_class in shares:
            raise _Fault(f"the class '{draw_class}' stands twice among the reserved shares")
        shares[draw_class] = _whole_number(seats, what="reserved share")
    return shares


def _whole_number(text: str, *, what: str) -> int:
    folded = fold_digits(text)
    if not (folded.isascii() and folded.isdigit() and len(folded) <= 7 and int(folded) <= SEATS_MAX):
        raise _Fault(f"the {what} '{_shown(text.encode())}' is not a whole number up to {SEATS_MAX:,}")
    return int(folded)


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fields(row: bytes) -> list[str]:
    try:
        return next(csv.reader([_text(row)], strict=True))
    except csv.Error as unreadable:
        raise _Fault("a quotation mark is not closed, or stands in the wrong place") from unreadable


def _text(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as unreadable:
        raise _Fault("the line is not UTF-8") from unreadable


def _shown(part: bytes) -> str:
    """Text for a message: short, and without characters that a terminal would obey."""
    text = _text(part)
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= 60 else shown[:60] + "..."


def _wrong_number(found: int, columns: tuple[str, ...]) -> str:
    return f"there are {found} columns, not the {len(columns)} of {','.join(columns)}"

"""cards.csv: what the register says of cards, for a national ID whose sign-in does not say it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dawr.kernel.refusal import Malformed
from dawr.people.civil_number import parse_card_serial

HEADER = ("civil_number", "card_serial", "photograph")
LINE_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A line of the file, counted from 1; an empty serial or photograph says nothing."""

    line: int
    civil_number: str
    card_serial: str
    photograph: str

    def checked_serial(self) -> str:
        """The serial number, "" where there is none; raises NotACardSerial."""
        return parse_card_serial(self.card_serial) if self.card_serial else ""

    def photograph_name(self) -> str:
        """The name of a file in the folder of photographs, "" for none; refuses a way out of that folder."""
        if self.photograph.startswith(".") or not set(self.photograph).isdisjoint("/\\\0"):
            raise Malformed(reason="a photograph is named by a file of its folder alone")
        return self.photograph


def read_register(lines: Iterable[str]) -> Iterator[RegisterRow]:
    """The rows of the file in its order; refuses with Malformed another header, a wrong row and an endless line."""
    bounded = (_bounded(line) for line in lines)
    rows = csv.reader(bounded, strict=True)
    try:
        if tuple(next(rows, ())) != HEADER:
            raise Malformed(reason=f"the first line is not {','.join(HEADER)}")
        for row in rows:
            if len(row) != len(HEADER):
                raise Malformed(reason=f"line {rows.line_num}: not {len(HEADER)} fields")
            number, serial, photograph = (field.strip() for field in row)
            yield RegisterRow(line=rows.line_num, civil_number=number, card_serial=serial, photograph=photograph)
    except csv.Error as error:
        raise Malformed(reason=f"line {rows.line_num}: {error}") from error


def _bounded(line: str) -> str:
    if len(line) > LINE_LENGTH_MAX:
        raise Malformed(reason=f"a line of more than {LINE_LENGTH_MAX} characters")
    return line

"""One record's fields as values, with a fault at the field's own line for each one that cannot be read."""

import re
from collections.abc import Callable
from datetime import date, time
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from dawr.catalogue.records import Fault, Field, Record
from dawr.kernel.money import Money, parse_money
from dawr.kernel.text import fold_digits

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,6})?", re.ASCII)
# Finding them walks through every folder of the time zone database.
_timezones = cache(available_timezones)


def read_date(text: str) -> date:
    """A date as decisions print it, `2020-03-12` or day first `12/3/2020`, in any mixture of digits."""
    folded = fold_digits(text)
    if match := _ISO.fullmatch(folded):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(folded):
        day, month, year = match.groups()
    else:
        raise ValueError("write a date as 2020-03-12 or 12/3/2020")
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError("there is no such day in the calendar") from error


def read_clock(text: str) -> time:
    """A local time of day as `07:30`."""
    match = _CLOCK.fullmatch(fold_digits(text))
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError("write a time as 07:30")
    return time(int(match[1]), int(match[2]))


def read_whole(text: str) -> int:
    """A whole number of up to nine digits."""
    folded = fold_digits(text)
    if not _WHOLE.fullmatch(folded):
        raise ValueError("write a whole number")
    return int(folded)


def read_degrees(text: str) -> float:
    """Latitude or longitude in decimal degrees, north and east positive."""
    folded = fold_digits(text)
    if not _DEGREES.fullmatch(folded) or abs(float(folded)) > 180:
        raise ValueError("write degrees as 29.3335")
    return float(folded)


def read_money(text: str) -> Money:
    """An amount and its currency, `5.000 KWD`."""
    amount, _, currency = fold_digits(text).partition(" ")
    return parse_money(amount, currency=currency)


def read_timezone(text: str) -> str:
    """A name of the IANA time zone database."""
    if text not in _timezones():
        raise ValueError("not a time zone such as Asia/Kuwait")
    return ZoneInfo(text).key


class Reading:
    """Takes one record apart; after the last field, `finish` says whether it was sound.

    A field that is missing or faulty gives a stand-in of its type, so that all the faults of a record are found in
    one pass; a record with a fault is never used.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.faults: list[Fault] = []
        self._unread: dict[str, Field] = {}
        for field in record.fields:
            if field.name in self._unread:
                self._fault(field.line, f"{field.name} stands twice in this record")
            self._unread[field.name] = field

    def finish(self) -> bool:
        for field in self._unread.values():
            self._fault(field.line, f"a {self.record.kind} has no field {field.name}")
        return not self.faults

    def maybe(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """The field's value, None where the record does not have it or it is faulty."""
        field = self._unread.pop(name, None)
        if field is None:
            return None
        if not field.value:
            self._fault(field.line, f"{name} is empty")
            return None
        try:
            return read(field.value)
        except ValueError as error:
            self._fault(field.line, f"{name} '{field.value[:40]}': {error}")
            return None

    def value(self, name: str, read: Callable[[str], Value], *, stand_in: Value) -> Value:
        if name not in self._unread:
            self._fault(self.record.line, f"this {self.record.kind} needs the field {name}")
        found = self.maybe(name, read)
        return stand_in if found is None else found

    def text(self, name: str) -> str:
        return self.value(name, str, stand_in="")

    def match(self, name: str, pattern: str, *, example: str) -> str:
        """Text of one shape, which the fault shows by an example."""

        def read(text: str) -> str:
            if not re.fullmatch(pattern, text, re.ASCII):
                raise ValueError(f"write it like {example}")
            return text

        return self.value(name, read, stand_in="")

    def whole(self, name: str, *, least: int, most: int) -> int:
        return self.value(name, _within(least, most), stand_in=least)

    def maybe_whole(self, name: str, *, least: int, most: int) -> int | None:
        return self.maybe(name, _within(least, most))

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        return self.value(name, lambda text: _choose(text, choices), stand_in=next(iter(choices)))

    def choices(self, name: str, choices: type[Choice]) -> frozenset[Choice]:
        """Several words with spaces between; none where the record does not have the field."""
        found = self.maybe(name, lambda text: frozenset(_choose(word, choices) for word in text.split()))
        return found or frozenset()

    def words(self, name: str) -> tuple[str, ...]:
        return self.value(name, lambda text: tuple(dict.fromkeys(text.split())), stand_in=())

    def flag(self, name: str) -> bool:
        return self.value(name, _yes_or_no, stand_in=False)

    def money(self, name: str) -> Money:
        return self.value(name, read_money, stand_in=Money(minor=0, currency="KWD"))

    def fault(self, name: str, sentence: str) -> None:
        """A fault of meaning, at the line of the field that shows it."""
        lines = [field.line for field in self.record.fields if field.name == name]
        self._fault(lines[0] if lines else self.record.line, sentence)

    def _fault(self, line: int, sentence: str) -> None:
        self.faults.append(Fault(file=self.record.file, line=line, sentence=sentence))


def _within(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = read_whole(text)
        if not least <= number <= most:
            raise ValueError(f"must lie between {least} and {most}")
        return number

    return read


def _choose(word: str, choices: type[Choice]) -> Choice:
    try:
        return choices(word)
    except ValueError as error:
        raise ValueError(f"'{word}' is none of {', '.join(choices)}") from error


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("write yes or no")
    return text == "yes"

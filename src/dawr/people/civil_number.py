"""Civil numbers: what makes one impossible, and what only makes it doubtful."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice

from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_code
from dawr.people.model import Country

KUWAIT_WEIGHTS = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
KUWAIT_CENTURIES = {"2": 1900, "3": 2000}
LENGTHS = {Country.KUWAIT: 12, Country.SAUDI_ARABIA: 10, Country.SYRIA: 11}
SERIAL_DIGITS_MIN, SERIAL_DIGITS_MAX = 6, 20


class NotACivilNumber(Refusal):
    """No person of this country can have this number; the number itself is never repeated."""

    code = "people.not_a_civil_number"
    status = 422


class NotACardSerial(Refusal):
    """The serial number of a card is 6 to 20 digits; a guard's keypad has nothing else."""

    code = "people.not_a_card_serial"
    status = 422


class Doubt(StrEnum):
    """Why a number that may be real deserves a second look."""

    BIRTH_DATE = "birth_date"
    CHECK_DIGIT = "check_digit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CivilNumber:
    """A possible number; `doubts` warn and never refuse, since real cards carry them."""

    country: Country
    digits: str
    doubts: frozenset[Doubt] = frozenset()

    @property
    def tail(self) -> str:
        """The three digits that may stand on a screen."""
        return self.digits[-3:]


def parse_civil_number(text: str, *, country: Country) -> CivilNumber:
    """A number as typed or claimed, in both kinds of digits, with spaces and hyphens; raises NotACivilNumber."""
    digits = clean_code(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) == LENGTHS[country]):
        raise NotACivilNumber(country=country.value, digits_count=LENGTHS[country])
    match country:
        case Country.KUWAIT:
            is_possible, doubts = _kuwaiti(digits)
        case Country.SAUDI_ARABIA:
            is_possible, doubts = _saudi(digits)
        case Country.SYRIA:
            is_possible, doubts = True, frozenset[Doubt]()
    if not is_possible:
        raise NotACivilNumber(country=country.value, digits_count=LENGTHS[country])
    return CivilNumber(country=country, digits=digits, doubts=doubts)


def parse_card_serial(text: str) -> str:
    """A card's serial number as typed or claimed; raises NotACardSerial."""
    digits = clean_code(text)
    if not (digits.isascii() and digits.isdigit() and SERIAL_DIGITS_MIN <= len(digits) <= SERIAL_DIGITS_MAX):
        raise NotACardSerial(digits_min=SERIAL_DIGITS_MIN, digits_max=SERIAL_DIGITS_MAX)
    return digits


def kuwaiti_check_digit(first_eleven: str) -> int | None:
    """11 - (weighted sum mod 11), or None where that gives 10 or 11, which are never issued."""
    weighted = sum(weight * int(digit) for weight, digit in zip(KUWAIT_WEIGHTS, first_eleven, strict=True))
    check = 11 - weighted % 11
    return check if check < 10 else None


def invented_kuwaiti_number(born_on: date, ordinal: int) -> str:
    """The `ordinal`-th (from 0) valid number of a birthday, for seeds and tests: different for each pair given."""
    century = {year: digit for digit, year in KUWAIT_CENTURIES.items()}[born_on.year // 100 * 100]
    stems = (f"{century}{born_on:%y%m%d}{serial:04}" for serial in range(10_000))
    numbers = (f"{stem}{check}" for stem in stems if (check := kuwaiti_check_digit(stem)) is not None)
    number = next(islice(numbers, ordinal, None), None)
    if number is None:
        raise ValueError(f"one day has no {ordinal + 1} civil numbers")
    return number


def _kuwaiti(digits: str) -> tuple[bool, frozenset[Doubt]]:
    is_possible = kuwaiti_check_digit(digits[:11]) == int(digits[11])
    return is_possible, frozenset() if _has_birth_date(digits) else frozenset({Doubt.BIRTH_DATE})


def _has_birth_date(digits: str) -> bool:
    """Whether digits 1 to 7 are a century and a date; people with impossible dates on their cards exist."""
    century = KUWAIT_CENTURIES.get(digits[0])
    try:
        return century is not None and bool(date(century + int(digits[1:3]), int(digits[3:5]), int(digits[5:7])))
    except ValueError:
        return False


def _saudi(digits: str) -> tuple[bool, frozenset[Doubt]]:
    return digits[0] in "12", frozenset() if _passes_luhn(digits) else frozenset({Doubt.CHECK_DIGIT})


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(digits)]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0

"""Civil numbers of three countries, as typed and as claimed."""

from datetime import date

import pytest

from dawr.people.civil_number import (
    Doubt,
    NotACivilNumber,
    invented_kuwaiti_number,
    kuwaiti_check_digit,
    parse_civil_number,
)
from dawr.people.model import Country

VALID = ["288020122596", "227081660516", "292091998298"]


@pytest.mark.parametrize("number", VALID)
def test_a_valid_kuwaiti_number_is_accepted(number: str) -> None:
    parsed = parse_civil_number(number, country=Country.KUWAIT)
    assert (parsed.digits, parsed.tail, parsed.doubts) == (number, number[-3:], frozenset())


@pytest.mark.parametrize(
    "typed", ["٢٨٨٠٢٠١٢٢٥٩٦", "۲۸۸۰۲۰۱۲۲۵۹۶", "288 0201-22596", " 2880201\u200f22596 ", "٢٨٨020122596"]
)
def test_both_kinds_of_digits_and_gaps_are_the_same_number(typed: str) -> None:
    assert parse_civil_number(typed, country=Country.KUWAIT).digits == VALID[0]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "28802012259",
        "2880201225966",
        "288020122595",
        "28802012259O",
        "²88020122596",
        "੨88020122596",
        "-",
        "2880201225 9 x",
    ],
)
def test_what_cannot_be_a_kuwaiti_number_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(NotACivilNumber) as refused:
        parse_civil_number(typed, country=Country.KUWAIT)
    assert set(refused.value.facts) == {"country", "digits_count"}


def test_a_stem_whose_check_would_be_ten_or_eleven_was_never_issued() -> None:
    stems = [f"2880201{serial:04}" for serial in range(400)]
    never = [stem for stem in stems if kuwaiti_check_digit(stem) is None]
    assert never
    for stem in never:
        for check in range(10):
            with pytest.raises(NotACivilNumber):
                parse_civil_number(f"{stem}{check}", country=Country.KUWAIT)


def test_an_impossible_birth_date_only_warns() -> None:
    stem = next(f"2881340{serial:04}" for serial in range(50) if kuwaiti_check_digit(f"2881340{serial:04}"))
    parsed = parse_civil_number(f"{stem}{kuwaiti_check_digit(stem)}", country=Country.KUWAIT)
    assert parsed.doubts == {Doubt.BIRTH_DATE}


def test_a_century_that_is_not_known_only_warns() -> None:
    stem = next(f"9880201{serial:04}" for serial in range(50) if kuwaiti_check_digit(f"9880201{serial:04}"))
    parsed = parse_civil_number(f"{stem}{kuwaiti_check_digit(stem)}", country=Country.KUWAIT)
    assert parsed.doubts == {Doubt.BIRTH_DATE}


def test_a_leap_day_counts_in_its_own_century() -> None:
    number = invented_kuwaiti_number(date(2000, 2, 29), 0)
    assert not parse_civil_number(number, country=Country.KUWAIT).doubts


@pytest.mark.parametrize(("number", "doubts"), [("1000000008", set()), ("2123456789", {Doubt.CHECK_DIGIT})])
def test_a_saudi_number_with_a_disputed_check_digit_only_warns(number: str, doubts: set[Doubt]) -> None:
    assert parse_civil_number(number, country=Country.SAUDI_ARABIA).doubts == doubts


@pytest.mark.parametrize("number", ["3000000006", "0000000000", "100000000", "10000000080"])
def test_a_saudi_number_starts_with_one_or_two_and_has_ten_digits(number: str) -> None:
    with pytest.raises(NotACivilNumber):
        parse_civil_number(number, country=Country.SAUDI_ARABIA)


def test_a_syrian_number_is_eleven_digits_and_says_nothing_more() -> None:
    assert parse_civil_number("٠١٠١٠٠٠٠٠٠١", country=Country.SYRIA).digits == "01010000001"
    with pytest.raises(NotACivilNumber):
        parse_civil_number("010100000011", country=Country.SYRIA)


def test_invented_numbers_are_valid_and_all_different() -> None:
    days = [date(1999, 12, 31), date(2000, 1, 1), date(2005, 6, 15)]
    numbers = [invented_kuwaiti_number(day, ordinal) for day in days for ordinal in range(300)]
    assert len(set(numbers)) == 900
    assert not any(parse_civil_number(number, country=Country.KUWAIT).doubts for number in numbers)


def test_a_day_that_has_no_numbers_left_says_so() -> None:
    with pytest.raises(ValueError, match="no 10001 civil numbers"):
        invented_kuwaiti_number(date(1990, 1, 1), 10_000)

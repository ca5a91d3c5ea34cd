"""The machine-readable lines of ICAO 9303 parts 4 and 5, and Kuwaiti ones made by the same rules."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.tickets.mrz import MachineReadable, check_digit, is_machine_readable, parse_mrz

CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
"""ICAO 9303-5, appendix B."""
CARD_OF_A_LONG_NUMBER = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"
"""ICAO 9303-5, appendix D: the document number is D23145890734."""
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""ICAO 9303-4, appendix B."""


def card_with(civil_number: str, *, document_number: str = "301234567") -> str:
    """A Kuwaiti civil ID card's lines: the civil number is the optional data of the first."""
    first = f"IDKWT{document_number}{check_digit(document_number)}{civil_number:<<15}"
    second = f"900101{check_digit('900101')}X300101{check_digit('300101')}KWT" + "<" * 11
    composite = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return f"{first}\n{second}{composite}\n{'ALATEEQ<<NOURA':<<30}"


def passport_with(personal_number: str) -> str:
    optional = f"{personal_number:<<14}"
    digit = check_digit(optional) if personal_number else "<"
    second = f"P1234567<{check_digit('P1234567<')}KWT900101{check_digit('900101')}X300101{check_digit('300101')}"
    second += optional + digit
    composite = check_digit(second[0:10] + second[13:20] + second[21:43])
    return f"{'P<KWTALATEEQ<<NOURA':<<44}\n{second}{composite}"


@pytest.mark.parametrize(
    ("lines", "document_number", "personal_number"),
    [
        (CARD, "D23145890", ""),
        (CARD_OF_A_LONG_NUMBER, "D23145890734", ""),
        (PASSPORT, "L898902C3", "ZE184226B"),
    ],
)
def test_the_published_examples_are_read(lines: str, document_number: str, personal_number: str) -> None:
    expected = MachineReadable(document_number=document_number, personal_number=personal_number)
    assert parse_mrz(lines) == expected
    assert parse_mrz(lines.replace("\n", "")) == expected, "a field of one line drops the breaks"
    assert parse_mrz(lines.replace("\n", "\r\n") + "\r") == expected
    assert is_machine_readable(lines)


@pytest.mark.parametrize(("field", "digit"), [("520727", "3"), ("AB2134<<<", "5"), ("D23145890", "7")])
def test_the_published_check_digits_are_computed(field: str, digit: str) -> None:
    """ICAO 9303-3, section 4.9, examples 1 and 2; and the card's own."""
    assert check_digit(field) == digit


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.integers(0, 300))
def test_the_civil_number_comes_out_of_card_and_passport(born_on: date, ordinal: int) -> None:
    number = invented_kuwaiti_number(born_on, ordinal)
    assert parse_mrz(card_with(number)).personal_number == number
    assert parse_mrz(passport_with(number)).personal_number == number


def test_a_number_that_the_first_line_has_no_room_for_stands_in_the_second() -> None:
    lines = CARD.replace("UTO<<<<<<<<<<<6", "UTO31234567<<<")
    first, second, names = lines.split("\n")
    second += check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    assert parse_mrz(f"{first}\n{second}\n{names}").personal_number == "31234567"


def checked_places(lines: str) -> list[int]:
    """Where a changed character breaks a check digit: neither the names nor type, issuer, sex and nationality."""
    if len(lines.replace("\n", "")) == 88:
        return [44 + place for place in (*range(10), *range(13, 20), *range(21, 44))]
    return [*range(5, 30), *(30 + place for place in (*range(7), *range(8, 15), *range(18, 30)))]


@pytest.mark.parametrize("lines", [CARD, CARD_OF_A_LONG_NUMBER, PASSPORT, card_with("290122500017")])
def test_a_misread_digit_is_refused_wherever_it_stands(lines: str) -> None:
    joined = lines.replace("\n", "")
    for place in checked_places(lines):
        if joined[place].isdigit():
            misread = joined[:place] + str((int(joined[place]) + 1) % 10) + joined[place + 1 :]
            with pytest.raises(Malformed):
                parse_mrz(misread)


@pytest.mark.parametrize(
    "lines",
    [
        CARD[:-1],
        CARD + "<",
        CARD.split("\n", maxsplit=1)[0],
        CARD.lower(),
        CARD.replace("<", "«"),
        CARD.replace("I<UTO", "V<UTO"),
        PASSPORT.replace("P<UTO", "X<UTO"),
        CARD.replace("ERIKSSON", "3RIKSSON"),
        CARD.replace("7408122", "74O8122"),
        CARD.replace("0", "٠"),
    ],
)
def test_what_is_not_exactly_such_lines_is_refused(lines: str) -> None:
    with pytest.raises(Malformed):
        parse_mrz(lines)


@given(st.text(alphabet=string.ascii_uppercase + string.digits + "<\n", max_size=100) | st.text(max_size=100))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        read = parse_mrz(text)
    except Malformed:
        return
    assert read.document_number


@pytest.mark.parametrize("typed", ["288020122596", "٢٨٨٠٢٠١٢٢٥٩٦", "2880-2012-2596"])
def test_a_typed_number_is_told_from_machine_readable_lines(typed: str) -> None:
    assert not is_machine_readable(typed)

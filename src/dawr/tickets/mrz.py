"""The machine-readable lines of a card or passport (ICAO 9303), as a reader types them into a field.

Of all that stands there only the two numbers are taken; birth date, sex and nationality are checked and forgotten.
"""

import re
from dataclasses import dataclass

from dawr.kernel.refusal import Malformed

CARD_CHARACTERS, CARD_WIDTH = 90, 30
"""TD1, the size of a bank card: ICAO 9303-5."""
PASSPORT_CHARACTERS, PASSPORT_WIDTH = 88, 44
"""TD3, a passport's page: ICAO 9303-4."""

FILLER = "<"
WEIGHTS = (7, 3, 1)
VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {FILLER: 0}
NUMBER = re.compile(r"[A-Z0-9]+<*")
BIRTH, EXPIRY = re.compile(r"[0-9<]{6}"), re.compile(r"[0-9]{6}")
"""Of a birth date any part may be unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReadable:
    """The document's own number, and the person's where the issuer prints it among the optional data, else ""."""

    document_number: str
    personal_number: str


def is_machine_readable(text: str) -> bool:
    """Whether the text looks like such lines: nobody types their filler by hand."""
    return FILLER in text


def parse_mrz(text: str) -> MachineReadable:
    """The numbers in a card's three lines or a passport's two, with or without line breaks between them.

    Refuses with Malformed another length, another character, a wrong check digit or an impossible field.
    """
    joined = re.sub(r"[\r\n]+", "", text.strip())
    if any(character not in VALUES for character in joined):
        raise Malformed(reason="a character that no machine-readable line has")
    if len(joined) == CARD_CHARACTERS:
        return _card(joined)
    if len(joined) == PASSPORT_CHARACTERS:
        return _passport(joined)
    raise Malformed(reason=f"{len(joined)} characters are neither a card's nor a passport's lines")


def check_digit(field: str) -> str:
    """Weights 7, 3, 1 over the characters' values, modulo 10 (ICAO 9303-3, 4.9)."""
    return str(sum(VALUES[character] * WEIGHTS[place % 3] for place, character in enumerate(field)) % 10)


def _card(joined: str) -> MachineReadable:
    first, second, names = (joined[start : start + CARD_WIDTH] for start in range(0, CARD_CHARACTERS, CARD_WIDTH))
    if first[0] not in "ACI":
        raise Malformed(reason="not an identity card")
    _require(first[5:30] + second[0:7] + second[8:15] + second[18:29], digit=second[29])
    _require_date(second[0:6], digit=second[6], shape=BIRTH)
    _require_date(second[8:14], digit=second[14], shape=EXPIRY)
    _require_names(names)
    number, digit, optional = _card_number(first)
    _require(number, digit=digit)
    return MachineReadable(
        document_number=_number(number), personal_number=_optional(optional) or _optional(second[18:29])
    )


def _card_number(first: str) -> tuple[str, str, str]:
    """Number, check digit and optional data; a number of more than nine characters goes on in the optional data."""
    if first[14] != FILLER:
        return first[5:14], first[14], first[15:30]
    more, _, optional = first[15:30].partition(FILLER)
    if len(more) < 2:
        raise Malformed(reason="a document number without its check digit")
    return first[5:14] + more[:-1], more[-1], optional


def _passport(joined: str) -> MachineReadable:
    first, second = joined[:PASSPORT_WIDTH], joined[PASSPORT_WIDTH:]
    if first[0] != "P":
        raise Malformed(reason="not a passport")
    _require(second[0:10] + second[13:20] + second[21:43], digit=second[43])
    _require(second[0:9], digit=second[9])
    _require_date(second[13:19], digit=second[19], shape=BIRTH)
    _require_date(second[21:27], digit=second[27], shape=EXPIRY)
    optional = second[28:42]
    if not (second[42] == FILLER and not optional.strip(FILLER)):
        _require(optional, digit=second[42])
    _require_names(first[5:44])
    return MachineReadable(document_number=_number(second[0:9]), personal_number=_optional(optional))


def _require(field: str, *, digit: str) -> None:
    if check_digit(field) != digit:
        raise Malformed(reason="a wrong check digit")


def _require_date(field: str, *, digit: str, shape: re.Pattern[str]) -> None:
    _require(field, digit=digit)
    if not shape.fullmatch(field):
        raise Malformed(reason="a date that is none")


def _require_names(field: str) -> None:
    if not re.fullmatch(r"[A-Z][A-Z<]*", field):
        raise Malformed(reason="names that are none")


def _number(field: str) -> str:
    if not NUMBER.fullmatch(field):
        raise Malformed(reason="a document number with a gap")
    return field.rstrip(FILLER)


def _optional(field: str) -> str:
    """What an issuer put there, up to the first filler."""
    return field.lstrip(FILLER).partition(FILLER)[0]

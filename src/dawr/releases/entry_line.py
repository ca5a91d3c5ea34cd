"""An entrant's line in the frozen list: the bytes that are hashed, published, ranked and assigned."""

import re
from functools import lru_cache

import msgspec

from dawr.kernel.refusal import Malformed

CREDIT_MAX = 3
LABEL_RULE = "1 to 16 characters of A-Z, 0-9 and the hyphen"
CLASS_RULE = "up to 32 letters, digits, hyphens and underscores, a letter first"
SOMEBODY = "A"
"""A label like any other."""
PLACE_RULE = "up to 64 letters, digits and . _ / : + -"

LABEL = re.compile(rb"[A-Z0-9-]{1,16}")
DRAW_CLASS = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{0,31}")
PLACE_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._/:+-]{0,63}")
_LINE = re.compile(
    rb"(?P<label>%(label)s)(?:\t(?P<draw_class>(?:%(draw_class)s)?)\t(?P<credit>[0-3])"
    rb"\t(?P<preferences>(?:%(place)s(?: %(place)s)*)?))?"
    % {b"label": LABEL.pattern, b"draw_class": DRAW_CLASS.pattern, b"place": PLACE_ID.pattern}
)


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes part, by an opaque label, and what he asked for; no preferences means any place."""

    label: str
    draw_class: str = ""
    credit: int = 0
    preferences: tuple[str, ...] = ()


def entry_line(entrant: Entrant) -> bytes:
    """The entrant's line without its line end; refuses what `read_entry_line` would not give back."""
    label = entrant.label.encode()
    if LABEL.fullmatch(label) is None:
        raise Malformed(reason=f"not a label: {label[:60]!r}")
    return label + _columns(entrant.draw_class, entrant.credit, entrant.preferences)


@lru_cache(maxsize=4096)
def _columns(draw_class: str, credit: int, preferences: tuple[str, ...]) -> bytes:
    """What follows the label; remembered, because many people ask for the same."""
    if not (draw_class or credit or preferences):
        return b""
    columns = "\t".join(("", draw_class, str(credit), " ".join(preferences))).encode()
    asked = Entrant(label=SOMEBODY, draw_class=draw_class, credit=credit, preferences=preferences)
    if read_entry_line(SOMEBODY.encode() + columns) != asked:
        raise Malformed(reason="an entrant whose line would be read as another")
    return columns


def read_entry_line(line: bytes) -> Entrant:
    """The one entrant that a line can mean; refuses every other spelling of him."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed(reason=f"not an entrant's line: {line[:60]!r}")
    draw_class, credit, preferences = match["draw_class"], match["credit"], match["preferences"]
    if draw_class is None:
        return Entrant(label=line.decode())
    if not draw_class and credit == b"0" and not preferences:
        raise Malformed(reason="a line with columns that say nothing is written as the label alone")
    chosen = tuple(preferences.decode().split())
    if len(set(chosen)) != len(chosen):
        raise Malformed(reason="a place stands twice among the preferences")
    return Entrant(
        label=match["label"].decode(), draw_class=draw_class.decode(), credit=int(credit), preferences=chosen
    )


def label_of(line: bytes) -> bytes:
    return line.partition(b"\t")[0]


def label_and_credit(line: bytes) -> tuple[bytes, int]:
    if b"\t" not in line:
        return line, 0
    label, _, credit, _ = line.split(b"\t")
    return label, int(credit)


def class_of(line: bytes) -> bytes:
    """The class, empty where there is none (which leaves two tabs side by side)."""
    if b"\t\t" in line or b"\t" not in line:
        return b""
    return line.split(b"\t", 2)[1]


def preferences_of(line: bytes) -> bytes:
    """The place ids as they stand, a space between, or nothing for any place."""
    _, tab, preferences = line.rpartition(b"\t")
    return preferences if tab else b""

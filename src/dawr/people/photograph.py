"""Photographs of the register: small enough for a gate's day pack, and of a size that no telephone chokes on."""

from dawr.kernel.refusal import Refusal
from dawr.people.model import Photograph

BYTES_MAX = 20_480
SIDE_PIXELS_MAX = 1024
"""A few kilobytes can say that they unpack to a wall of pixels."""

PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
PNG_END = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG segments that state a height and a width (ITU-T T.81, table B.1); the three left out are tables."""


class NotAPhotograph(Refusal):
    """No JPEG or PNG of at most 20 kB and 1,024 pixels a side."""

    code = "people.not_a_photograph"
    status = 422


def parse_photograph(content: bytes) -> Photograph:
    """The photograph that these bytes are; refuses every other content with NotAPhotograph."""
    if len(content) > BYTES_MAX:
        raise NotAPhotograph
    if content.startswith(PNG_START) and content.endswith(PNG_END):
        media_type, sides = "image/png", _png_sides(content)
    elif content.startswith(JPEG_START) and content.endswith(JPEG_END):
        media_type, sides = "image/jpeg", _jpeg_sides(content)
    else:
        raise NotAPhotograph
    if not all(0 < side <= SIDE_PIXELS_MAX for side in sides):
        raise NotAPhotograph
    return Photograph(media_type=media_type, content=content)


def _png_sides(content: bytes) -> tuple[int, int]:
    start = len(PNG_START)
    return int.from_bytes(content[start : start + 4]), int.from_bytes(content[start + 4 : start + 8])


def _jpeg_sides(content: bytes) -> tuple[int, int]:
    """Height and width of the one frame; each segment is 0xFF, its kind, and its length in two bytes."""
    at = len(JPEG_START)
    while at + 9 <= len(content) and content[at] == 0xFF:
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if kind in FRAMES:
            return int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 7 : at + 9])
        at += 2 + length
    raise NotAPhotograph

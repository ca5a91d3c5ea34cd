"""The typeface of printed tickets: unpacked from the web fonts, byte for byte, for the typesetter to read."""

import struct
import zlib
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import typst

from dawr.kernel.refusal import Malformed, Refusal

FAMILY = "IBM Plex Sans Arabic"
FILES = ("IBMPlexSansArabic-Regular.woff", "IBMPlexSansArabic-SemiBold.woff")

_WOFF_HEADER = struct.Struct(">4s4sIHHIHHIIIII")
_WOFF_TABLE = struct.Struct(">4sIIII")
_SFNT_HEADER = struct.Struct(">4sHHHH")
_SFNT_TABLE = struct.Struct(">4sIII")


class FontMissing(Refusal):
    """The typeface is not where it is installed; a ticket in another one might not be readable."""

    code = "tickets.font_missing"
    status = 503


def source_folder() -> Path:
    """Where the web fonts of the typeface lie."""
    return Path(__file__).parents[3] / "node_modules" / "@ibm" / "plex-sans-arabic" / "fonts" / "complete" / "woff"


@cache
def fonts(data_dir: Path) -> typst.Fonts:
    """The typeface and nothing else, unpacked under `data_dir`; refuses where it is missing, never falls back."""
    folder = data_dir / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        packed = source_folder() / name
        if not packed.is_file():
            raise FontMissing(path=str(packed))
        unpacked = folder / packed.with_suffix(".otf").name
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            part.write(unpack_woff(packed.read_bytes()))
        Path(part.name).replace(unpacked)
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    if FAMILY not in found.families():
        raise FontMissing(path=str(folder))
    return found


def unpack_woff(packed: bytes) -> bytes:
    """The font inside a WOFF 1.0 file, its tables as they were (W3C WOFF File Format 1.0, section 4)."""
    try:
        signature, flavour, _, count, *_ = _WOFF_HEADER.unpack_from(packed)
        entries = [_WOFF_TABLE.unpack_from(packed, _WOFF_HEADER.size + n * _WOFF_TABLE.size) for n in range(count)]
        tables = [_table(packed[at : at + stored], length=length) for _, at, stored, length, _ in entries]
    except (struct.error, zlib.error) as error:
        raise Malformed(reason="a broken WOFF font") from error
    if signature != b"wOFF":
        raise Malformed(reason="not a WOFF 1.0 font")
    largest_power = 1 << count.bit_length() - 1
    search = (16 * largest_power, largest_power.bit_length() - 1, 16 * (count - largest_power))
    place = _SFNT_HEADER.size + count * _SFNT_TABLE.size
    directory, body = b"", b""
    for (tag, _, _, length, checksum), table in zip(entries, tables, strict=True):
        directory += _SFNT_TABLE.pack(tag, checksum, place + len(body), length)
        body += table + b"\0" * (-length % 4)
    return _SFNT_HEADER.pack(flavour, count, *search) + directory + body


def _table(stored: bytes, *, length: int) -> bytes:
    table = zlib.decompress(stored) if len(stored) < length else stored
    if len(table) != length:
        raise Malformed(reason="a font table of another length than announced")
    return table

"""The examples of draft-ietf-oauth-status-list: what is printed as CBOR and as JSON is the list it tells of."""

import json
import re
from base64 import urlsafe_b64decode

import cbor2
import pytest

from dawr.tickets.status_list import PackedStatuses, decode, encode, pack
from tests import vectors_folder

TWELVE = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
MILLION = 2**20
ONE_BIT = dict.fromkeys((0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345), 1)
TWO_BITS = {
    0: 1, 1993: 2, 25460: 1, 159495: 3, 495669: 1, 554353: 1, 645645: 2, 723232: 1, 854545: 1, 934534: 2, 1000345: 3,
}  # fmt: skip
TOLD = [
    ("encoding2", 2, dict(enumerate(TWELVE)), 12),
    ("encoding1_long", 1, ONE_BIT, MILLION),
    ("encoding2_long", 2, TWO_BITS, MILLION),
]


def published(name: str) -> str:
    return (vectors_folder("status-list") / f"status_list_{name}.md").read_text(encoding="utf-8")


def hexadecimal(text: str) -> bytes:
    """The lines that are nothing but octets, side by side."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]+$", text, re.MULTILINE)))


def from_json(text: str) -> bytes:
    """The CBOR form of a JSON form, whose string the draft breaks into lines."""
    written = json.loads("".join(line.strip() for line in text[text.index("{") :].splitlines()))
    compressed = urlsafe_b64decode(written["lst"] + "=" * (-len(written["lst"]) % 4))
    return cbor2.dumps({"bits": written["bits"], "lst": compressed})


def marked(statuses: PackedStatuses) -> dict[int, int]:
    """Every status but 0."""
    found = {}
    for place in (index for index, byte in enumerate(statuses.packed) if byte):
        per_byte = 8 // statuses.bits
        for index in range(place * per_byte, (place + 1) * per_byte):
            if status := statuses.status_at(index):
                found[index] = status
    return found


@pytest.mark.parametrize(("name", "bits", "told", "count"), TOLD)
def test_a_published_list_is_read_as_the_draft_tells_it(name: str, bits: int, told: dict[int, int], count: int) -> None:
    read = decode(hexadecimal(published(f"{name}_cbor")))
    assert (read.bits, len(read)) == (bits, count)
    assert marked(read) == {index: status for index, status in told.items() if status}
    assert read.status_at(count) is None


@pytest.mark.parametrize(("name", "bits", "told", "count"), TOLD)
def test_both_published_forms_are_one_list_and_ours(name: str, bits: int, told: dict[int, int], count: int) -> None:
    printed = hexadecimal(published(f"{name}_cbor"))
    assert from_json(published(f"{name}_json")) == printed
    ours = pack({count - 1: 0, **told}, bits=bits)
    assert ours == decode(printed)
    assert decode(encode(ours)) == ours
    assert len(encode(ours)) <= len(printed)


def test_the_diagnosed_octets_are_those_of_the_list() -> None:
    octets = "".join(re.findall(r"^ *([0-9a-f]+) +#", published("encoding2_cbor_diag"), re.MULTILINE))
    assert bytes.fromhex(octets) == hexadecimal(published("encoding2_cbor"))


def test_each_published_list_is_looked_at() -> None:
    files = {file.stem.removeprefix("status_list_") for file in vectors_folder("status-list").glob("*.md")}
    assert files == {f"{name}_{form}" for name, *_ in TOLD for form in ("cbor", "json")} | {"encoding2_cbor_diag"}

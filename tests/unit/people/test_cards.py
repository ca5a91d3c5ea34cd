"""What a card may be: a serial number of digits, a small picture; a claim that is neither harms nobody."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dawr.demo.crowd import invented_crowd
from dawr.demo.national_id import invented_people
from dawr.demo.portraits import portrait
from dawr.kernel.text import arabic_digits
from dawr.people.civil_number import NotACardSerial, parse_card_serial
from dawr.people.photograph import BYTES_MAX, PNG_END, PNG_START, NotAPhotograph, parse_photograph
from dawr.people.sign_in import card_claims
from dawr.settings import read_settings

FACE = portrait("somebody invented")
SIGN_IN = read_settings({"DAWR_ROOT_SECRET": "11" * 32}).sign_in


def picture(kind: str, *, width: int = 160, height: int = 200) -> bytes:
    stream = BytesIO()
    Image.new("L", (width, height), 200).save(stream, format=kind)
    return stream.getvalue()


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_small_png_and_jpeg_are_photographs(kind: str, media_type: str) -> None:
    content = picture(kind)
    parsed = parse_photograph(content)
    assert (parsed.media_type, parsed.content) == (media_type, content)
    assert parsed.data_url == f"data:{media_type};base64,{b64encode(content).decode()}"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("sides", [{"width": 1025}, {"height": 1025}])
def test_a_few_bytes_that_unpack_to_too_many_pixels_are_refused(kind: str, sides: dict[str, int]) -> None:
    parse_photograph(picture(kind, **dict.fromkeys(sides, 1024)))
    content = picture(kind, **sides)
    assert len(content) <= BYTES_MAX
    with pytest.raises(NotAPhotograph):
        parse_photograph(content)


def test_a_progressive_jpeg_is_measured_as_well() -> None:
    stream = BytesIO()
    Image.new("RGB", (1025, 10)).save(stream, format="JPEG", progressive=True)
    with pytest.raises(NotAPhotograph):
        parse_photograph(stream.getvalue())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        picture("GIF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        FACE[:-1],
        FACE + b"<script>",
        PNG_START + bytes(8) + PNG_END,
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x02\xff\xd9",
        picture("JPEG") + bytes(BYTES_MAX),
    ],
)
def test_what_is_no_small_png_or_jpeg_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPhotograph):
        parse_photograph(content)


@given(start=st.sampled_from([b"", PNG_START, b"\xff\xd8", b"\xff\xd8\xff\xe0"]), rest=st.binary(max_size=400))
def test_any_bytes_are_a_photograph_or_refused(start: bytes, rest: bytes) -> None:
    for content in (start + rest, start + rest + PNG_END, start + rest + b"\xff\xd9"):
        with suppress(NotAPhotograph):
            assert parse_photograph(content).content == content


def test_a_serial_number_is_read_in_both_kinds_of_digits_and_any_spacing() -> None:
    for typed in ("104772398", arabic_digits("104772398"), " 104 772-398 "):
        assert parse_card_serial(typed) == "104772398"


@pytest.mark.parametrize("typed", ["", "12345", "1" * 21, "A04772398", "104772398.0"])
def test_a_serial_number_that_no_keypad_can_type_is_refused(typed: str) -> None:
    with pytest.raises(NotACardSerial):
        parse_card_serial(typed)


def test_the_national_ids_claims_become_the_card() -> None:
    encoded = b64encode(FACE).decode()
    for photograph in (encoded, f"data:image/png;base64,{encoded}"):
        serial, face = card_claims({"card_serial": "104772398", "photograph": photograph}, sign_in=SIGN_IN)
        assert serial == "104772398"
        assert face == parse_photograph(FACE)


def test_the_claims_may_have_other_names() -> None:
    sign_in = replace(SIGN_IN, card_serial_claim="document_number")
    assert card_claims({"document_number": "104772398"}, sign_in=sign_in)[0] == "104772398"


@given(serial=st.none() | st.text() | st.integers() | st.binary(), photograph=st.none() | st.text() | st.integers())
def test_nobody_is_turned_away_for_a_claim_that_says_nothing(serial: object, photograph: object) -> None:
    found, face = card_claims({"card_serial": serial, "photograph": photograph}, sign_in=SIGN_IN)
    assert found == "" or parse_card_serial(found) == found
    assert face is None


def test_portraits_are_the_same_on_every_day_and_small_enough_for_the_register() -> None:
    for person in invented_people():
        drawn = portrait(person.hint, head=person.head)
        assert drawn == portrait(person.hint, head=person.head)
        parse_photograph(drawn)


def test_every_invented_card_has_a_serial_number_of_its_own() -> None:
    named = [person.card_serial for person in invented_people()]
    serials = [*named, *(stranger.card_serial for stranger in invented_crowd(2000))]
    assert len(set(serials)) == len(serials)
    assert [parse_card_serial(serial) for serial in serials] == serials

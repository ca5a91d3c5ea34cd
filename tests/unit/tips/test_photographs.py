"""A photograph keeps what is seen on it and nothing else; what is no picture, or too large a one, is refused."""

import zlib
from io import BytesIO
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from dawr.tips import photographs
from dawr.tips.model import NotAPhotograph, PhotographTooLarge
from dawr.tips.photographs import SIDE_MAX, cleaned

DEVICE = "Invented Telephone 9"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def picture(kind: str, *, size: tuple[int, int] = (90, 60), mode: str = "RGB", **how: Any) -> bytes:
    written = BytesIO()
    Image.new(mode, size, (200, 30, 30) if mode == "RGB" else 0).save(written, kind, **how)
    return written.getvalue()


def metadata(*, orientation: int = 1) -> bytes:
    told = Image.Exif()
    told[MAKE] = DEVICE
    told[ORIENTATION] = orientation
    told.get_ifd(GPS)[2] = (29.0, 19.0, 58.0)
    return told.tobytes()


def opened(content: bytes) -> Image.Image:
    made = Image.open(BytesIO(content))
    made.load()
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_time_device_and_comments_stay_behind(kind: str) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", DEVICE)
    how = {"pnginfo": words} if kind == "PNG" else {}
    sent = picture(kind, exif=metadata(), **how)
    assert DEVICE.encode() in sent, "the control: it was there"
    made = cleaned(sent)
    assert DEVICE.encode() not in made
    assert b"Exif" not in made
    shown = opened(made)
    assert shown.format == "JPEG"
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_thumbnail_inside_and_bytes_behind_the_picture_stay_behind() -> None:
    sent = picture("JPEG", comment=DEVICE.encode()) + DEVICE.encode()
    assert DEVICE.encode() not in cleaned(sent)


def test_it_stands_upright_without_the_tag_that_said_so() -> None:
    sent = picture("JPEG", size=(90, 60), exif=metadata(orientation=6))
    assert opened(cleaned(sent)).size == (60, 90)


def test_a_large_picture_is_made_smaller_and_a_small_one_is_not() -> None:
    large = opened(cleaned(picture("JPEG", size=(4000, 1000))))
    assert large.width == SIDE_MAX
    assert abs(large.height - SIDE_MAX / 4) <= 1
    assert opened(cleaned(picture("JPEG"))).size == (90, 60)


def test_the_most_restless_picture_fits_what_is_kept_of_one() -> None:
    points = bytes(255 * (byte & 1) for byte in Random(1).randbytes(3 * SIDE_MAX * SIDE_MAX))
    written = BytesIO()
    Image.frombytes("RGB", (SIDE_MAX, SIDE_MAX), points).save(written, "PNG")
    assert 1_500_000 < len(cleaned(written.getvalue())) < 2_900_000


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_colour_becomes_a_plain_picture(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    written = BytesIO()
    Image.new(mode, (20, 10)).save(written, kind)
    assert opened(cleaned(written.getvalue())).mode == "RGB"


def test_what_is_transparent_stands_on_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(cleaned(written.getvalue())).getpixel((5, 5)) == (255, 255, 255)


def test_of_a_moving_picture_the_first_frame_is_taken() -> None:
    written = BytesIO()
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    red, _, blue = opened(cleaned(written.getvalue())).getpixel((5, 5))
    assert red > 200 > blue


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_not_even_looked_into(kind: str) -> None:
    with pytest.raises(NotAPhotograph):
        cleaned(picture(kind))


def test_a_picture_of_too_many_points_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = picture("PNG", size=(300, 200))
    monkeypatch.setattr(photographs, "POINTS_MAX", 300 * 200)
    assert cleaned(sent)
    monkeypatch.setattr(photographs, "POINTS_MAX", 300 * 200 - 1)
    monkeypatch.setattr(Image.Image, "convert", None)
    with pytest.raises(PhotographTooLarge):
        cleaned(sent)


def test_a_bomb_of_a_few_bytes_is_too_large() -> None:
    sent = bytearray(picture("PNG", size=(300, 200), mode="1"))
    sent[16:24] = (40_000).to_bytes(4) + (40_000).to_bytes(4)
    sent[29:33] = zlib.crc32(bytes(sent[12:29])).to_bytes(4)
    with pytest.raises(PhotographTooLarge):
        cleaned(bytes(sent))


@given(st.binary(max_size=400))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes) -> None:
    with pytest.raises(NotAPhotograph):
        cleaned(noise)


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_a_damaged_picture_is_read_or_refused_and_nothing_else_happens(kind: str, data: st.DataObject) -> None:
    sent = bytearray(picture(kind, exif=metadata()))
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = cleaned(bytes(sent[: data.draw(st.integers(0, len(sent)))]))
    except (NotAPhotograph, PhotographTooLarge):
        return
    assert DEVICE.encode() not in made

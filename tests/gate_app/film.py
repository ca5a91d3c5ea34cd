"""A camera that shows one picture: what a browser is given in the place of a camera."""

from pathlib import Path

import segno
from PIL import Image

SIDE = 480
FRAMES = 4
RATE = 10


def film_of(code: str, file: Path) -> Path:
    """A ticket's code as a short film in Y4M, which Chromium plays round and round as if a camera saw it."""
    printed = file.with_suffix(".png")
    segno.make_qr(code, error="m", mode="alphanumeric").save(str(printed), scale=5, border=4)
    picture = Image.new("L", (SIDE, SIDE), 230)
    square = Image.open(printed).convert("L")
    picture.paste(square.resize((SIDE - 40, SIDE - 40)), (20, 20))
    # Luminance, and two planes of a quarter in which nothing is coloured.
    frame = b"FRAME\n" + picture.tobytes() + bytes([128]) * (SIDE * SIDE // 2)
    file.write_bytes(f"YUV4MPEG2 W{SIDE} H{SIDE} F{RATE}:1 Ip A1:1 C420\n".encode() + frame * FRAMES)
    return file

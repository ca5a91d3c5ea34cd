"""A photograph without anything but what is seen on it: decoded within limits, encoded again by ourselves."""

from io import BytesIO

from PIL import Image, ImageOps

from dawr.tips.model import NotAPhotograph, PhotographTooLarge

FORMATS = ("JPEG", "PNG", "WEBP")
POINTS_MAX = 50_000_000
"""Of the picture as sent: what telephones take today, and 150 MB when decoded."""

SIDE_MAX = 1600
"""Points along the longer side of what is kept: a face, a number plate and an advert can be read."""

QUALITY = 80


UNREADABLE = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, Warning)
"""What Pillow raises of a damaged picture; its warnings too, where they are errors."""


def cleaned(sent: bytes) -> bytes:
    """The picture as a JPEG of at most 1600 points a side; place, time, device, thumbnail and comments stay behind.

    Refuses what is not a readable JPEG, PNG or WebP, and more than 50 million points; of a moving picture the first
    frame is taken.
    """
    try:
        with Image.open(BytesIO(sent), formats=FORMATS) as picture:
            if picture.width * picture.height > POINTS_MAX:
                raise PhotographTooLarge
            return _encoded(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotographTooLarge from error
    except UNREADABLE as error:
        raise NotAPhotograph from error


def _encoded(picture: Image.Image) -> bytes:
    # A JPEG is decoded at about the size that is wanted, which spares memory.
    picture.draft("RGB", (SIDE_MAX, SIDE_MAX))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((SIDE_MAX, SIDE_MAX))
    seen = Image.new("RGB", upright.size, "white")
    # What is transparent stands on white; nothing but points is copied.
    opaque = upright.convert("RGBA")
    seen.paste(opaque, mask=opaque.getchannel("A"))
    written = BytesIO()
    seen.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()

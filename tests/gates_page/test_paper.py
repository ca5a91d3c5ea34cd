"""What a camera sees of printed, worn and forged paper, read in the page by zxing-wasm of our own address."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image

from dawr.tickets.paper import Paper
from tests.gates_page.conftest import Asked
from tests.unit.tickets.test_paper import FIVE_NAMES, PAPERS, WEAR, blurred, copied, middle_of_symbol, named, sheet_of

Pictures = Callable[[Paper], Image.Image]
CAMERA = (1280, 720)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder: Path = tmp_path_factory.mktemp("fonts")
    return cache(lambda paper: sheet_of(named(FIVE_NAMES), paper, folder))


def as_text(picture: Image.Image) -> str:
    file = BytesIO()
    picture.save(file, format="PNG", compress_level=1)
    return b64encode(file.getvalue()).decode()


def seen(sheet: Image.Image, *, share: float) -> Image.Image:
    """What a camera sees that is held before the code: the paper on a dark table, so many dots of it to one."""
    x, y = middle_of_symbol(sheet)
    near = sheet.resize((round(sheet.width * share), round(sheet.height * share)), Image.Resampling.BILINEAR)
    table = Image.new("L", CAMERA, 60)
    table.paste(near, (CAMERA[0] // 2 - round(x * share), CAMERA[1] // 2 - round(y * share)))
    return table


@pytest.mark.parametrize("paper", PAPERS)
def test_the_page_reads_the_very_code_off_worn_paper(ask: Asked, sheet: Pictures, paper: Paper) -> None:
    worn = {wear: as_text(worn_by(sheet(paper), 1)) for wear, worn_by in WEAR.items()}
    read = ask("readPictures", {"pictures": list(worn.values())})
    assert dict(zip(worn, read, strict=True)) == dict.fromkeys(worn, named(FIVE_NAMES).ticket.code)


@pytest.mark.parametrize("share", [0.4, 0.7, 1.1])
def test_the_middle_of_a_cameras_frame_is_enough(ask: Asked, sheet: Pictures, share: float) -> None:
    pictures = [as_text(blurred(seen(sheet(paper), share=share), dots=0.8)) for paper in PAPERS]
    code = named(FIVE_NAMES).ticket.code
    assert ask("readPictures", {"pictures": pictures, "isFramed": True}) == [code] * len(PAPERS)


def test_what_is_too_worn_to_be_read_is_not_read_wrongly(ask: Asked, sheet: Pictures) -> None:
    spoilt = [copied(sheet("a5"), specks=60, seed=1), blurred(sheet("a5"), dots=9), Image.new("L", CAMERA, 128)]
    assert ask("readPictures", {"pictures": [as_text(each) for each in spoilt]}) == [None] * 3


def test_text_is_passed_on_untouched(ask: Asked) -> None:
    """Small letters, spaces at either end and a mark of direction are what was shown; the verdict is on that."""
    texts = [" dw1:abc ", "DW1:\u200fABC", "4k7p-2m", "٤٧"]
    pictures = []
    for text in texts:
        file = BytesIO()
        segno.make(text, error="m", micro=False, encoding="utf-8").save(file, kind="png", scale=6)
        pictures.append(b64encode(file.getvalue()).decode())
    assert ask("readPictures", {"pictures": pictures}) == texts


def test_the_browsers_own_reader_goes_first_and_zxing_reads_what_it_does_not(ask: Asked, sheet: Pictures) -> None:
    picture = as_text(seen(sheet("a5"), share=1.0))
    code = named(FIVE_NAMES).ticket.code
    told = {
        "reads": "read by the browser",
        "finds nothing": code,
        "has no service": code,
        "reads no square codes": code,
    }
    assert {own: ask("readPictures", {"pictures": [picture], "own": own}) for own in told} == {
        own: [text] for own, text in told.items()
    }

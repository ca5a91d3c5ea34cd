"""A printed ticket is read again after what happens to paper, and nobody's name is cut on any of its sizes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from dawr.tickets.keys import key_set
from dawr.tickets.model import Appointment, Verdict
from dawr.tickets.paper import Paper, printed_ticket
from dawr.tickets.payload import ticket_code
from dawr.tickets.verdict import prove
from tests.forgeries.reading import ITEMS, found
from tests.unit.tickets.appointments import KEY, appointment, claims
from tests.unit.tickets.wear import blurred, copied, creased, dimmed, shaded, smaller, turned

SITE = "https://turns.example"
DOTS_PER_INCH = 203
"""A thermal printer's, and about what a cheap laser printer's toner holds."""
PAPERS: tuple[Paper, ...] = ("a4", "a5", "roll")
SIDE_MARGIN_MM = {"a4": 26, "a5": 12, "roll": 4}
FIVE_NAMES = "عبدالرحمن عبدالعزيز عبدالمحسن عبداللطيف البوصلة"
"""As long as names in the register are: the code on this paper is one of the largest."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


def named(name: str, **other: Any) -> Appointment:
    shown = appointment(**other)
    code = ticket_code(claims(name), key=KEY)
    return replace(shown, holder=replace(shown.holder, name_ar=name), ticket=replace(shown.ticket, code=code))


def sheet_of(shown: Appointment, paper: Paper, data_dir: Path) -> Image.Image:
    drawn = printed_ticket(shown, paper=paper, public_url=SITE, data_dir=data_dir, dots_per_inch=DOTS_PER_INCH)
    return Image.open(BytesIO(drawn)).convert("L")


@pytest.fixture(scope="module")
def sheet(data_dir: Path) -> Callable[[Paper], Image.Image]:
    """The long-named person's ticket, drawn once for each size."""
    return cache(lambda paper: sheet_of(named(FIVE_NAMES), paper, data_dir))


def symbols(picture: Image.Image) -> list[zxingcpp.Barcode]:
    """Square codes alone, as the gate looks for: specks may look like a thin bar code of three digits."""
    return list(zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode))


def the_symbol(picture: Image.Image) -> zxingcpp.Barcode:
    [symbol] = symbols(picture)
    return symbol


def middle_of_symbol(picture: Image.Image) -> tuple[int, int]:
    corners = the_symbol(picture).position
    across = (corners.top_left, corners.bottom_right)
    return sum(corner.x for corner in across) // 2, sum(corner.y for corner in across) // 2


def folded(picture: Image.Image, tone: int) -> Image.Image:
    """Folded in four through the middle of the code."""
    return creased(picture, at=middle_of_symbol(picture), tone=tone, width=5, shift=2)


WEAR: Mapping[str, Callable[[Image.Image, int], Image.Image]] = {
    "photocopied": lambda sheet, seed: copied(sheet, specks=2, seed=seed),
    "copied three times": lambda sheet, seed: copied(
        copied(copied(sheet, specks=1, seed=seed), specks=1, seed=seed + 1), specks=1, seed=seed + 2
    ),
    "askew": lambda sheet, seed: turned(sheet, degrees=7 + 31 * seed),
    "upside down": lambda sheet, seed: turned(sheet, degrees=180 + seed),
    "folded, the ink gone": lambda sheet, seed: folded(sheet, 255),
    "folded, the crease dark": lambda sheet, seed: folded(sheet, 0),
    "in low light": lambda sheet, seed: dimmed(sheet, contrast=0.1, grain=12, seed=seed),
    "under a hand's shadow": lambda sheet, seed: shaded(sheet, darkest=0.25),
    "out of focus": lambda sheet, seed: blurred(sheet, dots=2.5),
    "from afar": lambda sheet, seed: smaller(sheet, share=0.4),
    "everything at once": lambda sheet, seed: blurred(
        dimmed(
            turned(copied(folded(sheet, 255), specks=2, seed=seed), degrees=5 + seed),
            contrast=0.3, grain=8, seed=seed,
        ),
        dots=0.8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("wear", WEAR)
def test_the_code_is_read_off_worn_paper(
    sheet: Callable[[Paper], Image.Image], wear: str, paper: Paper, seed: int
) -> None:
    worn = WEAR[wear](sheet(paper), seed)
    assert the_symbol(worn).text == named(FIVE_NAMES).ticket.code


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_too_worn_to_be_read_is_not_read_wrongly(sheet: Callable[[Paper], Image.Image], seed: int) -> None:
    """And so the wear above is wear: a few times as much of it leaves nothing to read."""
    assert symbols(copied(sheet("a5"), specks=60, seed=seed)) == []
    assert symbols(blurred(sheet("a5"), dots=9)) == []


def test_half_of_one_code_pasted_over_anothers_proves_nothing(data_dir: Path) -> None:
    ours, theirs = (
        sheet_of(named(name), "a5", data_dir) for name in ("نورة عبدالله سالم العتيق", "خالد ناصر فهد الغيم")
    )
    middle, _ = middle_of_symbol(ours)
    ours.paste(theirs.crop((0, 0, middle, theirs.height)), (0, 0))
    assert all(prove(read.text, keys=key_set([KEY.public])).claims is None for read in symbols(ours))


@pytest.mark.parametrize("item", [item for item in ITEMS if item["printed"]], ids=lambda item: item["name"])
def test_a_picture_whose_words_were_edited_shows_the_signed_name(item: dict[str, Any], data_dir: Path) -> None:
    shown = edited(item["printed"])
    picture = sheet_of(replace(shown, ticket=replace(shown.ticket, code=item["code"])), "picture", data_dir)
    finding = found({**item, "code": the_symbol(picture).text})
    assert finding.claims is not None
    assert {"verdict": finding.verdict.value, "holder": finding.claims.name} == item["expected"]


def edited(printed: Mapping[str, str]) -> Appointment:
    """The paper as it looks after the edit."""
    shown = appointment()
    booking, office, service, holder = shown.booking, shown.office, shown.service, shown.holder

    def at(instant: datetime, clock: str) -> datetime:
        hour, minute = clock.split(":")
        return instant.astimezone(ZoneInfo(office.timezone)).replace(hour=int(hour), minute=int(minute))

    return replace(
        shown,
        booking=replace(
            booking,
            reference=printed.get("reference", booking.reference).replace("-", ""),
            starts_at=at(booking.starts_at, printed.get("starts", "09:30")),
            ends_at=at(booking.ends_at, printed.get("ends", "10:00")),
        ),
        holder=replace(
            holder,
            name_ar=printed.get("name", holder.name_ar),
            civil_number_tail=printed.get("tail", holder.civil_number_tail),
        ),
        office=replace(
            office,
            name_ar=printed.get("office_ar", office.name_ar),
            name_en=printed.get("office_en", office.name_en),
        ),
        service=replace(
            service,
            name_ar=printed.get("service_ar", service.name_ar),
            name_en=printed.get("service_en", service.name_en),
        ),
    )


@pytest.mark.parametrize("name", [FIVE_NAMES, "عبد" * 20, "Abdulrahman Abdulaziz Abdulmohsen Abdullatif Al-Bousala"])
@pytest.mark.parametrize("paper", PAPERS)
def test_a_long_name_wraps_and_is_whole_within_the_margins(name: str, paper: Paper, data_dir: Path) -> None:
    shown = named(name, place_ar="حولي، قطعة ٣، شارع تونس 12، المجمع التجاري، خلف البريد، المدخل الشمالي، الدور ٤٥")
    picture = sheet_of(shown, paper, data_dir)
    margin = (SIDE_MARGIN_MM[paper] - 1) * DOTS_PER_INCH * 10 // 254
    for left in (0, picture.width - margin):
        assert picture.crop((left, 0, left + margin, picture.height)).getextrema() == (255, 255)
    text = "".join(text_of(shown, paper, data_dir).split())
    assert all(word in text for word in name.split())


@pytest.mark.parametrize("paper", PAPERS)
def test_the_numbers_on_the_paper_are_the_right_way_round(paper: Paper, data_dir: Path) -> None:
    text = text_of(appointment(place_ar="حولي، قطعة ٣٧، شارع 126، مبنى 4-ب، الدور ٥٨"), paper, data_dir)
    for number in ("4K7P-2M", "09:30 – 10:00", "09:00", "Civil number ends in 123", "2027", "126"):
        assert number in text
    for number in ("٣٧", "٥٨"):
        assert number[::-1] in text, "pypdf reads these from right to left, as if they were letters"


def text_of(shown: Appointment, paper: Paper, data_dir: Path) -> str:
    pdf = printed_ticket(shown, paper=paper, public_url=SITE, data_dir=data_dir)
    [page] = PdfReader(BytesIO(pdf)).pages
    return str(page.extract_text())


def test_the_roll_is_80_mm_wide_and_as_long_as_it_must_be(data_dir: Path) -> None:
    def size(documents: int) -> tuple[float, float]:
        pdf = printed_ticket(appointment(documents=documents), paper="roll", public_url=SITE, data_dir=data_dir)
        [page] = PdfReader(BytesIO(pdf)).pages
        return round(float(page.mediabox.width) / 72 * 25.4), float(page.mediabox.height)

    (width, short), (same, long) = size(0), size(8)
    assert (width, same) == (80, 80)
    assert short < long
    assert short > width


@pytest.mark.parametrize("paper", PAPERS)
def test_the_code_is_at_least_25_mm_on_every_paper(sheet: Callable[[Paper], Image.Image], paper: Paper) -> None:
    corners = the_symbol(sheet(paper)).position
    assert (corners.top_right.x - corners.top_left.x) / DOTS_PER_INCH * 25.4 >= 25


def test_what_is_read_off_the_roll_is_the_signed_ticket_of_the_long_name(sheet: Callable[[Paper], Image.Image]) -> None:
    finding = prove(the_symbol(sheet("roll")).text, keys=key_set([KEY.public]))
    assert finding.verdict is Verdict.ADMIT
    assert finding.claims is not None
    assert finding.claims.name == "عبدالرحمن عبدالعزيز البوصلة"

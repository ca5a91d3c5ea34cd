"""The ticket on paper, as a picture and in a calendar is the signed ticket and reads well."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image
from pypdf import PdfReader

from dawr.kernel.refusal import Malformed
from dawr.tickets import fonts
from dawr.tickets.calendar_file import calendar_file
from dawr.tickets.keys import key_set
from dawr.tickets.model import Appointment, TicketStatus, Verdict
from dawr.tickets.paper import PICTURE_DOTS_PER_INCH, Paper, printed_ticket
from dawr.tickets.payload import ticket_code
from dawr.tickets.qr import qr_svg
from dawr.tickets.verdict import prove
from tests.unit.tickets.appointments import KEY, STARTS_AT, appointment, claims

SITE = "https://turns.example"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


def printed(shown: Appointment, paper: Paper, data_dir: Path) -> bytes:
    dots_per_inch = PICTURE_DOTS_PER_INCH if paper == "picture" else None
    return printed_ticket(shown, paper=paper, public_url=SITE, data_dir=data_dir, dots_per_inch=dots_per_inch)


def test_a_reader_reads_the_very_code_off_the_picture(data_dir: Path) -> None:
    shown = appointment()
    picture = Image.open(BytesIO(printed(shown, "picture", data_dir)))
    [found] = zxingcpp.read_barcodes(picture)
    assert found.text == shown.ticket.code
    assert prove(found.text, keys=key_set([KEY.public])).verdict is Verdict.ADMIT


@pytest.mark.parametrize("degrees", [90, 180, 7])
def test_it_is_read_askew_and_small(data_dir: Path, degrees: int) -> None:
    shown = appointment()
    picture = Image.open(BytesIO(printed(shown, "picture", data_dir))).convert("L")
    small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3)).rotate(
        degrees, expand=True, fillcolor=255
    )
    assert [found.text for found in zxingcpp.read_barcodes(small)] == [shown.ticket.code]


@pytest.mark.parametrize(("paper", "millimetres"), [("a5", (148, 210)), ("a4", (210, 297))])
def test_the_paper_is_one_page_of_its_size_with_the_words_in_it(
    data_dir: Path, paper: Paper, millimetres: tuple[int, int]
) -> None:
    reader = PdfReader(BytesIO(printed(appointment(), paper, data_dir)))
    [sheet] = reader.pages
    assert (
        tuple(round(float(side) / 72 * 25.4) for side in (sheet.mediabox.width, sheet.mediabox.height)) == millimetres
    )
    text = sheet.extract_text()
    for words in ("Free of charge", "4K7P-2M", "09:30 – 10:00", "Civil number ends in 123", SITE, f"{SITE}/tips"):
        assert words in text
    for word in ("وزارة", "العتيق", "حولي", "البوابة"):
        assert word in text, "Arabic is shaped, and still text"


def test_the_longest_ticket_stays_on_one_page_of_a5(data_dir: Path) -> None:
    shown = appointment(documents=8, place_ar="حولي، شارع تونس، مقابل المجمع التجاري، خلف البريد، المدخل الشمالي " * 2)
    assert len(PdfReader(BytesIO(printed(shown, "a5", data_dir))).pages) == 1


def test_no_civil_number_is_printed_beyond_its_last_three_digits(data_dir: Path) -> None:
    text = PdfReader(BytesIO(printed(appointment(), "a5", data_dir))).pages[0].extract_text()
    assert not any(len(word) >= 8 and word.isdigit() for word in text.split())


def test_the_typeface_is_ours_and_a_missing_one_is_refused(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed(appointment(), "a5", data_dir)
    embedded = {font["/BaseFont"] for font in _fonts_of(printed(appointment(), "a5", data_dir))}
    assert all("IBMPlexSansArabic" in name for name in embedded)
    monkeypatch.setattr(fonts, "source_folder", lambda: tmp_path / "nowhere")
    with pytest.raises(fonts.FontMissing):
        fonts.fonts(tmp_path)


def _fonts_of(pdf: bytes) -> list[dict[str, str]]:
    resources = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    return [font.get_object() for font in resources.values()]


def test_unpacking_gives_the_tables_as_they_were_and_refuses_other_files() -> None:
    packed = (fonts.source_folder() / fonts.FILES[0]).read_bytes()
    unpacked = fonts.unpack_woff(packed)
    assert len(unpacked) == int.from_bytes(packed[16:20]), "the size that the file itself announces"
    for broken in (b"", b"wOF2" + packed[4:], packed[:30], packed[: len(packed) // 2]):
        with pytest.raises(Malformed):
            fonts.unpack_woff(broken)


@pytest.mark.parametrize("name", ["ع", "عبدالرحمن عبدالعزيز عبدالمحسن عبداللطيف الغريب المطيري", "A" * 60])
def test_the_symbol_is_at_most_version_11_with_every_name(name: str) -> None:
    box = re.search(r'viewBox="0 0 (\d+) \1"', qr_svg(ticket_code(claims(name), key=KEY)))
    assert box is not None
    assert int(box[1]) <= 4 + 61 + 4, "61 modules with four of quiet zone on each side"


def test_the_symbol_carries_no_style_that_the_page_would_refuse() -> None:
    drawn = qr_svg(appointment().ticket.code)
    assert "style=" not in drawn
    assert "<script" not in drawn


def the_event(shown: Appointment, description: str = "مجاني") -> tuple[bytes, Calendar]:
    file = calendar_file(
        shown, host="turns.example", summary="تجديد إقامة", location="حولي، شارع تونس", description=description
    )
    return file, Calendar.from_ical(file)


def test_the_calendar_knows_the_offices_time_zone_and_its_rules() -> None:
    file, calendar = the_event(appointment())
    [event] = calendar.events
    [zone] = calendar.timezones
    assert b"DTSTART;TZID=Asia/Kuwait:20270204T093000" in file
    assert zone["tzid"] == "Asia/Kuwait"
    assert event.start == STARTS_AT
    assert event.end == STARTS_AT + timedelta(minutes=30)
    assert event["uid"] == "00000000-0000-4000-8000-000000000018@turns.example"
    assert (event["status"], event["sequence"], calendar["method"]) == ("CONFIRMED", 0, "PUBLISH")


def test_a_cancelled_turn_leaves_the_calendar_under_the_same_uid() -> None:
    _, before = the_event(appointment(sequence=2))
    _, after = the_event(appointment(sequence=2, status=TicketStatus.CANCELLED))
    assert after.events[0]["uid"] == before.events[0]["uid"]
    assert (after.events[0]["status"], after["method"]) == ("CANCELLED", "CANCEL")
    assert after.events[0]["sequence"] > before.events[0]["sequence"]


def test_folding_never_splits_a_character_and_never_passes_75_octets() -> None:
    long = "الموعد مجاني ولا يحق لأحد أن يبيعك دوراً، " * 12
    file, calendar = the_event(appointment(), description=long)
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
    assert str(calendar.events[0]["description"]) == long

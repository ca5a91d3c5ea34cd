"""The slip that a refused visitor takes home, as a receipt printer gives it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
import typst
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from dawr.gates import slip
from dawr.gates.actions.refused_views import Offers, RefusedView, Turn
from dawr.gates.model.refused import Reason, Refused, RefusedId, Remedy, RemedyKind
from dawr.gates.slip import printed_slip
from tests.unit.tickets.appointments import PERSON, STARTS_AT, appointment

SITE = "https://turns.example"
DOTS_PER_INCH = 203
"""Of a thermal printer: eight dots a millimetre."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def view(*, reason: Reason = Reason.NOT_OURS, has_turn: bool = True) -> RefusedView:
    shown = appointment()
    turn = Turn(booking=shown.booking, service=shown.service, office=shown.office, hours=(), is_missed=False)
    return RefusedView(
        of=Refused(
            office_id=shown.office.office_id,
            refused_id=RefusedId(UUID(int=7)),
            person_id=PERSON,
            officer_id=None,
            reason=reason,
            service_id=shown.service.service_id,
            scan_id=None,
            refused_at=STARTS_AT - timedelta(hours=1),
        ),
        visitor=shown.holder,
        here=shown.office,
        service=shown.service,
        own=turn if has_turn else None,
        given=None,
        given_turn=None,
        offers=Offers(),
    )


def printed(shown: RefusedView, *, data_dir: Path, receipt: str = "") -> bytes:
    code = appointment().ticket.code if shown.turn else None
    return printed_slip(shown, code=code, receipt=receipt, public_url=SITE, data_dir=data_dir)


def words_of(pdf: bytes) -> str:
    [page] = PdfReader(BytesIO(pdf)).pages
    assert round(float(page.mediabox.width) / 72 * 25.4) == 80
    return page.extract_text()


def test_it_says_why_where_the_new_turn_the_receipt_and_that_it_is_free(data_dir: Path) -> None:
    text = words_of(printed(view(), data_dir=data_dir, receipt="7QK2M9XA4K7P"))
    told = (
        "This ticket is not from us",
        "Your turn now",
        "4K7P-2M",
        "09:30",
        "7QK2-M9XA-4K7P",
        "Everything here is free of charge",
        SITE,
    )
    for words in told:
        assert words in text


def test_whoever_finds_it_learns_neither_name_nor_number(data_dir: Path) -> None:
    text = words_of(printed(view(), data_dir=data_dir))
    assert "العتيق" not in text
    assert "ALATEEQ" not in text
    assert "123" not in text
    assert "Receipt" not in text, "he made no report"
    assert f"{SITE}/tips" in text, "where he can"


def test_the_gate_reads_the_new_turn_off_the_printers_dots(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slip.typst, "compile", partial(typst.compile, format="png", ppi=DOTS_PER_INCH))
    picture = Image.open(BytesIO(printed(view(), data_dir=data_dir)))
    [found] = zxingcpp.read_barcodes(picture.convert("1"))
    assert found.text == appointment().ticket.code


def test_without_a_turn_there_is_no_symbol_and_still_a_way_on(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = view(has_turn=False)
    in_draw = Remedy(
        kind=RemedyKind.IN_DRAW,
        service_id=appointment().service.service_id,
        booking_id=None,
        release_id="KW-MOI/18/2027-02-05",
        given_at=STARTS_AT,
    )
    text = words_of(printed(replace(shown, given=in_draw), data_dir=data_dir))
    assert "KW-MOI/18/2027-02-05" in text
    assert "The result stands in My turns" in text
    assert "Your turn now" not in text


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_fits_on_the_paper(data_dir: Path, reason: Reason) -> None:
    assert words_of(printed(view(reason=reason, has_turn=False), data_dir=data_dir))

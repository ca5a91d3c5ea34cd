"""What the gate prints for the hall, and the ticket of somebody who comes for another."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from dawr.catalogue.model import Actor
from dawr.tickets.model import Delegation, Token
from dawr.tickets.paper import Paper, printed_ticket, printed_token
from tests.unit.tickets.appointments import PERSON, STARTS_AT, appointment

PROXY = Delegation(
    service_id=appointment().booking.service_id,
    booking_id=appointment().booking.booking_id,
    number=1,
    person_id=PERSON,
    proxy_id=PERSON,
    proxy_name="سالم يوسف الكندري",
    acts_as=Actor.DELEGATE,
    declared_at=STARTS_AT,
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def test_the_slip_is_a_short_roll_with_token_day_and_what_to_do(data_dir: Path) -> None:
    shown = appointment()
    slip = printed_token(
        Token(letter="B", number=127),
        service=shown.service,
        office=shown.office,
        starts_at=STARTS_AT,
        data_dir=data_dir,
    )
    [page] = PdfReader(BytesIO(slip)).pages
    assert round(float(page.mediabox.width) / 72 * 25.4) == 80
    assert float(page.mediabox.height) < 1.6 * float(page.mediabox.width), "paper costs money"
    text = page.extract_text()
    for words in ("B127", shown.service.name_en, "Thursday 4 February 2027, 09:30", "nobody may sell it", "الشاشة"):
        assert words in text
    assert "العتيق" not in text, "whoever finds it on the floor learns no name"


@pytest.mark.parametrize("paper", ["a4", "a5", "roll"])
def test_a_proxys_paper_names_him_his_cards_end_and_whom_he_comes_for(data_dir: Path, paper: Paper) -> None:
    own = appointment()
    proxys = replace(own, proxy=PROXY, proxy_tail="417")
    for shown, is_proxys in ((own, False), (proxys, True)):
        printed = printed_ticket(shown, paper=paper, public_url="https://turns.example", data_dir=data_dir)
        [page] = PdfReader(BytesIO(printed)).pages
        text = page.extract_text()
        assert ("الكندري" in text, "ends in 417" in text, "declared proxy" in text) == (is_proxys,) * 3
        assert "العتيق" in text

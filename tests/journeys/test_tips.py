"""Somebody was asked to pay: he tells it without a name, with and without scripts, and reads what came of it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.checks import check_layout, check_page
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, sign_in

OFFICE, PHOTOGRAPHED = "KW-MOI/FAR-R", "KW-MOI/JAH-R"
WORDS = "وقف رجل قرب الباب وطلب عشرة دنانير"
QUESTIONS = 7


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """As a telephone takes it: larger than all that may be sent, and telling where it was taken."""
    taken = Image.effect_noise((4000, 3000), 90).convert("RGB")
    told = Image.Exif()
    told[0x010F] = "Invented telephone"
    file = tmp_path / "photograph.jpg"
    taken.save(file, quality=88, exif=told)
    assert file.stat().st_size > 6_000_000
    return file


def asked(page: Page) -> Iterator[int]:
    """From question to question; whoever is asked answers before the next one."""
    for number in range(1, QUESTIONS + 1):
        expect(page.locator(".govuk-caption-l")).to_contain_text(str(number))
        yield number
        page.locator("form[action='/tips/report'] .govuk-button").first.click()


def tell(page: Page, *, is_checked: bool = False, office: str = OFFICE) -> None:
    """All questions, up to the page with all answers."""
    page.goto("/tips")
    page.locator("main .govuk-button--start").click()
    for number in asked(page):
        if is_checked:
            check_page(page)
        match number:
            case 1:
                page.locator("input[value=asked_to_pay]").check()
            case 2:
                page.locator("#where").select_option(office)
            case 3:
                page.locator("input[value=yesterday]").check()
                page.locator("#hour").select_option("8")
            case 4:
                page.locator("#amount").fill("١٠")
            case 6:
                page.locator("#words").fill(WORDS)
            case 7:
                page.locator("input[name=asked][value=yes]").check()
    expect(page.locator("#photograph")).to_be_visible()


def send(page: Page) -> str:
    """The receipt."""
    page.locator("form[action='/tips/send'] .govuk-button").click()
    return page.locator(".receipt .code--large").inner_text()


def follow(page: Page, receipt: str) -> None:
    page.goto("/tips/follow")
    page.locator("#receipt").fill(receipt)
    page.locator("form[action='/tips/follow'] .govuk-button").click()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_each_page_of_the_tip_line_is_sound(visit: Visit, language: str) -> None:
    page = visit(language, path="/tips")
    check_page(page)
    tell(page, is_checked=True)
    check_page(page)
    receipt = send(page)
    check_page(page)
    follow(page, receipt)
    check_page(page)
    page.goto("/tips/figures")
    check_page(page)


def test_without_scripts_the_whole_line_works(visit: Visit) -> None:
    page = visit("ar", path="/tips", with_scripts=False)
    tell(page)
    check_layout(page)
    follow(page, send(page))
    expect(page.locator("main")).to_contain_text("جديد")


def test_an_answer_is_changed_by_keyboard_and_nothing_else_is_lost(visit: Visit) -> None:
    page = visit("en", path="/tips")
    tell(page)
    page.locator("button[name=go][value=amount]").focus()
    page.keyboard.press("Enter")
    page.locator("#amount").fill("12.500")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("12.500")
    expect(page.locator("main")).to_contain_text(WORDS)


def test_a_telephones_photograph_is_made_small_before_it_is_sent_and_the_inspector_sees_it(
    visit: Visit, photograph: Path
) -> None:
    page = visit("ar", path="/tips")
    tell(page, office=PHOTOGRAPHED)
    page.locator("#photograph").set_input_files(photograph)
    expect(page.locator("form[action='/tips/send'] .govuk-button")).to_be_enabled()
    page.wait_for_function("document.querySelector('#photograph').files[0].size < 2_000_000")
    receipt = send(page)

    inspector = visit("en", path="/")
    inbox = f"/tips/inbox?office={PHOTOGRAPHED}&kind=asked_to_pay&tip_state=new"
    sign_in(inspector, person="inspector", path=inbox, assurance="substantial")
    check_page(inspector)
    inspector.locator(".card__title a").first.click()
    check_page(inspector)
    seen = inspector.request.get(str(inspector.get_by_role("link", name="Photograph 1").get_attribute("href")))
    with Image.open(BytesIO(seen.body())) as shown:
        assert max(shown.size) == 1600
        assert not shown.getexif()
    inspector.locator("#words").fill("At which door?")
    inspector.get_by_role("button", name="Send the words").click()
    follow(page, receipt)
    expect(page.locator("main")).to_contain_text("At which door?")
    for path in ("/tips/incidents", f"/tips/incidents/{PHOTOGRAPHED}"):
        inspector.goto(path)
        check_page(inspector)


def test_the_sheet_for_the_front_is_one_page_and_its_code_leads_to_the_line(
    visit: Visit, demonstration: Demonstration
) -> None:
    page = visit("ar", path="/tips/poster")
    check_page(page)
    for paper in ("A4", "A3"):
        assert len(PdfReader(BytesIO(page.pdf(format=paper))).pages) == 1
    [found] = zxingcpp.read_barcodes(Image.open(BytesIO(page.locator(".poster").screenshot())))
    assert found.text == f"{demonstration.address}/tips"

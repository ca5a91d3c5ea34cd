"""What stands round every page: both languages, a keyboard, no scripts, large text, a page that is not there."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import OVERFLOW, check_layout, check_page, in_page
from tests.journeys.conftest import Visit

PUBLIC = ("/", "/services", "/draws", "/log")


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_sound_in_both_languages(visit: Visit, path: str, language: str) -> None:
    page = visit(language, path=path)
    expect(page.locator("html")).to_have_attribute("lang", language)
    check_page(page)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_needs_no_scripts(visit: Visit, path: str) -> None:
    page = visit("ar", path=path, with_scripts=False)
    expect(page.locator("h1")).to_be_visible()
    check_layout(page)


def test_the_language_changes_and_the_page_stays(visit: Visit) -> None:
    page = visit("ar", path="/draws")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    assert page.url.endswith("/draws")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert page.url.endswith("/draws")


def test_digits_change_for_the_person_and_codes_do_not(visit: Visit) -> None:
    page = visit("ar", path="/services")
    codes = page.locator(".code").all_text_contents()
    page.get_by_role("link", name="اعرض الأرقام هكذا").click()
    expect(page.locator("a[href^='/digits/western']")).to_be_visible()
    assert page.locator(".code").all_text_contents() == codes


def test_the_first_tab_offers_to_skip_to_the_content(visit: Visit) -> None:
    page = visit("en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_page_that_is_not_there_says_so_and_shows_ways_on(visit: Visit, language: str) -> None:
    page = visit(language, path="/no-such-page")
    assert page.locator("main a").count() >= 3
    check_page(page)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_text_of_twice_the_size_stays_inside_the_screen(visit: Visit, language: str) -> None:
    page = visit(language, width=640)
    double_the_text(page)
    assert in_page(page, OVERFLOW) <= 0


def test_a_target_is_as_large_as_a_thumb(visit: Visit) -> None:
    page = visit("ar", width=320)
    small = [
        link.inner_text()
        for link in page.locator("header a, header button, footer li a, .govuk-button").all()
        if (box := link.bounding_box()) and box["height"] < 44
    ]
    assert small == []


def double_the_text(page: Page) -> None:
    """What a person does in the settings of a browser: the root size from 16 to 32 pixels."""
    page.evaluate("document.documentElement.style.fontSize = '32px'")

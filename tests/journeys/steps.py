"""What a person does on a page, in the language of the page."""

import time
from typing import cast

from playwright.sync_api import Locator, Page, expect

from dawr.kernel.text import arabic_digits, fold_digits
from dawr.releases.model import Release
from dawr.web.language import translations
from dawr.web.session import Language
from tests.journeys.arranged import invented
from tests.journeys.checks import check_layout, check_page, in_page

# Elements with all that axe-core looks at but words, numbers and addresses.
SKELETON = """[...document.querySelectorAll('*')].map((element) => [element.tagName, ...[...element.attributes]
  .filter((each) => !/href|value|action|title|src/.test(each.name))
  .map((each) => `${each.name}=${each.value.replace(/[0-9a-f-]{8,}/g, '')}`)].join(' ')).join()"""
WAIT_SECONDS_MAX = 60
PAUSE_MS = 500

_checked: set[str] = set()


def language_of(page: Page) -> Language:
    return cast(Language, page.locator("html").get_attribute("lang"))


def say(page: Page, sentence: str, **facts: object) -> str:
    """A sentence of ours as this page's reader has it."""
    said = translations(language_of(page)).gettext(sentence)
    return said % facts if facts else said


def button(page: Page, sentence: str) -> Locator:
    return page.get_by_role("button", name=say(page, sentence), exact=True)


def press(page: Page, sentence: str) -> None:
    button(page, sentence).click()


def follow(page: Page, sentence: str) -> None:
    page.get_by_role("link", name=say(page, sentence), exact=True).first.click()


def sees(page: Page, sentence: str, **facts: object) -> None:
    expect(page.locator("main").get_by_text(say(page, sentence, **facts)).first).to_be_visible()


def is_at(page: Page, heading: str, **facts: object) -> None:
    """The page of this heading came, and it is sound."""
    expect(page.locator("h1")).to_have_text(say(page, heading, **facts))
    is_sound(page)


def is_sound(page: Page) -> None:
    """Every check of a page, those that need scripts once for each way that a page is built."""
    skeleton = in_page(page, SKELETON)
    if skeleton not in _checked and in_page(page, "matchMedia('(scripting: enabled)').matches"):
        check_page(page)
        _checked.add(skeleton)
    else:
        check_layout(page)


def typed(page: Page, number: str) -> str:
    """Digits as the reader's keyboard has them."""
    return arabic_digits(number) if language_of(page) == "ar" else number


def digits_asked(page: Page, *, person: str) -> str:
    """What the guard reads off this person's card at the places that the gate asks for."""
    places = [int(fold_digits(text)) for text in page.locator(".gate__places li").all_inner_texts()]
    assert len(places) == 6
    card = invented(person)
    of_number = [card.civil_number[place - 1] for place in places[:4]]
    of_serial = [card.card_serial[place - 1] for place in places[4:]]
    return "".join(of_number + of_serial)


def reload_until(page: Page, wanted: Locator) -> None:
    """Look again, as a person would, until `wanted` is there."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not wanted.count():
        assert time.monotonic() < deadline, f"{wanted} did not come to {page.url}:\n{page.locator('main').inner_text()}"
        page.wait_for_timeout(PAUSE_MS)
        page.reload()


def slip(page: Page, draw: Release) -> Locator:
    """The turn of this draw that is held for this person, or his already."""
    own = (f"form[action^='/my/bookings/{draw.service_id}/']", f"a[href^='/my/tickets/{draw.service_id}/']")
    return page.locator(".slip", has=page.locator(", ".join(own)))

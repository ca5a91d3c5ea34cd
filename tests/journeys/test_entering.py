"""From the home page into an open draw: ranked wishes, a look back, a change, the receipt, a second thought."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from dawr.demo.draws import Plan
from dawr.releases.model import Release
from tests.journeys.arranged import CAPITAL, HAWALLI, invented, open_draws
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration
from tests.journeys.steps import follow, is_at, is_sound, language_of, press, say, sees

OPEN_AN_HOUR = Plan(
    service="KW-MOI/17", offices=(HAWALLI, CAPITAL), times=3, seats=2, crowd=0, freezes_after=timedelta(hours=1)
)


@pytest.fixture(scope="module")
def draw(demonstration: Demonstration) -> Release:
    [release] = open_draws(demonstration, OPEN_AN_HOUR)
    return release


@pytest.mark.parametrize(
    ("language", "person", "with_scripts"),
    [("ar", "citizen", True), ("en", "resident", True), ("ar", "mother", False), ("en", "elder", False)],
)
def test_a_person_enters_changes_his_mind_and_keeps_a_receipt(
    visit: Visit, draw: Release, language: str, person: str, with_scripts: bool
) -> None:
    page = visit(language, path="/", with_scripts=with_scripts)
    is_sound(page)
    page.locator(f"main a[href='/draws/{draw.draw_id}']").click()
    is_sound(page)
    press(page, "Enter this draw")
    sign_in_at_the_provider(page, person=person)

    is_at(page, "Which turns suit you?")
    page.locator(f"input[name=office-1][value='{CAPITAL}']").check()
    press(page, "Continue")
    is_at(page, "Check before you send")
    page.locator(".govuk-summary-list__actions a").first.click()
    page.locator(f"input[name=office-1][value='{HAWALLI}']").check()
    page.locator("details").first.locator("summary").click()
    page.locator("#office-2").select_option(CAPITAL)
    press(page, "Continue")
    sees(page, "Second wish")
    press(page, "Enter the draw")

    is_at(page, "You are in the draw")
    label = re.sub(r"\W", "", page.locator(".govuk-panel .code").inner_text())
    with page.expect_download() as downloading:
        press(page, "Download the receipt")
    receipt = downloading.value.path().read_text(encoding="utf-8")
    assert label in receipt
    assert draw.draw_id in receipt

    press(page, "Change your wishes")
    expect(page.locator(f"input[name=office-1][value='{HAWALLI}']")).to_be_checked()
    expect(page.locator("#office-2")).to_have_value(CAPITAL)
    page.locator("input[name=office-1][value='']").check()
    page.locator("#office-2").select_option("none")
    press(page, "Continue")
    is_at(page, "Check before you send")
    press(page, "Save the change")
    sees(page, "Any place, at any time")
    page.goto("/my")
    is_sound(page)
    page.locator(f"main a[href='/draws/{draw.draw_id}/entry']").click()

    follow(page, "Leave the draw")
    is_sound(page)
    page.locator("main form button").click()
    is_at(page, "%(label)s has left the draw", label=label)
    sees(page, "What the public log says")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_wish_that_no_place_fulfils_is_told_beside_its_field(visit: Visit, draw: Release, language: str) -> None:
    page = visit(language, path=f"/draws/{draw.draw_id}")
    press(page, "Enter this draw")
    sign_in_at_the_provider(page, person="student")
    page.locator("input[name=office-1]").last.evaluate(
        "choice => { choice.value = 'KW-MOI/JAH-R'; choice.checked = true }"
    )
    press(page, "Continue")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    assert page.title().startswith(say(page, "Error:"))
    is_sound(page)
    page.locator(".govuk-error-summary a").first.click()
    assert "office-1" in page.evaluate("document.activeElement.id")


def sign_in_at_the_provider(page: Page, *, person: str) -> None:
    """At the national ID, which nobody told who comes: he is chosen from the list."""
    language = language_of(page)
    is_sound(page)
    own = invented(person)
    page.get_by_role("button", name=own.name_ar if language == "ar" else own.name).click()
    page.locator(".wordmark").wait_for()

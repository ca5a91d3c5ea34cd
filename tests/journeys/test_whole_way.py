"""A citizen's whole way: entered, drawn, confirmed, let in, served; in Arabic, in English and without scripts."""

from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page, expect

from dawr.demo.draws import Plan
from dawr.releases.model import Release
from tests.journeys.arranged import (
    CAPITAL,
    HAWALLI,
    invented,
    open_draws,
    require_time_before_midnight,
    wait_until_offered,
)
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, log_size, sign_in
from tests.journeys.steps import (
    digits_asked,
    follow,
    is_at,
    is_sound,
    press,
    reload_until,
    say,
    sees,
    slip,
    typed,
)

SOON = Plan(
    service="KW-MOI/18", offices=(HAWALLI, CAPITAL), times=1, seats=4, crowd=0, freezes_after=timedelta(seconds=40)
)
DESK = "7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One of three who go the whole way side by side: how each reads, and who he is."""

    language: str
    person: str
    with_scripts: bool = True


WALKERS = (
    Walker(language="ar", person="citizen"),
    Walker(language="en", person="resident"),
    Walker(language="ar", person="mother", with_scripts=False),
)


def test_a_citizen_goes_the_whole_way(visit: Visit, demonstration: Demonstration) -> None:
    require_time_before_midnight()
    entries_before = log_size(demonstration)
    [draw] = open_draws(demonstration, SOON)
    pages = {walker: visit(walker.language, with_scripts=walker.with_scripts) for walker in WALKERS}
    for walker, page in pages.items():
        enters(page, draw, person=walker.person)
    wait_until_offered(demonstration, draw)
    for walker, page in pages.items():
        sees_the_result(page, draw)
        reference = confirms_and_holds_a_ticket(page, draw)
        staff = {"language": walker.language, "with_scripts": walker.with_scripts}
        is_let_in(visit(**staff), reference=reference, person=walker.person)
        is_served(visit(**staff), reference=reference, person=walker.person)
        page.reload()
        sees(page, "You have been let in with this ticket.")
        page.goto("/my")
        is_sound(page)
        expect(page.locator("#past")).to_be_visible()
    assert log_size(demonstration) >= entries_before + 2 + 4 * len(WALKERS)


def enters(page: Page, draw: Release, *, person: str) -> None:
    sign_in(page, person=person, path="/")
    page.locator(f"main a[href='/draws/{draw.draw_id}']").click()
    press(page, "Enter this draw")
    page.locator(f"input[name=office-1][value='{HAWALLI}']").check()
    page.locator("details").first.locator("summary").click()
    page.locator("#office-2").select_option(CAPITAL)
    press(page, "Continue")
    press(page, "Enter the draw")
    expect(page.locator("h1")).to_have_text(say(page, "You are in the draw"))


def sees_the_result(page: Page, draw: Release) -> None:
    page.goto(f"/draws/{draw.draw_id}")
    is_sound(page)
    press(page, "See the result")
    is_sound(page)
    page.goto(f"/draws/{draw.draw_id}/entry")
    is_sound(page)
    label = page.locator(".govuk-panel .code").inner_text()
    press(page, "See what you got, and why")
    sees(page, "It was the first of the wishes that still had an open place when the turn of this rank came.")
    is_sound(page)
    page.goto(f"/draws/{draw.draw_id}/result")
    page.locator("#label").fill(typed(page, label))
    press(page, "Show what it got, and why")
    assert "/why/" in page.url


def confirms_and_holds_a_ticket(page: Page, draw: Release) -> str:
    page.goto("/my")
    confirm = slip(page, draw).get_by_role("button", name=say(page, "Confirm this turn"))
    reload_until(page, confirm)
    is_sound(page)
    confirm.click()
    is_at(page, "Your ticket")
    expect(page.locator(".ticket__code svg")).to_be_visible()
    for link, beginning in (("To print, A5", b"%PDF-"), ("As a picture", b"\x89PNG"), ("For your calendar", b"BEGIN:")):
        with page.expect_download() as downloading:
            follow(page, link)
        assert downloading.value.path().read_bytes().startswith(beginning)
    follow(page, "You cannot come? Give the turn back")
    is_sound(page)
    press(page, "Open the ticket")
    return page.locator(".ticket__reference").inner_text().strip()


def is_let_in(page: Page, *, reference: str, person: str) -> None:
    """By the guard: the reference typed, the card's digits typed, one person let in once."""
    sign_in(page, person="guard", path="/gate")
    is_at(page, "The gate")
    page.locator("#code").fill(reference)
    press(page, "Check")
    is_at(page, "Check the card")
    expect(page.locator(".gate__name")).to_have_text(invented(person).name_ar)
    page.locator("#digits").fill(typed(page, digits_asked(page, person=person)))
    press(page, "Let in")
    is_at(page, "tickets.verdict.admit")
    press(page, "Next person")
    page.locator("#code").fill(reference)
    press(page, "Check")
    is_at(page, "tickets.verdict.used")


def is_called_on_the_display(page: Page) -> None:
    """The called token stands on the wall beside its desk; then back to the counter."""
    token = page.locator(".counter__token").inner_text()
    follow(page, "The display that people look at")
    reload_until(page, page.locator(".display__newest", has_text=token))
    expect(page.locator(".display__newest td")).to_have_text(DESK)
    is_sound(page)
    page.go_back()


def is_served(page: Page, *, reference: str, person: str) -> None:
    """By the clerk: called, the number on the card, the outcome."""
    sign_in(page, person="clerk", path="/counter")
    is_at(page, "The counter")
    page.locator("#desk").fill(typed(page, DESK))
    press(page, "Call the next person")
    expect(page.locator(".ticket__reference")).to_contain_text(reference)
    is_sound(page)
    is_called_on_the_display(page)
    page.locator("#number").fill(typed(page, invented(person).civil_number))
    press(page, "Open the visit")
    is_sound(page)
    press(page, "Not served: close the visit")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    is_sound(page)
    for original in page.locator("input[name=originals]").all():
        original.check()
    press(page, "Served: close the visit")
    sees(page, "The visit is closed and recorded.")

"""A loser's way: a place that a winner gives back comes down the list to him, and to nobody who happens to look."""

import pytest
from playwright.sync_api import Page, expect

from dawr.demo.draws import Plan
from dawr.releases.model import Release
from dawr.web.language import translations
from tests.journeys.arranged import AT_ONCE, HAWALLI, open_draws, wait_until_offered
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, sign_in
from tests.journeys.steps import button, is_at, is_sound, language_of, press, reload_until, say, sees, slip

GIVEN_BACK = (
    "You gave this turn back. The place goes to the next on the waiting list, never to whoever happens to look."
)
ENTRANTS = ("mother", "newcomer", "traveller")
SERVICES = {"ar": "KW-MOI/20", "en": "KW-MOI/24"}


@pytest.fixture(scope="module")
def draws(demonstration: Demonstration) -> dict[str, Release]:
    """One seat and three people who want it, once for each language."""
    plans = [
        Plan(service=service, offices=(HAWALLI,), times=1, seats=1, crowd=0, invented=ENTRANTS, freezes_after=AT_ONCE)
        for service in SERVICES.values()
    ]
    opened = open_draws(demonstration, *plans)
    wait_until_offered(demonstration, *opened)
    return dict(zip(SERVICES, opened, strict=True))


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_place_given_back_goes_to_the_first_on_the_list_alone(
    visit: Visit, draws: dict[str, Release], language: str
) -> None:
    draw = draws[language]
    winner, first, second = by_rank({person: signed_in(visit, language, person=person) for person in ENTRANTS}, draw)
    waits(first, draw, ahead=0)
    waits(second, draw, ahead=1)

    winner.goto("/my")
    is_sound(winner)
    slip(winner, draw).get_by_role("link", name=say(winner, "I cannot come")).click()
    is_at(winner, "Give this turn back?")
    press(winner, "Give it back")
    sees(winner, GIVEN_BACK)
    is_sound(winner)

    first.goto("/my")
    reload_until(first, slip(first, draw))
    is_sound(first)
    waits(second, draw, ahead=0)
    finds_no_place(signed_in(visit, language, person="student"), draw)
    finds_no_place(second, draw)

    slip(first, draw).get_by_role("button", name=say(first, "Confirm this turn")).click()
    is_at(first, "Your ticket")
    first.goto("/my")
    expect(slip(first, draw).get_by_role("button", name=say(first, "Open the ticket"))).to_be_visible()


def by_rank(pages: dict[str, Page], draw: Release) -> list[Page]:
    """Who won, who is first and who second on the list, as each finds it on the page of his own label."""
    ranked = {}
    for page in pages.values():
        page.goto(f"/draws/{draw.draw_id}/entry")
        press(page, "See what you got, and why")
        is_sound(page)
        label = page.url.rpartition("/")[2]
        page.goto(f"/draws/{draw.draw_id}/result")
        rows = page.locator("tbody tr").all_inner_texts()
        ranked[next(rank for rank, row in enumerate(rows) if label in row.replace("-", ""))] = page
    return [page for _, page in sorted(ranked.items())]


def waits(page: Page, draw: Release, *, ahead: int) -> None:
    page.goto("/my")
    is_sound(page)
    card = page.locator(".card", has=page.locator(f"a[href='/draws/{draw.draw_id}/entry']"))
    one, many = (
        "On the waiting list, %(shown)s person ahead of you.",
        "On the waiting list, %(shown)s people ahead of you.",
    )
    expect(card).to_contain_text(translations(language_of(page)).ngettext(one, many, ahead) % {"shown": ahead})


def finds_no_place(page: Page, draw: Release) -> None:
    """Whoever is not asked sees nothing to take: no button, no form, no open place."""
    for path in (f"/draws/{draw.draw_id}", f"/draws/{draw.draw_id}/result", f"/draws?service={draw.service_id}"):
        page.goto(path)
        is_sound(page)
        expect(page.locator("main form[method=post]")).to_have_count(0)
        expect(button(page, "Enter this draw")).to_have_count(0)
    page.goto(f"/draws/{draw.draw_id}/enter")
    expect(page.locator("main form[method=post]")).to_have_count(0)
    is_sound(page)
    page.goto("/my")
    expect(slip(page, draw)).to_have_count(0)


def signed_in(visit: Visit, language: str, *, person: str) -> Page:
    page = visit(language)
    sign_in(page, person=person, path="/my")
    return page

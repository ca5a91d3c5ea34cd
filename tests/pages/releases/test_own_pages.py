"""/my: what a person comes back for."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dawr.booking import actions as booking
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.releases import actions
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.releases.invented_draw import PATH, SERVICE, drawn_draw, enter, open_draw


async def test_a_stranger_signs_in_first(kuwait: Pool, browser: Browser) -> None:
    assert (await browser.get("/my")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_who_has_nothing_is_shown_where_to_begin(kuwait: Pool, browser: Browser, language: str) -> None:
    await browser.sign_in(PersonId(uuid4()), language=language)
    shown = await browser.page("/my")
    assert {"ar": "ليس لك دور", "en": "You have no turn"}[language] in shown
    assert 'href="/draws"' in shown


async def test_an_entry_stands_there_with_its_label(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await open_draw(kuwait, settings=settings)
    async with transaction(kuwait) as tx:
        person_id, receipt = await enter(tx, settings=settings, now=datetime.now(UTC))
    await browser.sign_in(person_id)
    shown = await browser.page("/my")
    assert f"{receipt.label[:4]}-{receipt.label[4:]}" in shown
    assert f"{PATH}/entry" in shown


async def test_winners_confirm_and_the_others_see_who_is_ahead(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    people = await drawn_draw(kuwait, settings=settings, entrants=6)
    held, ahead = 0, []
    for person_id, _ in people:
        await browser.sign_in(person_id)
        shown = await browser.page("/my")
        held += "A place is held for you" in shown
        ahead += [number for number in (0, 1) if f"On the waiting list, {number} p" in shown]
    assert held == 4
    assert sorted(ahead) == [0, 1]


async def test_a_confirmed_turn_leads_to_its_ticket_and_a_cancelled_one_is_past(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    ((person_id, _),) = await drawn_draw(kuwait, settings=settings, entrants=1)
    await browser.sign_in(person_id)
    async with transaction(kuwait) as tx:
        (offered,) = await booking.bookings_of(tx, person_id)
    address = f"/my/bookings/{SERVICE}/{offered.booking_id}"
    assert f'action="{address}/confirm"' in await browser.page("/my")
    answer = await browser.post(f"{address}/confirm")
    assert answer.headers["location"] == f"/my/tickets/{SERVICE}/{offered.booking_id}"
    assert f'href="/my/tickets/{SERVICE}/{offered.booking_id}"' in await browser.page("/my")
    await browser.post(f"{address}/cancel")
    shown = await browser.page("/my")
    assert "Past turns" in shown
    assert "Given back" in shown


async def test_a_seat_given_back_comes_to_the_next_by_rank(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    people = await drawn_draw(kuwait, settings=settings, entrants=6)
    async with transaction(kuwait) as tx:
        offered = [held for person_id, _ in people for held in await booking.bookings_of(tx, person_id)]
    await browser.sign_in(offered[0].person_id)
    await browser.post(f"/my/bookings/{SERVICE}/{offered[0].booking_id}/cancel")
    await actions.advance_offers(kuwait, now=datetime.now(UTC))
    texts = []
    for person_id, _ in people:
        await browser.sign_in(person_id)
        texts.append(await browser.page("/my"))
    assert sum("a place came down the waiting list to you" in text for text in texts) == 1
    assert sum("A place is held for you" in text for text in texts) == 4

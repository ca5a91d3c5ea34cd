"""The home page and /my, where draws, lines and turns stand beside each other."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from dawr.app import home, show_own
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.lines import actions
from dawr.lines.actions.advancing import open_line
from dawr.settings import Settings
from dawr.web.snapshots import KEPT_SECONDS
from tests.pages.conftest import Browser, BrowserFor
from tests.pages.lines.invented_line import HOUR, LINE, PATH, announce, gathering, opened, stranger
from tests.pages.releases import invented_draw
from tests.pages.releases.invented_draw import SERVICE


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return invented_draw.with_beacon(settings)


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for([home, show_own])


@pytest.fixture
async def person(browser: Browser) -> PersonId:
    person_id = stranger()
    await browser.sign_in(person_id)
    return person_id


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_home_page_says_where_nothing_is_open(browser: Browser, language: str) -> None:
    await browser.speak(language)
    said = {"ar": "لا قرعة مفتوحة ولا طابور مفتوحاً", "en": "No draw and no waiting line is open"}[language]
    assert said in await browser.page("/")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_line_that_gathers_stands_on_the_home_page(
    opened_pool: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await gathering(opened_pool, settings=settings)
    await browser.speak(language)
    shown = await browser.page("/")
    assert f'href="{PATH}"' in shown
    assert {"ar": "يُفتح الطابور", "en": "The line opens"}[language] in shown
    assert {"ar": "لا قرعة مفتوحة", "en": "No draw and no"}[language] not in shown


async def test_an_open_line_stands_beside_an_open_draw(opened_pool: Pool, browser: Browser, settings: Settings) -> None:
    await invented_draw.open_draw(opened_pool, settings=settings)
    async with transaction(opened_pool) as tx:
        await tx.execute("update booking.slot set promised = 0")
        now = datetime.now(UTC)
        slot_ids = [slot.slot_id for slot in invented_draw.slots(now)]
        await actions.announce(
            tx,
            service_id=SERVICE,
            line_id=LINE,
            slot_ids=slot_ids,
            gathers_at=now - HOUR,
            opens_at=now - HOUR,
            closes_at=now + HOUR,
            inside_max=5,
            now=now - 2 * HOUR,
        )
        await open_line(tx, service_id=SERVICE, line_id=LINE, now=now)
    await browser.speak("en")
    shown = await browser.page("/")
    assert f'href="{PATH}"' in shown
    assert f'href="{invented_draw.PATH}"' in shown
    assert "Line open" in shown


async def test_a_line_that_takes_nobody_yet_or_any_more_is_not_on_the_home_page(
    opened_pool: Pool, browser_for: BrowserFor
) -> None:
    async with transaction(opened_pool) as tx:
        await announce(tx, opens_in=timedelta(hours=5))
    assert PATH not in await browser_for([home]).page("/")
    async with transaction(opened_pool) as tx:
        line = await actions.line(tx, SERVICE, LINE)
    await actions.advance_lines(opened_pool, now=line.rules.closes_at)
    assert PATH not in await browser_for([home]).page("/")


async def test_a_crowd_before_the_home_page_is_one_transaction_a_second(
    opened_pool: Pool, browser: Browser, settings: Settings
) -> None:
    await gathering(opened_pool, settings=settings)
    before, began = opened_pool.get_stats().get("requests_num", 0), time.monotonic()
    answers = await asyncio.gather(*(browser.client.get("/") for _ in range(100)))
    seconds = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {200}
    assert opened_pool.get_stats()["requests_num"] - before <= seconds / KEPT_SECONDS + 1


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_ones_places_in_lines_stand_on_ones_own_page(
    opened_pool: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await browser.speak(language)
    empty = {"ar": "ليس لك دور", "en": "You have no turn"}[language]
    assert empty in await browser.page("/my")
    await opened(opened_pool, person, settings=settings)
    shown = await browser.page("/my")
    assert empty not in shown
    assert f'href="{PATH}/mine"' in shown
    assert {"ar": "أماكنك في الطوابير", "en": "Your places in waiting lines"}[language] in shown
    assert {"ar": "رقمك في الطابور", "en": "Your number in line"}[language] in shown
    await actions.advance_lines(opened_pool, now=datetime.now(UTC))
    assert {"ar": "حانت نوبتك الآن", "en": "It is your turn now"}[language] in await browser.page("/my")


async def test_ones_own_page_shows_nobody_elses_place_and_no_line_that_is_over(
    opened_pool: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    line = await opened(opened_pool, person, settings=settings)
    await browser.sign_in(stranger())
    assert PATH not in await browser.page("/my")
    await actions.advance_lines(opened_pool, now=line.rules.closes_at)
    await browser.sign_in(person)
    assert PATH not in await browser.page("/my")

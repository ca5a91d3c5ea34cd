"""A crowd before one line: what is the same for everybody is read once, and one's own place comes by the batch."""

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.lines import actions
from dawr.lines.actions.advancing import open_line
from dawr.settings import Settings
from dawr.web.snapshots import KEPT_SECONDS
from tests.pages.conftest import Browser
from tests.pages.lines.invented_line import HOUR, LINE, PATH, gathering, opened, stranger
from tests.pages.releases.invented_draw import SERVICE

PEOPLE = 24
VIEWS = 10


async def cookies_of(browser: Browser, person_id: PersonId) -> str:
    """The cookies of somebody who signed in through this browser and closed it."""
    await browser.sign_in(person_id)
    held = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    browser.client.cookies.clear()
    return held


def transactions(pool: Pool) -> int:
    """How many have been begun: each one asks the pool for a connection."""
    return pool.get_stats().get("requests_num", 0)


async def looked_at(browser: Browser, path: str, *, cookies: list[str]) -> list[httpx.Response]:
    """Everybody at once, again and again."""
    return await asyncio.gather(
        *(browser.client.get(path, headers={"cookie": held}) for _ in range(VIEWS) for held in cookies)
    )


@pytest.mark.parametrize("is_called", [False, True])
async def test_a_crowd_that_looks_where_it_stands_makes_few_transactions(
    kuwait: Pool, browser: Browser, settings: Settings, is_called: bool
) -> None:
    people = [stranger() for _ in range(PEOPLE)]
    await opened(kuwait, *people, settings=settings, seats=PEOPLE)
    if is_called:
        await actions.advance_lines(kuwait, now=datetime.now(UTC))
    cookies = [await cookies_of(browser, person_id) for person_id in people]
    before, began = transactions(kuwait), time.monotonic()
    answers = await looked_at(browser, f"{PATH}/mine", cookies=cookies)
    seconds = time.monotonic() - began
    made = transactions(kuwait) - before
    assert {answer.status_code for answer in answers} == {200}
    assert all(("It is your turn" in answer.text) is is_called for answer in answers)
    # One for what everybody sees in each second that it took, and batches of those who ask at once.
    assert made <= PEOPLE * VIEWS / 10 + seconds / KEPT_SECONDS + 1


async def test_each_of_a_crowd_sees_his_own_number(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    people = [stranger() for _ in range(PEOPLE)]
    await opened(kuwait, *people, settings=settings)
    async with transaction(kuwait) as tx:
        rows = await (await tx.execute("select person_id, number from lines.place")).fetchall()
    numbers = {row["person_id"]: row["number"] for row in rows}
    cookies = [await cookies_of(browser, person_id) for person_id in people]
    answers = await looked_at(browser, f"{PATH}/mine", cookies=cookies)
    for nth, answer in enumerate(answers):
        assert f'data-number="{numbers[people[nth % PEOPLE]]}"' in answer.text


@pytest.mark.parametrize("path", [PATH, f"{PATH}/now.json", "/lines"])
async def test_a_crowd_of_strangers_is_one_transaction_a_second(
    kuwait: Pool, browser: Browser, settings: Settings, path: str
) -> None:
    await opened(kuwait, stranger(), settings=settings)
    before, began = transactions(kuwait), time.monotonic()
    answers = await asyncio.gather(*(browser.client.get(path) for _ in range(PEOPLE * VIEWS)))
    seconds = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {200}
    assert transactions(kuwait) - before <= seconds / KEPT_SECONDS + 1


async def test_whose_turn_comes_is_told_at_once_however_lately_he_looked(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await opened(kuwait, person, settings=settings)
    assert "It is your turn" not in await browser.page(f"{PATH}/mine")
    await actions.advance_lines(kuwait, now=datetime.now(UTC))
    assert "It is your turn" in await browser.page(f"{PATH}/mine")


async def test_slots_are_shown_to_him_alone_whose_turn_it_is(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await opened(kuwait, person, settings=settings)
    assert "mine?group=" not in await browser.page(f"{PATH}/mine")
    await actions.advance_lines(kuwait, now=datetime.now(UTC))
    assert "mine?group=" in await browser.page(f"{PATH}/mine")


async def test_what_everybody_sees_is_true_again_after_a_second(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await gathering(kuwait, settings=settings)
    await browser.speak("en")
    assert "Numbers being taken" in await browser.page(PATH)
    async with transaction(kuwait) as tx:
        await open_line(tx, service_id=SERVICE, line_id=LINE, now=datetime.now(UTC) + 2 * HOUR)
    opened_at = asked_at = time.monotonic()
    while "Line open" not in await browser.page(PATH):
        assert asked_at < opened_at + KEPT_SECONDS
        asked_at = time.monotonic()

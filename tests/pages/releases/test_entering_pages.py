"""Entering a draw, changing one's wishes, keeping the receipt, and leaving."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest

from dawr.booking import pages as booking_pages
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.releases import actions
from dawr.releases import pages as releases_pages
from dawr.releases.entry_line import Entrant, read_entry_line
from dawr.releases.model import DrawId, Entry
from dawr.settings import Settings
from tests.pages.conftest import Browser, BrowserFor
from tests.pages.releases.invented_draw import (
    DRAW,
    FARWANIYA,
    HAWALLI,
    PATH,
    SERVICE,
    announce,
    drawn_draw,
    enter,
    frozen_draw,
    open_draw,
    slots,
    turn_day,
)

NAMES = {slot.slot_id: slot for slot in slots(datetime.now(UTC))}


@pytest.fixture
async def person(browser: Browser) -> PersonId:
    """Somebody who has just signed in, in English."""
    person_id = PersonId(uuid4())
    await browser.sign_in(person_id)
    return person_id


async def entry_of(pool: Pool, person_id: PersonId) -> Entry | None:
    async with transaction(pool) as tx:
        return await actions.entry_of(tx, service_id=SERVICE, draw_id=DRAW, person_id=person_id)


async def entrant_of(pool: Pool, person_id: PersonId) -> Entrant:
    entry = await entry_of(pool, person_id)
    assert entry is not None
    return read_entry_line(entry.line.encode())


@pytest.mark.parametrize("path", ["/enter", "/enter/check", "/entry", "/entry/withdraw"])
async def test_who_has_not_signed_in_is_taken_to_sign_in_and_back(
    kuwait: Pool, browser: Browser, settings: Settings, path: str
) -> None:
    await open_draw(kuwait, settings=settings)
    answer = await browser.get(PATH + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?")
    assert f"next={(PATH + path).replace('/', '%2F')}" in answer.headers["location"]


@pytest.mark.parametrize(("assurance", "age"), [(1, timedelta(0)), (3, timedelta(hours=3))])
async def test_a_weak_or_old_sign_in_is_not_enough_to_enter(
    kuwait: Pool, browser: Browser, settings: Settings, assurance: int, age: timedelta
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.sign_in(PersonId(uuid4()), assurance=assurance, age=age)
    answer = await browser.get(f"{PATH}/enter")
    assert answer.headers["location"].startswith("/sign-in?assurance=substantial&next=")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_form_stands_in_both_languages(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.speak(language)
    shown = await browser.page(f"{PATH}/enter")
    assert {"ar": "أي المواعيد يناسبك؟", "en": "Which turns suit you?"}[language] in shown
    assert f'value="{HAWALLI}"' in shown
    assert 'name="class"' not in shown


async def test_the_whole_way_from_the_form_to_the_receipt(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    asked = {"office-1": HAWALLI, "day-1": "", "part-1": "noon", "office-2": FARWANIYA, "day-2": "", "part-2": ""}
    checked = await browser.page(f"{PATH}/enter/check", **asked)
    sent = dict(re.findall(r'<input type="hidden" name="([a-z0-9-]+)" value="([^"]*)">', checked))
    answer = await browser.post(f"{PATH}/enter", **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/entry")
    entry = await entry_of(kuwait, person)
    assert entry is not None
    offices = [NAMES[place].office_id for place in (await entrant_of(kuwait, person)).preferences]  # type: ignore[index]
    assert offices == [HAWALLI, FARWANIYA, FARWANIYA]
    shown = await browser.page(f"{PATH}/entry")
    assert f"{entry.label[:4]}-{entry.label[4:]}" in shown
    receipt = await browser.get(f"/my/receipts/{DRAW}")
    assert f"line: {entry.line}" in receipt.text
    assert f'filename="dawr-receipt-{entry.label}.txt"' in receipt.headers["content-disposition"]
    assert receipt.headers["cache-control"] == "no-store"


async def test_the_answers_come_back_to_the_form_for_a_change(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    checked = await browser.page(f"{PATH}/enter/check", **{"office-1": FARWANIYA, "part-1": "noon"})
    back = unescape(re.findall(r'class="govuk-back-link" href="([^"]+)"', checked)[0])
    shown = await browser.page(back)
    assert re.search(rf'value="{FARWANIYA}" checked', shown)
    assert re.search(r'value="noon" checked', shown)


async def test_leaving_everything_open_is_a_line_of_the_label_alone(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter", **{"office-1": "", "day-1": "", "part-1": ""})
    entry = await entry_of(kuwait, person)
    assert entry is not None
    assert entry.line == entry.label


@pytest.mark.parametrize(
    "asked",
    [
        {"office-1": "KW-MOI/NOWHERE"},
        {"office-1": "<script>"},
        {"office-1": "", "day-1": "2031-01-01"},
        {"office-1": "", "day-1": "١٢٣"},
        {"office-1": "", "part-1": "midnight"},
    ],
)
async def test_a_wish_that_nothing_fulfils_is_said_beside_its_field(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, asked: dict[str, str]
) -> None:
    await open_draw(kuwait, settings=settings)
    seen = await browser.get(f"{PATH}/enter/check", **asked)
    sent = await browser.post(f"{PATH}/enter", **asked)
    for answer in (seen, sent):
        assert answer.status_code == 422
        assert "<title>Error:" in answer.text
        assert 'href="#office-1"' in answer.text
        assert 'id="office-1-error"' in answer.text
    assert await entry_of(kuwait, person) is None


async def test_a_fault_in_the_second_wish_is_said_there(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    answer = await browser.get(f"{PATH}/enter/check", **{"office-1": HAWALLI, "office-2": "KW-MOI/X"})
    assert answer.status_code == 422
    assert 'id="office-2-error"' in answer.text


async def test_a_field_longer_than_anybody_types_is_refused(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    assert (await browser.post(f"{PATH}/enter", **{"office-1": "م" * 3000})).status_code == 400
    assert (await browser.post(f"{PATH}/enter", **{"office-1": "م" * 90_000})).status_code == 413


async def test_a_reserved_class_is_asked_for_only_where_it_was_granted(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings, seats=2, medical=1)
    refused = await browser.post(f"{PATH}/enter", **{"office-1": "", "class": "medical"})
    assert refused.status_code == 422
    async with transaction(kuwait) as tx:
        await actions.grant_class(
            tx,
            service_id=SERVICE,
            person_id=person,
            draw_class="medical",
            evidence="committee letter 7 of 1 2 2027",
            granted_by=PersonId(uuid4()),
            until_on=datetime.now(UTC).date() + timedelta(days=9),
            now=datetime.now(UTC),
        )
    assert 'name="class"' in await browser.page(f"{PATH}/enter")
    assert (await browser.post(f"{PATH}/enter", **{"office-1": "", "class": "medical"})).status_code == 303
    assert (await entrant_of(kuwait, person)).draw_class == "medical"


async def test_sent_twice_is_entered_once(kuwait: Pool, browser: Browser, settings: Settings, person: PersonId) -> None:
    await open_draw(kuwait, settings=settings)
    wishes = {"office-1": HAWALLI}
    answers = await asyncio.gather(*(browser.post(f"{PATH}/enter", **wishes) for _ in range(4)))
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, f"{PATH}/entry")}
    async with transaction(kuwait) as tx:
        assert len(await actions.entries_of(tx, person)) == 1


async def test_wishes_change_under_the_same_label(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter", **{"office-1": HAWALLI})
    before = await entry_of(kuwait, person)
    assert (await browser.get(f"{PATH}/enter")).headers["location"] == f"{PATH}/entry"
    assert "Which turns suit you?" in await browser.page(f"{PATH}/enter", change="yes")
    await browser.post(f"{PATH}/enter", **{"office-1": FARWANIYA})
    after = await entry_of(kuwait, person)
    assert before is not None
    assert after is not None
    assert before.label == after.label
    assert before.line != after.line


async def test_leaving_asks_once_and_keeps_nothing(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter", **{"office-1": ""})
    assert "Leave this draw?" in await browser.page(f"{PATH}/entry/withdraw")
    assert await entry_of(kuwait, person) is not None
    for _ in range(2):
        answer = await browser.post(f"{PATH}/entry/withdraw")
        assert answer.headers["location"] == f"{PATH}?left=yes"
    assert await entry_of(kuwait, person) is None
    assert "You have left this draw" in await browser.page(f"{PATH}?left=yes")


async def test_a_form_without_its_token_does_nothing(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    answer = await browser.client.post(f"{PATH}/enter", data={"office-1": ""})
    assert answer.status_code == 403
    assert await entry_of(kuwait, person) is None


async def test_a_frozen_list_takes_nobody_and_lets_nobody_go(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    ((entered, _), *_) = await frozen_draw(kuwait, settings=settings, entrants=2)
    await browser.sign_in(PersonId(uuid4()))
    assert (await browser.get(f"{PATH}/enter")).status_code == 409
    assert (await browser.post(f"{PATH}/enter", **{"office-1": ""})).status_code == 409
    await browser.sign_in(entered)
    assert "You are in the draw" in await browser.page(f"{PATH}/entry")
    assert (await browser.get(f"{PATH}/entry/withdraw")).status_code == 409
    assert (await browser.post(f"{PATH}/entry/withdraw")).status_code == 409


async def test_somebody_elses_entry_is_nobodys_business(
    kuwait: Pool, browser: Browser, browser_for: BrowserFor, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter", **{"office-1": ""})
    stranger = browser_for([*releases_pages.routes, *booking_pages.routes])
    await stranger.sign_in(PersonId(uuid4()))
    assert (await stranger.get(f"{PATH}/entry")).status_code == 404
    assert (await stranger.get(f"/my/receipts/{DRAW}")).status_code == 404
    assert (await stranger.get(f"{PATH}/entry/withdraw")).status_code == 404


async def test_who_is_in_another_draw_of_the_service_is_told_before_the_form(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await open_draw(kuwait, settings=settings)
    async with transaction(kuwait) as tx:
        person_id, _ = await enter(tx, settings=settings, now=datetime.now(UTC))
        await tx.execute("update booking.slot set promised = 0")
        announced_at = datetime.now(UTC) - timedelta(days=1)
        await announce(tx, settings=settings, announced_at=announced_at, draw_id=DrawId(f"{DRAW}-B"))
    await browser.sign_in(person_id)
    answer = await browser.get(f"{PATH}-B/enter")
    assert answer.status_code == 409
    assert "You are in a draw of this service already" in answer.text


async def test_who_holds_a_turn_is_told_before_the_form(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    ((winner, _),) = await drawn_draw(kuwait, settings=settings, entrants=1)
    async with transaction(kuwait) as tx:
        await tx.execute("update booking.slot set promised = 0")
        announced_at = datetime.now(UTC) - timedelta(days=1)
        await announce(tx, settings=settings, announced_at=announced_at, draw_id=DrawId(f"{DRAW}-B"))
    await browser.sign_in(winner)
    answer = await browser.get(f"{PATH}-B/enter")
    assert answer.status_code == 409
    assert "You hold a turn of this service" in answer.text


def test_the_invented_turns_are_of_one_day() -> None:
    now = datetime.now(UTC)
    assert {slot.day_on for slot in slots(now)} == {turn_day(now).date()}


async def test_a_session_past_its_life_is_nobodys(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await browser.sign_in(person, age=timedelta(hours=7, minutes=59))
    assert (await browser.get("/my")).status_code == 200
    await browser.sign_in(person, age=timedelta(hours=8, minutes=1))
    answer = await browser.get("/my")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")

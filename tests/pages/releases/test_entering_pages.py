"""Entering a draw, changing one's wishes, keeping the receipt, and leaving."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from uuid import uuid4

import pytest

from dawr.booking import actions as booking
from dawr.booking import pages as booking_pages
from dawr.booking.model import SlotId
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.releases import actions
from dawr.releases import pages as releases_pages
from dawr.releases.class_grant import ClassGrant
from dawr.releases.entry_line import Entrant, read_entry_line
from dawr.releases.model import DrawId, Entry
from dawr.settings import Settings
from dawr.transparency import actions as transparency
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
from tests.store.releases.invented_draw import clerk_at

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


async def grant_medical(pool: Pool, person_id: PersonId) -> None:
    now = datetime.now(UTC)
    until_on = now.date() + timedelta(days=9)
    grant = ClassGrant(draw_class="medical", evidence="committee letter 7 of 1 2 2027", until_on=until_on)
    async with transaction(pool) as tx:
        await actions.grant_class(tx, grant, service_id=SERVICE, person_id=person_id, clerk=clerk_at(), now=now)


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
    kept = await browser.post(f"{PATH}/enter/check", **asked)
    assert (kept.status_code, kept.headers["location"]) == (303, f"{PATH}/enter/check")
    checked = await browser.page(f"{PATH}/enter/check")
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
    await browser.post(f"{PATH}/enter/check", **{"office-1": FARWANIYA, "part-1": "noon"})
    checked = await browser.page(f"{PATH}/enter/check")
    back = unescape(re.findall(r'class="govuk-back-link" href="([^"]+)"', checked)[0])
    for _ in range(2):
        shown = await browser.page(back)
        assert re.search(rf'value="{FARWANIYA}" checked', shown)
        assert re.search(r'value="noon" checked', shown)
        assert "have not sent yet" in shown
    anew = await browser.page(f"{PATH}/enter", change="anew")
    assert 'id="office-1" name="office-1" type="radio" value="" checked' in anew
    assert "have not sent yet" not in anew


async def test_no_answer_stands_in_an_address(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    form = await browser.page(f"{PATH}/enter")
    assert 'method="get"' not in form
    await browser.post(f"{PATH}/enter/check", **{"office-1": FARWANIYA, "part-1": "noon"})
    checked = await browser.page(f"{PATH}/enter/check")
    assert not [address for address in re.findall(r'(?:href|action)="([^"]*)"', checked) if "noon" in address]
    ignored = await browser.get(f"{PATH}/enter", **{"office-1": HAWALLI})
    assert f'value="{HAWALLI}" checked' not in ignored.text


async def test_the_check_page_can_be_loaded_again_and_is_gone_once_it_was_sent(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    nothing_typed = await browser.get(f"{PATH}/enter/check")
    assert (nothing_typed.status_code, nothing_typed.headers["location"]) == (303, f"{PATH}/enter")
    wishes = {"office-1": FARWANIYA}
    await browser.post(f"{PATH}/enter/check", **wishes)
    assert await browser.page(f"{PATH}/enter/check") == await browser.page(f"{PATH}/enter/check")
    await browser.post(f"{PATH}/enter", **wishes)
    assert (await browser.get(f"{PATH}/enter/check")).headers["location"] == f"{PATH}/enter"
    assert (await browser.get(f"{PATH}/enter")).headers["location"] == f"{PATH}/entry"


async def test_the_answers_of_one_person_are_not_shown_to_the_next(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter/check", **{"office-1": FARWANIYA})
    await browser.sign_in(PersonId(uuid4()))
    assert (await browser.get(f"{PATH}/enter/check")).headers["location"] == f"{PATH}/enter"
    assert f'value="{FARWANIYA}" checked' not in await browser.page(f"{PATH}/enter")


async def test_a_change_begins_from_what_stands(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings, seats=2, medical=1)
    await grant_medical(kuwait, person)
    asked = {
        "office-1": FARWANIYA,
        "day-1": "",
        "part-1": "noon",
        "office-2": HAWALLI,
        "part-2": "",
        "class": "medical",
    }
    await browser.post(f"{PATH}/enter", **asked)
    shown = await browser.page(f"{PATH}/enter", change="yes")
    assert f'value="{FARWANIYA}" checked' in shown
    assert 'name="part-1" type="radio" value="noon" checked' in shown
    assert f'value="{HAWALLI}" selected' in shown
    assert 'value="medical" checked' in shown
    await browser.post(f"{PATH}/enter/check", **{"office-1": "", "office-2": "none"})
    assert f'value="{FARWANIYA}" checked' not in await browser.page(f"{PATH}/enter", change="yes")
    assert f'value="{FARWANIYA}" checked' in await browser.page(f"{PATH}/enter", change="anew")


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
    seen = await browser.post(f"{PATH}/enter/check", **asked)
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
    answer = await browser.post(f"{PATH}/enter/check", **{"office-1": HAWALLI, "office-2": "KW-MOI/X"})
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
    await grant_medical(kuwait, person)
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
    async with transaction(kuwait) as tx:
        await transparency.sequence(tx, settings=settings, now=datetime.now(UTC))
    shown = await browser.page(f"{PATH}/entry")
    assert "version: 2" in shown
    assert "Receipt 1 ended" in shown
    [index] = re.findall(r'href="/log/entry/(\d+)"', shown)
    async with transaction(kuwait) as tx:
        assert after.label.encode() in (await transparency.entry_at(tx, int(index))).leaf


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_leaving_asks_once_and_leads_to_what_everybody_can_read_of_it(
    kuwait: Pool, browser: Browser, browser_for: BrowserFor, settings: Settings, person: PersonId, language: str
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.speak(language)
    await browser.post(f"{PATH}/enter", **{"office-1": ""})
    entry = await entry_of(kuwait, person)
    assert entry is not None
    receipt = (await browser.get(f"/my/receipts/{DRAW}")).content
    asked = await browser.page(f"{PATH}/entry/withdraw")
    assert f'name="label" value="{entry.label}"' in asked
    assert await entry_of(kuwait, person) == entry
    for _ in range(2):
        answer = await browser.post(f"{PATH}/entry/withdraw", label=entry.label)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/why/{entry.label}")
    assert await entry_of(kuwait, person) is None
    for anybody in (browser, browser_for([*releases_pages.routes])):
        await anybody.speak(language)
        shown = await anybody.page(f"{PATH}/why/{entry.label}")
        assert {"ar": "سحبه صاحبه", "en": "Withdrawn by its holder"}[language] in shown
        assert {"ar": "يُكتب الآن في السجل", "en": "being written into the log"}[language] in shown
        assert sha256(receipt).hexdigest() in shown
    async with transaction(kuwait) as tx:
        await transparency.sequence(tx, settings=settings, now=datetime.now(UTC))
    shown = await browser.page(f"{PATH}/why/{entry.label}")
    [index] = re.findall(r'href="/log/entry/(\d+)"', shown)
    async with transaction(kuwait) as tx:
        assert sha256(receipt).hexdigest().encode() in (await transparency.entry_at(tx, int(index))).leaf


@pytest.mark.parametrize(("assurance", "age"), [(1, timedelta(0)), (3, timedelta(hours=3))])
async def test_a_weak_or_old_sign_in_is_not_enough_to_leave(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, assurance: int, age: timedelta
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.post(f"{PATH}/enter", **{"office-1": ""})
    entry = await entry_of(kuwait, person)
    assert entry is not None
    await browser.sign_in(person, assurance=assurance, age=age)
    answer = await browser.post(f"{PATH}/entry/withdraw", label=entry.label)
    assert answer.headers["location"].startswith("/sign-in?assurance=substantial&next=")
    assert await entry_of(kuwait, person) == entry


async def test_nobody_leaves_who_is_not_in_it(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    for label in ("", "//evil.example", "../../x"):
        assert (await browser.post(f"{PATH}/entry/withdraw", label=label)).status_code == 404


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_who_has_had_the_turns_of_the_year_is_told_when_he_may_enter(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    release = await open_draw(kuwait, settings=settings, seats=2)
    until_at = release.rules.moves_until
    async with transaction(kuwait) as tx:
        [first, *_] = await actions.places(tx, release)
        wanted = [(person, SlotId(first.place_id))]
        await booking.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=until_at, now=datetime.now(UTC))
        await tx.execute("update booking.booking set state = 'attended'")
    await browser.speak(language)
    for answer in (await browser.get(f"{PATH}/enter"), await browser.post(f"{PATH}/enter", **{"office-1": ""})):
        assert answer.status_code == 409
        assert f"{first.starts_at[:4]}" in answer.text
        assert f"{int(first.starts_at[:4]) + 1}-01-01" in answer.text


async def test_nobody_enters_for_a_service_that_waits_for_its_decision(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await open_draw(kuwait, settings=settings)
    async with transaction(kuwait) as tx:
        await tx.execute("update catalogue.service set opened_by = 'moi' where service_id = %s", (SERVICE,))
    assert (await browser.get(f"{PATH}/enter")).status_code == 409
    assert (await browser.post(f"{PATH}/enter", **{"office-1": ""})).status_code == 409
    assert await entry_of(kuwait, person) is None


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

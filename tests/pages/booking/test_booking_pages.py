"""A turn: seen by its own person, confirmed, given back, and proven."""

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dawr.booking import actions
from dawr.booking.model import Booking, BookingState
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from tests.pages.booking.conftest import SERVICE, address, offer
from tests.pages.conftest import Browser

PATHS = ["", "/cancel", "/proof"]
NOBODYS = "0b54f1f6-3c0e-4f0f-9a44-6f6a4d1c7e10"


async def state_of(pool: Pool, booking: Booking) -> BookingState:
    async with transaction(pool) as tx:
        return (await actions.booking(tx, SERVICE, booking.booking_id)).state


async def write_log(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await transparency.sequence(tx, settings=settings, now=datetime.now(UTC))


@pytest.mark.parametrize("path", PATHS)
async def test_a_turn_is_shown_after_signing_in(offered: Booking, browser: Browser, path: str) -> None:
    answer = await browser.get(address(offered) + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", PATHS)
async def test_somebody_elses_turn_is_not_there(offered: Booking, browser: Browser, path: str) -> None:
    await browser.sign_in(PersonId(uuid4()))
    assert (await browser.get(address(offered) + path)).status_code == 404


async def test_nobody_confirms_or_cancels_for_another(offered: Booking, opened_pool: Pool, browser: Browser) -> None:
    await browser.sign_in(PersonId(uuid4()))
    assert (await browser.post(f"{address(offered)}/confirm")).status_code == 404
    assert (await browser.post(f"{address(offered)}/cancel")).status_code == 404
    assert await state_of(opened_pool, offered) is BookingState.OFFERED


@pytest.mark.parametrize(
    "path",
    [
        f"/my/bookings/KW-MOI/18/{NOBODYS}",
        "/my/bookings/KW-MOI/18/not-a-number",
        f"/my/bookings/KW-MOI/%00/{NOBODYS}",
        f"/my/bookings/%D9%A1/18/{NOBODYS}",
    ],
)
async def test_an_address_of_nothing_is_not_there(offered: Booking, browser: Browser, path: str) -> None:
    await browser.sign_in(offered.person_id)
    assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_offer_is_shown_in_both_languages(offered: Booking, browser: Browser, language: str) -> None:
    await browser.sign_in(offered.person_id, language=language)
    shown = await browser.page(address(offered))
    assert {"ar": 'lang="ar" dir="rtl"', "en": 'lang="en" dir="ltr"'}[language] in shown
    assert {"ar": "محفوظ لك ولم يُؤكَّد", "en": "Held for you, not confirmed"}[language] in shown
    assert offered.reference in shown
    assert f'action="{address(offered)}/confirm"' in shown


async def test_confirming_leads_to_the_ticket_and_twice_is_once(
    offered: Booking, opened_pool: Pool, browser: Browser
) -> None:
    await browser.sign_in(offered.person_id)
    answers = await asyncio.gather(*(browser.post(f"{address(offered)}/confirm") for _ in range(3)))
    assert {answer.headers["location"] for answer in answers} == {f"/my/tickets/{SERVICE}/{offered.booking_id}"}
    assert await state_of(opened_pool, offered) is BookingState.CONFIRMED
    assert "Open the ticket" in await browser.page(address(offered))


async def test_an_offer_past_its_end_cannot_be_confirmed(offered: Booking, opened_pool: Pool, browser: Browser) -> None:
    late = await offer(opened_pool, starts_in=timedelta(days=3), made_ago=timedelta(hours=7))
    await browser.sign_in(late.person_id)
    shown = await browser.page(address(late))
    assert "Not confirmed in time" in shown
    assert "/confirm" not in shown
    answer = await browser.post(f"{address(late)}/confirm")
    assert answer.status_code == 409
    assert "The time to confirm is over" in answer.text


async def test_giving_back_asks_once_and_says_where_the_seat_goes(
    offered: Booking, opened_pool: Pool, browser: Browser
) -> None:
    await browser.sign_in(offered.person_id)
    await browser.post(f"{address(offered)}/confirm")
    assert "Give this turn back?" in await browser.page(f"{address(offered)}/cancel")
    assert await state_of(opened_pool, offered) is BookingState.CONFIRMED
    for _ in range(2):
        answer = await browser.post(f"{address(offered)}/cancel")
        assert (answer.status_code, answer.headers["location"]) == (303, address(offered))
    assert await state_of(opened_pool, offered) is BookingState.CANCELLED
    shown = await browser.page(address(offered))
    assert "goes to the next on the waiting list, never to whoever happens to look" in shown
    assert (await browser.get(f"{address(offered)}/cancel")).headers["location"] == address(offered)
    assert (await browser.post(f"{address(offered)}/confirm")).status_code == 409


async def test_a_turn_that_has_begun_is_not_given_back(offered: Booking, opened_pool: Pool, browser: Browser) -> None:
    begun = await offer(opened_pool, starts_in=timedelta(hours=1), made_ago=timedelta(hours=1, minutes=5))
    await browser.sign_in(begun.person_id)
    assert (await browser.get(f"{address(begun)}/cancel")).status_code == 409
    assert (await browser.post(f"{address(begun)}/cancel")).status_code == 409


async def test_the_key_opens_the_sealed_lines_of_the_log(
    offered: Booking, opened_pool: Pool, browser: Browser, settings: Settings
) -> None:
    await browser.sign_in(offered.person_id)
    await browser.post(f"{address(offered)}/confirm")
    assert (await browser.get(f"{address(offered)}/proof")).status_code == 409
    await browser.post(f"{address(offered)}/cancel")
    await write_log(opened_pool, settings)
    proof = await browser.get(f"{address(offered)}/proof")
    assert proof.headers["cache-control"] == "no-store"
    openings = re.findall(r"salt: ([0-9a-f]{64})\nfacts: (\{.*\})", proof.text)
    assert len(openings) == 2
    async with transaction(opened_pool) as tx:
        leaves = [json.loads(entry.leaf) for entry in await transparency.entries_before(tx, 1000, count=1000)]
    sealed = {hashlib.sha256(bytes.fromhex(salt) + facts.encode()).hexdigest() for salt, facts in openings}
    assert sealed == {leaf["commitment"] for leaf in leaves if "commitment" in leaf}
    assert json.loads(openings[0][1])["person"] == str(offered.person_id)


@pytest.mark.parametrize(("language", "word"), [("ar", "نُقل دورك"), ("en", "Your turn was moved")])
async def test_a_moved_turn_says_so_and_each_of_its_lines_opens(
    offered: Booking, opened_pool: Pool, settings: Settings, browser: Browser, language: str, word: str
) -> None:
    other = await offer(opened_pool, starts_in=timedelta(days=4))
    now = datetime.now(UTC)
    async with transaction(opened_pool) as tx:
        for held in (offered, other):
            await actions.confirm(tx, service_id=SERVICE, booking_id=held.booking_id, person_id=held.person_id, now=now)
        await actions.cancel(tx, service_id=SERVICE, booking_id=other.booking_id, person_id=other.person_id, now=now)
        await actions.end_promise(tx, SERVICE, slot_ids=[other.slot_id])
        await actions.move(tx, service_id=SERVICE, booking_id=offered.booking_id, slot_id=other.slot_id, now=now)
    await write_log(opened_pool, settings)
    await browser.sign_in(offered.person_id, language=language)
    assert word in await browser.page(address(offered))
    proof = await browser.page(f"{address(offered)}/proof")
    openings = re.findall(r"salt: ([0-9a-f]{64})\nfacts: (\{.*\})", proof)
    assert [json.loads(facts).get("to_slot") for _, facts in openings] == [None, other.slot_id]
    async with transaction(opened_pool) as tx:
        leaves = [json.loads(entry.leaf) for entry in await transparency.entries_before(tx, 1000, count=1000)]
    sealed = {hashlib.sha256(bytes.fromhex(salt) + facts.encode()).hexdigest() for salt, facts in openings}
    assert sealed <= {leaf["commitment"] for leaf in leaves if "commitment" in leaf}


async def test_an_offer_has_no_proof_yet(offered: Booking, browser: Browser) -> None:
    await browser.sign_in(offered.person_id)
    assert (await browser.get(f"{address(offered)}/proof")).status_code == 404


@pytest.mark.parametrize("path", ["/confirm", "/cancel"])
@pytest.mark.parametrize(
    ("assurance", "age", "is_sure"),
    [
        (1, timedelta(0), False),
        (3, timedelta(hours=8, minutes=1), False),
        (2, timedelta(hours=7, minutes=59), True),
    ],
)
async def test_a_turn_is_confirmed_or_given_back_by_who_is_surely_there(
    offered: Booking, browser: Browser, opened_pool: Pool, path: str, assurance: int, age: timedelta, is_sure: bool
) -> None:
    await browser.sign_in(offered.person_id, assurance=assurance, age=age)
    answer = await browser.post(address(offered) + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/my/" if is_sure else "/sign-in?assurance=substantial")
    state = await state_of(opened_pool, offered)
    assert (state is BookingState.OFFERED) is not is_sure

"""One's own place: take a number, wait, choose, ask for time, leave."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import BookingState, SlotId
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.lines import actions
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.lines.invented_line import LINE, PATH, announce, gathering, opened, stranger
from tests.pages.releases.invented_draw import SERVICE, slots


async def let_in(pool: Pool) -> None:
    await actions.advance_lines(pool, now=datetime.now(UTC))


async def chosen_form(browser: Browser) -> dict[str, str]:
    """What the form of the first office and day would send, its first hour chosen."""
    shown = await browser.page(f"{PATH}/mine")
    link = unescape(re.findall(r'href="([^"]*mine\?group=[^"]*)"', shown)[0])
    shown = await browser.page(link)
    hidden = re.findall(r'<input type="hidden" name="(key|group)" value="([^"]*)">', shown)
    return {**dict(hidden), "slot": re.findall(r'name="slot" type="radio" value="([^"]+)"', shown)[0]}


@pytest.mark.parametrize("path", ["/mine", "/join", "/leave"])
async def test_who_has_not_signed_in_is_taken_to_sign_in_and_back(
    kuwait: Pool, browser: Browser, settings: Settings, path: str
) -> None:
    await gathering(kuwait, settings=settings)
    answer = await browser.get(PATH + path)
    assert answer.status_code == 303
    assert f"next={(PATH + path).replace('/', '%2F')}" in answer.headers["location"]


@pytest.mark.parametrize(("assurance", "age"), [(1, timedelta(0)), (3, timedelta(hours=3))])
@pytest.mark.parametrize("path", ["/join", "/take", "/extend", "/leave"])
async def test_a_weak_or_old_sign_in_is_not_enough_to_act(
    kuwait: Pool, browser: Browser, settings: Settings, assurance: int, age: timedelta, path: str
) -> None:
    await gathering(kuwait, settings=settings)
    await browser.sign_in(stranger(), assurance=assurance, age=age)
    answer = await browser.post(PATH + path)
    assert answer.headers["location"].startswith("/sign-in?assurance=substantial&next=")
    assert "Sign in and take your number" in await browser.page(PATH)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_number_is_taken_once_and_waits_for_the_opening(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await gathering(kuwait, settings=settings)
    await browser.speak(language)
    assert (await browser.get(f"{PATH}/join")).headers["location"] == PATH
    for _ in range(2):
        assert (await browser.post(f"{PATH}/join")).headers["location"] == f"{PATH}/mine"
    shown = await browser.page(f"{PATH}/mine")
    assert {"ar": "أنت في الطابور", "en": "You are in line"}[language] in shown
    assert {"ar": "بالقرعة عند الفتح", "en": "drawn at the opening"}[language] in shown
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in shown
    assert {"ar": "انظر مكانك في الطابور", "en": "See your place"}[language] in await browser.page(PATH)
    assert f'href="{PATH}/mine"' in await browser.page("/lines")
    async with transaction(kuwait) as tx:
        assert len(await actions.places_of(tx, person)) == 1


async def test_nobody_joins_before_the_gathering(kuwait: Pool, browser: Browser, person: PersonId) -> None:
    async with transaction(kuwait) as tx:
        await announce(tx, opens_in=timedelta(hours=5))
    assert (await browser.post(f"{PATH}/join")).status_code == 409


async def test_who_holds_a_turn_of_the_service_needs_no_line(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    line = await gathering(kuwait, settings=settings)
    [first, *_] = slots(datetime.now(UTC))
    async with transaction(kuwait) as tx:
        wanted = [(person, first.slot_id)]
        await booking.offer_seats(
            tx, service_id=SERVICE, wanted=wanted, until=line.rules.closes_at, now=datetime.now(UTC)
        )
    answer = await browser.post(f"{PATH}/join")
    assert answer.status_code == 409
    assert "booking.has_live_booking" in answer.text


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_waiting_person_sees_his_number_and_whom_the_line_serves(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await opened(kuwait, person, settings=settings)
    await browser.speak(language)
    shown = await browser.page(f"{PATH}/mine")
    assert 'data-number="1"' in shown
    assert f'data-now="{PATH}/now.json"' in shown
    assert {"ar": "مكانك محفوظ", "en": "Your place is kept"}[language] in shown
    assert 'aria-live="polite"' in shown
    assert "lines/waiting" in shown


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_from_the_turn_to_the_appointment(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await opened(kuwait, person, settings=settings)
    await let_in(kuwait)
    await browser.speak(language)
    assert {"ar": "حانت نوبتك", "en": "It is your turn"}[language] in await browser.page(f"{PATH}/mine")
    sent = await chosen_form(browser)
    answers = [await browser.post(f"{PATH}/take", **sent) for _ in range(2)]
    async with transaction(kuwait) as tx:
        [own] = await booking.bookings_of(tx, person)
    assert own.state is BookingState.CONFIRMED
    assert own.slot_id == sent["slot"]
    assert {answer.headers["location"] for answer in answers} == {f"/my/bookings/{SERVICE}/{own.booking_id}"}
    shown = await browser.page(f"{PATH}/mine")
    assert f'href="/my/bookings/{SERVICE}/{own.booking_id}"' in shown


async def test_a_full_slot_leaves_the_turn_and_another_is_chosen(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await opened(kuwait, person, settings=settings, seats=1)
    await let_in(kuwait)
    sent = await chosen_form(browser)
    async with transaction(kuwait) as tx:
        wanted = [(stranger(), SlotId(sent["slot"]))]
        await booking.offer_seats(
            tx, service_id=SERVICE, wanted=wanted, until=datetime.now(UTC) + timedelta(days=1), now=datetime.now(UTC)
        )
    answer = await browser.post(f"{PATH}/take", **sent)
    assert answer.status_code == 409
    assert 'class="govuk-error-summary"' in answer.text
    assert 'id="slot"' in answer.text
    left = re.findall(r'name="slot" type="radio" value="([^"]+)"', answer.text)
    assert left
    assert sent["slot"] not in left
    nowhere = await browser.post(f"{PATH}/take", **(sent | {"slot": "nowhere"}))
    assert nowhere.status_code == 404
    assert 'href="#slot"' in nowhere.text
    assert (await browser.post(f"{PATH}/take", **(sent | {"slot": left[0]}))).status_code == 303


async def test_more_time_is_given_once(kuwait: Pool, browser: Browser, settings: Settings, person: PersonId) -> None:
    await opened(kuwait, person, settings=settings)
    assert (await browser.post(f"{PATH}/extend")).status_code == 409
    await let_in(kuwait)
    assert "I need more time" in await browser.page(f"{PATH}/mine")
    assert (await browser.post(f"{PATH}/extend")).headers["location"] == f"{PATH}/mine"
    shown = await browser.page(f"{PATH}/mine")
    assert "I need more time" not in shown
    assert "cannot be extended again" in shown
    assert (await browser.post(f"{PATH}/extend")).status_code == 409


async def test_an_old_sign_in_is_renewed_before_one_chooses(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    person = stranger()
    await opened(kuwait, person, settings=settings)
    await browser.sign_in(person, age=timedelta(hours=3))
    assert 'data-number="1"' in await browser.page(f"{PATH}/mine")
    await let_in(kuwait)
    assert (await browser.get(f"{PATH}/mine")).headers["location"].startswith("/sign-in?assurance=substantial")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_who_missed_his_turn_may_take_a_new_number(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    line = await opened(kuwait, person, stranger(), settings=settings)
    async with transaction(kuwait) as tx:
        await tx.execute(
            "insert into lines.wave (service_id, line_id, up_to_number, at) values (%s, %s, 2, %s)",
            (SERVICE, LINE, line.rules.opens_at - timedelta(minutes=15)),
        )
    await browser.speak(language)
    assert {"ar": "فاتت نوبتك", "en": "Your turn went by"}[language] in await browser.page(f"{PATH}/mine")
    await browser.post(f"{PATH}/join")
    assert 'data-number="3"' in await browser.page(f"{PATH}/mine")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_everybody_in_a_line_that_is_over_is_told_so(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId, language: str
) -> None:
    await opened(kuwait, person, settings=settings)
    async with transaction(kuwait) as tx:
        await tx.execute("update lines.line set closed_at = now(), closed_entry_id = 1")
        free = [slot.slot_id for slot in slots(datetime.now(UTC))]
        await booking.end_promise(tx, SERVICE, slot_ids=free)
    await browser.speak(language)
    shown = await browser.page(f"{PATH}/mine")
    assert {"ar": "وُزّعت كل الأماكن", "en": "All places are given"}[language] in shown
    assert "/draws?service=" in shown
    assert "refresh" not in shown


async def test_who_leaves_is_asked_once_and_is_gone(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await gathering(kuwait, person, settings=settings)
    assert "Leave this line?" in await browser.page(f"{PATH}/leave")
    for _ in range(2):
        assert (await browser.post(f"{PATH}/leave")).headers["location"] == f"{PATH}?left=yes"
    assert "You have left this line" in await browser.page(f"{PATH}?left=yes")
    assert (await browser.get(f"{PATH}/mine")).status_code == 404


async def test_a_place_is_the_persons_and_not_the_browsers(
    kuwait: Pool, browser: Browser, settings: Settings, person: PersonId
) -> None:
    await opened(kuwait, person, settings=settings)
    await let_in(kuwait)
    sent = await chosen_form(browser)
    await browser.sign_in(stranger())
    assert (await browser.get(f"{PATH}/mine")).status_code == 404
    assert (await browser.post(f"{PATH}/take", **sent)).status_code == 404

"""The guards' figures over HTTP: who sees whose, and how a review goes from form to conclusion."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import pages, store
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from tests.pages.conftest import Browser, BrowserFor
from tests.store.gates.invented_device import Device, enrol_device, granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, Office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EXAMINING = [Role.BRANCH_HEAD, Role.AUTHORITY, Role.INSPECTOR, Role.AUDITOR]


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for(pages.routes)


async def officer_of(pool: Pool, office: Office, role: Role, *, elsewhere: bool = False) -> Officer:
    async with transaction(pool) as tx:
        return await granted(tx, office, role, office_id=OTHER_OFFICE if elsewhere else OFFICE, since=LONG_AGO)


async def device_at(tx: Transaction, guard: Officer, *, at: datetime, lane: int = 1) -> Device:
    """The guard's device in a shift of which `at` is the middle."""
    device = await enrol_device(tx, guard, lane=lane)
    shift_id = await store.add_shift(
        tx,
        device=await store.device(tx, device.device_id),
        day_on=at.date(),
        guard_id=guard.person_id,
        lane_proposed=lane + 1,
        opens_at=at - timedelta(hours=1),
        ends_at=at + timedelta(hours=1),
    )
    return replace(device, shift_id=shift_id, clock=at)


@pytest.fixture
async def guard(pool: Pool, office: Office) -> Officer:
    """Who missed all of three wrong names this hour."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        guard = await granted(tx, office, Role.GUARD, since=LONG_AGO)
        device = await device_at(tx, guard, at=now - timedelta(minutes=30))
        for _ in range(3):
            scan = device.scanned(None)
            device.record("decoy_answered", scan=scan, missed=True)
        await device.send(tx, now=now)
    return guard


async def reviewed(browser: Browser, guard: Officer) -> str:
    """The address of the review that begins on the board."""
    answer = await browser.post(
        "/gate/board", office=OFFICE, guard=str(guard.person_id), measure="decoys_missed", days="7"
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize("role", EXAMINING)
async def test_whoever_examines_sees_the_figures_the_concern_and_its_odds_in_words(
    browser: Browser, pool: Pool, office: Office, guard: Officer, role: Role
) -> None:
    officer = await officer_of(pool, office, role)
    await browser.sign_in(officer.person_id)
    shown = await browser.page("/gate/board", office=OFFICE, days="7")
    assert "Said that a wrong name, shown on purpose, matches the card: 3 of 3" in shown
    assert "at most one period of 125,000" in shown
    assert "Review this" in shown
    await browser.speak("ar")
    assert "قال إن اسماً غير صحيح" in await browser.page("/gate/board", office=OFFICE, days="28")
    async with transaction(pool) as tx:
        looks = await people.looks_at(tx, guard.person_id)
    assert [(look.looked_by, look.reason) for look in looks] == [(officer.person_id, "gates.look.figures")] * 2


@pytest.mark.parametrize("role", [each for each in Role if each not in EXAMINING])
async def test_nobody_else_sees_begins_or_reviews(
    browser: Browser, pool: Pool, office: Office, guard: Officer, role: Role
) -> None:
    head, other = await officer_of(pool, office, Role.BRANCH_HEAD), await officer_of(pool, office, role)
    await browser.sign_in(head.person_id)
    path = await reviewed(browser, guard)
    await browser.sign_in(other.person_id)
    assert (await browser.get("/gate/board", office=OFFICE)).status_code == 403
    assert (await browser.get(path)).status_code == 403
    for address, fields in (
        ("/gate/board", {"office": OFFICE, "guard": str(guard.person_id), "measure": "decoys_missed", "days": "7"}),
        (path, {"opinion": "upheld", "reason": "so"}),
    ):
        assert (await browser.post(address, **fields)).status_code == 403


async def test_a_branch_head_sees_no_other_offices_guards(
    browser: Browser, pool: Pool, office: Office, guard: Officer
) -> None:
    head, stranger = (
        await officer_of(pool, office, Role.BRANCH_HEAD),
        await officer_of(pool, office, Role.BRANCH_HEAD, elsewhere=True),
    )
    await browser.sign_in(head.person_id)
    path = await reviewed(browser, guard)
    await browser.sign_in(stranger.person_id)
    assert (await browser.get("/gate/board", office=OFFICE)).status_code == 403
    assert (await browser.get(path)).status_code == 403
    assert (await browser.post(path, opinion="upheld", reason="so")).status_code == 403


async def test_who_is_not_signed_in_or_signed_in_weakly_goes_to_the_sign_in(
    browser: Browser, pool: Pool, office: Office, guard: Officer
) -> None:
    for address in ("/gate/board", "/gate/own-figures", "/gate/reviews/00000000-0000-0000-0000-000000000000"):
        assert (await browser.get(address)).status_code == 303
    head = await officer_of(pool, office, Role.BRANCH_HEAD)
    await browser.sign_in(head.person_id, assurance=1)
    assert (await browser.get("/gate/board")).status_code == 303


async def test_two_people_review_a_concern_each_with_his_own_mind_and_the_guard_answers(
    browser: Browser, pool: Pool, office: Office, guard: Officer
) -> None:
    head, auditor = await officer_of(pool, office, Role.BRANCH_HEAD), await officer_of(pool, office, Role.AUDITOR)
    await browser.sign_in(head.person_id)
    path = await reviewed(browser, guard)
    assert await reviewed(browser, guard) == path
    fault = await browser.post(path, opinion="", reason="")
    assert fault.status_code == 422
    assert "Choose what you make of it" in fault.text
    assert "Write why" in fault.text
    assert (await browser.post(path, opinion="upheld", reason="The first reason.")).status_code == 303
    assert "The first reason." in await browser.page(path)

    await browser.sign_in(auditor.person_id)
    shown = await browser.page(path)
    assert "3 tickets behind it" in shown
    assert "The first reason." not in shown
    assert "A colleague has given his opinion" in shown

    await browser.sign_in(guard.person_id)
    own = await browser.page("/gate/own-figures")
    assert "The first reason." not in own
    review_id = path.rpartition("/")[2]
    assert (await browser.post("/gate/own-figures", office=OFFICE, review=review_id, words="")).status_code == 422
    answered = await browser.post("/gate/own-figures", office=OFFICE, review=review_id, words="The screen was broken.")
    assert answered.status_code == 303

    await browser.sign_in(auditor.person_id)
    assert "The screen was broken." in await browser.page(path)
    await browser.post(path, opinion="set_aside", reason="The second reason.")
    assert "Set aside" in await browser.page("/gate/board", office=OFFICE)

    await browser.sign_in(guard.person_id)
    own = await browser.page("/gate/own-figures")
    assert "The first reason." in own
    assert "The second reason." in own


async def test_one_guard_never_sees_anothers_figures_and_answers_for_himself_alone(
    browser: Browser, pool: Pool, office: Office, guard: Officer
) -> None:
    head, other = await officer_of(pool, office, Role.BRANCH_HEAD), await officer_of(pool, office, Role.GUARD)
    await browser.sign_in(head.person_id)
    review_id = (await reviewed(browser, guard)).rpartition("/")[2]
    await browser.sign_in(other.person_id)
    own = await browser.page("/gate/own-figures")
    assert "You handled no ticket" in own
    assert "Nobody has begun a review" in own
    stolen = await browser.post("/gate/own-figures", office=OFFICE, review=review_id, words="I say so")
    assert stolen.status_code == 404


async def test_a_branch_head_who_is_a_guard_too_does_not_review_himself(
    browser: Browser, pool: Pool, office: Office, guard: Officer
) -> None:
    async with transaction(pool) as tx:
        await people.grant_role(
            tx,
            person_id=guard.person_id,
            role=Role.BRANCH_HEAD,
            authority_id=guard.authority_id,
            office_id=guard.office_id,
            granted_by=None,
            now=LONG_AGO,
        )
    await browser.sign_in(guard.person_id)
    assert "two colleagues review it" in await browser.page("/gate/board")
    path = await reviewed(browser, guard)
    assert "two colleagues review it" in await browser.page(path)
    assert (await browser.post(path, opinion="set_aside", reason="so")).status_code == 403


@pytest.mark.parametrize("fields", [{"measure": "smiles"}, {"days": "3"}, {"days": ""}, {"measure": "out_of_lane"}])
async def test_what_the_figures_do_not_say_is_not_reviewed(
    browser: Browser, pool: Pool, office: Office, guard: Officer, fields: dict[str, str]
) -> None:
    head = await officer_of(pool, office, Role.BRANCH_HEAD)
    await browser.sign_in(head.person_id)
    usual = {"office": OFFICE, "guard": str(guard.person_id), "measure": "decoys_missed", "days": "7"}
    assert (await browser.post("/gate/board", **usual | fields)).status_code == 409
    assert (await browser.post("/gate/board", **usual | {"guard": "x"})).status_code == 404


async def test_an_office_where_nothing_happened_says_so(browser: Browser, pool: Pool, office: Office) -> None:
    head = await officer_of(pool, office, Role.BRANCH_HEAD)
    await browser.sign_in(head.person_id)
    shown = await browser.page("/gate/board")
    assert "Nobody handled a ticket" in shown
    assert "None." in shown


async def test_offices_at_the_gate_is_for_everybody_and_says_where_it_has_nothing(
    browser: Browser, office: Office
) -> None:
    await browser.speak("en")
    assert "No office has figures to publish yet" in await browser.page("/offices-at-the-gate")
    await browser.speak("ar")
    assert "ليس لمكتب أرقام تُنشر بعد" in await browser.page("/offices-at-the-gate")


async def test_an_office_with_guards_enough_is_published_with_bars_that_add_up(
    browser: Browser, pool: Pool, office: Office
) -> None:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
        for lane in (1, 2, 3):
            guard = await granted(tx, office, Role.GUARD, since=LONG_AGO)
            device = await device_at(tx, guard, at=now - timedelta(days=1), lane=lane)
            for _ in range(4):
                device.mismatched(ticket)
            await device.upload(tx, office.settings, now=now)
    await browser.speak("en")
    shown = await browser.page("/offices-at-the-gate")
    assert "HAW department" in shown
    assert "12 scans and what they came to" in shown

"""What a device posts, an officer's own codes, and what the branch head is told of both."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.gates import pages
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from tests.pages.conftest import Browser, BrowserFor
from tests.store.gates.invented_device import Device, enrol_device, granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, Office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def officer_of(pool: Pool, office: Office, role: Role, *, office_id: str = OFFICE) -> Officer:
    async with transaction(pool) as tx:
        return await granted(
            tx, office, role, office_id=OFFICE if office_id == OFFICE else OTHER_OFFICE, since=LONG_AGO
        )


@pytest.fixture
async def device(pool: Pool, office: Office) -> Device:
    async with transaction(pool) as tx:
        return await enrol_device(tx, await granted(tx, office, Role.GUARD, since=LONG_AGO))


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for(pages.routes)


async def post_records(browser: Browser, device: Device, sent: list[tuple[str, str]] | None = None) -> httpx.Response:
    return await browser.client.post(
        "/gate/records",
        json={"device": str(device.device_id), "records": device.records if sent is None else sent},
        headers={"accept": "application/json"},
    )


async def test_a_device_is_told_how_far_its_records_stand(browser: Browser, device: Device) -> None:
    device.record("shift_opened")
    device.scanned(None, found="not_ours")
    for _ in range(2):
        answer = await post_records(browser, device)
        assert (answer.status_code, answer.json()) == (200, {"taken_until": 2})


async def test_what_was_posted_is_merged_at_once(browser: Browser, device: Device, pool: Pool) -> None:
    device.scanned(None, found="not_ours")
    await post_records(browser, device)
    async with transaction(pool) as tx:
        rows = await (await tx.execute("select verdict from tickets.gate_outcome")).fetchall()
    assert [row["verdict"] for row in rows] == ["not_ours"]


async def test_a_refusal_names_the_number_that_is_expected_and_keeps_what_came_before_it(
    browser: Browser, device: Device, pool: Pool
) -> None:
    for _ in range(3):
        device.scanned(None, found="not_ours")
    answer = await post_records(browser, device, [device.records[0], device.records[2]])
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["facts"]["expected"]) == ("gates.records_gap", 2)
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as kept from gates.record")).fetchone()
    assert row == {"kept": 1}


async def test_a_forged_record_and_another_story_are_refused_and_the_alarm_stays(
    browser: Browser, device: Device, pool: Pool
) -> None:
    text, signature = device.record("shift_opened")
    answer = await post_records(browser, device, [(text, signature[:-2] + "AA")])
    assert (answer.status_code, answer.json()["code"]) == (403, "gates.record_not_signed")
    await post_records(browser, device)
    device.records.pop()
    device.record("clock_moved", moved_ms=1)
    answer = await post_records(browser, device)
    assert (answer.status_code, answer.json()["code"]) == (409, "gates.chain_forked")
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as forks from gates.fork")).fetchone()
    assert row == {"forks": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"device":"x","records":[]}',
        b'{"device":"00000000-0000-0000-0000-000000000000","records":[["a"]]}',
        b'{"device":"00000000-0000-0000-0000-000000000000","records":[],"more":1}',
        b'{"device":"00000000-0000-0000-0000-000000000000","records":[' + b'["a","b"],' * 100 + b'["a","b"]]}',
        b"\xff",
    ],
)
async def test_what_is_no_post_of_records_is_refused(browser: Browser, device: Device, body: bytes) -> None:
    answer = await browser.client.post("/gate/records", content=body, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "kernel.malformed")


async def test_a_post_is_bounded_and_a_stranger_learns_nothing(browser: Browser, device: Device) -> None:
    long = await browser.client.post("/gate/records", content=b" " * 100_001)
    assert long.status_code == 413
    device.device_id = type(device.device_id)(int=uuid4().int)  # type: ignore[assignment]
    assert (await post_records(browser, device, [])).status_code == 404


async def test_an_officer_sees_his_own_codes_by_lane_and_the_look_is_recorded(
    browser: Browser, device: Device, pool: Pool, office: Office
) -> None:
    head, clerk = await officer_of(pool, office, Role.BRANCH_HEAD), await officer_of(pool, office, Role.CLERK)
    sheets = []
    for officer in (head, clerk):
        await browser.sign_in(officer.person_id)
        shown = await browser.page("/gate/codes")
        sheets.append(re.findall(r"\b(\d{3} \d{3})\b", shown))
        assert ("after a card that did not match" in shown) is (officer is head)
        async with transaction(pool) as tx:
            looks = await people.looks_at(tx, officer.person_id)
        assert [(look.looked_by, look.reason) for look in looks] == [(officer.person_id, "gates.look.codes")]
    assert [len(sheet) for sheet in sheets] == [20, 20]
    assert sheets[0] != sheets[1]


async def test_an_office_without_devices_has_no_codes_and_says_so_in_both_languages(
    browser: Browser, pool: Pool, office: Office
) -> None:
    clerk = await officer_of(pool, office, Role.CLERK)
    await browser.sign_in(clerk.person_id)
    assert "nobody will ask you for a code" in await browser.page("/gate/codes")
    await browser.speak("ar")
    assert "لن يطلب منك أحد رمزاً" in await browser.page("/gate/codes")


@pytest.mark.parametrize("role", [Role.AUTHORITY, Role.AUDITOR, Role.INSPECTOR, Role.OPERATOR, Role.INVESTIGATOR])
async def test_whoever_does_not_work_at_the_office_has_no_codes(
    browser: Browser, pool: Pool, office: Office, role: Role
) -> None:
    officer = await officer_of(pool, office, role)
    await browser.sign_in(officer.person_id)
    assert (await browser.get("/gate/codes", office=OFFICE)).status_code == 403


async def test_codes_are_of_ones_own_office_and_need_a_sign_in(
    browser: Browser, device: Device, pool: Pool, office: Office
) -> None:
    assert (await browser.get("/gate/codes")).status_code == 303
    elsewhere = await officer_of(pool, office, Role.CLERK, office_id=OTHER_OFFICE)
    await browser.sign_in(elsewhere.person_id)
    assert (await browser.get("/gate/codes", office=OFFICE)).status_code == 403
    await browser.sign_in(elsewhere.person_id, age=timedelta(hours=7, minutes=59), assurance=1)
    assert (await browser.get("/gate/codes")).status_code == 303


async def test_the_branch_head_reads_what_is_contested_and_what_to_do(
    browser: Browser, device: Device, pool: Pool, office: Office
) -> None:
    head = await officer_of(pool, office, Role.BRANCH_HEAD)
    await browser.sign_in(head.person_id)
    assert "Nothing in four weeks" in await browser.page("/gate/contested")
    device.answered(uuid4(), right=True)
    device.overruled(device.guard_id, scan=None, what="clock")
    await post_records(browser, device)
    device.records.pop()
    device.record("shift_closed")
    await post_records(browser, device)
    shown = await browser.page("/gate/contested")
    assert "recorded a step without the scan" in shown
    assert "A guard used a code of his own" in shown
    assert "Devices that told two stories" in shown
    await browser.speak("ar")
    assert "أجهزة روت روايتين" in await browser.page("/gate/contested")


async def test_the_branch_head_reads_of_another_card_found_before_and_of_a_wrong_code_and_nobody_is_accused(
    browser: Browser, device: Device, pool: Pool, office: Office
) -> None:
    head = await officer_of(pool, office, Role.BRANCH_HEAD)
    await browser.sign_in(head.person_id)
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
    device.mismatched(ticket)
    device.admitted(ticket)
    device.record("code_refused", officer=str(head.person_id), number=7, what="clock")
    await post_records(browser, device)
    shown = await browser.page("/gate/contested")
    assert "with which another’s card had been found before" in shown
    assert "A device without a network may not have known it." in shown
    assert "Take the device out of use" not in shown
    assert "A wrong code was typed in an officer’s name." in shown
    assert "One such line is a slip of the finger." in shown
    await browser.speak("ar")
    assert "سبق أن عُرضت معها بطاقة شخص آخر" in await browser.page("/gate/contested")


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.BRANCH_HEAD])
async def test_nobody_but_the_branch_head_reads_what_is_contested(
    browser: Browser, pool: Pool, office: Office, role: Role
) -> None:
    officer = await officer_of(pool, office, role)
    await browser.sign_in(officer.person_id)
    assert (await browser.get("/gate/contested", office=OFFICE)).status_code == 403


async def test_a_branch_head_of_another_office_reads_nothing_of_this_one(
    browser: Browser, pool: Pool, office: Office
) -> None:
    head = await officer_of(pool, office, Role.BRANCH_HEAD, office_id=OTHER_OFFICE)
    await browser.sign_in(head.person_id)
    assert (await browser.get("/gate/contested", office=OFFICE)).status_code == 403

"""The branch head's devices and lanes, the device's own enrolment and shift, in both languages and for nobody else."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.gates import pages
from dawr.gates.wire import fingerprint, jwk
from dawr.kernel.identifiers import OfficeId
from dawr.people.model import Officer, Role
from dawr.tickets import pages as tickets_pages
from dawr.tickets.keys import public_bytes
from tests.pages.conftest import Browser, BrowserFor
from tests.store.gates.gate import new_keys
from tests.store.gates.invented_device import granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, Office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JSON = {"accept": "application/json"}
WRONG_ROLES = [Role.GUARD, Role.CLERK, Role.AUTHORITY, Role.OPERATOR, Role.AUDITOR]

OfficerIn = Callable[..., Awaitable[tuple[Browser, Officer]]]


@pytest.fixture
def officer_in(browser_for: BrowserFor, pool: Pool, office: Office) -> OfficerIn:
    """A browser in which an officer in this role has signed in, and the officer."""

    async def signed_in(
        role: Role, *, office_id: OfficeId = OFFICE, language: str = "en", **how: object
    ) -> tuple[Browser, Officer]:
        async with transaction(pool) as tx:
            officer = await granted(tx, office, role, office_id=office_id, since=LONG_AGO)
        browser = browser_for([*pages.routes, *tickets_pages.routes])
        await browser.sign_in(officer.person_id, language=language, **how)  # type: ignore[arg-type]
        return browser, officer

    return signed_in


async def code_of_new(head: Browser, *, name: str = "North door", lane: str = "1") -> str:
    answer = await head.post("/gate/devices", office=OFFICE, name=name, lane=lane)
    assert answer.status_code == 200, answer.text
    found = re.search(r'code--large">([2-9A-Z]{4}-[2-9A-Z]{4})<', answer.text)
    assert found
    return found[1]


async def enrol(client: httpx.AsyncClient, typed: str, /, **changes: object) -> httpx.Response:
    keys = [jwk(public_bytes(each.public_key())) for each in new_keys()]
    body = {"code": typed, "signing": keys[0], "agreement": keys[1]}
    return await client.post("/gate/devices/enrol", json=body | changes, headers=JSON)


async def post_json(browser: Browser, path: str, body: object) -> httpx.Response:
    token = (await browser.get("/test/token")).text
    return await browser.client.post(path, json=body, headers=JSON | {"x-csrftoken": token})


async def working_device(head: Browser, **how: str) -> str:
    """The id of a device that has just been enrolled."""
    return str((await enrol(head.client, await code_of_new(head, **how))).json()["device"])


@pytest.mark.parametrize(
    ("language", "said"),
    [("ar", ["أجهزة البوابة", "لا جهاز بعد"]), ("en", ["Devices at the gate", "There is no device yet"])],
)
async def test_an_office_without_a_device_is_told_so(officer_in: OfficerIn, language: str, said: list[str]) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD, language=language)
    text = await head.page("/gate/devices")
    for sentence in said:
        assert sentence in text


async def test_a_device_is_enrolled_with_the_code_that_is_shown_once(
    officer_in: OfficerIn, browser_for: BrowserFor
) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    code = await code_of_new(head)
    assert code not in await head.page("/gate/devices")
    stranger = browser_for(pages.routes)
    answer = await enrol(stranger.client, code.lower())
    assert answer.status_code == 200
    body = answer.json()
    assert (body["name"], body["lane"], body["office"]) == ("North door", 1, OFFICE)
    assert re.fullmatch(r"[0-9a-f]{8}", body["fingerprint"])
    listed = await head.page("/gate/devices")
    assert body["fingerprint"] in listed
    assert "In use" in listed


async def test_both_sides_show_the_same_fingerprint(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    signing, _agreement = (public_bytes(each.public_key()) for each in new_keys())
    answer = await enrol(head.client, await code_of_new(head), signing=jwk(signing))
    assert answer.json()["fingerprint"] == fingerprint(signing)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"code": "22222222"}, 403, "gates.enrolment_code_refused"),
        ({"code": "2222"}, 403, "gates.enrolment_code_refused"),
        ({"code": "0OIL1111"}, 403, "gates.enrolment_code_refused"),
        ({"code": "2" * 65}, 400, "kernel.malformed"),
        ({"code": 22222222}, 400, "kernel.malformed"),
        ({"more": 1}, 400, "kernel.malformed"),
        ({"signing": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}, 400, "kernel.malformed"),
        ({"signing": {"kty": "EC", "crv": "P-384", "x": "A" * 43, "y": "A" * 43}}, 400, "kernel.malformed"),
        ({"agreement": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, 400, "kernel.malformed"),
        ({"agreement": None}, 400, "kernel.malformed"),
    ],
)
async def test_what_is_no_enrolment_is_refused_in_json(
    officer_in: OfficerIn, changes: dict[str, object], status: int, code: str
) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    typed = await code_of_new(head)
    answer = await enrol(head.client, typed, **changes)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["sentence"]
    assert answer.json()["next"]
    assert (await enrol(head.client, typed)).status_code == 200, "the code itself is still good"


async def test_a_wrong_try_is_counted_though_it_is_refused(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    code = (await code_of_new(head)).replace("-", "")
    wrong = code[:4] + ("2222" if code[4:] != "2222" else "3333")
    for _ in range(5):
        assert (await enrol(head.client, wrong)).status_code == 403
    assert (await enrol(head.client, code)).status_code == 403


async def test_a_taken_lane_is_told_beside_its_field(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    await code_of_new(head)
    answer = await head.post("/gate/devices", office=OFFICE, name="South door", lane="١")
    assert answer.status_code == 422
    assert "Lane 1 has a device already." in answer.text
    assert 'value="South door"' in answer.text, "what was typed stays"


@pytest.mark.parametrize("lane", ["", "0", "21", "one"])
async def test_a_lane_is_a_number_from_1_to_20(officer_in: OfficerIn, lane: str) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    answer = await head.post("/gate/devices", office=OFFICE, name="Door", lane=lane)
    assert answer.status_code == 422
    assert "from 1 to 20" in answer.text


async def test_a_device_is_moved_and_revoked_for_a_reason_alone(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    device = await working_device(head)
    for act in ("move", "revoke"):
        refused = await head.post(f"/gate/devices/{device}/{act}", office=OFFICE, lane="2", reason=" ")
        assert refused.status_code == 422
        assert "Write why" in refused.text
    moved = await head.post(f"/gate/devices/{device}/move", office=OFFICE, lane="2", reason="The door is repaired")
    assert moved.status_code == 303
    await head.post(f"/gate/devices/{device}/revoke", office=OFFICE, reason="It was stolen")
    listed = await head.page("/gate/devices")
    assert "There is no device yet" in listed
    assert "Revoked devices" in listed
    lanes = await head.page("/gate/lanes")
    assert "The door is repaired" in lanes
    assert "It was stolen" in lanes


@pytest.mark.parametrize("role", WRONG_ROLES)
@pytest.mark.parametrize("path", ["/gate/devices", "/gate/lanes"])
async def test_nobody_but_the_branch_head_sees_devices_and_lanes(officer_in: OfficerIn, role: Role, path: str) -> None:
    other, _ = await officer_in(role)
    assert (await other.get(path, office=OFFICE)).status_code == 403
    assert (await other.get(path)).status_code == 403


@pytest.mark.parametrize(
    "act",
    [
        "/gate/devices",
        "/gate/devices/{id}/code",
        "/gate/devices/{id}/move",
        "/gate/devices/{id}/revoke",
        "/gate/lanes",
        "/gate/lanes/shifts/{id}/end",
        "/gate/lanes/online",
    ],
)
async def test_nobody_but_the_branch_head_of_the_office_changes_anything(officer_in: OfficerIn, act: str) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    path = act.replace("{id}", await working_device(head))
    fields = {"office": OFFICE, "name": "Door", "lane": "2", "lanes": "2", "reason": "Because"}
    elsewhere, _ = await officer_in(Role.BRANCH_HEAD, office_id=OTHER_OFFICE)
    for other in [elsewhere, *[(await officer_in(role))[0] for role in (Role.GUARD, Role.AUTHORITY)]]:
        assert (await other.post(path, **fields)).status_code == 403
    if "{id}" in act:
        assert (await elsewhere.post(path, **fields | {"office": OTHER_OFFICE})).status_code == 404
    assert "In use" in await head.page("/gate/devices")


async def test_a_guard_begins_his_shift_and_gets_the_same_code_again(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    device = await working_device(head)
    guard, _ = await officer_in(Role.GUARD)
    begun = await post_json(guard, "/gate/shifts", {"device": device})
    assert begun.status_code == 200, begun.text
    assert begun.headers["cache-control"] == "no-store"
    body = begun.json()
    assert body.keys() == {"shift", "opening_code", "now_ms", "pack"}
    assert body["pack"].keys() == {"sealed", "device", "shift", "ephemeral", "salt", "nonce", "ciphertext"}
    again = (await post_json(guard, "/gate/shifts", {"device": device})).json()
    renewed = (await post_json(guard, f"/gate/shifts/{body['shift']}/pack", {"waiting": 3})).json()
    for other in (again, renewed):
        assert (other["shift"], other["opening_code"]) == (body["shift"], body["opening_code"])
        assert other["pack"]["ciphertext"] != body["pack"]["ciphertext"]
    photographs = await post_json(guard, f"/gate/shifts/{body['shift']}/photographs", {"after": -1})
    assert photographs.json()["last"] is None
    listed = await head.page("/gate/devices")
    assert re.search(r"Records still on it\s*</dt>\s*<dd[^>]*>\s*3", listed)
    assert "until" in await head.page("/gate/lanes")


async def test_a_closed_shift_gives_no_pack(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    guard, _ = await officer_in(Role.GUARD)
    shift = (await post_json(guard, "/gate/shifts", {"device": await working_device(head)})).json()["shift"]
    for _ in range(2):
        assert (await post_json(guard, f"/gate/shifts/{shift}/close", {})).json() == {"shift": shift}
    refused = await post_json(guard, f"/gate/shifts/{shift}/pack", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "gates.shift_over")


async def test_another_guard_waits_until_the_head_ends_the_shift(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    device = await working_device(head)
    (first, _), (second, _) = await officer_in(Role.GUARD), await officer_in(Role.GUARD)
    shift = (await post_json(first, "/gate/shifts", {"device": device})).json()["shift"]
    waits = await post_json(second, "/gate/shifts", {"device": device})
    assert (waits.status_code, waits.json()["code"]) == (409, "gates.device_in_shift")
    assert "North door" in waits.json()["sentence"]
    for path in ("pack", "photographs", "close"):
        stolen = await post_json(second, f"/gate/shifts/{shift}/{path}", {"after": -1} if path == "photographs" else {})
        assert (stolen.status_code, stolen.json()["code"]) == (403, "gates.not_the_guard_of_the_shift")
    ended = await head.post(f"/gate/lanes/shifts/{shift}/end", office=OFFICE, reason="He fell ill")
    assert ended.status_code == 303
    assert (await post_json(second, "/gate/shifts", {"device": device})).status_code == 200


async def test_one_guard_has_one_shift_at_a_time(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    guard, _ = await officer_in(Role.GUARD)
    await post_json(guard, "/gate/shifts", {"device": await working_device(head)})
    refused = await post_json(guard, "/gate/shifts", {"device": await working_device(head, name="Other", lane="2")})
    assert (refused.status_code, refused.json()["code"]) == (409, "gates.guard_in_shift")


async def test_a_shift_is_begun_by_a_guard_of_that_office_who_signed_in_lately_and_surely(
    officer_in: OfficerIn, browser_for: BrowserFor
) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    body = {"device": await working_device(head)}
    for role in (Role.BRANCH_HEAD, Role.CLERK, Role.AUDITOR):
        other, _ = await officer_in(role)
        assert (await post_json(other, "/gate/shifts", body)).status_code == 403
    elsewhere, _ = await officer_in(Role.GUARD, office_id=OTHER_OFFICE)
    assert (await post_json(elsewhere, "/gate/shifts", body)).json()["code"] == "people.role_missing"
    weak, _ = await officer_in(Role.GUARD, assurance=1)
    assert (await post_json(weak, "/gate/shifts", body)).json()["code"] == "people.step_up_needed"
    nobody = browser_for(pages.routes)
    answer = await post_json(nobody, "/gate/shifts", body)
    assert (answer.status_code, answer.json()["code"]) == (401, "web.sign_in_needed")


async def test_a_shift_needs_the_csrf_token(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    guard, _ = await officer_in(Role.GUARD)
    answer = await guard.client.post("/gate/shifts", json={"device": await working_device(head)}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "web.csrf_failed")


async def test_a_revoked_device_opens_no_shift(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    device = await working_device(head)
    guard, _ = await officer_in(Role.GUARD)
    shift = (await post_json(guard, "/gate/shifts", {"device": device})).json()["shift"]
    await head.post(f"/gate/devices/{device}/revoke", office=OFFICE, reason="It was stolen")
    for path, body in [("/gate/shifts", {"device": device}), (f"/gate/shifts/{shift}/pack", {})]:
        refused = await post_json(guard, path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "gates.device_revoked")


@pytest.mark.parametrize("body", [{}, {"device": "x"}, {"device": 1}, [], {"waiting": 1}])
async def test_what_is_no_shift_is_malformed(officer_in: OfficerIn, body: object) -> None:
    guard, _ = await officer_in(Role.GUARD)
    assert (await post_json(guard, "/gate/shifts", body)).json()["code"] == "kernel.malformed"


async def test_the_lanes_are_changed_by_whoever_saw_them_as_they_stand(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    guard, _ = await officer_in(Role.GUARD)
    await post_json(guard, "/gate/shifts", {"device": await working_device(head)})
    change = {"office": OFFICE, "lanes": "2", "revision": "1", "reason": "A second door is open"}
    assert (await head.post("/gate/lanes", **change)).status_code == 303
    assert "2 lanes are open" in await head.page("/gate/lanes")
    late = await head.post("/gate/lanes", **change | {"lanes": "3"})
    assert late.status_code == 409
    for wrong in ({"lanes": "0"}, {"lanes": ""}, {"reason": ""}):
        assert (await head.post("/gate/lanes", **change | {"revision": "2"} | wrong)).status_code == 422


@pytest.mark.parametrize(
    ("language", "said"), [("ar", "البوابة تعمل على جهازها"), ("en", "The gate works on its device")]
)
async def test_the_online_gate_leads_to_the_device_where_there_is_one(
    officer_in: OfficerIn, language: str, said: str
) -> None:
    guard, _ = await officer_in(Role.GUARD, language=language)
    assert "/gate/scan" in await guard.page("/gate")
    head, _ = await officer_in(Role.BRANCH_HEAD)
    await working_device(head)
    shut = await guard.page("/gate")
    assert said in shut
    assert 'href="/gate/app"' in shut
    assert (await guard.post("/gate/scan", office=OFFICE, code="4K7P2M")).status_code == 409
    await head.post("/gate/lanes/online", office=OFFICE, reason="The device broke")
    assert "/gate/scan" in await guard.page("/gate")


async def test_an_open_lane_that_has_lost_its_device_is_told(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD)
    guard, _ = await officer_in(Role.GUARD)
    first, second = await working_device(head), await working_device(head, name="South door", lane="2")
    await post_json(guard, "/gate/shifts", {"device": first})
    assert "No device" not in await head.page("/gate/lanes")
    await head.post(f"/gate/devices/{second}/revoke", office=OFFICE, reason="It fell")
    assert "No device: change the open lanes" in await head.page("/gate/lanes")


async def test_the_forms_say_why_in_arabic_too(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD, language="ar")
    answer = await head.post("/gate/lanes/online", office=OFFICE, reason="")
    assert answer.status_code == 422
    assert "اكتب السبب" in answer.text


async def test_a_sign_in_of_yesterday_opens_no_devices_page(officer_in: OfficerIn) -> None:
    head, _ = await officer_in(Role.BRANCH_HEAD, age=timedelta(hours=7, minutes=59))
    assert (await head.get("/gate/devices")).status_code == 200
    late, _ = await officer_in(Role.BRANCH_HEAD, age=timedelta(hours=8, minutes=1))
    assert (await late.get("/gate/devices")).status_code == 303

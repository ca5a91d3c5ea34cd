"""Officers' codes: what the sheet tells its officer, a device knows as hashes, for its own lane alone."""

from datetime import timedelta

from dawr.db.pool import Transaction
from dawr.gates import actions as gates
from dawr.gates.actions.codes import Sheet, code_hash
from dawr.gates.wire import as_bytes
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from tests.store.gates.invented_device import DAY_ON, OFFICE, Device, enrol_device, granted
from tests.store.tickets.invented_office import OTHER_OFFICE, STARTS_AT, Office


async def sheet_of(tx: Transaction, office: Office, officer: Officer, *, days: int = 0) -> Sheet:
    now = STARTS_AT + timedelta(days=days)
    return await gates.sheet_of(tx, officer=officer, settings=office.settings, now=now)


async def held_by(tx: Transaction, office: Office, device: Device) -> dict[str, dict[str, object]]:
    """What the device's pack holds, by officer."""
    found = await gates.codes_for_device(
        tx,
        office_id=OFFICE,
        day_on=DAY_ON,
        lane=device.lane,
        device_id=device.device_id,
        settings=office.settings,
    )
    return {str(each["officer"]): dict(each) for each in found}


async def test_a_device_knows_the_codes_of_its_lane_as_salted_hashes_of_what_the_sheet_says(
    tx: Transaction, office: Office
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    device = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2)
    await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=1)
    sheet = await sheet_of(tx, office, head)
    assert (sheet.day_on, list(sheet.lanes)) == (DAY_ON, [1, 2])
    assert [number for number, _, _ in sheet.lanes[2]] == list(range(21, 41))
    held = (await held_by(tx, office, device))[str(head.person_id)]
    salt = as_bytes(str(held["salt"]))
    assert {number: as_bytes(hashed) for number, hashed in held["codes"]} == {  # type: ignore[attr-defined]
        number: code_hash(code, salt) for number, code, _ in sheet.lanes[2]
    }


async def test_every_officer_of_the_office_is_known_once_with_his_widest_role(tx: Transaction, office: Office) -> None:
    head, clerk = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.CLERK)
    guard = await granted(tx, office, Role.GUARD)
    await granted(tx, office, Role.CLERK, office_id=OTHER_OFFICE)
    await granted(tx, office, Role.AUDITOR)
    await people.grant_role(
        tx,
        person_id=head.person_id,
        role=Role.CLERK,
        authority_id=head.authority_id,
        office_id=OFFICE,
        granted_by=None,
        now=STARTS_AT,
    )
    held = await held_by(tx, office, await enrol_device(tx, guard))
    assert {officer: each["role"] for officer, each in held.items()} == {
        str(head.person_id): "branch_head",
        str(clerk.person_id): "clerk",
        str(guard.person_id): "guard",
    }


async def test_codes_are_of_one_officer_and_one_day_and_the_same_whenever_they_are_asked_for(
    tx: Transaction, office: Office
) -> None:
    head, clerk = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.CLERK)
    await enrol_device(tx, head)
    today = (await sheet_of(tx, office, head)).lanes[1]
    assert (await sheet_of(tx, office, head)).lanes[1] == today
    assert (await sheet_of(tx, office, clerk)).lanes[1] != today
    assert (await sheet_of(tx, office, head, days=1)).lanes[1] != today
    assert all(len(code) == 6 and code.isdigit() for _, code, _ in today)


async def test_a_used_code_is_shown_as_used_and_each_look_is_recorded(tx: Transaction, office: Office) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    device = await enrol_device(tx, await granted(tx, office, Role.GUARD))
    number = device.overruled(head.person_id, scan=None, what="clock")
    await device.upload(tx, office.settings)
    sheet = await sheet_of(tx, office, head)
    assert [each for each, _, is_used in sheet.lanes[1] if is_used] == [number]
    looks = await people.looks_at(tx, head.person_id)
    assert [(look.looked_by, look.reason) for look in looks] == [(head.person_id, "gates.look.codes")]


async def test_two_devices_salt_the_same_code_differently(tx: Transaction, office: Office) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    devices = [await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=lane) for lane in (1, 2)]
    salts = {str((await held_by(tx, office, device))[str(head.person_id)]["salt"]) for device in devices}
    assert len(salts) == 2

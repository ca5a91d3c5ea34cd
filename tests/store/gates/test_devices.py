"""Devices on the real server: added, enrolled once, moved, revoked for good."""

import asyncio
import json
from datetime import timedelta

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions as gates
from dawr.gates import store
from dawr.gates.model.devices import (
    ENROLMENT_TRIES_MAX,
    DeviceNameTaken,
    DeviceState,
    EnrolmentCodeRefused,
    KeyTaken,
    LaneTaken,
)
from dawr.gates.store.rows import SQL
from dawr.kernel.refusal import NotFound
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.keys import public_bytes
from dawr.tickets.model import GateOnDevices
from tests.store.gates.gate import enrolled, new_keys, on_shift
from tests.store.gates.invented_device import granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office

LATER = STARTS_AT + timedelta(minutes=31)


async def enrol(tx: Transaction, code: str, *, settings: Settings, now=STARTS_AT):  # type: ignore[no-untyped-def]
    keys = [public_bytes(each.public_key()) for each in new_keys()]
    return await gates.enrol(tx, code=code, signing_key=keys[0], agreement_key=keys[1], settings=settings, now=now)


async def test_a_code_enrols_its_device_once(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    device = await enrol(tx, code, settings=settings)
    assert (device.name, device.lane, device.state) == ("الباب", 1, DeviceState.ENROLLED)
    assert await enrol(tx, code, settings=settings) is None


async def test_the_database_never_holds_a_code(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    cursor = await tx.execute("select device::text as row from gates.device")
    row = (await cursor.fetchone())["row"]
    assert code not in row
    assert code.encode().hex() not in row


async def test_a_code_is_good_for_half_an_hour(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    assert await enrol(tx, code, settings=settings, now=STARTS_AT + timedelta(minutes=30)) is None
    assert await enrol(tx, code, settings=settings, now=STARTS_AT + timedelta(minutes=29)) is not None


async def test_five_wrong_tries_at_a_code_end_it(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    wrong = code[:4] + ("2222" if code[4:] != "2222" else "3333")
    for _ in range(ENROLMENT_TRIES_MAX):
        assert await enrol(tx, wrong, settings=settings) is None
    assert await enrol(tx, code, settings=settings) is None


async def test_four_wrong_tries_leave_it_good(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    wrong = code[:4] + ("2222" if code[4:] != "2222" else "3333")
    for _ in range(ENROLMENT_TRIES_MAX - 1):
        await enrol(tx, wrong, settings=settings)
    assert await enrol(tx, code, settings=settings) is not None


async def test_a_new_code_ends_the_one_before(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    first = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    device = (await gates.devices_of(tx, head))[0]
    second = await gates.renew_code(tx, head=head, device_id=device.device_id, settings=settings, now=LATER)
    assert await enrol(tx, first, settings=settings, now=LATER) is None
    assert await enrol(tx, second, settings=settings, now=LATER) is not None


async def test_an_enrolled_device_gets_no_second_code(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    with pytest.raises(NotFound):
        await gates.renew_code(tx, head=head, device_id=held.device.device_id, settings=settings, now=STARTS_AT)


async def test_the_enrolled_key_stands_in_the_log(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    leaf = await newest_leaf(tx, kind="key.published")
    assert leaf["facts"]["use"] == "gate device"
    assert leaf["facts"]["device"] == str(held.device.device_id)


async def test_two_live_devices_never_share_a_lane_or_a_name(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    with pytest.raises(LaneTaken):
        async with tx.transaction():
            await gates.add_device(tx, head=head, name="آخر", lane=1, settings=settings, now=STARTS_AT)
    with pytest.raises(DeviceNameTaken):
        async with tx.transaction():
            await gates.add_device(tx, head=head, name="الباب", lane=2, settings=settings, now=STARTS_AT)


async def test_a_revoked_devices_lane_is_free_again(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    await gates.revoke_device(tx, head=head, device_id=held.device.device_id, reason="ضاع الجهاز", now=STARTS_AT)
    again = await enrolled(tx, head, settings=settings)
    assert again.device.lane == held.device.lane


async def test_a_revocation_is_an_override_whose_reason_stays_out_of_the_log(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    for _ in range(2):
        await gates.revoke_device(tx, head=head, device_id=held.device.device_id, reason="ضاع الجهاز", now=STARTS_AT)
    leaf = await newest_leaf(tx, kind="override")
    assert leaf["facts"]["what"] == "gate.device_revoked"
    assert "ضاع" not in json.dumps(leaf, ensure_ascii=False)
    kept = await store.overrides_at(tx, OFFICE, since=STARTS_AT)
    assert [(each.reason, each.head_id) for each in kept] == [("ضاع الجهاز", head.person_id)], "revoked once"


async def test_a_revoked_device_stays_revoked(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    await gates.revoke_device(tx, head=head, device_id=held.device.device_id, reason="ضاع", now=STARTS_AT)
    with pytest.raises(psycopg.errors.CheckViolation, match="stays revoked"):
        await tx.execute("update gates.device set revoked_at = null")


async def test_nobody_changes_or_removes_a_devices_key(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    await enrolled(tx, head, settings=settings)
    for statement in ("update gates.device_key set signing_key = agreement_key", "delete from gates.device_key"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with tx.transaction():
                await tx.execute(statement)


async def test_one_key_is_not_two_devices(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    code = await gates.add_device(tx, head=head, name="آخر", lane=2, settings=settings, now=STARTS_AT)
    with pytest.raises(KeyTaken):
        await gates.enrol(
            tx,
            code=code,
            signing_key=public_bytes(held.signing.public_key()),
            agreement_key=public_bytes(held.agreement.public_key()),
            settings=settings,
            now=STARTS_AT,
        )


async def test_another_offices_head_does_not_see_the_device(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    other = await granted(tx, office, Role.BRANCH_HEAD, office_id=OTHER_OFFICE)
    held = await enrolled(tx, head, settings=settings)
    assert await gates.devices_of(tx, other) == []
    for act in (
        gates.revoke_device(tx, head=other, device_id=held.device.device_id, reason="لا", now=STARTS_AT),
        gates.move_device(tx, head=other, device_id=held.device.device_id, lane=2, reason="لا", now=STARTS_AT),
    ):
        with pytest.raises(NotFound):
            await act


async def test_a_device_moves_to_a_free_lane_for_a_reason(tx: Transaction, office: Office, settings: Settings) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    held = await enrolled(tx, head, settings=settings)
    await enrolled(tx, head, settings=settings, name="جهاز 2", lane=2)
    await gates.move_device(tx, head=head, device_id=held.device.device_id, lane=3, reason="إصلاح الباب", now=STARTS_AT)
    assert (await store.device(tx, held.device.device_id)).lane == 3
    with pytest.raises(LaneTaken):
        await gates.move_device(tx, head=head, device_id=held.device.device_id, lane=2, reason="لا", now=STARTS_AT)


async def test_the_online_gate_is_shut_while_the_office_has_a_device(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    await tickets.require_online_gate(tx, OFFICE, now=STARTS_AT)
    held = await enrolled(tx, head, settings=settings)
    with pytest.raises(GateOnDevices):
        await tickets.require_online_gate(tx, OFFICE, now=STARTS_AT)
    await tickets.require_online_gate(tx, OTHER_OFFICE, now=STARTS_AT)
    await gates.revoke_device(tx, head=head, device_id=held.device.device_id, reason="ضاع", now=STARTS_AT)
    await tickets.require_online_gate(tx, OFFICE, now=STARTS_AT)


async def test_the_branch_head_reopens_the_online_gate_for_one_day(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    await enrolled(tx, head, settings=settings)
    await gates.reopen_online_gate(tx, head=head, reason="تعطّل الجهاز", now=STARTS_AT)
    await tickets.require_online_gate(tx, OFFICE, now=STARTS_AT + timedelta(hours=2))
    with pytest.raises(GateOnDevices):
        await tickets.require_online_gate(tx, OFFICE, now=STARTS_AT + timedelta(days=1))
    assert (await newest_leaf(tx, kind="override"))["facts"]["what"] == "gate.online_gate_reopened"


async def enrol_at_once(pool: Pool, settings: Settings) -> list[object]:
    """Two devices bring one code at the same moment."""
    async with transaction(pool) as tx:
        head = await granted(tx, Office(settings=settings), Role.BRANCH_HEAD)
        code = await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    met = asyncio.Barrier(2)

    async def bring() -> object:
        async with transaction(pool) as tx:
            await met.wait()
            return await enrol(tx, code, settings=settings)

    return list(await asyncio.gather(bring(), bring()))


async def test_of_two_devices_with_one_code_one_is_enrolled(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    assert sorted(each is None for each in await enrol_at_once(pool, settings)) == [False, True]


async def test_without_lock_and_constraint_both_would_be(
    pool: Pool, standing_office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = SQL["code_candidates"].replace("for update", "")
    monkeypatch.setattr("dawr.gates.store.devices.SQL", {**SQL, "code_candidates": unlocked})
    both_have_looked = asyncio.Barrier(2)
    spend = store.spend_code

    async def spend_later(tx: Transaction, **how: object) -> None:
        await both_have_looked.wait()
        await spend(tx, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "spend_code", spend_later)
    monkeypatch.setattr(store, "count_code_try", nothing_counted)
    async with transaction(pool) as tx:
        await tx.execute("set local role dawr_owner")
        await tx.execute("alter table gates.device_key drop constraint a_device_is_enrolled_once")
        await tx.execute("reset role")
    assert [each for each in await enrol_at_once(pool, settings) if each is None] == []


async def nothing_counted(tx: Transaction, **how: object) -> None:
    """In place of the try's count, whose row lock would part the two as well."""


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("lane = 0", "lanes_are_counted_from_one"),
        ("lane = 21", "lanes_are_counted_from_one"),
        ("code_tries = 6", "an_enrolment_code_is_tried_five_times"),
        ("code_lookup = null", "an_enrolment_code_is_whole"),
        ("code_lookup = '\\x00'", "an_enrolment_code_is_hashed"),
        ("records_waiting = -1", "records_that_wait_are_counted"),
    ],
)
async def test_a_broken_device_cannot_be_stored(
    tx: Transaction, office: Office, settings: Settings, change: str, constraint: str
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    with pytest.raises(psycopg.errors.CheckViolation) as raised:
        await tx.execute(f"update gates.device set {change}")  # type: ignore[arg-type]
    assert raised.value.diag.constraint_name == constraint


def test_the_refusal_of_a_code_does_not_say_what_was_wrong() -> None:
    assert EnrolmentCodeRefused().facts == {}


async def newest_leaf(tx: Transaction, *, kind: str) -> dict:  # type: ignore[type-arg]
    cursor = await tx.execute("select leaf from transparency.entry order by entry_id desc limit 20")
    leaves = [json.loads(row["leaf"]) for row in await cursor.fetchall()]
    return next(leaf for leaf in leaves if leaf["kind"] == kind)


async def test_an_auditor_reads_devices_and_no_code_of_theirs(reader_pool: Pool) -> None:
    async with reader_pool.connection() as connection:
        await connection.execute("select name, lane from gates.device")
        await connection.execute("select signing_key from gates.device_key")
        for column in ("code_hash", "code_lookup"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(f"select {column} from gates.device")  # type: ignore[arg-type]


async def test_the_guard_of_a_revoked_device_may_go_on_at_another(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
    lost, other = [await enrolled(tx, head, settings=settings, name=f"جهاز {lane}", lane=lane) for lane in (1, 2)]
    await on_shift(tx, guard, held=lost, settings=settings)
    await gates.revoke_device(tx, head=head, device_id=lost.device.device_id, reason="ضاع", now=STARTS_AT)
    assert (await on_shift(tx, guard, held=other, settings=settings)).lane == 2

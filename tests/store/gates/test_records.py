"""What a device sends is kept if it is signed, in order and without a gap; and can never be edited."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions as gates
from dawr.gates import store
from dawr.gates.model.devices import DeviceId, DeviceNotEnrolled, DeviceRevoked
from dawr.gates.model.records import (
    ChainForked,
    RecordNotSigned,
    RecordOfAnotherShift,
    RecordsDoNotFollow,
    RecordsGap,
)
from dawr.kernel.refusal import Malformed, NotFound
from dawr.people.model import Role
from tests.store.gates.invented_device import MERGED_AT, OFFICE, Device, enrol_device, granted
from tests.store.tickets.invented_office import STARTS_AT, Office


@pytest.fixture
async def device(tx: Transaction, office: Office) -> Device:
    return await enrol_device(tx, await granted(tx, office, Role.GUARD))


async def test_records_are_taken_in_pieces_and_again_and_each_stands_once(
    tx: Transaction, office: Office, device: Device
) -> None:
    for _ in range(3):
        device.scanned(None, found="not_ours")
    assert (await device.send(tx, device.records[:2])).taken_until == 2
    assert (await device.send(tx, device.records[1:])).taken_until == 3
    assert (await device.send(tx)).taken_until == 3
    state = (await gates.chains_at(tx, OFFICE))[device.device_id]
    assert (state.taken_until, state.unmerged, state.last_at, state.forks) == (3, 3, MERGED_AT, 0)
    await device.merge(tx, office.settings)
    assert (await gates.chains_at(tx, OFFICE))[device.device_id].unmerged == 0


async def test_a_gap_is_refused_with_the_number_that_is_expected_and_what_came_before_it_stands(
    tx: Transaction, device: Device
) -> None:
    for _ in range(4):
        device.scanned(None, found="not_ours")
    taken = await device.send(tx, [device.records[0], device.records[2], device.records[1]])
    assert isinstance(taken.refusal, RecordsGap)
    assert taken.refusal.facts["expected"] == 2
    assert taken.taken_until == 1


async def test_a_record_that_names_another_one_before_it_is_refused(tx: Transaction, device: Device) -> None:
    device.record("shift_opened")
    foreign = device.text("shift_closed", scan=None, prev="A" * 43)
    taken = await device.send(tx, [*device.records, (foreign, device.sign(foreign))])
    assert isinstance(taken.refusal, RecordsDoNotFollow)
    assert taken.refusal.facts["expected"] == 2


async def test_a_record_with_a_changed_letter_or_anothers_signature_is_refused(
    tx: Transaction, office: Office, device: Device
) -> None:
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2)
    text, signature = device.record("clock_moved", moved_ms=5)
    for forged in ((text.replace("5}", "6}"), signature), (text, other.sign(text)), (text, "A" * 86)):
        taken = await device.send(tx, [forged])
        assert isinstance(taken.refusal, RecordNotSigned), forged
        assert taken.taken_until == 0


async def test_the_second_story_under_one_number_is_refused_and_stays_for_good(tx: Transaction, device: Device) -> None:
    device.record("shift_opened")
    await device.send(tx)
    told = device.records.pop()
    device.record("clock_moved", moved_ms=-3_600_000)
    for _ in range(2):
        taken = await device.send(tx)
        assert isinstance(taken.refusal, ChainForked)
        assert (taken.refusal.facts["n"], taken.refusal.facts["expected"]) == (1, 2)
    (fork,) = await gates.forks_at(tx, OFFICE)
    assert (fork.device_id, fork.n) == (device.device_id, 1)
    assert await store.record_text(tx, device.device_id, n=1) == told[0].encode(), "the first story stands"


async def test_a_second_story_that_the_device_did_not_sign_is_no_alarm_about_it(
    tx: Transaction, device: Device
) -> None:
    text, signature = device.record("shift_opened")
    await device.send(tx)
    taken = await device.send(tx, [(text.replace("opened", "closed"), signature)])
    assert isinstance(taken.refusal, RecordNotSigned)
    assert await gates.forks_at(tx, OFFICE) == []


async def test_what_is_not_exactly_a_record_is_refused(tx: Transaction, office: Office, device: Device) -> None:
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2)
    scan = uuid4()
    for text in (
        "",
        "[]",
        device.text("invented", scan=None),
        device.text("shift_opened", scan=None, more=1),
        device.text("shift_opened", scan=scan),
        device.text("decided", scan=None, verdict="admit"),
        device.text("decided", scan=scan, verdict="too_late"),
        device.text("answered", scan=scan, attempt=3, round="first", right=True, seconds_ms=1),
        device.text("shift_opened", scan=None, n=1.0),
        device.text("shift_opened", scan=None, device=str(other.device_id)),
        device.text("shift_opened", scan=None, shift=str(device.shift_id).upper()),
        device.text("shift_opened", scan=None, pack="x" * 5000),
    ):
        taken = await device.send(tx, [(text, device.sign(text))])
        assert isinstance(taken.refusal, Malformed), text


async def test_a_shift_of_another_device_or_of_none_is_refused(tx: Transaction, office: Office, device: Device) -> None:
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2)
    for shift_id in (other.shift_id, uuid4()):
        text = device.text("shift_opened", scan=None, shift=str(shift_id))
        taken = await device.send(tx, [(text, device.sign(text))])
        assert isinstance(taken.refusal, RecordOfAnotherShift)


async def test_a_revoked_devices_records_are_taken_up_to_its_revocation(tx: Transaction, device: Device) -> None:
    device.record("shift_opened")
    revoked_at = device.clock + timedelta(seconds=5)
    device.scanned(None, found="not_ours")
    await store.revoke_device(tx, device_id=device.device_id, now=revoked_at)
    taken = await device.send(tx)
    assert taken.taken_until == 1
    assert isinstance(taken.refusal, DeviceRevoked)


async def test_nobody_sends_records_of_a_device_that_is_not_there_or_not_enrolled(
    tx: Transaction, office: Office
) -> None:
    with pytest.raises(NotFound):
        await gates.take_records(tx, device_id=DeviceId(uuid4()), sent=[], now=MERGED_AT)
    guard = await granted(tx, office, Role.GUARD)
    added = await store.add_device(
        tx,
        office_id=OFFICE,
        name="لم يُفعّل",
        lane=9,
        added_by=guard.person_id,
        code_lookup=bytes(32),
        code_hash=bytes(32),
        code_ends_at=STARTS_AT,
        now=STARTS_AT,
    )
    with pytest.raises(DeviceNotEnrolled):
        await gates.take_records(tx, device_id=added, sent=[], now=MERGED_AT)


async def test_a_clock_that_runs_ahead_or_behind_is_held_within_the_shift_and_the_upload(
    tx: Transaction, device: Device
) -> None:
    device.clock = MERGED_AT + timedelta(days=400)
    device.record("shift_opened")
    device.clock = STARTS_AT - timedelta(days=400)
    device.record("shift_closed")
    await device.send(tx)
    rows = await (await tx.execute("select happened_at from gates.record order by n")).fetchall()
    assert [row["happened_at"] for row in rows] == [MERGED_AT, STARTS_AT - timedelta(hours=1)]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"n": 3}, "records_follow_each_other"),
        ({"previous": "sha256('another')"}, "records_follow_each_other"),
        ({"n": 1, "previous": "previous"}, "record_is_taken_once"),
        ({"facts": "'{}'::jsonb"}, "record_facts_are_the_signed_text"),
        ({"signature": "'x'"}, "record_signature_is_64_bytes"),
        ({"kind": "'decided'"}, "record_stands_where_its_text_says"),
        ({"scan_id": "gen_random_uuid()"}, "record_stands_where_its_text_says"),
        ({"happened_at": "taken_at + interval '1 second'"}, "record_does_not_come_from_the_future"),
        ({"shift_id": "gen_random_uuid()"}, "record_stands_where_its_text_says"),
    ],
)
async def test_the_table_of_records_refuses_what_does_not_belong_there(
    tx: Transaction, device: Device, columns: dict[str, object], constraint: str
) -> None:
    device.record("shift_opened")
    await device.send(tx)
    text = device.text("shift_closed", scan=None, n=columns.get("n", 2))
    usual = {
        "device_id": "device_id",
        "n": 2,
        "text": "%(text)s",
        "signature": "signature",
        "previous": "hash",
        "office_id": "office_id",
        "shift_id": "shift_id",
        "guard_id": "guard_id",
        "scan_id": "scan_id",
        "kind": "'shift_closed'",
        "facts": "%(facts)s::jsonb",
        "happened_at": "happened_at",
        "taken_at": "taken_at",
    }
    values = usual | columns
    chosen = ", ".join(map(str, values.values()))
    statement = f"insert into gates.record ({', '.join(values)}) select {chosen} from gates.record"
    with pytest.raises(psycopg.IntegrityError) as broken:
        await tx.execute(statement.encode(), {"text": text.encode(), "facts": json.dumps(json.loads(text))})
    assert broken.value.diag.constraint_name == constraint


async def test_a_devices_first_record_follows_the_device_itself(tx: Transaction, device: Device) -> None:
    text = device.text("shift_opened", scan=None, prev="A" * 43)
    taken = await device.send(tx, [(text, device.sign(text))])
    assert isinstance(taken.refusal, RecordsDoNotFollow)
    with pytest.raises(psycopg.IntegrityError, match="the_first_record_follows_its_device"):
        await tx.execute(
            """insert into gates.record
            (device_id, n, text, signature, previous, office_id, shift_id, guard_id, kind, facts, happened_at, taken_at)
            values (%s, 1, %s, %s, sha256('x'), %s, %s, %s, 'shift_opened', %s, now(), now())""",
            (device.device_id, text.encode(), bytes(64), OFFICE, device.shift_id, device.guard_id, text),
        )


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("record", "happened_at"),
        ("fork", "seen_at"),
        ("merged", "contested"),
        ("code_use", "number"),
        ("review", "found"),
        ("opinion", "is_upheld"),
        ("guard_answer", "words"),
    ],
)
async def test_the_application_neither_edits_nor_deletes(tx: Transaction, table: str, column: str) -> None:
    for statement in (
        f"delete from gates.{table}",
        f"update gates.{table} set {column} = null",
        f"truncate gates.{table}",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with tx.transaction():
                await tx.execute(statement.encode())


async def test_two_uploads_of_the_same_records_at_once_are_one(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        device = await enrol_device(tx, await granted(tx, standing_office, Role.GUARD))
    for _ in range(20):
        device.scanned(None, found="not_ours")

    async def send(first: int) -> int:
        async with transaction(pool) as tx:
            return (await device.send(tx, device.records[first:])).taken_until

    async with transaction(pool) as tx:
        await device.send(tx, device.records[:10])
    assert await asyncio.gather(*(send(first) for first in (0, 5, 10, 3))) == [20] * 4
    await asyncio.gather(
        *(
            gates.merge_device(pool, device.device_id, settings=standing_office.settings, now=MERGED_AT)
            for _ in range(4)
        )
    )
    async with transaction(pool) as tx:
        assert (await gates.chains_at(tx, OFFICE))[device.device_id].unmerged == 0
        rows = await (await tx.execute("select count(*) as scans from tickets.gate_scan")).fetchall()
    assert rows[0]["scans"] == 20

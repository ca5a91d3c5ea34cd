"""Devices, their keys and enrolment codes, and what branch heads overrode."""

from datetime import datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.gates.model.devices import (
    CodeCandidate,
    Device,
    DeviceId,
    DeviceNameTaken,
    EnrolmentCodeRefused,
    KeyTaken,
    LaneTaken,
    Override,
    OverrideId,
    OverrideKind,
)
from dawr.gates.store.rows import SQL
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import NotFound


async def add_device(
    tx: Transaction,
    *,
    office_id: OfficeId,
    name: str,
    lane: int,
    added_by: PersonId,
    code_lookup: bytes,
    code_hash: bytes,
    code_ends_at: datetime,
    now: datetime,
) -> DeviceId:
    with constraint_refusals(
        {"one_live_device_per_lane": LaneTaken(lane=lane), "one_live_device_per_name": DeviceNameTaken(name=name)}
    ):
        row = await one(
            tx,
            SQL["add_device"],
            office_id=office_id,
            name=name,
            lane=lane,
            added_by=added_by,
            code_lookup=code_lookup,
            code_hash=code_hash,
            code_ends_at=code_ends_at,
            now=now,
        )
    return DeviceId(row["device_id"])


async def renew_code(
    tx: Transaction, *, device_id: DeviceId, code_lookup: bytes, code_hash: bytes, code_ends_at: datetime
) -> bool:
    """Whether the device still waits for a code."""
    return bool(
        await run(
            tx,
            SQL["renew_code"],
            device_id=device_id,
            code_lookup=code_lookup,
            code_hash=code_hash,
            code_ends_at=code_ends_at,
        )
    )


async def code_candidates(tx: Transaction, *, code_lookup: bytes, tries_max: int, now: datetime) -> list[CodeCandidate]:
    """The waiting devices whose code begins so, locked."""
    rows = await many(tx, SQL["code_candidates"], code_lookup=code_lookup, tries_max=tries_max, now=now)
    return [CodeCandidate(device_id=row["device_id"], code_hash=bytes(row["code_hash"])) for row in rows]


async def count_code_try(tx: Transaction, *, device_id: DeviceId) -> None:
    await run(tx, SQL["count_code_try"], device_id=device_id)


async def spend_code(tx: Transaction, *, device_id: DeviceId, now: datetime) -> None:
    await run(tx, SQL["spend_code"], device_id=device_id, now=now)


async def add_device_key(
    tx: Transaction,
    *,
    device_id: DeviceId,
    signing_key: bytes,
    agreement_key: bytes,
    log_entry_id: int,
    now: datetime,
) -> None:
    refusals = {"a_device_is_enrolled_once": EnrolmentCodeRefused(), "a_key_is_of_one_device": KeyTaken()}
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_device_key"],
            device_id=device_id,
            signing_key=signing_key,
            agreement_key=agreement_key,
            log_entry_id=log_entry_id,
            now=now,
        )


async def device(tx: Transaction, device_id: DeviceId) -> Device:
    row = await maybe_one(tx, SQL["device"], device_id=device_id)
    if row is None:
        raise NotFound
    return _device(row)


async def devices_at(tx: Transaction, office_id: OfficeId) -> list[Device]:
    """The live ones by lane, then the revoked ones."""
    return [_device(row) for row in await many(tx, SQL["devices_at"], office_id=office_id)]


async def lock_device(tx: Transaction, device_id: DeviceId) -> None:
    await run(tx, SQL["lock_device"], device_id=device_id)


async def see_device(
    tx: Transaction, device_id: DeviceId, *, records_waiting: int | None = None, now: datetime
) -> None:
    """Remember that the device was heard of, and what it said that it has still to send."""
    await run(tx, SQL["see_device"], device_id=device_id, records_waiting=records_waiting, now=now)


async def move_device(tx: Transaction, *, device_id: DeviceId, lane: int) -> None:
    with constraint_refusals({"one_live_device_per_lane": LaneTaken(lane=lane)}):
        await run(tx, SQL["move_device"], device_id=device_id, lane=lane)


async def revoke_device(tx: Transaction, *, device_id: DeviceId, now: datetime) -> None:
    await run(tx, SQL["revoke_device"], device_id=device_id, now=now)


async def offices_with_devices(tx: Transaction) -> list[OfficeId]:
    """The offices whose gate has a device that works."""
    return [OfficeId(row["office_id"]) for row in await many(tx, SQL["offices_with_devices"])]


async def add_override(
    tx: Transaction,
    *,
    office_id: OfficeId,
    head_id: PersonId,
    what: OverrideKind,
    device_id: DeviceId | None,
    reason: str,
    reason_key: bytes,
    log_entry_id: int,
    now: datetime,
) -> OverrideId:
    row = await one(
        tx,
        SQL["add_override"],
        office_id=office_id,
        head_id=head_id,
        what=what,
        device_id=device_id,
        reason=reason,
        reason_key=reason_key,
        log_entry_id=log_entry_id,
        now=now,
    )
    return OverrideId(row["override_id"])


async def overrides_at(tx: Transaction, office_id: OfficeId, *, since: datetime) -> list[Override]:
    """The newest first."""
    rows = await many(tx, SQL["overrides_at"], office_id=office_id, since=since)
    return [Override(**row | {"what": OverrideKind(row["what"])}) for row in rows]


def _device(row: DictRow) -> Device:
    keys = {name: row[name] and bytes(row[name]) for name in ("signing_key", "agreement_key")}
    return Device(**row | keys)

"""Lanes, shifts and the packs made for them."""

from datetime import date, datetime

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.gates.model.devices import Device, DeviceId, OverrideId
from dawr.gates.model.shifts import DeviceInShift, GuardInShift, LanePlan, Pack, PackId, Shift, ShiftId
from dawr.gates.store.rows import SQL
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import NotFound


async def newest_lane_plan(tx: Transaction, office_id: OfficeId, *, day_on: date) -> LanePlan | None:
    row = await maybe_one(tx, SQL["newest_lane_plan"], office_id=office_id, day_on=day_on)
    return LanePlan(**row) if row else None


async def add_lane_plan(
    tx: Transaction,
    *,
    office_id: OfficeId,
    day_on: date,
    revision: int,
    lanes_open: int,
    override_id: OverrideId | None,
    now: datetime,
) -> bool:
    """Whether this is the revision; not where another one came first."""
    return bool(
        await run(
            tx,
            SQL["add_lane_plan"],
            office_id=office_id,
            day_on=day_on,
            revision=revision,
            lanes_open=lanes_open,
            override_id=override_id,
            now=now,
        )
    )


async def add_shift(
    tx: Transaction,
    *,
    device: Device,
    day_on: date,
    guard_id: PersonId,
    lane_proposed: int | None,
    opens_at: datetime,
    ends_at: datetime,
) -> ShiftId:
    refusals = {
        "one_open_shift_per_device": DeviceInShift(device=device.name),
        "one_open_shift_per_guard": GuardInShift(device=device.name),
    }
    with constraint_refusals(refusals):
        row = await one(
            tx,
            SQL["add_shift"],
            office_id=device.office_id,
            day_on=day_on,
            device_id=device.device_id,
            guard_id=guard_id,
            lane=device.lane,
            lane_proposed=lane_proposed,
            opens_at=opens_at,
            ends_at=ends_at,
        )
    return ShiftId(row["shift_id"])


async def shift(tx: Transaction, shift_id: ShiftId) -> Shift:
    row = await maybe_one(tx, SQL["shift"], shift_id=shift_id)
    if row is None:
        raise NotFound
    return Shift(**row)


async def open_shifts_on(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[Shift]:
    """By lane."""
    return [Shift(**row) for row in await many(tx, SQL["open_shifts_on"], office_id=office_id, day_on=day_on)]


async def end_overdue_shifts(tx: Transaction, office_id: OfficeId, *, now: datetime) -> None:
    await run(tx, SQL["end_overdue_shifts"], office_id=office_id, now=now)


async def close_shift(tx: Transaction, shift_id: ShiftId, *, now: datetime) -> None:
    await run(tx, SQL["close_shift"], shift_id=shift_id, now=now)


async def close_shifts_of_device(tx: Transaction, device_id: DeviceId, *, now: datetime) -> None:
    """Today's, and what was prepared for a day to come."""
    await run(tx, SQL["close_shifts_of_device"], device_id=device_id, now=now)


async def add_pack(tx: Transaction, *, of: Shift, lanes_open: int, tickets: int, now: datetime) -> PackId:
    row = await one(
        tx,
        SQL["add_pack"],
        shift_id=of.shift_id,
        office_id=of.office_id,
        device_id=of.device_id,
        day_on=of.day_on,
        lanes_open=lanes_open,
        tickets=tickets,
        now=now,
    )
    return PackId(row["pack_id"])


async def pack(tx: Transaction, pack_id: PackId) -> Pack:
    row = await maybe_one(tx, SQL["pack"], pack_id=pack_id)
    if row is None:
        raise NotFound
    return Pack(**row)

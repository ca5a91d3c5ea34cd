"""A guard's shift at a device: opened by his own sign-in, and closed by himself, his branch head or the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import store
from dawr.gates.actions.day_keys import opening_code_of
from dawr.gates.actions.lanes import lanes_on, rota_of
from dawr.gates.actions.packs import Facts, sealed_pack
from dawr.gates.model.devices import Device, DeviceId, require_working
from dawr.gates.model.shifts import (
    GuardUnknown,
    NotTheGuardOfTheShift,
    Shift,
    ShiftId,
    ShiftOver,
    day_bounds,
    ends_of_shift,
    require_own,
)
from dawr.kernel.identifiers import PersonId
from dawr.people import actions as people
from dawr.people.model import Role, SignedIn
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedShift:
    """A shift, the code that opens its packs, and the newest one under seal."""

    shift: Shift
    opening_code: str
    pack: Facts


async def open_shift(
    tx: Transaction, *, device_id: DeviceId, guard_id: PersonId, day_on: date, settings: Settings, now: datetime
) -> Shift:
    """A guard's shift at a device on one day; the one that he has open there is given again.

    On a day to come it is the whole day. Refuses with DeviceInShift while another guard's is open on the device, and
    with GuardInShift while his own is open on another.
    """
    await store.lock_device(tx, device_id)
    device = require_working(await store.device(tx, device_id))
    await store.end_overdue_shifts(tx, device.office_id, now=now)
    standing = await store.open_shifts_on(tx, device.office_id, day_on=day_on)
    for shift in standing:
        if (shift.device_id, shift.guard_id) == (device.device_id, guard_id):
            return shift
    office = await catalogue.office(tx, device.office_id)
    starts_at, ends_at = day_bounds(day_on, timezone=office.timezone)
    plan = await lanes_on(tx, device.office_id, day_on=day_on, now=now)
    proposed = await rota_of(tx, device.office_id, day_on=day_on, lanes_open=plan.lanes_open, settings=settings)
    shift_id = await store.add_shift(
        tx,
        device=device,
        day_on=day_on,
        guard_id=guard_id,
        lane_proposed=proposed.get(guard_id),
        opens_at=max(now, starts_at),
        ends_at=ends_of_shift(opens_at=now, day_ends_at=ends_at) if now >= starts_at else ends_at,
    )
    return await store.shift(tx, shift_id)


async def begin_shift(
    pool: Pool, visitor: SignedIn, *, device_id: DeviceId, settings: Settings, now: datetime
) -> OpenedShift:
    """The visitor begins his shift at a device of his office, or goes on with it: its code, and a pack of this moment.

    What the worker has not prepared of the day is prepared first, in transactions of its own.
    """
    visitor.require_person()
    async with transaction(pool) as tx:
        device = await store.device(tx, device_id)
        guard = await people.officer_at(tx, visitor, role=Role.GUARD, office=device.office_id, now=now)
        require_working(device)
        day_on = day_of(now, timezone=(await catalogue.office(tx, device.office_id)).timezone)
    await tickets.prepare_day(pool, device.office_id, day_on=day_on, settings=settings, now=now)
    async with transaction(pool) as tx:
        shift = await open_shift(
            tx, device_id=device_id, guard_id=guard.person_id, day_on=day_on, settings=settings, now=now
        )
        return await _opened(tx, shift, records_waiting=None, settings=settings, now=now)


async def renew_pack(
    pool: Pool,
    visitor: SignedIn,
    *,
    shift_id: ShiftId,
    records_waiting: int | None,
    settings: Settings,
    now: datetime,
) -> OpenedShift:
    """The newest pack of the visitor's open shift, under the same code."""
    visitor.require_person()
    async with transaction(pool) as tx:
        shift, _ = await own_shift(tx, visitor, shift_id=shift_id, now=now)
    await tickets.prepare_day(pool, shift.office_id, day_on=shift.day_on, settings=settings, now=now)
    async with transaction(pool) as tx:
        shift, _ = await own_shift(tx, visitor, shift_id=shift_id, now=now)
        return await _opened(tx, shift, records_waiting=records_waiting, settings=settings, now=now)


async def brought_pack(
    pool: Pool,
    *,
    device_id: DeviceId,
    guard_number: str,
    day_on: date,
    settings: Settings,
    now: datetime,
    told: Callable[[int, int], None],
) -> OpenedShift:
    """A pack for a device that nobody can reach: the installation opens the shift of the guard with this civil number.

    Refuses with GuardUnknown a number that is no guard's of the device's office; `told` hears how many tickets of how
    many are prepared.
    """
    async with transaction(pool) as tx:
        device = require_working(await store.device(tx, device_id))
        office = await catalogue.office(tx, device.office_id)
        if day_on < day_of(now, timezone=office.timezone):
            raise ShiftOver
        guard_id = await people.find_by_civil_number(tx, guard_number, settings=settings)
        guards = await people.officers_at(tx, device.office_id, role=Role.GUARD)
        if guard_id is None or guard_id not in {each.officer.person_id for each in guards}:
            raise GuardUnknown(office=device.office_id)
        total = await tickets.count_unprepared(tx, device.office_id, day_on=day_on)
    await tickets.prepare_day(
        pool, device.office_id, day_on=day_on, settings=settings, now=now, told=lambda more: told(more, total)
    )
    async with transaction(pool) as tx:
        shift = await open_shift(tx, device_id=device_id, guard_id=guard_id, day_on=day_on, settings=settings, now=now)
        return await _made(tx, shift, settings=settings, now=now)


async def own_shift(tx: Transaction, visitor: SignedIn, *, shift_id: ShiftId, now: datetime) -> tuple[Shift, Device]:
    """The visitor's own open shift and its device; refuses one that is over or another's, and a revoked device."""
    visitor.require_person()
    shift = await store.shift(tx, shift_id)
    guard = await people.officer_at(tx, visitor, role=Role.GUARD, office=shift.office_id, now=now)
    device = require_working(await store.device(tx, shift.device_id))
    return require_own(shift, guard_id=guard.person_id, now=now), device


async def close_shift(
    tx: Transaction, visitor: SignedIn, *, shift_id: ShiftId, records_waiting: int | None, now: datetime
) -> None:
    """The guard ends his shift; one that is over stays as it ended."""
    visitor.require_person()
    shift = await store.shift(tx, shift_id)
    guard = await people.officer_at(tx, visitor, role=Role.GUARD, office=shift.office_id, now=now)
    if shift.guard_id != guard.person_id:
        raise NotTheGuardOfTheShift
    await store.see_device(tx, shift.device_id, records_waiting=records_waiting, now=now)
    if shift.is_open(now=now):
        await store.close_shift(tx, shift_id, now=now)


async def _opened(
    tx: Transaction, shift: Shift, *, records_waiting: int | None, settings: Settings, now: datetime
) -> OpenedShift:
    """The answer to a device that speaks to us, which is remembered."""
    await store.see_device(tx, shift.device_id, records_waiting=records_waiting, now=now)
    return await _made(tx, shift, settings=settings, now=now)


async def _made(tx: Transaction, shift: Shift, *, settings: Settings, now: datetime) -> OpenedShift:
    device = await store.device(tx, shift.device_id)
    return OpenedShift(
        shift=shift,
        opening_code=opening_code_of(shift.shift_id, settings=settings),
        pack=await sealed_pack(tx, shift, device=device, settings=settings, now=now),
    )

"""How many lanes an office's day has, which guard the day sends to which, and who is on shift."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.actions.day_keys import rota_key_of
from dawr.gates.actions.devices import devices_of, working_devices
from dawr.gates.actions.overrides import override, overrides_since
from dawr.gates.model.devices import Device, Override, OverrideKind, open_lanes
from dawr.gates.model.shifts import LanePlan, LanesMovedOn, Shift, ShiftId, day_bounds, rota
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer, OfficerRole, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import OnlineGate, day_of, office_of, start_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDay:
    """What a branch head sees of his gate today; `plan` is None until the day's first pack fixes the lanes.

    `proposed` is the rota: by guard, the lane that the day gives him.
    """

    day_on: date
    plan: LanePlan | None
    lanes_ready: int
    devices: tuple[Device, ...]
    guards: tuple[OfficerRole, ...]
    proposed: Mapping[PersonId, int]
    shifts: tuple[Shift, ...]
    overrides: tuple[Override, ...]
    online_gate: OnlineGate


async def lanes_on(tx: Transaction, office_id: OfficeId, *, day_on: date, now: datetime) -> LanePlan:
    """The open lanes of an office's day: as planned, or fixed now by the devices that work."""
    planned = await store.newest_lane_plan(tx, office_id, day_on=day_on)
    if planned is None:
        lanes_open = open_lanes(await working_devices(tx, office_id))
        await store.add_lane_plan(
            tx, office_id=office_id, day_on=day_on, revision=1, lanes_open=lanes_open, override_id=None, now=now
        )
        planned = await store.newest_lane_plan(tx, office_id, day_on=day_on)
    assert planned is not None, "a plan was just made, or stood already"
    return planned


async def change_lanes(
    tx: Transaction, *, head: Officer, lanes_open: int, revision: int, reason: str, now: datetime
) -> None:
    """Open more or fewer lanes for the rest of the day: an override, and every device needs a new pack.

    `revision` is the plan that the head saw; refuses with LanesMovedOn where another stands by now.
    """
    office_id = office_of(head)
    day_on = day_of(now, timezone=(await catalogue.office(tx, office_id)).timezone)
    planned = await lanes_on(tx, office_id, day_on=day_on, now=now)
    if planned.revision != revision:
        raise LanesMovedOn
    if planned.lanes_open == lanes_open:
        return
    override_id = await override(tx, head=head, what=OverrideKind.LANES_CHANGED, reason=reason, now=now)
    is_next = await store.add_lane_plan(
        tx,
        office_id=office_id,
        day_on=day_on,
        revision=revision + 1,
        lanes_open=lanes_open,
        override_id=override_id,
        now=now,
    )
    if not is_next:
        raise LanesMovedOn


async def rota_of(
    tx: Transaction, office_id: OfficeId, *, day_on: date, lanes_open: int, settings: Settings
) -> Mapping[PersonId, int]:
    """The lane that the day gives each guard of an office."""
    guards = await people.officers_at(tx, office_id, role=Role.GUARD)
    key = rota_key_of(office_id, day_on=day_on, settings=settings)
    return rota(key, {each.officer.person_id for each in guards}, lanes_open=lanes_open)


async def gate_day(tx: Transaction, *, head: Officer, settings: Settings, now: datetime) -> GateDay:
    """The branch head's gate as it stands today."""
    office = await catalogue.office(tx, office_of(head))
    day_on = day_of(now, timezone=office.timezone)
    devices = await devices_of(tx, head)
    plan = await store.newest_lane_plan(tx, office.office_id, day_on=day_on)
    lanes_ready = open_lanes(devices)
    lanes_open = plan.lanes_open if plan else lanes_ready
    return GateDay(
        day_on=day_on,
        plan=plan,
        lanes_ready=lanes_ready,
        devices=tuple(devices),
        guards=tuple(await people.officers_at(tx, office.office_id, role=Role.GUARD)),
        proposed=await rota_of(tx, office.office_id, day_on=day_on, lanes_open=lanes_open, settings=settings),
        shifts=tuple(
            shift for shift in await store.open_shifts_on(tx, office.office_id, day_on=day_on) if shift.is_open(now=now)
        ),
        overrides=tuple(await overrides_since(tx, head, since=start_of_day(now, timezone=office.timezone))),
        online_gate=await tickets.online_gate(tx, office.office_id),
    )


async def end_shift(tx: Transaction, *, head: Officer, shift_id: ShiftId, reason: str, now: datetime) -> None:
    """The branch head ends a guard's shift, whose device another guard then takes; ending twice ends once."""
    shift = await store.shift(tx, shift_id)
    if shift.office_id != office_of(head):
        raise NotFound
    # As whoever signs in there or sends its records: the device before its shift.
    await store.lock_device(tx, shift.device_id)
    shift = await store.shift(tx, shift_id)
    if not shift.is_open(now=now):
        return
    await store.close_shift(tx, shift_id, now=now)
    await override(tx, head=head, what=OverrideKind.SHIFT_ENDED, reason=reason, device_id=shift.device_id, now=now)


async def reopen_online_gate(tx: Transaction, *, head: Officer, reason: str, now: datetime) -> None:
    """The guards may work without their devices until the end of the day: an override."""
    office = await catalogue.office(tx, office_of(head))
    gate = await tickets.online_gate(tx, office.office_id)
    if gate.is_open(now=now):
        return
    _, ends_at = day_bounds(day_of(now, timezone=office.timezone), timezone=office.timezone)
    await tickets.reopen_online_gate(tx, office.office_id, until=ends_at)
    await override(tx, head=head, what=OverrideKind.ONLINE_GATE_REOPENED, reason=reason, now=now)

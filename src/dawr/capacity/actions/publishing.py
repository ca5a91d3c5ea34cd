"""Slots out of staff on duty.

Locks are taken in this order: the day of the service, the hall of the day, the service's orders, then booking's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dawr.booking import actions as booking
from dawr.booking.model import Slot
from dawr.capacity import store
from dawr.capacity.model import (
    DayPassed,
    NothingToPublish,
    NotOfferedHere,
    OfficeShut,
    Plan,
    SlotsWouldVanish,
    Staffing,
    Turns,
    people_per_hour,
    plan_slots,
)
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office, Service
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.people import actions as people
from dawr.people.model import Officer, Role, RoleMissing, SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """A plan with its slots, and what it makes of the day's quota and of the hall, before or after it is published."""

    plan: Plan
    slots: tuple[Slot, ...]
    quota: int | None
    seats_of_all_offices: int
    hall_people_per_hour: int


async def publish_capacity(
    tx: Transaction,
    *,
    service_id: ServiceId,
    office_id: OfficeId,
    day_on: date,
    staffing: Staffing,
    reason: str,
    set_by: PersonId,
    turns: Turns | None = None,
    now: datetime,
) -> PlannedDay:
    """Publish the slots of one day, or change their seats where they are published already.

    Never more than the hall holds nor, all offices together, than the day's quota order allows. `turns` are the day's
    hours where they are not the calendar's, such as an extra shift in the evening. Raises NotFound, ServiceClosed,
    NotOfferedHere, DayPassed, OfficeShut, NothingToPublish, SlotsWouldVanish, and what booking says of seats that are
    taken.
    """
    service, office = await _service_at(tx, service_id, office_id=office_id, day_on=day_on)
    planned = await _plan_day(
        tx,
        service,
        office=office,
        day_on=day_on,
        turns=turns,
        staffing=staffing,
        reason=reason,
        set_by=set_by,
        now=now,
    )
    await _check_slots(tx, planned)
    await store.change_day(
        tx, service_id=service_id, day_on=day_on, seats=planned.seats_of_all_offices, quota=planned.quota
    )
    await store.change_hall(
        tx,
        office_id=office_id,
        day_on=day_on,
        people_per_hour=planned.hall_people_per_hour,
        hall_limit=office.hall_limit,
    )
    await store.save_plan(tx, planned.plan)
    if planned.quota is not None:
        await booking.bind_days(tx, service_id, quotas={day_on: planned.quota})
    await booking.publish_slots(tx, slots=planned.slots, now=now)
    return planned


async def preview_capacity(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    office_id: OfficeId,
    from_on: date,
    days_count: int,
    staffing: Staffing,
    reason: str,
    now: datetime,
) -> list[PlannedDay]:
    """What `set_capacity` would publish, to be looked at first; raises what it raises, and publishes nothing."""
    head = await require_head(tx, visitor, office=await catalogue.office(tx, office_id), now=now)
    service, office = await _service_at(tx, service_id, office_id=office_id, day_on=from_on)
    days = await _working_days(tx, office, from_on=from_on, days_count=days_count, now=now)
    return [
        await _plan_day(
            tx, service, office=office, day_on=day_on, staffing=staffing, reason=reason, set_by=head.person_id, now=now
        )
        for day_on in days
    ]


async def set_capacity(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    office_id: OfficeId,
    from_on: date,
    days_count: int,
    staffing: Staffing,
    reason: str,
    now: datetime,
) -> list[PlannedDay]:
    """The branch head publishes the working days among `days_count` days from `from_on`; raises RoleMissing too."""
    office = await catalogue.office(tx, office_id)
    head = await require_head(tx, visitor, office=office, now=now)
    days = await _working_days(tx, office, from_on=from_on, days_count=days_count, now=now)
    return [
        await publish_capacity(
            tx,
            service_id=service_id,
            office_id=office_id,
            day_on=day_on,
            staffing=staffing,
            reason=reason,
            set_by=head.person_id,
            now=now,
        )
        for day_on in days
    ]


async def plans_ahead(tx: Transaction, office_id: OfficeId, *, now: datetime) -> tuple[Office, list[Plan]]:
    """The office and what stands for today and each day after, for everybody to see."""
    office = await catalogue.office(tx, office_id)
    return office, await store.newest_plans_of_office(tx, office_id, from_on=_today(office, now))


async def offices_headed(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[tuple[Office, list[Service]]]:
    """The offices whose capacity the visitor may set, each with its services; raises RoleMissing for none."""
    officers = await people.require_any_role(tx, visitor, now=now)
    office_ids = [held.office_id for held in officers if held.role is Role.BRANCH_HEAD and held.office_id]
    if not office_ids:
        raise RoleMissing(role=Role.BRANCH_HEAD.value, place=officers[0].authority_id)
    return [
        (
            await catalogue.office(tx, office_id),
            [service for service in await catalogue.services_at(tx, office_id) if service.needs_appointment],
        )
        for office_id in office_ids
    ]


async def office_to_staff(
    tx: Transaction, visitor: SignedIn, *, office_id: OfficeId, service_id: ServiceId, now: datetime
) -> tuple[Office, Service]:
    """The office and service whose capacity its head is about to set; raises NotFound and RoleMissing."""
    office, service = await catalogue.office(tx, office_id), await catalogue.service(tx, service_id)
    await require_head(tx, visitor, office=office, now=now)
    return office, service


async def require_head(tx: Transaction, visitor: SignedIn, *, office: Office, now: datetime) -> Officer:
    """The visitor as the head of this office; raises RoleMissing."""
    return await people.acting_officer(
        tx, visitor, role=Role.BRANCH_HEAD, authority_id=office.authority_id, office_id=office.office_id, now=now
    )


async def _service_at(
    tx: Transaction, service_id: ServiceId, *, office_id: OfficeId, day_on: date
) -> tuple[Service, Office]:
    office = await catalogue.office(tx, office_id)
    service = await catalogue.service(tx, service_id)
    await catalogue.require_offered(tx, service, day_on=day_on)
    if service.department_id != office.department_id or not service.needs_appointment:
        raise NotOfferedHere(service=service_id, office=office_id)
    return service, office


async def _plan_day(
    tx: Transaction,
    service: Service,
    *,
    office: Office,
    day_on: date,
    staffing: Staffing,
    reason: str,
    set_by: PersonId,
    turns: Turns | None = None,
    now: datetime,
) -> PlannedDay:
    """Work one day out with nobody else changing it meanwhile; what the office has planned before makes room."""
    service_id, office_id = service.service_id, office.office_id
    if day_on < _today(office, now):
        raise DayPassed(day_on=day_on.isoformat())
    turns = turns or Turns(periods=tuple(await catalogue.opening_periods(tx, office_id, day_on=day_on)))
    if not turns.periods:
        raise OfficeShut(day_on=day_on.isoformat())
    all_seats = await store.lock_day(tx, service_id=service_id, day_on=day_on)
    all_people = await store.lock_hall(tx, office_id=office_id, day_on=day_on, hall_limit=office.hall_limit)
    before = await store.newest_plan(tx, service_id=service_id, office_id=office_id, day_on=day_on)
    other_seats = all_seats - (before.seats if before else 0)
    hall_taken = all_people - (before.capacity.people_per_hour if before else 0)
    quota = (await catalogue.hold_quotas(tx, service_id, days_on=[day_on])).get(day_on)
    quota_left = None if quota is None else max(0, quota - other_seats)
    capacity = people_per_hour(
        staffing, minutes_per_visit=service.minutes_per_visit, hall_limit=office.hall_limit, hall_taken=hall_taken
    )
    slots = plan_slots(
        service_id=service_id,
        office=office,
        day_on=day_on,
        turns=turns,
        people_per_hour=capacity.people_per_hour,
        seats_max=quota_left,
    )
    plan = Plan(
        service_id=service_id,
        office_id=office_id,
        day_on=day_on,
        revision=before.revision + 1 if before else 1,
        capacity=capacity,
        quota_left=quota_left,
        seats=sum(slot.seats for slot in slots),
        reason=reason,
        set_by=set_by,
        set_at=now,
    )
    return PlannedDay(
        plan=plan,
        slots=tuple(slots),
        quota=quota,
        seats_of_all_offices=other_seats + plan.seats,
        hall_people_per_hour=hall_taken + capacity.people_per_hour,
    )


async def _check_slots(tx: Transaction, planned: PlannedDay) -> None:
    """Something to publish, and a seat still in every slot of an earlier plan."""
    plan = planned.plan
    if not planned.slots:
        raise NothingToPublish(day_on=plan.day_on.isoformat())
    if plan.revision == 1:
        return
    starts_at = min(slot.starts_at for slot in planned.slots) - timedelta(days=1)
    published = await booking.slots_between(
        tx, plan.service_id, starts_at=starts_at, ends_at=starts_at + timedelta(days=3)
    )
    kept = {slot.slot_id for slot in planned.slots}
    mine = {slot.slot_id for slot in published if (slot.office_id, slot.day_on) == (plan.office_id, plan.day_on)}
    if mine - kept:
        raise SlotsWouldVanish(count=len(mine - kept))


async def _working_days(
    tx: Transaction, office: Office, *, from_on: date, days_count: int, now: datetime
) -> Sequence[date]:
    if from_on < _today(office, now):
        raise DayPassed(day_on=from_on.isoformat())
    days = await catalogue.working_days(
        tx, office.office_id, from_on=from_on, until_on=from_on + timedelta(days=days_count)
    )
    if not days:
        raise OfficeShut(day_on=from_on.isoformat())
    return days


def _today(office: Office, now: datetime) -> date:
    return now.astimezone(ZoneInfo(office.timezone)).date()

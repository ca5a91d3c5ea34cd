"""Capacity's own schema: rows in, nouns out."""

from datetime import date
from typing import Any

from dawr.capacity.model import HallFull, Plan, PlanOvertaken, QuotaUsed, Staffing, people_per_hour
from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId

SQL = load_statements(__package__)


async def lock_day(tx: Transaction, *, service_id: ServiceId, day_on: date) -> int:
    """The seats that all offices have published of that day, which nobody else can change until we are done."""
    await run(tx, SQL["open_day"], service_id=service_id, day_on=day_on)
    seats: int = (await one(tx, SQL["lock_day"], service_id=service_id, day_on=day_on))["seats"]
    return seats


async def change_day(tx: Transaction, *, service_id: ServiceId, day_on: date, seats: int, quota: int | None) -> None:
    with constraint_refusals({"published_never_exceeds_quota": QuotaUsed()}):
        await run(tx, SQL["change_day"], service_id=service_id, day_on=day_on, seats=seats, quota=quota)


async def give_day_back(tx: Transaction, *, service_id: ServiceId, day_on: date, seats: int) -> None:
    await run(tx, SQL["give_day_back"], service_id=service_id, day_on=day_on, seats=seats)


async def give_hall_back(tx: Transaction, *, office_id: OfficeId, day_on: date, people_per_hour: int) -> None:
    await run(tx, SQL["give_hall_back"], office_id=office_id, day_on=day_on, people_per_hour=people_per_hour)


async def lock_hall(tx: Transaction, *, office_id: OfficeId, day_on: date, hall_limit: int) -> int:
    """People an hour asked to the hall that day, which nobody else can change until we are done."""
    await run(tx, SQL["open_hall"], office_id=office_id, day_on=day_on, hall_limit=hall_limit)
    people: int = (await one(tx, SQL["lock_hall"], office_id=office_id, day_on=day_on))["people_per_hour"]
    return people


async def change_hall(
    tx: Transaction, *, office_id: OfficeId, day_on: date, people_per_hour: int, hall_limit: int
) -> None:
    with constraint_refusals({"hall_never_overcrowded": HallFull()}):
        await run(
            tx,
            SQL["change_hall"],
            office_id=office_id,
            day_on=day_on,
            people_per_hour=people_per_hour,
            hall_limit=hall_limit,
        )


async def newest_plan(tx: Transaction, *, service_id: ServiceId, office_id: OfficeId, day_on: date) -> Plan | None:
    row = await maybe_one(tx, SQL["newest_plan"], service_id=service_id, office_id=office_id, day_on=day_on)
    return _plan(row) if row else None


async def newest_plans_of_office(tx: Transaction, office_id: OfficeId, *, from_on: date) -> list[Plan]:
    """What stands for each day from `from_on` and each service, by day."""
    return [_plan(row) for row in await many(tx, SQL["newest_plans_of_office"], office_id=office_id, from_on=from_on)]


async def save_plan(tx: Transaction, plan: Plan) -> None:
    capacity = plan.capacity
    with constraint_refusals({"one_plan_per_revision": PlanOvertaken()}):
        await run(
            tx,
            SQL["save_plan"],
            service_id=plan.service_id,
            office_id=plan.office_id,
            day_on=plan.day_on,
            revision=plan.revision,
            staff_on_roster=capacity.staffing.staff_on_roster,
            share_percent=capacity.staffing.share_percent,
            minutes_per_visit=capacity.minutes_per_visit,
            hall_limit=capacity.hall_limit,
            hall_taken=capacity.hall_taken,
            department_view=capacity.staffing.department_view,
            quota_left=plan.quota_left,
            people_per_hour=capacity.people_per_hour,
            seats=plan.seats,
            reason=plan.reason,
            set_by=plan.set_by,
            set_at=plan.set_at,
        )


def _plan(row: dict[str, Any]) -> Plan:
    """A stored plan; its working is worked out again from what it was worked out from."""
    staffing = Staffing(
        staff_on_roster=row["staff_on_roster"],
        share_percent=row["share_percent"],
        department_view=row["department_view"],
    )
    return Plan(
        service_id=ServiceId(row["service_id"]),
        office_id=OfficeId(row["office_id"]),
        day_on=row["day_on"],
        revision=row["revision"],
        capacity=people_per_hour(
            staffing,
            minutes_per_visit=row["minutes_per_visit"],
            hall_limit=row["hall_limit"],
            hall_taken=row["hall_taken"],
        ),
        quota_left=row["quota_left"],
        seats=row["seats"],
        reason=row["reason"],
        set_by=PersonId(row["set_by"]),
        set_at=row["set_at"],
    )

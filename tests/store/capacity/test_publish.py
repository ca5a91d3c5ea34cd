"""Publishing slots from capacity on the real server: never past the quota, never past the hall."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from dawr.booking import actions as booking
from dawr.capacity import actions, store
from dawr.capacity.model import (
    DayPassed,
    Limit,
    NothingToPublish,
    NotOfferedHere,
    OfficeShut,
    SlotsWouldVanish,
    Staffing,
)
from dawr.catalogue.model import ServiceClosed
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people.model import Role, RoleMissing
from dawr.settings import Settings
from dawr.web.session import Visitor
from tests.store.catalogue.officials import (
    ARTICLE_18,
    ARTICLE_20,
    FARWANIYA,
    HAWALLI,
    NOW,
    THURSDAY,
    load_kuwait,
    officer,
)

THIRTY_PERCENT = Staffing(staff_on_roster=20, share_percent=30)
FRIDAY = date(2027, 2, 5)
NATIONAL_DAY = date(2027, 2, 25)


async def publish(tx: Transaction, visitor: Visitor, **changes: Any) -> actions.PlannedDay:
    wanted: dict[str, Any] = {
        "service_id": ARTICLE_18,
        "office_id": HAWALLI,
        "day_on": THURSDAY,
        "staffing": THIRTY_PERCENT,
        "reason": "خطة العودة إلى العمل، المرحلة الأولى",
        "set_by": visitor.require_person(),
        "now": NOW,
    }
    return await actions.publish_capacity(tx, **(wanted | changes))


async def order(tx: Transaction, settings: Settings, people_a_day: int) -> None:
    visitor = await officer(tx, Role.AUTHORITY, settings=settings, civil_number="227081660516")
    await actions.order_quota(
        tx,
        visitor,
        settings=settings,
        service_id=ARTICLE_18,
        people_a_day=people_a_day,
        from_on=THURSDAY,
        until_on=None,
        decision="قرار 12 لسنة 2027",
        now=NOW,
    )


async def head_of(tx: Transaction, settings: Settings, office_id: OfficeId = HAWALLI) -> Visitor:
    await load_kuwait(tx)
    return await officer(tx, Role.BRANCH_HEAD, settings=settings, office_id=office_id)


async def test_thirty_an_hour_become_fifteen_seats_each_half_hour(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    planned = await publish(tx, head)
    assert planned.plan.capacity.people_per_hour == 30
    assert (len(planned.slots), planned.plan.seats) == (12, 180)
    first = await booking.slot(tx, ARTICLE_18, planned.slots[0].slot_id)
    assert (first.slot_id, first.seats, first.day_on) == ("HAW-R-20270204-0730", 15, THURSDAY)
    _, plans = await actions.plans_ahead(tx, HAWALLI, now=NOW)
    assert plans == [planned.plan]


async def test_all_offices_together_never_pass_the_quota(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await order(tx, settings, 250)
    assert (await publish(tx, head)).plan.seats == 180
    second = await publish(tx, head, office_id=FARWANIYA)
    assert (second.plan.seats, second.plan.quota_left) == (70, 70)
    with pytest.raises(NothingToPublish):
        await publish(tx, head, office_id=OfficeId("KW-MOI/CAP-R"))


async def test_a_day_published_under_an_order_is_bound_to_it(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await order(tx, settings, 250)
    await publish(tx, head)
    assert await booking.quota_left(tx, ARTICLE_18, days_on=[THURSDAY]) == {THURSDAY: 250}


OFFICES = [OfficeId(f"KW-MOI/{code}-R") for code in ("CAP", "HAW", "FAR", "MUB", "AHM", "JAH")]


async def seats_published_by_all_at_once(pool: Pool, settings: Settings) -> int:
    """Six offices publish 180 seats each in the same moment, under a quota of 500."""
    async with transaction(pool) as tx:
        head = await head_of(tx, settings)
        await order(tx, settings, 500)

    async def at(office_id: OfficeId) -> actions.PlannedDay:
        async with transaction(pool) as tx:
            return await publish(tx, head, office_id=office_id)

    outcomes = await asyncio.gather(*map(at, OFFICES), return_exceptions=True)
    assert all(isinstance(outcome, actions.PlannedDay | NothingToPublish) for outcome in outcomes)
    midnight = datetime.fromisoformat("2027-02-04T00:00+03:00")
    async with transaction(pool) as tx:
        slots = await booking.slots_between(tx, ARTICLE_18, starts_at=midnight, ends_at=midnight + timedelta(days=1))
    return sum(slot.seats for slot in slots)


async def test_offices_that_publish_at_once_never_pass_the_quota(pool: Pool, settings: Settings) -> None:
    assert await seats_published_by_all_at_once(pool, settings) == 500


async def test_without_the_lock_and_the_constraint_the_same_race_passes_the_quota(
    pool: Pool, database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = {name: text.replace("for update", "") for name, text in store.SQL.items()}
    monkeypatch.setattr(store, "SQL", unlocked)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("alter table capacity.day_total drop constraint published_never_exceeds_quota")
    assert await seats_published_by_all_at_once(pool, settings) > 500


async def test_two_services_share_one_hall(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    everybody = Staffing(staff_on_roster=9, share_percent=100)
    assert (await publish(tx, head, staffing=everybody)).plan.capacity.people_per_hour == 45
    second = (await publish(tx, head, service_id=ARTICLE_20, staffing=everybody)).plan.capacity
    assert (second.people_per_hour, second.hall_taken, second.limit) == (15, 45, Limit.HALL)


async def test_a_new_plan_of_the_day_replaces_the_seats(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await order(tx, settings, 250)
    await publish(tx, head)
    half = Staffing(staff_on_roster=20, share_percent=50)
    again = await publish(tx, head, staffing=half)
    assert (again.plan.revision, again.plan.seats, again.plan.quota_left) == (2, 250, 250)
    fewer = await publish(tx, head, staffing=Staffing(staff_on_roster=20, share_percent=10))
    assert (fewer.plan.seats, (await booking.slot(tx, ARTICLE_18, fewer.slots[0].slot_id)).seats) == (60, 5)
    _, plans = await actions.plans_ahead(tx, HAWALLI, now=NOW)
    assert [plan.revision for plan in plans] == [3]


async def test_a_new_plan_does_not_drop_a_time_that_people_may_hold(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    with pytest.raises(SlotsWouldVanish):
        await publish(tx, head, staffing=Staffing(staff_on_roster=20, share_percent=100, department_view=1))


async def test_closed_days_past_days_and_other_departments_are_refused(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    attempts: list[tuple[dict[str, object], type[Exception]]] = [
        ({"day_on": FRIDAY}, OfficeShut),
        ({"day_on": NATIONAL_DAY}, OfficeShut),
        ({"day_on": date(2027, 1, 31)}, DayPassed),
        ({"service_id": ServiceId("KW-MOI/DL-RENEW")}, NotOfferedHere),
        ({"service_id": ServiceId("KW-MOI/VISIT")}, ServiceClosed),
        ({"office_id": OfficeId("KW-MOI/NONE")}, NotFound),
        ({"staffing": Staffing(staff_on_roster=0, share_percent=100)}, NothingToPublish),
    ]
    for changes, refusal in attempts:
        with pytest.raises(refusal):
            await publish(tx, head, **changes)


async def test_the_head_publishes_the_working_days_of_a_week(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    wanted: dict[str, Any] = {
        "service_id": ARTICLE_18,
        "office_id": HAWALLI,
        "from_on": THURSDAY,
        "days_count": 7,
        "staffing": THIRTY_PERCENT,
        "reason": "جدول الأسبوع",
        "now": NOW,
    }
    preview = await actions.preview_capacity(tx, head, **wanted)
    with pytest.raises(NotFound):
        await booking.slot(tx, ARTICLE_18, preview[0].slots[0].slot_id)
    planned = await actions.set_capacity(tx, head, **wanted)
    assert planned == preview
    assert [each.plan.day_on.day for each in planned] == [4, 7, 8, 9, 10]


@pytest.mark.parametrize("role", [Role.CLERK, Role.GUARD])
async def test_only_the_head_of_that_office_sets_its_capacity(tx: Transaction, settings: Settings, role: Role) -> None:
    await load_kuwait(tx)
    visitors = [
        await officer(tx, role, settings=settings, office_id=HAWALLI),
        await officer(tx, Role.BRANCH_HEAD, settings=settings, office_id=FARWANIYA, civil_number="227081660516"),
        await officer(tx, Role.OPERATOR, settings=settings, civil_number="292091998298"),
    ]
    for visitor in visitors:
        with pytest.raises(RoleMissing):
            await actions.set_capacity(
                tx,
                visitor,
                service_id=ARTICLE_18,
                office_id=HAWALLI,
                from_on=THURSDAY,
                days_count=1,
                staffing=THIRTY_PERCENT,
                reason="بلا حق",
                now=NOW,
            )


async def test_the_database_refuses_what_the_arithmetic_would_never_say(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await order(tx, settings, 250)
    await publish(tx, head)
    revised = (
        "insert into capacity.plan select service_id, office_id, day_on, revision + 1, staff_on_roster, {share}, "
        "minutes_per_visit, hall_limit, hall_taken, {view}, quota_left, {people}, {seats}, {reason}, set_by, set_at "
        "from capacity.plan"
    )
    sound = {"share": "30", "view": "null", "people": "30", "seats": "180", "reason": "reason"}
    faults = [
        {"share": "101"},
        {"people": "-1"},
        {"people": "61"},
        {"view": "29"},
        {"seats": "251"},
        {"seats": "-1"},
        {"reason": "''"},
    ]
    attacks: list[tuple[str, type[Exception]]] = [
        (revised.format(**(sound | fault)), CheckViolation) for fault in faults
    ]
    attacks += [
        ("update capacity.day_total set seats = 251", CheckViolation),
        ("update capacity.hall_day set people_per_hour = 61", CheckViolation),
        ("update capacity.plan set seats = 1", InsufficientPrivilege),
        ("delete from capacity.plan", InsufficientPrivilege),
        ("delete from capacity.day_total", InsufficientPrivilege),
    ]
    for attack, expected in attacks:
        await tx.execute("savepoint attack")
        with pytest.raises(expected):
            await tx.execute(attack.encode())
        await tx.execute("rollback to attack")
    await tx.execute(revised.format(**sound).encode())

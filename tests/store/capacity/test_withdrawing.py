"""Published times taken back on the real server: never one that anybody holds, and the room is free again."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.errors import CheckViolation

from dawr.booking import actions as booking
from dawr.booking.model import SlotId, SlotsHeld
from dawr.capacity import actions
from dawr.capacity.model import Plan, Staffing
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import Role, RoleMissing
from dawr.settings import Settings
from dawr.web.session import Visitor
from tests.store.capacity.test_publish import head_of, order, publish
from tests.store.catalogue.officials import ARTICLE_18, ARTICLE_20, FARWANIYA, HAWALLI, NOW, THURSDAY, officer

HALF_PAST_SEVEN, EIGHT = SlotId("HAW-R-20270204-0730"), SlotId("HAW-R-20270204-0800")


async def withdraw(tx: Transaction, head: Visitor, *slot_ids: SlotId, **changes: Any) -> Plan:
    wanted: dict[str, Any] = {
        "service_id": ARTICLE_18,
        "office_id": HAWALLI,
        "day_on": THURSDAY,
        "slot_ids": slot_ids,
        "reason": "صيانة الصالة",
        "now": NOW,
    }
    return await actions.withdraw_slots(tx, head, **(wanted | changes))


async def published(tx: Transaction, head: Visitor) -> list[SlotId]:
    days = await actions.published_days(tx, head, service_id=ARTICLE_18, office_id=HAWALLI, now=NOW)
    return [slot.slot_id for slot in days.get(THURSDAY, [])]


async def hold(tx: Transaction, slot_id: SlotId) -> None:
    wanted = [(PersonId(uuid4()), slot_id)]
    await booking.offer_seats(tx, service_id=ARTICLE_18, wanted=wanted, until=NOW + timedelta(hours=1), now=NOW)


async def test_the_head_withdraws_times_and_everybody_reads_why(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    plan = await withdraw(tx, head, HALF_PAST_SEVEN, EIGHT)
    assert (plan.revision, plan.seats, plan.capacity.people_per_hour) == (2, 150, 30)
    assert len(await published(tx, head)) == 10
    _, plans = await actions.plans_ahead(tx, HAWALLI, now=NOW)
    assert [(each.seats, each.reason) for each in plans] == [(150, "صيانة الصالة")]
    rows = await (
        await tx.execute("select leaf from transparency.entry where leaf like '%%slot.withdrawn%%'")
    ).fetchall()
    [facts] = [json.loads(row["leaf"])["facts"] for row in rows]
    assert facts["slots"] == [HALF_PAST_SEVEN, EIGHT]
    assert facts["reason"] == "صيانة الصالة"


async def test_what_is_withdrawn_here_may_be_published_elsewhere(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await order(tx, settings, 200)
    planned = await publish(tx, head)
    await withdraw(tx, head, *(slot.slot_id for slot in planned.slots[:6]))
    second = await publish(tx, head, office_id=FARWANIYA)
    assert (second.plan.quota_left, second.plan.seats) == (110, 110)


async def test_a_day_withdrawn_whole_leaves_the_hall_to_other_services(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    everybody = Staffing(staff_on_roster=12, share_percent=100)
    planned = await publish(tx, head, staffing=everybody)
    assert planned.plan.capacity.people_per_hour == 60
    await withdraw(tx, head, *(slot.slot_id for slot in planned.slots))
    second = (await publish(tx, head, service_id=ARTICLE_20, staffing=everybody)).plan.capacity
    assert (second.people_per_hour, second.hall_taken) == (60, 0)


async def test_a_withdrawn_time_can_be_published_again(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    await withdraw(tx, head, EIGHT)
    again = await publish(tx, head)
    assert (again.plan.revision, again.plan.seats) == (3, 180)
    assert EIGHT in await published(tx, head)


async def test_a_time_that_somebody_holds_is_refused_with_its_numbers(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    await booking.promise_seats(tx, ARTICLE_18, slot_ids=[EIGHT], quotas={})
    await hold(tx, EIGHT)
    await hold(tx, HALF_PAST_SEVEN)
    with pytest.raises(SlotsHeld) as refused:
        await withdraw(tx, head, HALF_PAST_SEVEN, EIGHT, SlotId("HAW-R-20270204-0830"))
    assert refused.value.facts == {"slots": 2, "given": 2, "promised": 14}


async def test_nothing_is_withdrawn_from_a_draw_that_is_not_over(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    await booking.promise_seats(tx, ARTICLE_18, slot_ids=[EIGHT], quotas={})
    with pytest.raises(SlotsHeld):
        async with tx.transaction():
            await withdraw(tx, head, EIGHT)
    await booking.end_promise(tx, ARTICLE_18, slot_ids=[EIGHT])
    assert (await withdraw(tx, head, EIGHT)).seats == 165


async def test_times_of_other_offices_other_days_and_withdrawn_ones_are_not_there(
    tx: Transaction, settings: Settings
) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    await publish(tx, head, office_id=FARWANIYA)
    await withdraw(tx, head, EIGHT)
    attempts: list[tuple[list[SlotId], dict[str, Any]]] = [
        ([SlotId("FAR-R-20270204-0800")], {}),
        ([EIGHT], {}),
        ([SlotId("NOWHERE")], {}),
        ([HALF_PAST_SEVEN, SlotId("NOWHERE")], {}),
        ([HALF_PAST_SEVEN], {"day_on": THURSDAY + timedelta(days=3)}),
    ]
    for slot_ids, changes in attempts:
        with pytest.raises(NotFound):
            async with tx.transaction():
                await withdraw(tx, head, *slot_ids, **changes)


async def test_only_the_head_of_that_office_withdraws_its_times(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    for role, office_id, number in (
        (Role.CLERK, HAWALLI, "227081660516"),
        (Role.BRANCH_HEAD, FARWANIYA, "292091998298"),
    ):
        other = await officer(tx, role, settings=settings, office_id=office_id, civil_number=number)
        with pytest.raises(RoleMissing):
            await withdraw(tx, other, EIGHT)
        with pytest.raises(RoleMissing):
            await published(tx, other)


async def test_the_database_itself_keeps_a_seat_that_is_held_or_promised(tx: Transaction, settings: Settings) -> None:
    head = await head_of(tx, settings)
    await publish(tx, head)
    await hold(tx, EIGHT)
    await booking.promise_seats(tx, ARTICLE_18, slot_ids=[HALF_PAST_SEVEN], quotas={})
    for slot_id in (EIGHT, HALF_PAST_SEVEN):
        with pytest.raises(CheckViolation):
            async with tx.transaction():
                await tx.execute("update booking.slot set seats = 0 where slot_id = %s", (slot_id,))


async def test_a_time_is_either_withdrawn_or_promised(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        head = await head_of(tx, settings)
        planned = await publish(tx, head)

    async def withdraw_alone(slot_id: SlotId) -> None:
        async with transaction(pool) as tx:
            await withdraw(tx, head, slot_id)

    async def promise_alone(slot_id: SlotId) -> None:
        async with transaction(pool) as tx:
            await booking.promise_seats(tx, ARTICLE_18, slot_ids=[slot_id], quotas={})

    slot_ids = [slot.slot_id for slot in planned.slots]
    acts = [act(slot_id) for slot_id in slot_ids for act in (withdraw_alone, promise_alone)]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Refusal) for outcome in outcomes), outcomes
    async with transaction(pool) as tx:
        after = await booking.slots(tx, ARTICLE_18, slot_ids=slot_ids)
        left = sum(slot.seats for slot in after)
        row = await (await tx.execute("select seats from capacity.day_total")).fetchone()
    assert {(slot.seats > 0) == (slot.promised > 0) for slot in after} == {True}
    assert row is not None
    assert row["seats"] == left

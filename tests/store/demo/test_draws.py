"""The demonstration's draws on the real server: their turns come out of capacity, and one draw leaves the others'."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import Slot
from dawr.capacity import actions as capacity
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.demo.country import DRAWN, MOVING, OPEN, TOO_FEW
from dawr.demo.draws import FIRST_TURN_AFTER, Plan, announce, hurried
from dawr.demo.national_id import invented_people
from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.people import actions as people
from dawr.people.model import Country, Role
from dawr.releases import actions as releases
from dawr.releases.model import Release
from dawr.settings import Settings
from tests.store.catalogue.officials import load_kuwait, officer
from tests.store.releases.invented_draw import drawing_settings

KUWAIT = ZoneInfo("Asia/Kuwait")


@pytest.fixture
async def there(pool: Pool, settings: Settings) -> Settings:
    """Settings of a site with the catalogue and the head in whose name turns are published."""
    head = next(person for person in invented_people() if person.hint == "branch-head")
    async with transaction(pool) as tx:
        await load_kuwait(tx)
        await people.register_person(
            tx,
            civil_number=head.civil_number,
            country=Country.KUWAIT,
            name_ar=head.name_ar,
            name_latin=head.name,
            settings=settings,
            now=datetime.now(UTC),
        )
    return hurried(drawing_settings(settings))


async def order(pool: Pool, plan: Plan, *, settings: Settings, people_a_day: int) -> None:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        visitor = await officer(tx, Role.AUTHORITY, settings=settings, authority_id=AuthorityId("KW-MOI"), now=now)
        await capacity.order_quota(
            tx,
            visitor,
            settings=settings,
            service_id=ServiceId(plan.service),
            people_a_day=people_a_day,
            from_on=now.astimezone(KUWAIT).date(),
            decision="رقم للتوضيح",
            now=now,
        )


async def slots_of(pool: Pool, release: Release) -> list[Slot]:
    async with transaction(pool) as tx:
        places = await releases.places(tx, release)
        found = await booking.slots_between(
            tx,
            release.service_id,
            starts_at=release.rules.freezes_at,
            ends_at=release.rules.freezes_at + timedelta(days=10),
        )
    named = {place.place_id for place in places}
    return [slot for slot in found if slot.slot_id in named]


@pytest.mark.parametrize("plan", [OPEN, DRAWN, MOVING, TOO_FEW], ids=lambda plan: plan.service)
async def test_the_turns_of_a_draw_are_what_the_staff_on_duty_come_to(pool: Pool, there: Settings, plan: Plan) -> None:
    release = await announce(pool, plan, settings=there)
    slots = await slots_of(pool, release)
    assert len(slots) == plan.times * len(plan.offices)
    assert {slot.seats for slot in slots} == {plan.seats}
    assert min(slot.starts_at for slot in slots) - release.rules.freezes_at >= FIRST_TURN_AFTER
    async with transaction(pool) as tx:
        for office in plan.offices:
            _, plans = await capacity.plans_ahead(tx, OfficeId(office), now=datetime.now(UTC))
            assert sum(each.seats for each in plans) == plan.times * plan.seats
            assert {each.capacity.people_per_hour for each in plans} == {plan.seats * 4}
            assert {each.capacity.staffing for each in plans} == {plan.staffing}


async def test_the_next_draw_of_a_service_takes_turns_that_no_draw_has(pool: Pool, there: Settings) -> None:
    await order(pool, OPEN, settings=there, people_a_day=500)
    drawn = [await announce(pool, replace(OPEN, freezes_after=timedelta(minutes=n)), settings=there) for n in (5, 6)]
    first, second = [await slots_of(pool, release) for release in drawn]
    assert not {slot.slot_id for slot in first} & {slot.slot_id for slot in second}
    assert {slot.seats for slot in [*first, *second]} == {OPEN.seats}


async def test_a_draw_for_which_the_day_has_no_room_takes_the_next_day(pool: Pool, there: Settings) -> None:
    seats = OPEN.seats * len(OPEN.offices)
    await order(pool, OPEN, settings=there, people_a_day=2 * seats)
    slots = await slots_of(pool, await announce(pool, OPEN, settings=there))
    on_day = {slot.day_on: sum(each.seats for each in slots if each.day_on == slot.day_on) for slot in slots}
    assert sum(on_day.values()) == OPEN.times * seats
    assert max(on_day.values()) <= 2 * seats
    async with transaction(pool) as tx:
        for day_on in on_day:
            assert await catalogue.quota_on(tx, ServiceId(OPEN.service), day_on=day_on) == 2 * seats

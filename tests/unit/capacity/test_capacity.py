"""People an hour and the slots of a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from dawr.booking.model import Slot
from dawr.capacity.model import Limit, Plan, Staffing, Turns, people_per_hour, plan_slots, reduced, scaled
from dawr.catalogue.model import Office
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.periods import Period
from tests.unit.catalogue.examples import SMALL, nouns_of

HEAD = PersonId(UUID(int=7))
OFFICE = next(noun for noun in nouns_of(SMALL) if isinstance(noun, Office))
DAY_ON = date(2027, 2, 4)
OPENS = datetime(2027, 2, 4, 4, 30, tzinfo=UTC)
MORNING = Period(starts_at=OPENS, ends_at=OPENS + timedelta(hours=6))
EVENING = Period(starts_at=OPENS + timedelta(hours=8), ends_at=OPENS + timedelta(hours=11))


def slots(people: int, *, periods: tuple[Period, ...] = (MORNING,), seats_max: int | None = None) -> list[Slot]:
    return plan_slots(
        service_id=ServiceId("KW-MOI/18"),
        office=OFFICE,
        day_on=DAY_ON,
        turns=Turns(periods=periods),
        people_per_hour=people,
        seats_max=seats_max,
    )


@pytest.mark.parametrize(
    ("share_percent", "on_duty", "by_staff", "people", "limit"),
    [(30, 6, 30, 30, Limit.STAFF), (50, 10, 50, 50, Limit.STAFF), (100, 20, 100, 60, Limit.HALL)],
)
def test_the_three_steps_of_the_return_to_work(
    share_percent: int, on_duty: int, by_staff: int, people: int, limit: Limit
) -> None:
    staffing = Staffing(staff_on_roster=20, share_percent=share_percent)
    found = people_per_hour(staffing, minutes_per_visit=12, hall_limit=60)
    assert (found.staff_on_duty, found.by_staff, found.people_per_hour, found.limit) == (
        on_duty,
        by_staff,
        people,
        limit,
    )


def test_the_departments_view_of_thirty_lowers_the_number_and_never_raises_it() -> None:
    full = Staffing(staff_on_roster=20, share_percent=100, department_view=30)
    assert people_per_hour(full, minutes_per_visit=12, hall_limit=60).people_per_hour == 30
    few = replace(full, share_percent=10)
    found = people_per_hour(few, minutes_per_visit=12, hall_limit=60)
    assert (found.people_per_hour, found.limit) == (10, Limit.STAFF)


def test_nobody_is_halved() -> None:
    found = people_per_hour(Staffing(staff_on_roster=3, share_percent=50), minutes_per_visit=25, hall_limit=60)
    assert (found.staff_on_duty, found.people_per_hour) == (1, 2)


def test_what_other_services_have_asked_to_the_hall_is_not_there_any_more() -> None:
    staffing = Staffing(staff_on_roster=20, share_percent=100)
    assert people_per_hour(staffing, minutes_per_visit=12, hall_limit=60, hall_taken=45).people_per_hour == 15
    assert people_per_hour(staffing, minutes_per_visit=12, hall_limit=60, hall_taken=70).people_per_hour == 0


@pytest.mark.parametrize(
    "wrong", [{"share_percent": 101}, {"share_percent": -1}, {"staff_on_roster": -1}, {"department_view": -1}]
)
def test_staffing_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not negative"):
        Staffing(**({"staff_on_roster": 1, "share_percent": 1} | wrong))


def test_an_hour_is_spread_evenly_over_its_slots() -> None:
    planned = slots(31)
    assert [slot.seats for slot in planned[:4]] == [15, 16, 15, 16]
    assert sum(slot.seats for slot in planned) == 186


def test_slots_are_named_by_office_day_and_local_time() -> None:
    first = slots(30)[0]
    assert (first.slot_id, first.starts_at, first.day_on) == ("HAW-R-20270204-0730", OPENS, DAY_ON)


def test_two_shifts_make_two_runs_of_slots() -> None:
    planned = slots(30, periods=(MORNING, EVENING))
    assert len(planned) == 18
    assert planned[12].slot_id == "HAW-R-20270204-1530"


def test_a_quota_takes_its_share_from_every_slot() -> None:
    planned = slots(30, seats_max=100)
    assert sum(slot.seats for slot in planned) == 100
    assert {slot.seats for slot in planned} == {8, 9}


def test_a_quota_larger_than_the_day_changes_nothing() -> None:
    assert slots(30, seats_max=501) == slots(30)


def test_without_people_or_quota_there_are_no_slots() -> None:
    assert slots(0) == []
    assert slots(30, seats_max=0) == []
    assert slots(30, periods=()) == []


def test_a_remainder_shorter_than_a_slot_is_left_out() -> None:
    short = Period(starts_at=OPENS, ends_at=OPENS + timedelta(minutes=50))
    assert [slot.seats for slot in slots(30, periods=(short,))] == [15]


def test_turns_of_a_quarter_of_an_hour_share_the_hour_in_four() -> None:
    quarters = Turns(periods=(MORNING,), length=timedelta(minutes=15))
    planned = plan_slots(
        service_id=ServiceId("KW-MOI/18"),
        office=OFFICE,
        day_on=DAY_ON,
        turns=quarters,
        people_per_hour=16,
        seats_max=None,
    )
    assert {slot.seats for slot in planned} == {4}
    assert [slot.slot_id[-4:] for slot in planned[:3]] == ["0730", "0745", "0800"]


def plan(*, seats: int) -> Plan:
    return Plan(
        service_id=ServiceId("KW-MOI/18"),
        office_id=OFFICE.office_id,
        day_on=DAY_ON,
        revision=1,
        capacity=people_per_hour(
            Staffing(staff_on_roster=20, share_percent=30), minutes_per_visit=12, hall_limit=60, hall_taken=10
        ),
        quota_left=None,
        seats=seats,
        reason="plan",
        set_by=HEAD,
        set_at=OPENS,
    )


def test_a_plan_of_which_times_were_withdrawn_keeps_its_people_an_hour() -> None:
    left = reduced(plan(seats=180), seats=30, reason="flood", set_by=HEAD, set_at=OPENS)
    assert (left.revision, left.seats, left.reason) == (2, 150, "flood")
    assert left.capacity == plan(seats=180).capacity


def test_a_day_withdrawn_to_its_last_seat_asks_nobody_to_the_hall() -> None:
    left = reduced(plan(seats=180), seats=180, reason="flood", set_by=HEAD, set_at=OPENS)
    assert (left.seats, left.capacity.people_per_hour, left.capacity.limit) == (0, 0, Limit.VIEW)


def test_scaling_keeps_what_fits_already() -> None:
    assert scaled([3, 4], most=7) == [3, 4]
    assert scaled([3, 4], most=0) == [0, 0]
    assert scaled([], most=5) == []

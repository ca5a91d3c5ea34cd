"""What an officer types, and every fault beside its field."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.booking.model import Slot, SlotId
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.lines.announcement import Announcement, NothingToGive, read_announcement, supply_of
from dawr.lines.pages.staff import FIELDS

NOW = datetime(2027, 1, 30, 6, 0, tzinfo=UTC)
SERVICE = ServiceId("KW-MOI/18")
KUWAIT = ZoneInfo("Asia/Kuwait")
TYPED = {
    **{f"from-{part}": value for part, value in (("day", "10"), ("month", "2"), ("year", "2027"))},
    **{f"until-{part}": value for part, value in (("day", "11"), ("month", "2"), ("year", "2027"))},
    **{f"gathers-{part}": value for part, value in (("day", "31"), ("month", "1"), ("year", "2027"))},
    **{f"opens-{part}": value for part, value in (("day", "1"), ("month", "2"), ("year", "2027"))},
    **{f"closes-{part}": value for part, value in (("day", "1"), ("month", "2"), ("year", "2027"))},
    "gathers-time": "09:00",
    "opens-time": "٠٩:٠٠",
    "closes-time": "15:30",
    "inside-max": "50",
}


def read(**changed: str) -> tuple[Announcement, set[str]]:
    fields = TYPED | {name.replace("_", "-"): value for name, value in changed.items()}
    announcement, faults = read_announcement(fields, service_id=SERVICE, timezone="Asia/Kuwait", now=NOW)
    return announcement, set(faults)


def test_what_is_typed_is_meant_by_the_clock_of_the_office() -> None:
    announcement, faults = read()
    assert not faults
    assert announcement.opens_at == datetime(2027, 2, 1, 9, 0, tzinfo=KUWAIT)
    assert announcement.line_id == "KW-MOI/18/2027-02-01-0900"
    assert announcement.inside_max == 50


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"from_day": "31", "from_month": "2"}, "from-day"),
        ({"from_year": "27"}, "from-day"),
        ({"opens_time": "25:00"}, "opens-time"),
        ({"opens_time": "nine"}, "opens-time"),
        ({"inside_max": "0"}, "inside-max"),
        ({"inside_max": "many"}, "inside-max"),
        ({"gathers_day": "29"}, "gathers-day"),
        ({"opens_day": "31", "opens_month": "1"}, "opens-day"),
        ({"closes_time": "09:59"}, "closes-day"),
        ({"until_day": "9"}, "until-day"),
        ({"until_month": "6"}, "until-day"),
    ],
)
def test_a_fault_is_told_beside_its_field(changed: dict[str, str], field: str) -> None:
    assert read(**changed)[1] == {field}


@given(st.fixed_dictionaries({name: st.text(max_size=8) | st.integers(0, 40).map(str) for name in FIELDS}))
def test_whatever_is_typed_is_read_or_told_apart(fields: dict[str, str]) -> None:
    read_announcement(fields, service_id=SERVICE, timezone="Asia/Kuwait", now=NOW)


def test_the_supply_is_what_is_free_after_the_line_has_closed() -> None:
    announcement, _ = read()
    made = [
        Slot(
            service_id=SERVICE,
            slot_id=SlotId(f"S-{number}"),
            office_id=OfficeId("KW-MOI/HAW-R"),
            day_on=announcement.from_on,
            starts_at=announcement.closes_at + timedelta(minutes=minutes),
            ends_at=announcement.closes_at + timedelta(minutes=minutes + 30),
            seats=4,
            taken=taken,
            promised=promised,
        )
        for number, (minutes, taken, promised) in enumerate([(-1, 0, 0), (0, 1, 0), (60, 4, 0), (90, 0, 4)])
    ]
    supply = supply_of(announcement, slots=made)
    assert ([slot.slot_id for slot in supply.slots], supply.seats) == (["S-1"], 3)
    with pytest.raises(NothingToGive):
        supply_of(announcement, slots=made[2:])

"""What officers type: dates, times and hours by the clock of the office."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.identifiers import ServiceId
from dawr.releases.announcement import NothingToDraw, TurnsTooSoon, read_announcement, supply_of
from dawr.releases.class_grant import read_class_grant
from tests.unit.releases.test_shares import slots

NOW = datetime(2027, 1, 20, 6, 0, tzinfo=UTC)
SERVICE = ServiceId("KW-MOI/18")
FIELDS = {
    "draw-day": "1",
    "draw-month": "2",
    "draw-year": "2027",
    "from-day": "4",
    "from-month": "2",
    "from-year": "2027",
    "until-day": "١١",
    "until-month": "٢",
    "until-year": "٢٠٢٧",
    "opens-day": "25",
    "opens-month": "1",
    "opens-year": "2027",
    "opens-time": "07:30",
    "freezes-day": "31",
    "freezes-month": "1",
    "freezes-year": "2027",
    "freezes-time": "14:00",
    "suffix": "b",
    "confirm-hours": "24",
    "travel-hours": "2",
    "share-medical": "10%",
}
LEAD = timedelta(hours=1)


def read(**changed: str):  # type: ignore[no-untyped-def]
    fields = FIELDS | {name.replace("_", "-"): value for name, value in changed.items()}
    return read_announcement(fields, service_id=SERVICE, timezone="Asia/Kuwait", now=NOW)


def test_the_form_is_read_by_the_clock_of_the_office() -> None:
    announcement, faults = read()
    assert faults == {}
    assert announcement.draw_id == "KW-MOI/18/2027-02-01-B"
    assert announcement.until_on == date(2027, 2, 11)
    assert announcement.opens_at == datetime(2027, 1, 25, 4, 30, tzinfo=UTC)
    assert announcement.shares["medical"].is_percent


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("draw-day", "30", "releases.date_unreadable"),
        ("from-year", "27", "releases.date_unreadable"),
        ("until-year", "9999", "releases.date_unreadable"),
        ("opens-time", "7", "releases.time_unreadable"),
        ("freezes-time", "24:00", "releases.time_unreadable"),
        ("confirm-hours", "337", "releases.hours_unreadable"),
        ("suffix", "ب", "releases.suffix_unreadable"),
        ("share-medical", "half", "releases.share_unreadable"),
    ],
)
def test_each_fault_is_kept_beside_its_field(field: str, typed: str, code: str) -> None:
    _, faults = read(**{field: typed})
    wrong = field.removesuffix("-year") + "-day" if field.endswith("-year") else field
    assert {name: refusal.code for name, refusal in faults.items()} == {wrong: code}


def test_every_fault_is_found_at_once() -> None:
    _, faults = read_announcement({}, service_id=SERVICE, timezone="Asia/Kuwait", now=NOW)
    assert {"draw-day", "from-day", "until-day", "opens-day", "opens-time", "freezes-day", "freezes-time"} <= set(
        faults
    )


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=20)))
def test_whatever_is_typed_is_read_or_refused(changed: dict[str, str]) -> None:
    read_announcement(FIELDS | changed, service_id=SERVICE, timezone="Asia/Damascus", now=NOW)


def test_turns_begin_only_when_their_winners_can_come() -> None:
    announcement, _ = read()
    with pytest.raises(TurnsTooSoon):
        supply_of(announcement, slots=slots(1), lead=timedelta(days=9))
    assert supply_of(announcement, slots=slots(1, 2), lead=LEAD).seats == 3


def test_without_a_free_seat_there_is_nothing_to_draw() -> None:
    announcement, _ = read()
    with pytest.raises(NothingToDraw):
        supply_of(announcement, slots=[], lead=LEAD)


@given(st.dictionaries(st.sampled_from(["class", "evidence", "until-day", "until-month", "until-year"]), st.text()))
def test_a_grant_is_read_or_refused_whatever_is_typed(fields: dict[str, str]) -> None:
    _, faults = read_class_grant(fields, timezone="Asia/Kuwait", today_on=NOW.date())
    assert faults


def test_a_grant_ends_within_a_year() -> None:
    fields = {"class": "elderly", "evidence": "card", "until-day": "1", "until-month": "2", "until-year": "2027"}
    grant, faults = read_class_grant(fields, timezone="Asia/Kuwait", today_on=NOW.date())
    assert faults == {}
    assert grant.until_on == date(2027, 2, 1)
    for day in ({"until-year": "2026"}, {"until-year": "2029"}):
        _, faults = read_class_grant(fields | day, timezone="Asia/Kuwait", today_on=NOW.date())
        assert set(faults) == {"until-day"}

"""When an office is open: weekends, holidays, decisions, shifts and time zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dawr.catalogue.calendars import DayState, day, days_off, is_open, is_weekend, opening_periods, working_days
from tests.unit.catalogue.examples import SMALL, hawalli

KUWAIT = ZoneInfo("Asia/Kuwait")
CLOSURE = "\n%rec: Closure\n\nscope: {}\neffect: {}\nname_ar: قرار\nname_en: {}\nfrom: {}\nuntil: {}\nby: KW/cabinet\n"
HOURS = "\n%rec: Hours\n\noffice: KW-MOI/HAW-R\nshift: {}\nopens: {}\ncloses: {}\nfrom: {}\nby: KW/cabinet\n"


def test_the_closure_of_12_march_2020_closes_a_working_thursday() -> None:
    assert day(hawalli(), day_on=date(2020, 3, 11)).state is DayState.WORKED
    closed = day(hawalli(), day_on=date(2020, 3, 12))
    assert (closed.state, closed.name_ar) == (DayState.CLOSED_BY_DECISION, "تعطيل العمل")
    assert opening_periods(hawalli(), day_on=date(2020, 3, 12)) == []


def test_until_is_the_first_day_of_work_again() -> None:
    assert not opening_periods(hawalli(), day_on=date(2020, 6, 29))
    assert opening_periods(hawalli(), day_on=date(2020, 6, 30))


def test_an_office_opens_and_closes_to_the_second_in_its_own_time_zone() -> None:
    opens = datetime(2027, 2, 4, 7, 30, tzinfo=KUWAIT)
    assert is_open(hawalli(), opens)
    assert is_open(hawalli(), datetime(2027, 2, 4, 4, 30, tzinfo=UTC))
    assert not is_open(hawalli(), datetime(2027, 2, 4, 4, 29, 59, tzinfo=UTC))
    assert not is_open(hawalli(), datetime(2027, 2, 4, 13, 30, tzinfo=KUWAIT))


@pytest.mark.parametrize(
    ("day_on", "state"),
    [
        (date(2027, 2, 4), DayState.WORKED),
        (date(2027, 2, 5), DayState.WEEKEND),
        (date(2027, 2, 6), DayState.WEEKEND),
        (date(2027, 2, 7), DayState.WORKED),
        (date(2027, 2, 25), DayState.HOLIDAY),
    ],
)
def test_weekends_and_holidays_of_the_country(day_on: date, state: DayState) -> None:
    assert day(hawalli(), day_on=day_on).state is state


@pytest.mark.parametrize("country", ["KW", "SA", "SY"])
def test_friday_and_saturday_are_the_weekend_of_all_three(country: str) -> None:
    assert [is_weekend(country, day_on=date(2027, 2, n)) for n in range(4, 8)] == [False, True, True, False]


def test_a_holiday_has_its_name_in_both_languages_and_an_estimate_says_so() -> None:
    national, eid = day(hawalli(), day_on=date(2027, 2, 25)), day(hawalli(), day_on=date(2027, 3, 9))
    assert (national.name_ar, national.name_en) == ("اليوم الوطني", "National Day")
    assert "تقديري" in eid.name_ar
    assert "estimated" in eid.name_en


def test_a_decision_can_work_on_a_holiday() -> None:
    calendar = hawalli(CLOSURE.format("KW-MOI", "open", "Worked", "25/2/2027", "26/2/2027"))
    assert opening_periods(calendar, day_on=date(2027, 2, 25))


def test_the_later_decision_stands_and_the_narrower_of_two_at_once() -> None:
    both = hawalli(
        CLOSURE.format("KW-MOI", "closed", "All", "7/2/2027", "14/2/2027")
        + CLOSURE.format("KW-MOI/HAW-R", "open", "Hawalli works", "7/2/2027", "9/2/2027")
        + CLOSURE.format("KW", "closed", "Rain", "8/2/2027", "9/2/2027")
    )
    assert [day(both, day_on=date(2027, 2, n)).name_en for n in (7, 8, 9)] == ["Hawalli works", "Rain", "All"]


def test_a_closure_of_another_office_is_not_ours() -> None:
    other = SMALL[SMALL.index("%rec: Office") : SMALL.index("# One morning")].replace("HAW-R", "FAR-R")
    calendar = hawalli("\n" + other + CLOSURE.format("KW-MOI/FAR-R", "closed", "x", "4/2/2027", "5/2/2027"))
    assert opening_periods(calendar, day_on=date(2027, 2, 4))


def test_two_shifts_and_new_hours_from_a_day() -> None:
    calendar = hawalli(
        HOURS.format("evening", "15:30", "18:30", "2020-01-01") + HOURS.format("morning", "09:00", "12:00", "10/2/2027")
    )
    hours = [
        [period.starts_at.astimezone(KUWAIT).hour for period in opening_periods(calendar, day_on=date(2027, 2, n))]
        for n in (9, 10)
    ]
    assert hours == [[7, 15], [9, 15]]


def test_hours_with_days_of_their_own_may_stand_on_a_weekend_but_not_on_a_holiday() -> None:
    calendar = hawalli(
        HOURS.format("evening", "15:30", "18:30", "2020-01-01").replace("opens", "weekdays: saturday\nopens")
    )
    assert len(opening_periods(calendar, day_on=date(2027, 2, 6))) == 1
    assert len(opening_periods(calendar, day_on=date(2027, 2, 7))) == 1
    assert opening_periods(calendar, day_on=date(2027, 12, 25)) == []  # a Saturday and a holiday


def test_working_days_of_a_week() -> None:
    days = working_days(hawalli(), from_on=date(2027, 2, 1), until_on=date(2027, 2, 8))
    assert [each.day for each in days] == [1, 2, 3, 4, 7]


def test_from_30_june_to_31_august_2020_there_were_about_42_working_days() -> None:
    days = working_days(hawalli(), from_on=date(2020, 6, 30), until_on=date(2020, 9, 1))
    assert 40 <= len(days) <= 45


def test_days_off_ahead_are_named_once_a_run() -> None:
    calendar = hawalli(CLOSURE.format("KW", "closed", "Rain", "7/2/2027", "10/2/2027"))
    ahead = days_off(calendar, from_on=date(2027, 2, 1), until_on=date(2027, 3, 1))
    assert [each.name_en for each in ahead] == ["Rain", "National Day", "Liberation Day"]

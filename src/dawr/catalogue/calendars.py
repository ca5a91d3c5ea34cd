"""When an office is open: weekends and holidays of its country, its hours, and decisions on top.

Weekends and holidays come from the `holidays` library. A decision (`Closure`) stands over both: the one that began
last, and the narrower where two begin together. Religious holidays ahead are estimates until they are announced, and
say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from holidays.groups.islamic import IslamicHolidays

from dawr.catalogue.model import Closure, Effect, Hours, Office, Shift, Weekday, country_of, in_force
from dawr.kernel.periods import Period

LOCALES = {"ar": "ar", "en": "en_US"}
WEEKDAYS = tuple(Weekday)


class DayState(StrEnum):
    WORKED = "worked"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSED_BY_DECISION = "closed_by_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day is for an office, and what it is called; `closure` is the decision that says so, if one does."""

    day_on: date
    state: DayState
    name_ar: str
    name_en: str
    closure: Closure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """All that decides when one office is open."""

    office: Office
    hours: tuple[Hours, ...]
    closures: tuple[Closure, ...]


def calendar_of(office: Office, *, hours: Sequence[Hours], closures: Sequence[Closure]) -> Calendar:
    """The calendar of `office` out of everybody's hours and closures."""
    return Calendar(
        office=office,
        hours=tuple(each for each in hours if each.office_id == office.office_id),
        closures=tuple(each for each in closures if each.covers(office)),
    )


def is_known_country(country: str) -> bool:
    return country in holidays.list_supported_countries()


def day(calendar: Calendar, *, day_on: date) -> Day:
    """Whether the office works on `day_on`, and why not."""
    country = country_of(calendar.office.office_id)
    closure = _decision(calendar.closures, day_on=day_on)
    if closure is not None:
        state = DayState.WORKED if closure.effect is Effect.OPEN else DayState.CLOSED_BY_DECISION
        return Day(day_on=day_on, state=state, name_ar=closure.name_ar, name_en=closure.name_en, closure=closure)
    names = {language: _holidays(country, day_on.year, language=language).get(day_on, "") for language in LOCALES}
    if names["en"]:
        state = DayState.HOLIDAY
    else:
        state = DayState.WEEKEND if is_weekend(country, day_on=day_on) else DayState.WORKED
    return Day(day_on=day_on, state=state, name_ar=names["ar"], name_en=names["en"], closure=None)


def is_weekend(country: str, *, day_on: date) -> bool:
    return day_on.weekday() in _holidays(country, day_on.year, language="en").weekend


def opening_periods(calendar: Calendar, *, day_on: date) -> list[Period]:
    """The periods (UTC) in which the office is open on a day of its own time zone, in order."""
    today = day(calendar, day_on=day_on)
    if today.state in {DayState.HOLIDAY, DayState.CLOSED_BY_DECISION}:
        return []
    zone = ZoneInfo(calendar.office.timezone)
    return [
        Period(
            starts_at=datetime.combine(day_on, hours.opens, zone).astimezone(UTC),
            ends_at=datetime.combine(day_on, hours.closes, zone).astimezone(UTC),
        )
        for hours in hours_on(calendar, day_on=day_on)
        if _is_worked(hours, today)
    ]


def hours_on(calendar: Calendar, *, day_on: date) -> list[Hours]:
    """The hours that hold on `day_on`, one for each shift, whether or not the office works on it."""
    shifts = (in_force((h for h in calendar.hours if h.shift is shift), day_on=day_on) for shift in Shift)
    return [hours for hours in shifts if hours is not None]


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """Whether the office is open at an aware instant."""
    day_on = instant.astimezone(ZoneInfo(calendar.office.timezone)).date()
    return any(period.contains(instant) for period in opening_periods(calendar, day_on=day_on))


def working_days(calendar: Calendar, *, from_on: date, until_on: date) -> list[date]:
    """The days on which the office opens, from `from_on` up to but not including `until_on`."""
    days = (from_on + timedelta(days=n) for n in range((until_on - from_on).days))
    return [day_on for day_on in days if opening_periods(calendar, day_on=day_on)]


def days_off(calendar: Calendar, *, from_on: date, until_on: date) -> list[Day]:
    """Holidays and closures ahead, weekends left out, one for each run of days with the same name."""
    found: list[Day] = []
    for n in range((until_on - from_on).days):
        today = day(calendar, day_on=from_on + timedelta(days=n))
        is_off = today.state in {DayState.HOLIDAY, DayState.CLOSED_BY_DECISION}
        if is_off and not (found and found[-1].name_en == today.name_en):
            found.append(today)
    return found


def _decision(closures: Sequence[Closure], *, day_on: date) -> Closure | None:
    """The decision that holds: the latest; of two that begin together the narrower, whose scope is the longer."""
    covering = [closure for closure in closures if closure.is_in_force(day_on)]
    return max(covering, key=lambda closure: (closure.from_on, len(closure.scope)), default=None)


def _is_worked(hours: Hours, today: Day) -> bool:
    """Hours with weekdays of their own may work at a weekend; a decision that opens a day opens it for all."""
    if today.closure is not None:
        return True
    if hours.weekdays:
        return WEEKDAYS[today.day_on.weekday()] in hours.weekdays
    return today.state is DayState.WORKED


@cache
def _holidays(country: str, year: int, *, language: str) -> holidays.HolidayBase:
    library: Any = getattr(holidays, country)
    options = {"islamic_show_estimated": True} if issubclass(library, IslamicHolidays) else {}
    made: holidays.HolidayBase = library(years=year, language=LOCALES[language], **options)
    return made

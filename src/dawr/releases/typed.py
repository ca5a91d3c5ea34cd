"""Dates, times and hours as people type them in the forms of officers."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_code

HOURS_MAX = 24 * 14

_DATE = re.compile(r"(20[0-9]{2})/([0-9]{1,2})/([0-9]{1,2})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_HOURS = re.compile(r"[0-9]{1,4}")


class DateUnreadable(Refusal):
    """Day, month and year are not a date of the calendar."""

    code = "releases.date_unreadable"
    status = 422


class TimeUnreadable(Refusal):
    """The time is not hours and minutes of a day."""

    code = "releases.time_unreadable"
    status = 422


class HoursUnreadable(Refusal):
    """The hours are not a whole number from 1 to the most that may be given."""

    code = "releases.hours_unreadable"
    status = 422


class Typed:
    """Reads fields one by one and keeps what was wrong, so that the officer sees every fault at once."""

    def __init__(self, fields: Mapping[str, str], *, timezone: str) -> None:
        self.fields = fields
        self.timezone = timezone
        self.faults: dict[str, Refusal] = {}

    def day(self, name: str) -> date:
        """The date in three fields; the least of all dates where they are none."""
        typed = "/".join(self._cleaned(f"{name}-{part}") for part in ("year", "month", "day"))
        try:
            year, month, day = _numbers(_DATE, typed)
            return date(year, month, day)
        except ValueError:
            self.faults[f"{name}-day"] = DateUnreadable()
            return date.min

    def instant(self, name: str) -> datetime:
        """A date and the time beside it, by the clock of the office."""
        day_on = self.day(name)
        try:
            hour, minute = _numbers(_TIME, self._cleaned(f"{name}-time"))
            at = time(hour, minute)
        except ValueError:
            self.faults[f"{name}-time"] = TimeUnreadable()
            at = time.min
        return datetime.combine(day_on, at, tzinfo=ZoneInfo(self.timezone))

    def hours(self, name: str) -> int:
        """Whole hours from 1 to HOURS_MAX."""
        typed = self._cleaned(name)
        if not (_HOURS.fullmatch(typed) and 1 <= int(typed) <= HOURS_MAX):
            self.faults[name] = HoursUnreadable(hours_max=HOURS_MAX)
            return 1
        return int(typed)

    def _cleaned(self, name: str) -> str:
        return clean_code(self.fields.get(name, ""))


def _numbers(form: re.Pattern[str], typed: str) -> tuple[int, ...]:
    match = form.fullmatch(typed)
    if match is None:
        raise ValueError(typed)
    return tuple(int(part) for part in match.groups())

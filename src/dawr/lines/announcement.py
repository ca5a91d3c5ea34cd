"""A line as an officer announces it: dates and times as typed, by the office's clock, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dawr.booking.model import Slot
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import fold_digits
from dawr.lines.model import LineId

YEAR_MIN = 2000
DAYS_SPANNED_MAX = 62
INSIDE_MAX = 100_000
OPEN_MIN = timedelta(hours=1)


class DateUnreadable(Refusal):
    """Day, month and year are not a date of the calendar."""

    code = "lines.date_unreadable"
    status = 422


class TimeUnreadable(Refusal):
    """The time is not hours and minutes of a day."""

    code = "lines.time_unreadable"
    status = 422


class InsideUnreadable(Refusal):
    """How many may act at one time is not a whole number from 1."""

    code = "lines.inside_unreadable"
    status = 422


class GathersInThePast(Refusal):
    """Rules are published before anybody can take a number."""

    code = "lines.gathers_in_the_past"
    status = 422


class OpensBeforeGathering(Refusal):
    """The line would open before anybody could take a number."""

    code = "lines.opens_before_gathering"
    status = 422


class ClosesTooEarly(Refusal):
    """The line would close before it was of use to anybody."""

    code = "lines.closes_too_early"
    status = 422


class SpanUnreadable(Refusal):
    """The last day lies before the first, or too many days after it."""

    code = "lines.span_unreadable"
    status = 422


class NothingToGive(Refusal):
    """No free seat that nobody else has begins in those days, after the line has closed."""

    code = "lines.nothing_to_give"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Everything that an officer decides about a line; instants aware."""

    line_id: LineId
    from_on: date
    until_on: date
    gathers_at: datetime
    opens_at: datetime
    closes_at: datetime
    inside_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The slots that an announcement gives out, in the order of time."""

    slots: tuple[Slot, ...]

    @property
    def seats(self) -> int:
        return sum(slot.free for slot in self.slots)


class _Typed:
    """Reads fields one by one and keeps what was wrong, so that the officer sees every fault at once."""

    def __init__(self, fields: Mapping[str, str], *, timezone: str) -> None:
        self.fields = {name: fold_digits(value).strip() for name, value in fields.items()}
        self.timezone = timezone
        self.faults: dict[str, Refusal] = {}

    def day(self, name: str) -> date:
        """The date in three fields; the least of all dates where they are none."""
        try:
            month, day = (_number(self.fields[f"{name}-{part}"]) for part in ("month", "day"))
            return date(_number(self.fields[f"{name}-year"], least=YEAR_MIN), month, day)
        except ValueError:
            self.faults[f"{name}-day"] = DateUnreadable()
            return date.min

    def instant(self, name: str) -> datetime:
        """A date and the time beside it, by the clock of the office."""
        day_on = self.day(name)
        try:
            hour, minute = (_number(part) for part in self.fields[f"{name}-time"].split(":"))
            at = time(hour, minute)
        except ValueError:
            self.faults[f"{name}-time"] = TimeUnreadable()
            at = time.min
        return datetime.combine(day_on, at, tzinfo=ZoneInfo(self.timezone))

    def inside_max(self) -> int:
        try:
            typed = _number(self.fields["inside-max"])
        except ValueError:
            typed = 0
        if not 1 <= typed <= INSIDE_MAX:
            self.faults["inside-max"] = InsideUnreadable(most=INSIDE_MAX)
        return typed


def read_announcement(
    fields: Mapping[str, str], *, service_id: ServiceId, timezone: str, now: datetime
) -> tuple[Announcement, dict[str, Refusal]]:
    """The announcement that the fields mean, and what is wrong with them by field; with a fault it means nothing.

    The line is named by the minute of its opening.
    """
    typed = _Typed(fields, timezone=timezone)
    opens_at = typed.instant("opens")
    announcement = Announcement(
        line_id=LineId(f"{service_id}/{opens_at:%Y-%m-%d-%H%M}"),
        from_on=typed.day("from"),
        until_on=typed.day("until"),
        gathers_at=typed.instant("gathers"),
        opens_at=opens_at,
        closes_at=typed.instant("closes"),
        inside_max=typed.inside_max(),
    )
    if not typed.faults:
        typed.faults |= _contradictions(announcement, now=now)
    return announcement, typed.faults


def supply_of(announcement: Announcement, *, slots: Sequence[Slot]) -> Supply:
    """The free seats that nobody else has and that begin after the line has closed; refuses none at all."""
    free = tuple(
        slot for slot in slots if slot.free > 0 and not slot.promised and slot.starts_at >= announcement.closes_at
    )
    if not free:
        raise NothingToGive
    return Supply(slots=free)


def _contradictions(announcement: Announcement, *, now: datetime) -> dict[str, Refusal]:
    faults: dict[str, Refusal] = {}
    if announcement.gathers_at <= now:
        faults["gathers-day"] = GathersInThePast()
    if announcement.opens_at <= announcement.gathers_at:
        faults["opens-day"] = OpensBeforeGathering()
    if announcement.closes_at < announcement.opens_at + OPEN_MIN:
        faults["closes-day"] = ClosesTooEarly()
    if not timedelta(0) <= announcement.until_on - announcement.from_on <= timedelta(days=DAYS_SPANNED_MAX):
        faults["until-day"] = SpanUnreadable(days_max=DAYS_SPANNED_MAX)
    return faults


def _number(typed: str, *, least: int = 0) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 6 and int(typed) >= least):
        raise ValueError(typed)
    return int(typed)

"""The nouns of the status page, and how beats become an honest account of downtime."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dawr.booking.model import DayQuota
from dawr.catalogue.model import Service

BEAT_SECONDS = 10
SILENCE = timedelta(seconds=3 * BEAT_SECONDS)
"""A part that says nothing for longer is down; a restart is shorter."""
SHOWN = timedelta(days=30)
KEPT = timedelta(days=32)


class Part(StrEnum):
    """What may be up or down by itself: the pages, and the work that goes on without anybody asking."""

    WEB = "web"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which one process of a part said again and again that it works and reaches the database."""

    part: Part
    began_at: datetime
    beat_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which no process of a part was heard; `ends_at` is None while it lasts."""

    part: Part
    starts_at: datetime
    ends_at: datetime | None

    def lasted(self, *, now: datetime) -> timedelta:
        return (self.ends_at or now) - self.starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLeft:
    """What one service still has to give of this day's quota."""

    service: Service
    quota: DayQuota


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The truth at `at`: what is down now, what is left and what was stopped today, and outages, the newest first."""

    at: datetime
    down: tuple[Part, ...]
    quotas: tuple[QuotaLeft, ...]
    stopped: dict[str, int]
    outages: tuple[Outage, ...]

    @property
    def requests_stopped(self) -> int:
        return sum(self.stopped.values())


def outages(stretches: Iterable[Stretch], *, part: Part, since: datetime, now: datetime) -> list[Outage]:
    """The silences of `part` between `since` and `now`, oldest first.

    Nothing is claimed of the time before its first beat, and a part that never beat has no outage.
    """
    found: list[Outage] = []
    heard_until: datetime | None = None
    for stretch in sorted((each for each in stretches if each.part is part), key=lambda each: each.began_at):
        if heard_until is not None and stretch.began_at - heard_until > SILENCE:
            found.append(Outage(part=part, starts_at=heard_until, ends_at=stretch.began_at))
        heard_until = max(heard_until or stretch.beat_at, stretch.beat_at)
    if heard_until is not None and now - heard_until > SILENCE:
        found.append(Outage(part=part, starts_at=heard_until, ends_at=None))
    return [_clipped(each, since=since) for each in found if each.ends_at is None or each.ends_at > since]


def down_now(found: Sequence[Outage]) -> tuple[Part, ...]:
    """The parts whose outage has not ended."""
    return tuple(dict.fromkeys(each.part for each in found if each.ends_at is None))


def _clipped(outage: Outage, *, since: datetime) -> Outage:
    return Outage(part=outage.part, starts_at=max(outage.starts_at, since), ends_at=outage.ends_at)

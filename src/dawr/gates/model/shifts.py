"""A guard's shift at a device, the day's rota and lanes, and the packs made for a shift."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from dawr.gates.model.devices import DeviceId
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import Refusal
from dawr.kernel.signing import keyed_hash
from dawr.people.model import SHIFT_MAX

ShiftId = NewType("ShiftId", UUID)
PackId = NewType("PackId", UUID)

OPENING_CODE_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A guard at a device on one day; `lane_proposed` is the rota's, None for whoever was not in it."""

    shift_id: ShiftId
    office_id: OfficeId
    day_on: date
    device_id: DeviceId
    guard_id: PersonId
    lane: int
    lane_proposed: int | None
    opens_at: datetime
    ends_at: datetime
    closed_at: datetime | None

    def is_open(self, *, now: datetime) -> bool:
        return self.closed_at is None and now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """How many lanes are open on an office's day; each change is a new revision."""

    office_id: OfficeId
    day_on: date
    revision: int
    lanes_open: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What was put into a device for a shift, as far as it need be remembered."""

    pack_id: PackId
    shift_id: ShiftId
    device_id: DeviceId
    office_id: OfficeId
    day_on: date
    lanes_open: int
    tickets: int
    built_at: datetime


class DeviceInShift(Refusal):
    """Another guard's shift is open on this device."""

    code = "gates.device_in_shift"


class GuardInShift(Refusal):
    """The guard's shift is open on another device."""

    code = "gates.guard_in_shift"


class ShiftOver(Refusal):
    """The shift has been closed, or its time is over."""

    code = "gates.shift_over"


class LanesMovedOn(Refusal):
    """Another branch head changed the lanes meanwhile."""

    code = "gates.lanes_moved_on"


class GuardUnknown(Refusal):
    """Nobody with this civil number is a guard of the office."""

    code = "gates.guard_unknown"
    status = 422


class NotTheGuardOfTheShift(Refusal):
    """The shift is another guard's."""

    code = "gates.not_the_guard_of_the_shift"
    status = 403


def rota(key: bytes, guard_ids: Collection[PersonId], *, lanes_open: int) -> Mapping[PersonId, int]:
    """The lane that the day gives each guard: the guards in the order of HMAC(key, guard id), lane after lane.

    The key is the office's and the day's, so that nobody knows beforehand with whom or where he will stand.
    """
    shuffled = sorted(guard_ids, key=lambda guard_id: keyed_hash(key, b"rota|" + guard_id.bytes))
    return {guard_id: place % lanes_open + 1 for place, guard_id in enumerate(shuffled)}


def day_bounds(day_on: date, *, timezone: str) -> tuple[datetime, datetime]:
    """When an office's own day begins and ends."""
    zone = ZoneInfo(timezone)
    starts_at, ends_at = (datetime.combine(day, time.min, zone) for day in (day_on, day_on + timedelta(days=1)))
    return starts_at.astimezone(UTC), ends_at.astimezone(UTC)


def ends_of_shift(*, opens_at: datetime, day_ends_at: datetime) -> datetime:
    """When a shift that opens now is over by itself: no longer than a sign-in is good for, and with its day."""
    return min(opens_at + SHIFT_MAX, day_ends_at)


def require_own(shift: Shift, *, guard_id: PersonId, now: datetime) -> Shift:
    """The shift, if it is open and this guard's."""
    if shift.guard_id != guard_id:
        raise NotTheGuardOfTheShift
    if not shift.is_open(now=now):
        raise ShiftOver
    return shift

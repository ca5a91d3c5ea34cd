"""How many people an hour a department can serve, why, and the slots of a day that follow."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dawr.booking.model import Slot, SlotId
from dawr.catalogue.model import Office
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.periods import Period
from dawr.kernel.refusal import Refusal

SLOT_LENGTH = timedelta(minutes=30)
MINUTES_AN_HOUR = 60


class Limit(StrEnum):
    """What keeps the number from being higher."""

    STAFF = "staff"
    HALL = "hall"
    VIEW = "view"


class NotOfferedHere(Refusal):
    """The office does not offer this service."""

    code = "capacity.not_offered_here"
    status = 422


class OfficeShut(Refusal):
    """The office does not open on that day."""

    code = "capacity.office_shut"
    status = 422


class DayPassed(Refusal):
    """Slots are published for days that are still to come."""

    code = "capacity.day_passed"
    status = 422


class NothingToPublish(Refusal):
    """No seat is left after staff, hall, view and quota."""

    code = "capacity.nothing_to_publish"


class SlotsWouldVanish(Refusal):
    """The new plan has no seat in a slot that people can already hold; withdrawing it is an act of its own."""

    code = "capacity.slots_would_vanish"


class QuotaUsed(Refusal):
    """Another office has just published the last of the day's quota."""

    code = "capacity.quota_used"


class HallFull(Refusal):
    """Another service has just asked as many people to the hall as it holds."""

    code = "capacity.hall_full"


class PlanOvertaken(Refusal):
    """Somebody else has just published a plan for the same service, office and day."""

    code = "capacity.plan_overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """What a branch head sets: who is on the roster, what share of them comes, and the department's own view.

    The view is the most people an hour that the department wants; it lowers the number and never raises it.
    """

    staff_on_roster: int
    share_percent: int
    department_view: int | None = None

    def __post_init__(self) -> None:
        if self.staff_on_roster < 0 or not 0 <= self.share_percent <= 100 or (self.department_view or 0) < 0:
            raise ValueError("staff and view are not negative, a share lies between 0 and 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """People an hour with every step of the working; `hall_taken` is what other services have asked to the hall."""

    staffing: Staffing
    minutes_per_visit: int
    hall_limit: int
    hall_taken: int
    staff_on_duty: int
    by_staff: int
    people_per_hour: int
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """The hours of a day that are cut into slots, and how long a slot is."""

    periods: tuple[Period, ...]
    length: timedelta = SLOT_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A day of a service at an office as it was decided; a later revision stands over an earlier one."""

    service_id: ServiceId
    office_id: OfficeId
    day_on: date
    revision: int
    capacity: Capacity
    quota_left: int | None
    seats: int
    reason: str
    set_by: PersonId
    set_at: datetime


def people_per_hour(staffing: Staffing, *, minutes_per_visit: int, hall_limit: int, hall_taken: int = 0) -> Capacity:
    """The least of what the staff on duty, the room left in the hall and the department's view allow (D4.21, D4.22).

    Fractions of a person are left out. `hall_limit` and `hall_taken` are people an hour.
    """
    staff_on_duty = staffing.staff_on_roster * staffing.share_percent // 100
    by_staff = staff_on_duty * MINUTES_AN_HOUR // minutes_per_visit
    allowed = {Limit.STAFF: by_staff, Limit.HALL: max(0, hall_limit - hall_taken)}
    if staffing.department_view is not None:
        allowed[Limit.VIEW] = staffing.department_view
    limit = min(allowed, key=lambda each: allowed[each])
    return Capacity(
        staffing=staffing,
        minutes_per_visit=minutes_per_visit,
        hall_limit=hall_limit,
        hall_taken=hall_taken,
        staff_on_duty=staff_on_duty,
        by_staff=by_staff,
        people_per_hour=allowed[limit],
        limit=limit,
    )


def plan_slots(
    *,
    service_id: ServiceId,
    office: Office,
    day_on: date,
    turns: Turns,
    people_per_hour: int,
    seats_max: int | None,
) -> list[Slot]:
    """The slots of a day, with at most `people_per_hour` in any hour of a period and `seats_max` in all.

    An hour's people are spread evenly over its slots; where the quota allows fewer than the staff, every slot gives
    up its share. Slots without a seat are left out, as is the end of a period that is shorter than a slot.
    """
    stretches = [stretch for period in turns.periods for stretch in _stretches(period, turns.length)]
    hour = timedelta(hours=1)
    wanted = _differences([people_per_hour * (done * turns.length) // hour for done in range(len(stretches) + 1)])
    seats = wanted if seats_max is None else scaled(wanted, most=seats_max)
    zone = ZoneInfo(office.timezone)
    return [
        Slot(
            service_id=service_id,
            slot_id=SlotId(f"{office.code}-{stretch.starts_at.astimezone(zone):%Y%m%d-%H%M}"),
            office_id=office.office_id,
            day_on=day_on,
            starts_at=stretch.starts_at,
            ends_at=stretch.ends_at,
            seats=count,
        )
        for stretch, count in zip(stretches, seats, strict=True)
        if count > 0
    ]


def reduced(before: Plan, *, seats: int, reason: str, set_by: PersonId, set_at: datetime) -> Plan:
    """The plan that stands after `seats` of `before` were withdrawn; a day without any asks nobody to the hall."""
    left = before.seats - seats
    capacity = before.capacity
    if not left:
        capacity = people_per_hour(
            replace(capacity.staffing, department_view=0),
            minutes_per_visit=capacity.minutes_per_visit,
            hall_limit=capacity.hall_limit,
            hall_taken=capacity.hall_taken,
        )
    return replace(
        before,
        revision=before.revision + 1,
        capacity=capacity,
        seats=left,
        reason=reason,
        set_by=set_by,
        set_at=set_at,
    )


def scaled(seats: Sequence[int], *, most: int) -> list[int]:
    """`seats` made fewer in proportion until they sum to `most`; as they are where they do already."""
    total = sum(seats)
    if total <= most:
        return list(seats)
    sums = [0]
    for count in seats:
        sums.append(sums[-1] + count)
    return _differences([most * running // total for running in sums])


def _stretches(period: Period, length: timedelta) -> list[Period]:
    count = (period.ends_at - period.starts_at) // length
    starts = [period.starts_at + n * length for n in range(count)]
    return [Period(starts_at=start, ends_at=start + length) for start in starts]


def _differences(sums: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in itertools.pairwise(sums)]

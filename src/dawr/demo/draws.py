"""One draw of the demonstration: its places, its rules, and people who enter it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from zoneinfo import ZoneInfo

import anyio

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.capacity import actions as capacity
from dawr.capacity.model import Staffing, Turns
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.demo.national_id import invented_people
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.periods import Period
from dawr.people import actions as people
from dawr.releases import actions as releases
from dawr.releases.model import DrawId, Release, Wish
from dawr.settings import Settings

KUWAIT = ZoneInfo("Asia/Kuwait")
QUARTER = timedelta(minutes=15)
FIRST_TURN_AFTER = timedelta(minutes=13)
"""Late enough to confirm and travel, early enough that the gate (half an hour before) is open at once."""
DAYS_AHEAD = 8
TRAVEL_SECONDS = 60
DRAW_SECONDS_MAX = 120
LEAD_SECONDS = 5


def hurried(settings: Settings) -> Settings:
    """For a draw that takes seconds from its freeze to its result; its published rules say so."""
    return replace(settings, draw_lead_seconds=LEAD_SECONDS, witness_seconds=LEAD_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One draw: where, how many turns of how many seats, who comes, and how fast it moves.

    `staffing` is who is on duty in each office; it comes to four times `seats` people an hour. None leaves the turns
    without a working.
    """

    service: str
    offices: tuple[str, ...]
    times: int
    seats: int
    crowd: int
    invented: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    freezes_after: timedelta = timedelta(seconds=12)
    moves_for: timedelta = timedelta(hours=3)
    confirm_seconds: int = 86400
    confirmed_share: float = 0.0
    staffing: Staffing | None = None
    reason: str = ""


async def announce(pool: Pool, plan: Plan, *, settings: Settings) -> Release:
    """Publish the plan's turns and the rules of a draw for them that is open from now on."""
    now = datetime.now(UTC)
    freezes_at = now + plan.freezes_after
    async with transaction(pool) as tx:
        slots = await _publish(tx, plan, first_at=freezes_at + FIRST_TURN_AFTER, settings=settings, now=now)
        first_of_each_office = slots[:: plan.times] if plan.classes else []
        return await releases.announce(
            tx,
            service_id=ServiceId(plan.service),
            draw_id=DrawId(f"{plan.service}/{freezes_at.astimezone(KUWAIT):%Y-%m-%d-%H%M%S}"),
            slot_ids=[slot.slot_id for slot in slots],
            reserved={slot.slot_id: dict.fromkeys(plan.classes, 1) for slot in first_of_each_office},
            opens_at=now,
            freezes_at=freezes_at,
            moves_until=freezes_at + plan.moves_for,
            confirm_seconds=plan.confirm_seconds,
            travel_seconds=TRAVEL_SECONDS,
            settings=settings,
            now=now,
        )


async def _publish(
    tx: Transaction, plan: Plan, *, first_at: datetime, settings: Settings, now: datetime
) -> Sequence[Slot]:
    """The plan's turns, office by office; with the working of each office's day where the plan says who is on duty."""
    standing = await _standing(tx, plan, from_at=first_at)
    slots = _slots(plan, starts=await _free_quarters(tx, plan, first_at=first_at, standing=standing))
    if plan.staffing is None:
        await booking.publish_slots(tx, slots=slots, now=now)
        return slots
    for place, of_day in groupby(slots, key=lambda slot: (slot.office_id, slot.day_on)):
        before = [slot for slot in standing if (slot.office_id, slot.day_on) == place]
        turns = sorted([*before, *of_day], key=lambda slot: slot.starts_at)
        await capacity.publish_capacity(
            tx,
            service_id=ServiceId(plan.service),
            office_id=place[0],
            day_on=place[1],
            staffing=plan.staffing,
            reason=plan.reason,
            # The one head whom the demonstration invents stands for the heads of all its offices.
            set_by=await _registered(tx, "branch-head", settings=settings),
            turns=Turns(periods=tuple(Period(starts_at=s.starts_at, ends_at=s.ends_at) for s in turns), length=QUARTER),
            now=now,
        )
    return slots


async def _registered(tx: Transaction, hint: str, *, settings: Settings) -> PersonId:
    number = next(person.civil_number for person in invented_people() if person.hint == hint)
    person_id = await people.find_by_civil_number(tx, number, settings=settings)
    assert person_id is not None, f"{hint} is registered by the demonstration"
    return person_id


async def _standing(tx: Transaction, plan: Plan, *, from_at: datetime) -> list[Slot]:
    """What earlier draws have published of the service from that day on."""
    midnight = from_at.astimezone(KUWAIT).replace(hour=0, minute=0, second=0, microsecond=0)
    return await booking.slots_between(
        tx, ServiceId(plan.service), starts_at=midnight, ends_at=midnight + timedelta(days=DAYS_AHEAD)
    )


async def _free_quarters(
    tx: Transaction, plan: Plan, *, first_at: datetime, standing: Sequence[Slot]
) -> list[datetime]:
    """When the turns begin: quarters from `first_at` on that no draw has, while the authority's number has room.

    The demonstration's offices never close, so that there is always a turn to come to soon.
    """
    occupied = {slot.starts_at for slot in standing if slot.office_id in plan.offices}
    seats_on = Counter[date]()
    for slot in standing:
        seats_on[slot.day_on] += slot.seats
    quota = await catalogue.quota_on(tx, ServiceId(plan.service), day_on=first_at.astimezone(KUWAIT).date())
    first = -(-first_at.timestamp() // QUARTER.total_seconds()) * QUARTER.total_seconds()
    free: list[datetime] = []
    for number in range(DAYS_AHEAD * 96):
        starts_at = datetime.fromtimestamp(first, KUWAIT) + number * QUARTER
        seats = seats_on[starts_at.date()] + plan.seats * len(plan.offices)
        if len(free) < plan.times and starts_at not in occupied and (quota is None or seats <= quota):
            seats_on[starts_at.date()] = seats
            free.append(starts_at)
    return free


def _slots(plan: Plan, *, starts: Sequence[datetime]) -> list[Slot]:
    return [
        Slot(
            service_id=ServiceId(plan.service),
            slot_id=SlotId(f"{office.partition('/')[2]}-{starts_at:%Y%m%d-%H%M}"),
            office_id=OfficeId(office),
            day_on=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + QUARTER,
            seats=plan.seats,
        )
        for office in plan.offices
        for starts_at in starts
    ]


async def enter(tx: Transaction, plan: Plan, release: Release, *, person_id: PersonId, settings: Settings) -> None:
    """Enter a person with wishes of his own taste."""
    await releases.enter(
        tx,
        service_id=release.service_id,
        draw_id=release.draw_id,
        person_id=person_id,
        wishes=_wishes(plan, taste=sha256(person_id.bytes + plan.service.encode()).digest()),
        draw_class="",
        settings=settings,
        now=datetime.now(UTC),
    )


def _wishes(plan: Plan, *, taste: bytes) -> list[Wish]:
    """One to three offices; the first ones of the plan are liked best."""
    liked = {plan.offices[min(byte % len(plan.offices), byte // 7 % len(plan.offices))] for byte in taste[:3]}
    return [Wish(office_id=OfficeId(office), day="", part="") for office in sorted(liked, key=plan.offices.index)]


async def until_offered(pool: Pool, release: Release) -> None:
    """Wait until the worker has drawn and every winner has his offer."""
    with anyio.fail_after(DRAW_SECONDS_MAX):
        while True:
            async with transaction(pool) as tx:
                now = await releases.release(tx, release.service_id, release.draw_id)
            if now.offered_at is not None:
                return
            await anyio.sleep(0.2)

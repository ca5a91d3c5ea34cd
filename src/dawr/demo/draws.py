"""One draw of the demonstration: its places, its rules, and people who enter it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import anyio

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.releases import actions as releases
from dawr.releases.model import DrawId, Release, Wish
from dawr.settings import Settings

KUWAIT = ZoneInfo("Asia/Kuwait")
QUARTER = timedelta(minutes=15)
FIRST_TURN_AFTER = timedelta(minutes=13)
"""Late enough to confirm and travel, early enough that the gate (half an hour before) is open at once."""
TRAVEL_SECONDS = 60
DRAW_SECONDS_MAX = 120
LEAD_SECONDS = 5


def hurried(settings: Settings) -> Settings:
    """For a draw that takes seconds from its freeze to its result; its published rules say so."""
    return replace(settings, draw_lead_seconds=LEAD_SECONDS, witness_seconds=LEAD_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One draw: where, how many turns of how many seats, who comes, and how fast it moves."""

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


async def announce(pool: Pool, plan: Plan, *, settings: Settings) -> Release:
    """Publish the plan's turns and the rules of a draw for them that is open from now on."""
    now = datetime.now(UTC)
    freezes_at = now + plan.freezes_after
    slots = _slots(plan, first_at=freezes_at + FIRST_TURN_AFTER)
    reserved = {slot.slot_id: dict.fromkeys(plan.classes, 1) for slot in slots[:: plan.times]} if plan.classes else {}
    async with transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots, now=now)
        return await releases.announce(
            tx,
            service_id=ServiceId(plan.service),
            draw_id=DrawId(f"{plan.service}/{now.astimezone(KUWAIT):%Y-%m-%d-%H%M%S}"),
            slot_ids=[slot.slot_id for slot in slots],
            reserved=reserved,
            opens_at=now,
            freezes_at=freezes_at,
            moves_until=freezes_at + plan.moves_for,
            confirm_seconds=plan.confirm_seconds,
            travel_seconds=TRAVEL_SECONDS,
            settings=settings,
            now=now,
        )


def _slots(plan: Plan, *, first_at: datetime) -> list[Slot]:
    """Turns every quarter of an hour from `first_at` on; the demonstration's offices never close."""
    first = datetime.fromtimestamp(
        -(-first_at.timestamp() // QUARTER.total_seconds()) * QUARTER.total_seconds(), KUWAIT
    )
    slots = []
    for office in plan.offices:
        for number in range(plan.times):
            starts_at = first + number * QUARTER
            slots.append(
                Slot(
                    service_id=ServiceId(plan.service),
                    slot_id=SlotId(f"{office.partition('/')[2]}-{starts_at:%Y%m%d-%H%M}"),
                    office_id=OfficeId(office),
                    day_on=starts_at.date(),
                    starts_at=starts_at,
                    ends_at=starts_at + QUARTER,
                    seats=plan.seats,
                )
            )
    return slots


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

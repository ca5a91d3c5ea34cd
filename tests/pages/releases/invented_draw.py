"""Invented draws around this very moment, in every stage that a page shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.signing import SigningKey
from dawr.releases import actions
from dawr.releases.actions import drawing
from dawr.releases.beacon import Beacon, demonstration_message, randomness_of
from dawr.releases.model import DrawId, Receipt, Release, Wish
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency.note import witness_key

BEACON = SigningKey.from_seed(b"b" * 32)
WITNESS = f"{witness_key('audit.example/w', key=SigningKey.from_seed(b'w' * 32))}=http://127.0.0.1:9"
KUWAIT = ZoneInfo("Asia/Kuwait")
SERVICE = ServiceId("KW-MOI/18")
HAWALLI = OfficeId("KW-MOI/HAW-R")
FARWANIYA = OfficeId("KW-MOI/FAR-R")
DAY = "2027-02-01"
DRAW = DrawId(f"{SERVICE}/{DAY}")
PATH = f"/draws/{DRAW}"
HOURS = (9, 12)


def with_beacon(settings: Settings) -> Settings:
    """These settings with a demonstration beacon that the tests can sign for, and one witness."""
    chain = replace(
        settings.beacon, public_key=BEACON.public.hex(), genesis_seconds=0, period_seconds=1, is_demonstration=True
    )
    return replace(
        settings, beacon=chain, witnesses=(WITNESS,), witness_quorum=1, draw_lead_seconds=60, witness_seconds=60
    )


def signed_round(number: int) -> Beacon:
    signature = Ed25519PrivateKey.from_private_bytes(b"b" * 32).sign(demonstration_message(number)).hex()
    return Beacon(round_number=number, randomness=randomness_of(signature), signature=signature)


def turn_day(now: datetime) -> datetime:
    """The midnight, in Kuwait, of the day for which the invented turns are."""
    return (now.astimezone(KUWAIT) + timedelta(days=6)).replace(hour=0, minute=0, second=0, microsecond=0)


def slots(now: datetime, *, seats: int = 1) -> list[Slot]:
    """A turn at nine and one at noon in two offices."""
    made = []
    for office_id in (HAWALLI, FARWANIYA):
        for hour in HOURS:
            starts_at = turn_day(now) + timedelta(hours=hour)
            made.append(
                Slot(
                    service_id=SERVICE,
                    slot_id=SlotId(f"{office_id[7:10]}-{starts_at:%Y%m%d-%H%M}"),
                    office_id=office_id,
                    day_on=starts_at.date(),
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=30),
                    seats=seats,
                )
            )
    return made


async def announce(
    tx: Transaction,
    *,
    settings: Settings,
    announced_at: datetime,
    opens_in: timedelta = timedelta(hours=1),
    freezes_in: timedelta = timedelta(days=2),
    draw_id: DrawId = DRAW,
    seats: int = 1,
    medical: int = 0,
) -> Release:
    """A draw over the invented slots; the first of them reserves `medical` seats."""
    published = slots(datetime.now(UTC), seats=seats)
    await booking.publish_slots(tx, slots=published, now=announced_at)
    return await actions.announce(
        tx,
        service_id=SERVICE,
        draw_id=draw_id,
        slot_ids=[slot.slot_id for slot in published],
        reserved={published[0].slot_id: {"medical": medical}} if medical else {},
        opens_at=announced_at + opens_in,
        freezes_at=announced_at + freezes_in,
        moves_until=max(slot.starts_at for slot in published),
        confirm_seconds=6 * 3600,
        travel_seconds=2 * 3600,
        settings=settings,
        now=announced_at,
    )


async def enter(
    tx: Transaction, *, settings: Settings, now: datetime, wishes: tuple[Wish, ...] = (), draw_class: str = ""
) -> tuple[PersonId, Receipt]:
    """Somebody new enters the invented draw."""
    person_id = PersonId(uuid4())
    receipt = await actions.enter(
        tx,
        service_id=SERVICE,
        draw_id=DRAW,
        person_id=person_id,
        wishes=wishes,
        draw_class=draw_class,
        settings=settings,
        now=now,
    )
    return person_id, receipt


async def open_draw(pool: Pool, *, settings: Settings, seats: int = 1, medical: int = 0) -> Release:
    """A draw that is open now and closes tomorrow."""
    async with transaction(pool) as tx:
        announced_at = datetime.now(UTC) - timedelta(days=1)
        return await announce(tx, settings=settings, announced_at=announced_at, seats=seats, medical=medical)


async def frozen_draw(
    pool: Pool, *, settings: Settings, entrants: int, seats: int = 1
) -> list[tuple[PersonId, Receipt]]:
    """A draw whose list has just been frozen, with people who take any place."""
    announced_at = datetime.now(UTC) - timedelta(days=2, hours=1)
    async with transaction(pool) as tx:
        await announce(tx, settings=settings, announced_at=announced_at, seats=seats)
        entered_at = announced_at + timedelta(hours=2)
        people = [await enter(tx, settings=settings, now=entered_at) for _ in range(entrants)]
    async with transaction(pool) as tx:
        await drawing.freeze(tx, service_id=SERVICE, draw_id=DRAW, now=datetime.now(UTC) - timedelta(minutes=50))
        await transparency.sequence(tx, settings=settings, now=datetime.now(UTC))
    return people


async def drawn_draw(
    pool: Pool, *, settings: Settings, entrants: int, seats: int = 1
) -> list[tuple[PersonId, Receipt]]:
    """A draw whose winners have just been offered their places."""
    people = await frozen_draw(pool, settings=settings, entrants=entrants, seats=seats)
    async with transaction(pool) as tx:
        release = await actions.release(tx, SERVICE, DRAW)
        now = datetime.now(UTC)
        await drawing.draw(tx, service_id=SERVICE, draw_id=DRAW, beacon=signed_round(release.round), now=now)
    await actions.advance_offers(pool, now=datetime.now(UTC))
    async with transaction(pool) as tx:
        await transparency.sequence(tx, settings=settings, now=datetime.now(UTC))
    return people

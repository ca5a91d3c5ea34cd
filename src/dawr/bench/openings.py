"""What the crowd comes to: a draw that is open, and first-come releases whose people have all been let in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import anyio

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Transaction, make_pool, transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.lines import actions as lines
from dawr.lines import store as lines_store
from dawr.lines.actions.advancing import open_line
from dawr.lines.model import LineId
from dawr.releases import actions as releases
from dawr.releases.model import DrawId
from dawr.settings import Settings

DRAW_SERVICE = ServiceId("KW-MOI/18")
LINE_SERVICE = ServiceId("KW-MOI/17")
OFFICES = tuple(OfficeId(f"KW-MOI/{code}-R") for code in ("CAP", "HAW", "FAR", "MUB", "AHM", "JAH"))
PARTS = {"morning": time(5, 0), "noon": time(9, 0)}
"""When each part's first turn begins, in UTC; by Kuwait's clock it is three hours later."""
TURNS_A_PART = 3
LINE_TURNS_A_DAY = 20
DAYS = 10
DRAW_SEATS = 10
QUARTER = timedelta(minutes=15)
DAYS_AHEAD = timedelta(days=30)
TURN_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraw:
    """A draw that takes entries; each of `bodies` is one wish, and each wish means three places."""

    draw_id: DrawId
    bodies: Sequence[Mapping[str, object]]

    @property
    def path(self) -> str:
        return f"/api/v1/draws/{self.draw_id}/entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A first-come release in which it is everybody's turn."""

    line_id: LineId
    slot_ids: Sequence[SlotId]

    @property
    def booking_path(self) -> str:
        return f"/api/v1/lines/{self.line_id}/booking"

    @property
    def place_path(self) -> str:
        return f"/api/v1/lines/{self.line_id}/place"


def announce_draw(url: str, *, settings: Settings, now: datetime) -> OpenDraw:
    """Publish turns at six offices for ten days, and open a draw for them."""
    return anyio.run(partial(_announce_draw, url, settings=settings, now=now))


def open_line_of(
    url: str, *, name: str, people: Sequence[PersonId], slots: int, seats: int, settings: Settings, now: datetime
) -> OpenLine:
    """A line before `slots` slots of `seats` seats in which all of `people` have their turn from now on."""
    to_give = _line_slots(name, count=slots, seats=seats, first_on=(now + DAYS_AHEAD).date())
    line_id = LineId(f"{LINE_SERVICE}/{name}")
    return anyio.run(partial(_open_line, url, line_id, people=people, slots=to_give, settings=settings, now=now))


async def _announce_draw(url: str, *, settings: Settings, now: datetime) -> OpenDraw:
    slots = _draw_slots(first_on=(now + DAYS_AHEAD).date())
    draw_id = DrawId(f"{DRAW_SERVICE}/{now:%Y-%m-%d-%H%M%S}")
    async with make_pool(url) as pool, transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots, now=now)
        await releases.announce(
            tx,
            service_id=DRAW_SERVICE,
            draw_id=draw_id,
            slot_ids=[slot.slot_id for slot in slots],
            reserved={},
            opens_at=now,
            freezes_at=now + timedelta(days=1),
            moves_until=now + DAYS_AHEAD - timedelta(days=1),
            confirm_seconds=86400,
            travel_seconds=7200,
            settings=settings,
            now=now,
        )
    days_on = sorted({slot.day_on for slot in slots})
    wishes = [
        {"wishes": [{"office": office_id, "day": day_on.isoformat(), "part": part}]}
        for office_id in OFFICES
        for day_on in days_on
        for part in PARTS
    ]
    return OpenDraw(draw_id=draw_id, bodies=wishes)


async def _open_line(
    url: str,
    line_id: LineId,
    *,
    people: Sequence[PersonId],
    slots: Sequence[Slot],
    settings: Settings,
    now: datetime,
) -> OpenLine:
    slot_ids = [slot.slot_id for slot in slots]
    # One transaction, so that the worker meets the line when everything is prepared.
    async with make_pool(url) as pool, transaction(pool) as tx:
        announced_at, joined_at = now - timedelta(hours=2), now - timedelta(hours=1)
        await booking.publish_slots(tx, slots=slots, now=announced_at)
        await lines.announce(
            tx,
            service_id=LINE_SERVICE,
            line_id=line_id,
            slot_ids=slot_ids,
            gathers_at=announced_at,
            opens_at=now,
            closes_at=now + timedelta(seconds=2 * TURN_SECONDS),
            inside_max=len(people),
            act_seconds=TURN_SECONDS,
            now=announced_at,
        )
        asks = [lines.join_ask(LINE_SERVICE, line_id, person_id=person_id, settings=settings) for person_id in people]
        await lines.join_many(tx, asks, now=joined_at)
        await _let_everybody_in(tx, line_id, now=now)
    return OpenLine(line_id=line_id, slot_ids=slot_ids)


async def _let_everybody_in(tx: Transaction, line_id: LineId, *, now: datetime) -> None:
    """Also those for whom there is no seat: what then happens is what the bench counts."""
    opened = await open_line(tx, service_id=LINE_SERVICE, line_id=line_id, now=now)
    await lines_store.insert_wave(tx, line=opened, up_to_number=opened.last_number, now=now)


def _draw_slots(*, first_on: date) -> list[Slot]:
    return [
        _slot(DRAW_SERVICE, office_id, starts_at=starts_at, seats=DRAW_SEATS)
        for office_id in OFFICES
        for day in range(DAYS)
        for first_at in PARTS.values()
        for starts_at in _turns(first_on + timedelta(days=day), first_at, count=TURNS_A_PART)
    ]


def _line_slots(name: str, *, count: int, seats: int, first_on: date) -> list[Slot]:
    """So many at one office, twenty a day, so that a thousand of them are spread over fifty days."""
    days = [first_on + timedelta(days=day) for day in range(-(-count // LINE_TURNS_A_DAY))]
    starts = [at for day_on in days for at in _turns(day_on, PARTS["morning"], count=LINE_TURNS_A_DAY)]
    return [
        _slot(LINE_SERVICE, OFFICES[0], starts_at=starts_at, seats=seats, name=f"{name}-{number}")
        for number, starts_at in enumerate(starts[:count], start=1)
    ]


def _turns(day_on: date, first_at: time, *, count: int) -> list[datetime]:
    first = datetime.combine(day_on, first_at, UTC)
    return [first + number * QUARTER for number in range(count)]


def _slot(service_id: ServiceId, office_id: OfficeId, *, starts_at: datetime, seats: int, name: str = "") -> Slot:
    return Slot(
        service_id=service_id,
        slot_id=SlotId(name or f"{office_id.partition('/')[2]}-{starts_at:%Y%m%d-%H%M}"),
        office_id=office_id,
        day_on=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + QUARTER,
        seats=seats,
    )

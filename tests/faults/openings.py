"""A draw and a line whose great moment comes within seconds, while people are coming in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Transaction, make_pool, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.lines import actions as lines
from dawr.lines.model import LineId
from dawr.releases import actions as releases
from dawr.releases.model import DrawId
from tests.faults.site import Site

SERVICE = ServiceId("KW-MOI/18")
HAWALLI = OfficeId("KW-MOI/HAW-R")
DRAW = DrawId(f"{SERVICE}/2027-03-01")
LINE = LineId(f"{SERVICE}/2027-03-02-0900")
SEATS = 50
AHEAD = timedelta(days=80)


def announce_draw(site: Site, *, freezes_at: datetime) -> None:
    """DRAW, open from now on, of SEATS seats."""

    async def announce(tx: Transaction, now: datetime) -> None:
        slot = _slot(DRAW, starts_at=now + AHEAD)
        await booking.publish_slots(tx, slots=[slot], now=now)
        await releases.announce(
            tx,
            service_id=SERVICE,
            draw_id=DRAW,
            slot_ids=[slot.slot_id],
            reserved={},
            opens_at=now,
            freezes_at=freezes_at,
            moves_until=now + AHEAD / 2,
            confirm_seconds=86400,
            travel_seconds=7200,
            settings=site.settings,
            now=now,
        )

    _done(site, announce)


def announce_line(site: Site, *, opens_at: datetime) -> None:
    """LINE, gathering from now on, for SEATS seats."""

    async def announce(tx: Transaction, now: datetime) -> None:
        slot = _slot(LINE, starts_at=now + AHEAD + timedelta(days=1))
        await booking.publish_slots(tx, slots=[slot], now=now)
        await lines.announce(
            tx,
            service_id=SERVICE,
            line_id=LINE,
            slot_ids=[slot.slot_id],
            gathers_at=now,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=1),
            inside_max=SEATS,
            now=now,
        )

    _done(site, announce)


def _done(site: Site, act: Callable[[Transaction, datetime], Awaitable[None]]) -> None:
    async def in_one_transaction() -> None:
        async with make_pool(site.server.url) as pool, transaction(pool) as tx:
            await act(tx, datetime.now(UTC))

    asyncio.run(in_one_transaction())


def _slot(name: str, *, starts_at: datetime) -> Slot:
    return Slot(
        service_id=SERVICE,
        slot_id=SlotId(name.rpartition("/")[2]),
        office_id=HAWALLI,
        day_on=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=SEATS,
    )

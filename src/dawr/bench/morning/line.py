"""The line of the morning: announced as an authority would announce it, and what stands in the database in the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import make_pool, transaction
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.lines import actions as lines
from dawr.lines.model import ACT_SECONDS, FirstCome, LineId

SERVICE = ServiceId("KW-MOI/DL-RENEW")
OFFICE = OfficeId("KW-MOI/HAW-T")
KUWAIT = ZoneInfo("Asia/Kuwait")

SLOTS_MAX = 40
SLOT_LENGTH = timedelta(minutes=15)
FIRST_HOUR = 8
INSIDE_SHARE = 0.1
INSIDE_LEAST = 5
ACT_SECONDS_LEAST = 3
GATHER_MINUTES = 60
OPEN_MINUTES_MAX = 300

SQL = load_statements(__package__, file="asking.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the database says in the end: each person's number and whether he has a seat, and the sums."""

    numbers: Mapping[UUID, int | None]
    served: frozenset[UUID]
    bookings: int
    people_with_booking: int
    oversold: int
    stopped: Mapping[str, int]


async def announced(url: str, *, quota: int, scale: float, gathers_at: datetime, now: datetime) -> FirstCome:
    """A line before `quota` seats of one day; every time in its rules is `scale` times shorter than in earnest."""
    slots = _slots(quota, day=gathers_at.astimezone(KUWAIT) + timedelta(days=7))
    opens_at = gathers_at + timedelta(minutes=GATHER_MINUTES / scale)
    act_seconds = max(ACT_SECONDS_LEAST, round(ACT_SECONDS / scale))
    async with make_pool(url, size_max=1) as pool, transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots, now=now)
        return await lines.announce(
            tx,
            service_id=SERVICE,
            line_id=LineId(f"{SERVICE}/{gathers_at.astimezone(KUWAIT):%Y-%m-%d-%H%M%S}"),
            slot_ids=[slot.slot_id for slot in slots],
            gathers_at=gathers_at,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(minutes=OPEN_MINUTES_MAX / scale),
            inside_max=max(INSIDE_LEAST, round(quota * INSIDE_SHARE)),
            act_seconds=act_seconds,
            extend_seconds=act_seconds,
            now=now,
        )


def truth(url: str, *, line: FirstCome) -> Truth:
    """Asked of the database as its owner, after everybody has gone."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        places = connection.execute(SQL["places"], {"line_id": line.line_id}).fetchall()
        [sums] = connection.execute(SQL["bookings"]).fetchall()
        [oversold] = connection.execute(SQL["oversold"]).fetchall()
        stopped = connection.execute(SQL["stopped"]).fetchall()
    return Truth(
        numbers={row["person_id"]: row["number"] for row in places},
        served=frozenset(row["person_id"] for row in places if row["has_booking"]),
        bookings=sums["bookings"],
        people_with_booking=sums["people"],
        oversold=oversold["seats"],
        stopped={row["reason"]: row["requests"] for row in stopped},
    )


def _slots(quota: int, *, day: datetime) -> list[Slot]:
    count = min(SLOTS_MAX, quota)
    first = day.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
    return [
        Slot(
            service_id=SERVICE,
            slot_id=SlotId(f"HAW-{first:%Y%m%d}-{nth:02}"),
            office_id=OFFICE,
            day_on=first.date(),
            starts_at=first + nth * SLOT_LENGTH,
            ends_at=first + (nth + 1) * SLOT_LENGTH,
            seats=quota // count + (nth < quota % count),
        )
        for nth in range(count)
    ]

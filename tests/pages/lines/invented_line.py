"""Invented lines around this very moment, in every stage that a page shows."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.lines import actions
from dawr.lines.actions.advancing import open_line
from dawr.lines.model import FirstCome, LineId, Place
from dawr.settings import Settings
from tests.pages.releases.invented_draw import SERVICE, slots

OPENING = "2027-02-01-0900"
LINE = LineId(f"{SERVICE}/{OPENING}")
PATH = f"/lines/{LINE}"
HOUR = timedelta(hours=1)


async def announce(
    tx: Transaction, *, opens_in: timedelta, seats: int = 2, inside_max: int = 50, line_id: LineId = LINE
) -> FirstCome:
    """A line over the invented slots whose gathering began two hours before its opening, and a day after its rules."""
    now = datetime.now(UTC)
    published = slots(now, seats=seats)
    announced_at = now + opens_in - timedelta(days=1)
    await booking.publish_slots(tx, slots=published, now=announced_at)
    return await actions.announce(
        tx,
        service_id=SERVICE,
        line_id=line_id,
        slot_ids=[slot.slot_id for slot in published],
        gathers_at=now + opens_in - 2 * HOUR,
        opens_at=now + opens_in,
        closes_at=now + opens_in + 6 * HOUR,
        inside_max=inside_max,
        now=announced_at,
    )


async def join(tx: Transaction, person_id: PersonId, *, settings: Settings) -> Place:
    """A place for somebody who has come by now."""
    ask = actions.join_ask(SERVICE, LINE, person_id=person_id, settings=settings)
    line = await actions.line(tx, SERVICE, LINE)
    at = datetime.now(UTC) if line.opened_at else min(datetime.now(UTC), line.rules.opens_at - HOUR)
    [place] = await actions.join_many(tx, [ask], now=at)
    if isinstance(place, Refusal):
        raise place
    return place


async def gathering(pool: Pool, *people: PersonId, settings: Settings) -> FirstCome:
    """A line that opens in an hour, with some people in it."""
    async with transaction(pool) as tx:
        line = await announce(tx, opens_in=HOUR)
        for each in people:
            await join(tx, each, settings=settings)
        return line


async def opened(pool: Pool, *people: PersonId, settings: Settings, seats: int = 2, inside_max: int = 50) -> FirstCome:
    """A line that opened a minute ago; nobody has been let in."""
    async with transaction(pool) as tx:
        await announce(tx, opens_in=-timedelta(minutes=1), seats=seats, inside_max=inside_max)
        for each in people:
            await join(tx, each, settings=settings)
        return await open_line(tx, service_id=SERVICE, line_id=LINE, now=datetime.now(UTC))


def stranger() -> PersonId:
    return PersonId(uuid4())

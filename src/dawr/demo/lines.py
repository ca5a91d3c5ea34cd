"""The waiting line of the demonstration: it gathers already and opens some minutes from now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Pool, transaction
from dawr.demo.draws import KUWAIT, QUARTER
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.lines import actions as lines
from dawr.lines.model import LineId
from dawr.settings import Settings

SERVICE = ServiceId("KW-MOI/DL-RENEW")
OFFICES = tuple(OfficeId(f"KW-MOI/{code}-T") for code in ("CAP", "HAW", "FAR"))
OPENS_AFTER = timedelta(minutes=5)
OPEN_FOR = timedelta(hours=2)
ACT_SECONDS = 90
"""The invented people never come, so their turns are short: whoever tries the line need not wait for hours."""

TIMES = 10
SEATS = 2
INSIDE_MAX = 40
CROWD = 200


async def gather_line(pool: Pool, crowd: Sequence[PersonId], *, settings: Settings) -> None:
    """Publish turns, announce a line before them, and let two hundred of the crowd take their numbers."""
    now = datetime.now(UTC)
    opens_at = now + OPENS_AFTER
    line_id = LineId(f"{SERVICE}/{opens_at.astimezone(KUWAIT):%Y-%m-%d-%H%M%S}")
    slots = _slots(first_at=opens_at + OPEN_FOR)
    asks = [lines.join_ask(SERVICE, line_id, person_id=person_id, settings=settings) for person_id in crowd[:CROWD]]
    async with transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots, now=now)
        await lines.announce(
            tx,
            service_id=SERVICE,
            line_id=line_id,
            slot_ids=[slot.slot_id for slot in slots],
            gathers_at=now,
            opens_at=opens_at,
            closes_at=opens_at + OPEN_FOR,
            inside_max=INSIDE_MAX,
            act_seconds=ACT_SECONDS,
            extend_seconds=ACT_SECONDS,
            now=now,
        )
        await lines.join_many(tx, asks, now=now)


def _slots(*, first_at: datetime) -> list[Slot]:
    """Turns every quarter of an hour; an id holds the second, so that a later line has slots of its own."""
    first = first_at.astimezone(KUWAIT).replace(microsecond=0)
    return [
        Slot(
            service_id=SERVICE,
            slot_id=SlotId(f"{office_id.partition('/')[2]}-{starts_at:%Y%m%d-%H%M%S}"),
            office_id=office_id,
            day_on=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + QUARTER,
            seats=SEATS,
        )
        for office_id in OFFICES
        for starts_at in (first + number * QUARTER for number in range(TIMES))
    ]

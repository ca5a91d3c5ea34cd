"""A turn's own pages on a database with Kuwait's catalogue."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dawr.booking import actions, pages
from dawr.booking.model import Booking, Slot, SlotId
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from tests.pages.conftest import Browser, BrowserFor

SERVICE = ServiceId("KW-MOI/18")


async def offer(pool: Pool, *, starts_in: timedelta, made_ago: timedelta = timedelta(0)) -> Booking:
    """A seat held for somebody for six hours from when it was offered."""
    now = datetime.now(UTC) - made_ago
    starts_at = now + starts_in
    slot = Slot(
        service_id=SERVICE,
        slot_id=SlotId(f"HAW-{uuid4().hex[:8]}"),
        office_id=OfficeId("KW-MOI/HAW-R"),
        day_on=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=1,
    )
    person_id = PersonId(uuid4())
    async with transaction(pool) as tx:
        await actions.publish_slots(tx, slots=[slot], now=now)
        offered = await actions.offer_seats(
            tx,
            service_id=SERVICE,
            wanted=[(person_id, slot.slot_id)],
            until=now + timedelta(hours=6),
            now=now,
        )
        return await actions.booking(tx, SERVICE, offered[person_id])


def address(booking: Booking) -> str:
    return f"/my/bookings/{booking.service_id}/{booking.booking_id}"


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
async def offered(opened_pool: Pool) -> Booking:
    return await offer(opened_pool, starts_in=timedelta(days=3))


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for(pages.routes)

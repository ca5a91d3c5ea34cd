"""What officers prepare: a line before the free seats of a service, by those whose seats they are."""

from collections.abc import Mapping
from datetime import datetime

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.lines.actions.announcing import announce
from dawr.lines.announcement import Announcement, Supply, read_announcement, supply_of
from dawr.lines.model import FirstCome
from dawr.people import actions as people
from dawr.people.model import SignedIn


async def plan(
    tx: Transaction, visitor: SignedIn, *, service_id: ServiceId, fields: Mapping[str, str], now: datetime
) -> tuple[Announcement, Supply | None, dict[str, Refusal]]:
    """What the fields would announce and which seats that gives out; faults by field. Raises RoleMissing."""
    service = await catalogue.service(tx, service_id)
    officer = await people.announcer_at(tx, visitor, authority_id=service.authority_id, now=now)
    timezone = (await catalogue.authority(tx, service.authority_id)).timezone
    announcement, faults = read_announcement(fields, service_id=service_id, timezone=timezone, now=now)
    if faults:
        return announcement, None, faults
    slots = await booking.slots_on_days(
        tx, service_id, from_on=announcement.from_on, until_on=announcement.until_on, timezone=timezone
    )
    own = [slot for slot in slots if officer.office_id in (None, slot.office_id)]
    try:
        return announcement, supply_of(announcement, slots=own), {}
    except Refusal as refusal:
        return announcement, None, {"from-day": refusal}


async def announce_planned(
    tx: Transaction, announcement: Announcement, *, service_id: ServiceId, supply: Supply, now: datetime
) -> FirstCome:
    """Publish what was planned."""
    return await announce(
        tx,
        service_id=service_id,
        line_id=announcement.line_id,
        slot_ids=[slot.slot_id for slot in supply.slots],
        gathers_at=announcement.gathers_at,
        opens_at=announcement.opens_at,
        closes_at=announcement.closes_at,
        inside_max=announcement.inside_max,
        now=now,
    )

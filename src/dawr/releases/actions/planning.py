"""What officers prepare: a draw over the free seats of a service, by those whose seats they are."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.people import actions as people
from dawr.people.model import SignedIn
from dawr.releases.actions.announcing import announce
from dawr.releases.announcement import Announcement, Supply, read_announcement, supply_of
from dawr.releases.model import Release
from dawr.settings import Settings


async def plan(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    fields: Mapping[str, str],
    settings: Settings,
    now: datetime,
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
        return announcement, supply_of(announcement, slots=own, lead=_lead(settings)), {}
    except Refusal as refusal:
        return announcement, None, {"from-day": refusal}


async def announce_planned(
    tx: Transaction,
    announcement: Announcement,
    *,
    service_id: ServiceId,
    supply: Supply,
    settings: Settings,
    now: datetime,
) -> Release:
    """Publish what was planned."""
    return await announce(
        tx,
        service_id=service_id,
        draw_id=announcement.draw_id,
        slot_ids=[slot.slot_id for slot in supply.slots],
        reserved=supply.reserved,
        opens_at=announcement.opens_at,
        freezes_at=announcement.freezes_at,
        moves_until=supply.moves_until,
        confirm_seconds=announcement.confirm_hours * 3600,
        travel_seconds=announcement.travel_hours * 3600,
        settings=settings,
        now=now,
    )


def _lead(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.draw_lead_seconds + settings.witness_seconds)

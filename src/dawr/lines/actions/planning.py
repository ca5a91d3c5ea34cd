"""What officers prepare: a line before the free seats of a service, by those whose seats they are."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.lines.actions.announcing import announce
from dawr.lines.announcement import Announcement, Supply, read_announcement, supply_of
from dawr.lines.model import FirstCome
from dawr.people import actions as people
from dawr.people.model import Officer, Role, RoleMissing, SignedIn

ANNOUNCERS = (Role.AUTHORITY, Role.BRANCH_HEAD)
"""Who may announce a line: the authority for all its offices, a branch head for his own. Never the operator."""


async def services_in_care(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Service]:
    """The services that the visitor may announce lines for; raises RoleMissing."""
    held = await people.roles_of(tx, visitor.require_person(), now=now)
    authority_ids = {officer.authority_id for officer in held if officer.role in ANNOUNCERS}
    if not authority_ids:
        raise RoleMissing(role=Role.BRANCH_HEAD.value, place="Dawr")
    return [service for service in await catalogue.services(tx) if service.authority_id in authority_ids]


async def announcer(tx: Transaction, visitor: SignedIn, *, authority_id: AuthorityId, now: datetime) -> Officer:
    """The visitor as one who may announce for this authority, with his widest right; raises RoleMissing."""
    held = await people.roles_of(tx, visitor.require_person(), now=now)
    for role in ANNOUNCERS:
        for officer in held:
            if officer.role is role and officer.authority_id == authority_id:
                return officer
    raise RoleMissing(role=Role.BRANCH_HEAD.value, place=authority_id)


async def plan(
    tx: Transaction, visitor: SignedIn, *, service_id: ServiceId, fields: Mapping[str, str], now: datetime
) -> tuple[Announcement, Supply | None, dict[str, Refusal]]:
    """What the fields would announce and which seats that gives out; faults by field. Raises RoleMissing."""
    service = await catalogue.service(tx, service_id)
    officer = await announcer(tx, visitor, authority_id=service.authority_id, now=now)
    timezone = (await catalogue.authority(tx, service.authority_id)).timezone
    announcement, faults = read_announcement(fields, service_id=service_id, timezone=timezone, now=now)
    if faults:
        return announcement, None, faults
    slots = await booking.slots_between(
        tx,
        service_id,
        starts_at=_midnight(announcement.from_on, timezone),
        ends_at=_midnight(announcement.until_on + timedelta(days=1), timezone),
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


def _midnight(day_on: date, timezone: str) -> datetime:
    return datetime.combine(day_on, time.min, tzinfo=ZoneInfo(timezone))

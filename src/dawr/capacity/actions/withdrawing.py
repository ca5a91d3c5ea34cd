"""Slots taken back: nobody holds or was promised a seat of them, and everybody can read why."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.capacity import store
from dawr.capacity.actions.publishing import require_head
from dawr.capacity.model import Plan, reduced
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people.model import SignedIn

DAYS_AHEAD = timedelta(days=120)


async def published_days(
    tx: Transaction, visitor: SignedIn, *, service_id: ServiceId, office_id: OfficeId, now: datetime
) -> dict[date, list[Slot]]:
    """The office's slots that are still to come, by day; for its head alone. Raises RoleMissing."""
    await require_head(tx, visitor, office=await catalogue.office(tx, office_id), now=now)
    slots = await booking.slots_between(tx, service_id, starts_at=now, ends_at=now + DAYS_AHEAD)
    own = (slot for slot in slots if slot.office_id == office_id)
    return {day_on: list(found) for day_on, found in groupby(own, key=lambda slot: slot.day_on)}


async def withdraw_slots(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    office_id: OfficeId,
    day_on: date,
    slot_ids: Sequence[SlotId],
    reason: str,
    now: datetime,
) -> Plan:
    """The branch head takes slots of one day back; the day's number and its hall have that room again.

    Raises NotFound, RoleMissing, and booking.SlotsHeld where anybody holds or was promised a seat.
    """
    head = await require_head(tx, visitor, office=await catalogue.office(tx, office_id), now=now)
    await store.lock_day(tx, service_id=service_id, day_on=day_on)
    before = await store.newest_plan(tx, service_id=service_id, office_id=office_id, day_on=day_on)
    wanted = await booking.slots(tx, service_id, slot_ids=slot_ids)
    is_own = all((slot.office_id, slot.day_on) == (office_id, day_on) for slot in wanted)
    if before is None or not wanted or not is_own:
        raise NotFound
    seats = sum(slot.seats for slot in wanted)
    plan = reduced(before, seats=seats, reason=reason, set_by=head.person_id, set_at=now)
    await store.give_day_back(tx, service_id=service_id, day_on=day_on, seats=seats)
    people_per_hour = before.capacity.people_per_hour - plan.capacity.people_per_hour
    await store.give_hall_back(tx, office_id=office_id, day_on=day_on, people_per_hour=people_per_hour)
    await store.save_plan(tx, plan)
    await booking.withdraw_slots(tx, service_id, slot_ids=slot_ids, reason=reason, now=now)
    return plan

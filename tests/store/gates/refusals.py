"""Visitors who were not let in at the invented office, and seats that are left over."""

from datetime import datetime, timedelta

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Transaction
from dawr.gates.actions import helping
from dawr.gates.model.refused import Chosen, Reason, Refused, Remedy, RemedyKind
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.people.model import Officer
from dawr.tickets.model import ScanId, day_of
from tests.store.tickets.invented_office import OFFICE, SERVICE, STARTS_AT, Office


async def left_over(
    tx: Transaction,
    *,
    starts_at: datetime = STARTS_AT + timedelta(hours=1),
    office_id: OfficeId = OFFICE,
    seats: int = 1,
) -> SlotId:
    """A slot of the invented service whose free seats nobody waits for any more."""
    slot_id = SlotId(f"{office_id[-3:]}-{starts_at:%Y%m%d-%H%M}-over")
    slot = Slot(
        service_id=SERVICE,
        slot_id=slot_id,
        office_id=office_id,
        day_on=day_of(starts_at, timezone="Asia/Kuwait"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=seats,
    )
    await booking.publish_slots(tx, slots=[slot], now=STARTS_AT - timedelta(days=5))
    await booking.end_promise(tx, SERVICE, slot_ids=[slot_id])
    return slot_id


async def helped(
    tx: Transaction,
    office: Office,
    officer: Officer,
    person_id: PersonId,
    *,
    reason: Reason | None = Reason.NO_TICKET,
    scan_id: ScanId | None = None,
    service_id: ServiceId | None = SERVICE,
    now: datetime = STARTS_AT,
) -> Refused:
    """The officer reads the card of this person."""
    return await helping.help_by_card(
        tx,
        officer=officer,
        number=office.numbers[person_id],
        reason=reason,
        scan_id=scan_id,
        service_id=service_id,
        settings=office.settings,
        now=now,
    )


async def given(
    tx: Transaction,
    office: Office,
    of: Refused,
    target_id: str,
    *,
    kind: RemedyKind = RemedyKind.GIVEN,
    now: datetime = STARTS_AT,
) -> Remedy:
    """The visitor takes one of the things that his page offers."""
    wanted = Chosen(kind=kind, target_id=target_id)
    return await helping.give(tx, of, wanted=wanted, settings=office.settings, now=now)

"""Invented slots of one service, and people who want them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from psycopg import errors

from dawr.booking import actions
from dawr.booking.model import Booking, BookingId, BookingState, Slot, SlotId
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=1)
SERVICE = ServiceId("KW-MOI/18")
OTHER_SERVICE = ServiceId("KW-MOI/20")
OFFICE = OfficeId("KW-MOI/HAW-R")
THURSDAY = date(2027, 2, 4)
NINE = SlotId("HAW-20270204-0900")
HALF_PAST = SlotId("HAW-20270204-0930")


def slot(
    slot_id: SlotId = NINE, *, seats: int = 2, day_on: date = THURSDAY, service_id: ServiceId = SERVICE, minute: int = 0
) -> Slot:
    starts_at = datetime(day_on.year, day_on.month, day_on.day, 6, minute, tzinfo=UTC)
    return Slot(
        service_id=service_id,
        slot_id=slot_id,
        office_id=OFFICE,
        day_on=day_on,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=seats,
    )


def people(count: int) -> list[PersonId]:
    return [PersonId(uuid4()) for _ in range(count)]


async def publish(tx: Transaction, *slots: Slot) -> None:
    await actions.publish_slots(tx, slots=slots or [slot()], now=NOW)


async def offer(
    tx: Transaction,
    *person_ids: PersonId,
    slot_id: SlotId = NINE,
    service_id: ServiceId = SERVICE,
    until: datetime = UNTIL,
) -> list[BookingId]:
    """A seat for each of these people, in their order."""
    wanted = [(person_id, slot_id) for person_id in person_ids]
    offered = await actions.offer_seats(tx, service_id=service_id, wanted=wanted, until=until, now=NOW)
    return [offered[person_id] for person_id in person_ids]


async def one_offer(tx: Transaction, *, slot_id: SlotId = NINE, until: datetime = UNTIL) -> Booking:
    (booking_id,) = await offer(tx, *people(1), slot_id=slot_id, until=until)
    return await actions.booking(tx, SERVICE, booking_id)


async def confirmed(tx: Transaction, *, slot_id: SlotId = NINE) -> Booking:
    offered = await one_offer(tx, slot_id=slot_id)
    return await confirm(tx, offered)


async def confirm(tx: Transaction, offered: Booking, *, now: datetime = NOW) -> Booking:
    return await actions.confirm(
        tx, service_id=SERVICE, booking_id=offered.booking_id, person_id=offered.person_id, now=now
    )


async def cancel(tx: Transaction, held: Booking, *, now: datetime = NOW) -> Booking:
    return await actions.cancel(tx, service_id=SERVICE, booking_id=held.booking_id, person_id=held.person_id, now=now)


async def taken(tx: Transaction, slot_id: SlotId = NINE) -> int:
    return (await actions.slot(tx, SERVICE, slot_id)).taken


async def quota_taken(tx: Transaction, *, quota: int, day_on: date = THURSDAY) -> int:
    left = await actions.quota_left(tx, SERVICE, days_on=[day_on])
    return quota - left[day_on]


async def bind(tx: Transaction, quota: int, *slot_ids: SlotId, day_on: date = THURSDAY) -> Sequence[Slot]:
    """Promise slots to a draw and bind their day."""
    return await actions.promise_seats(tx, SERVICE, slot_ids=slot_ids or [NINE], quotas={day_on: quota})


async def refused_by(tx: Transaction, constraint: str, statement: str, *parameters: object) -> None:
    """The statement breaks this constraint, and the transaction can go on."""
    with pytest.raises(errors.IntegrityError) as caught:
        async with tx.transaction():
            await tx.execute(statement.encode(), parameters)
    assert caught.value.diag.constraint_name == constraint


async def forbidden(tx: Transaction, statement: str) -> None:
    """The role may not do this at all."""
    with pytest.raises(errors.InsufficientPrivilege):
        async with tx.transaction():
            await tx.execute(statement.encode())


ENDED = (BookingState.ATTENDED, BookingState.CANCELLED, BookingState.LAPSED, BookingState.MISSED)

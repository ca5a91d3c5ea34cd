"""Signing keys, tickets and their places in status lists."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, many, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.keys import TicketKey, public_bytes
from dawr.tickets.model import (
    ListedTicket,
    Ticket,
    TicketId,
    TicketStatus,
)
from dawr.tickets.store.rows import SQL


async def lock_key_publication(tx: Transaction) -> None:
    await run(tx, SQL["lock_key_publication"])


async def publish_key(tx: Transaction, *, key: TicketKey, log_entry_id: int, now: datetime) -> None:
    await run(
        tx,
        SQL["publish_key"],
        key_id=key.key_id,
        public_key=public_bytes(key.public),
        log_entry_id=log_entry_id,
        now=now,
    )


async def published_keys(tx: Transaction) -> list[bytes]:
    return [bytes(row["public_key"]) for row in await many(tx, SQL["published_keys"])]


async def next_status_index(tx: Transaction, *, office_id: OfficeId, day_on: date) -> int:
    row = await one(tx, SQL["next_status_index"], office_id=office_id, day_on=day_on)
    return int(row["status_index"])


async def listed_tickets(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[ListedTicket]:
    """Every ticket that an office ever gave for a day, by its place in the status list."""
    rows = await many(tx, SQL["listed_tickets"], office_id=office_id, day_on=day_on)
    return [ListedTicket(**row | {"status": TicketStatus(row["status"])}) for row in rows]


async def add_ticket(tx: Transaction, *, ticket: Ticket, day_on: date) -> bool:
    """Whether the ticket was added; not where its booking has a live one."""
    return bool(
        await run(
            tx,
            SQL["add_ticket"],
            service_id=ticket.service_id,
            ticket_id=ticket.ticket_id,
            booking_id=ticket.booking_id,
            person_id=ticket.person_id,
            office_id=ticket.office_id,
            day_on=day_on,
            starts_at=ticket.starts_at,
            status_index=ticket.status_index,
            sequence=ticket.sequence,
            code=ticket.code,
            now=ticket.issued_at,
        )
    )


async def newest_ticket(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId) -> Ticket | None:
    row = await maybe_one(tx, SQL["newest_ticket"], service_id=service_id, booking_id=booking_id)
    return _ticket(row) if row else None


async def ticket(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> Ticket:
    row = await maybe_one(tx, SQL["ticket"], service_id=service_id, ticket_id=ticket_id)
    if row is None:
        raise NotFound
    return _ticket(row)


async def lock_ticket(tx: Transaction, *, ticket: Ticket) -> None:
    await run(tx, SQL["lock_ticket"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)


async def set_status(tx: Transaction, *, ticket: Ticket, status: TicketStatus) -> None:
    await run(tx, SQL["set_status"], service_id=ticket.service_id, ticket_id=ticket.ticket_id, status=status.value)


def _ticket(row: DictRow) -> Ticket:
    return Ticket(**row | {"ticket_id": bytes(row["ticket_id"]), "status": TicketStatus(row["status"])})

"""Signing keys, tickets and their places in status lists."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.keys import (
    KeyId,
    KeyRevokedAlready,
    PublishedKey,
    TicketKey,
    public_bytes,
    public_from_bytes,
)
from dawr.tickets.model import (
    ListedTicket,
    Revocation,
    Ticket,
    TicketId,
    TicketStatus,
)
from dawr.tickets.payload import key_id_in
from dawr.tickets.store.rows import SQL


async def lock_key_publication(tx: Transaction) -> None:
    await run(tx, SQL["lock_key_publication"])


async def publish_key(tx: Transaction, *, key: TicketKey, generation: int, log_entry_id: int, now: datetime) -> None:
    await run(
        tx,
        SQL["publish_key"],
        key_id=key.key_id,
        generation=generation,
        public_key=public_bytes(key.public),
        log_entry_id=log_entry_id,
        now=now,
    )


async def signing_keys(tx: Transaction) -> list[PublishedKey]:
    """Every key that was ever published, the newest last."""
    return [_published_key(row) for row in await many(tx, SQL["signing_keys"])]


async def revoke_key(tx: Transaction, *, key_id: KeyId, reason: str, log_entry_id: int, now: datetime) -> None:
    with constraint_refusals({"a_key_is_revoked_once": KeyRevokedAlready()}):
        await run(tx, SQL["revoke_key"], key_id=key_id, reason=reason, log_entry_id=log_entry_id, now=now)


async def count_ticket(tx: Transaction, *, office_id: OfficeId, day_on: date) -> int:
    """How many tickets of that office and day were counted before this one."""
    row = await one(tx, SQL["count_ticket"], office_id=office_id, day_on=day_on)
    return int(row["counted_before"])


async def listed_tickets(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[ListedTicket]:
    """Every ticket that an office ever gave for a day, by its place in the status list."""
    rows = await many(tx, SQL["listed_tickets"], office_id=office_id, day_on=day_on)
    return [ListedTicket(**row | {"status": TicketStatus(row["status"])}) for row in rows]


async def add_ticket(tx: Transaction, *, ticket: Ticket, day_on: date) -> None:
    await run(
        tx,
        SQL["add_ticket"],
        service_id=ticket.service_id,
        ticket_id=ticket.ticket_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        bearer_id=ticket.bearer_id,
        delegation=ticket.delegation,
        office_id=ticket.office_id,
        day_on=day_on,
        starts_at=ticket.starts_at,
        status_index=ticket.status_index,
        sequence=ticket.sequence,
        code=ticket.code,
        key_id=key_id_in(ticket.code),
        now=ticket.issued_at,
    )


async def newest_ticket(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId) -> Ticket | None:
    row = await maybe_one(tx, SQL["newest_ticket"], service_id=service_id, booking_id=booking_id)
    return _ticket(row) if row else None


async def tickets_under_revoked_keys(tx: Transaction, *, since: datetime, count_max: int) -> list[Ticket]:
    """Valid tickets for `since` or later that no gate takes any more, the soonest first."""
    rows = await many(tx, SQL["tickets_under_revoked_keys"], since=since, count_max=count_max)
    return [_ticket(row) for row in rows]


async def ticket_before(tx: Transaction, *, ticket: Ticket) -> Ticket | None:
    """The ticket that this one took the place of."""
    row = await maybe_one(
        tx,
        SQL["ticket_before"],
        service_id=ticket.service_id,
        booking_id=ticket.booking_id,
        sequence=ticket.sequence,
    )
    return _ticket(row) if row else None


async def ticket(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> Ticket:
    row = await maybe_one(tx, SQL["ticket"], service_id=service_id, ticket_id=ticket_id)
    if row is None:
        raise NotFound
    return _ticket(row)


async def lock_ticket(tx: Transaction, *, ticket: Ticket) -> None:
    await run(tx, SQL["lock_ticket"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)


async def set_status(tx: Transaction, *, ticket: Ticket, status: TicketStatus) -> None:
    """From now on the ticket is worth this; one that let somebody in stays used."""
    await run(tx, SQL["set_status"], service_id=ticket.service_id, ticket_id=ticket.ticket_id, status=status.value)


def _published_key(row: DictRow) -> PublishedKey:
    revocation = row["revoked_at"] and Revocation(
        reason=row["reason"], revoked_at=row["revoked_at"], log_entry_id=row["revoked_entry_id"]
    )
    return PublishedKey(
        generation=row["generation"],
        public=public_from_bytes(row["public_key"]),
        published_at=row["published_at"],
        log_entry_id=row["log_entry_id"],
        revocation=revocation,
    )


def _ticket(row: DictRow) -> Ticket:
    return Ticket(**row | {"ticket_id": bytes(row["ticket_id"]), "status": TicketStatus(row["status"])})

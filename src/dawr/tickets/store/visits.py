"""Visits and the queue of a hall."""

from datetime import datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.tickets.model import (
    Outcome,
    Scan,
    Ticket,
    Visit,
    VisitInHand,
    VisitState,
)
from dawr.tickets.store.rows import SQL
from dawr.transparency.model import Sealed


async def add_visit(tx: Transaction, *, ticket: Ticket, scan: Scan, now: datetime) -> None:
    await run(
        tx,
        SQL["add_visit"],
        service_id=ticket.service_id,
        ticket_id=ticket.ticket_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        office_id=scan.office_id,
        guard_id=scan.guard_id,
        starts_at=ticket.starts_at,
        now=now,
    )


async def call_next(
    tx: Transaction, *, office_id: OfficeId, clerk_id: PersonId, desk: str, since: datetime, now: datetime
) -> Visit | None:
    with constraint_refusals({"one_visit_in_hand_per_clerk": VisitInHand()}):
        row = await maybe_one(
            tx, SQL["call_next"], office_id=office_id, clerk_id=clerk_id, desk=desk, since=since, now=now
        )
    return _visit(row) if row else None


async def visit_in_hand(tx: Transaction, *, clerk_id: PersonId) -> Visit | None:
    """The clerk's visit, locked until the transaction ends."""
    row = await maybe_one(tx, SQL["visit_in_hand"], clerk_id=clerk_id)
    return _visit(row) if row else None


async def count_waiting(
    tx: Transaction, *, office_id: OfficeId, clerk_id: PersonId, since: datetime
) -> tuple[int, int]:
    """How many wait, and how many of them this clerk let in himself."""
    row = await one(tx, SQL["count_waiting"], office_id=office_id, clerk_id=clerk_id, since=since)
    return row["waiting"], row["let_in_by_clerk"]


async def put_back(tx: Transaction, *, visit: Visit) -> None:
    await run(tx, SQL["put_back"], service_id=visit.service_id, ticket_id=visit.ticket_id)


async def open_visit(tx: Transaction, *, visit: Visit, now: datetime) -> None:
    await run(tx, SQL["open_visit"], service_id=visit.service_id, ticket_id=visit.ticket_id, now=now)


async def count_wrong_card(tx: Transaction, *, visit: Visit) -> None:
    await run(tx, SQL["count_wrong_card"], service_id=visit.service_id, ticket_id=visit.ticket_id)


async def close_visit(
    tx: Transaction, *, visit: Visit, outcome: Outcome, reason: str | None, sealed: Sealed, now: datetime
) -> None:
    await run(
        tx,
        SQL["close_visit"],
        service_id=visit.service_id,
        ticket_id=visit.ticket_id,
        outcome=outcome,
        reason=reason,
        log_entry_id=sealed.entry_id,
        log_salt=sealed.salt,
        now=now,
    )


def _visit(row: DictRow) -> Visit:
    outcome = row["outcome"] and Outcome(row["outcome"])
    return Visit(**row | {"ticket_id": bytes(row["ticket_id"]), "state": VisitState(row["state"]), "outcome": outcome})

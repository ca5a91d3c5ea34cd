"""Scans, challenges, answers, outcomes, admissions, and the mismatches among them."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, as_json, constraint_refusals, many, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.model import (
    Allowed,
    Challenge,
    Mismatch,
    OwnRound,
    RefusedScan,
    Scan,
    ScanId,
    Ticket,
    TicketId,
    Verdict,
)
from dawr.tickets.store.rows import SQL
from dawr.transparency.model import Sealed

OWN_ROUND = "nobody_allows_himself_another_round"


async def add_scan(
    tx: Transaction, *, office_id: OfficeId, guard_id: PersonId, ticket: Ticket | None, now: datetime
) -> ScanId:
    row = await one(
        tx,
        SQL["add_scan"],
        office_id=office_id,
        guard_id=guard_id,
        service_id=ticket.service_id if ticket else None,
        ticket_id=ticket.ticket_id if ticket else None,
        now=now,
    )
    return ScanId(row["scan_id"])


async def scan(tx: Transaction, *, office_id: OfficeId, scan_id: ScanId) -> Scan:
    row = await maybe_one(tx, SQL["scan"], office_id=office_id, scan_id=scan_id)
    if row is None:
        raise NotFound
    return _scan(row)


async def add_outcome(
    tx: Transaction, *, office_id: OfficeId, scan_id: ScanId, verdict: Verdict, sealed: Sealed, now: datetime
) -> None:
    await run(
        tx,
        SQL["add_outcome"],
        office_id=office_id,
        scan_id=scan_id,
        verdict=verdict,
        log_entry_id=sealed.entry_id,
        log_salt=sealed.salt,
        now=now,
    )


async def add_challenge(
    tx: Transaction,
    *,
    ticket: Ticket,
    challenge: Challenge,
    now: datetime,
    allowed: Allowed | None = None,
) -> None:
    with constraint_refusals({OWN_ROUND: OwnRound()}):
        await run(
            tx,
            SQL["add_challenge"],
            service_id=ticket.service_id,
            ticket_id=ticket.ticket_id,
            round=challenge.round,
            positions=list(challenge.positions),
            serial_positions=list(challenge.serial_positions),
            answer_hash=challenge.answer_hash,
            allowed_by=allowed.head_id if allowed else None,
            reason=allowed.reason if allowed else None,
            reason_key=allowed.reason_key if allowed else None,
            now=now,
        )


async def newest_challenge(tx: Transaction, *, ticket: Ticket) -> Challenge | None:
    row = await maybe_one(tx, SQL["newest_challenge"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    if row is None:
        return None
    changed = {name: tuple(row[name]) for name in ("positions", "serial_positions")}
    return Challenge(**row | changed)


async def add_answer(
    tx: Transaction, *, scan: Scan, ticket: Ticket, challenge: Challenge, is_right: bool, now: datetime
) -> None:
    with constraint_refusals({OWN_ROUND: OwnRound()}):
        await run(
            tx,
            SQL["add_answer"],
            service_id=ticket.service_id,
            ticket_id=ticket.ticket_id,
            round=challenge.round,
            attempt=challenge.wrong_tries + 1,
            office_id=scan.office_id,
            scan_id=scan.scan_id,
            guard_id=scan.guard_id,
            is_right=is_right,
            now=now,
        )


async def who_typed(tx: Transaction, *, ticket: Ticket) -> set[PersonId]:
    """The guards who typed digits for this ticket, in whichever round."""
    rows = await many(tx, SQL["who_typed"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    return {PersonId(row["guard_id"]) for row in rows}


async def who_allowed(tx: Transaction, *, ticket: Ticket) -> set[PersonId]:
    """The branch heads who allowed this ticket a further round."""
    rows = await many(tx, SQL["who_allowed"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    return {PersonId(row["allowed_by"]) for row in rows}


async def admit(tx: Transaction, *, ticket: Ticket, scan: Scan, now: datetime) -> bool:
    """Whether this is the ticket's one admission."""
    return bool(
        await run(
            tx,
            SQL["admit"],
            service_id=ticket.service_id,
            ticket_id=ticket.ticket_id,
            office_id=scan.office_id,
            scan_id=scan.scan_id,
            guard_id=scan.guard_id,
            now=now,
        )
    )


async def admitted_at(tx: Transaction, *, ticket: Ticket) -> datetime | None:
    row = await maybe_one(tx, SQL["admitted_at"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    return row["admitted_at"] if row else None


async def admitted_by(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> PersonId | None:
    row = await maybe_one(tx, SQL["admitted_by"], service_id=service_id, ticket_id=ticket_id)
    return PersonId(row["guard_id"]) if row else None


async def gate_mismatches(tx: Transaction, *, office_id: OfficeId, since: datetime) -> list[Mismatch]:
    """By ticket, the newest first."""
    rows = await many(tx, SQL["gate_mismatches"], office_id=office_id, since=since)
    return [
        Mismatch(**row | {"ticket_id": TicketId(bytes(row["ticket_id"])), "guard_ids": tuple(row["guard_ids"])})
        for row in rows
    ]


async def counter_mismatches(tx: Transaction, *, office_id: OfficeId, since: datetime) -> dict[PersonId, int]:
    """By admitting guard: how often the counter found another person than the ticket's."""
    rows = await many(tx, SQL["counter_mismatches"], office_id=office_id, since=since)
    return {PersonId(row["guard_id"]): row["mismatches"] for row in rows}


def _scan(row: DictRow) -> Scan:
    ticket_id = row["ticket_id"] and TicketId(bytes(row["ticket_id"]))
    return Scan(**row | {"ticket_id": ticket_id, "verdict": row["verdict"] and Verdict(row["verdict"])})


async def refused_scans(
    tx: Transaction, *, bookings: Sequence[tuple[ServiceId, BookingId]], after: datetime
) -> list[RefusedScan]:
    asked = [{"service_id": service_id, "booking_id": booking_id} for service_id, booking_id in bookings]
    rows = await many(tx, SQL["refused_scans"], asked=as_json(asked), after=after)
    return [RefusedScan(**row | {"verdict": Verdict(row["verdict"])}) for row in rows]

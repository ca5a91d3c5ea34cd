"""Rows in, nouns out."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.keys import TicketKey, public_bytes
from dawr.tickets.model import (
    Allowed,
    Challenge,
    ListedTicket,
    Mismatch,
    Outcome,
    OwnRound,
    Scan,
    ScanId,
    Ticket,
    TicketId,
    TicketStatus,
    Verdict,
    Visit,
    VisitInHand,
    VisitState,
)
from dawr.transparency.model import Sealed

SQL = load_statements(__package__)

OWN_ROUND = "nobody_allows_himself_another_round"


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
    changed = {"positions": tuple(row["positions"]), "answer_hash": bytes(row["answer_hash"])}
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


def _ticket(row: DictRow) -> Ticket:
    return Ticket(**row | {"ticket_id": bytes(row["ticket_id"]), "status": TicketStatus(row["status"])})


def _scan(row: DictRow) -> Scan:
    ticket_id = row["ticket_id"] and TicketId(bytes(row["ticket_id"]))
    return Scan(**row | {"ticket_id": ticket_id, "verdict": row["verdict"] and Verdict(row["verdict"])})


def _visit(row: DictRow) -> Visit:
    outcome = row["outcome"] and Outcome(row["outcome"])
    return Visit(**row | {"ticket_id": bytes(row["ticket_id"]), "state": VisitState(row["state"]), "outcome": outcome})

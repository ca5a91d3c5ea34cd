"""Visits, their calls and outcomes, and the queue of a hall."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.tickets.model import (
    Called,
    Closing,
    CorrectionOver,
    NoCallsLeft,
    Outcome,
    Recurrence,
    ServiceDay,
    Ticket,
    TicketId,
    Token,
    Visit,
    VisitInHand,
    VisitLine,
    VisitState,
)
from dawr.tickets.store.rows import SQL
from dawr.transparency.model import Sealed


async def next_token_number(tx: Transaction, *, office_id: OfficeId, day_on: date) -> int:
    """The office's next number of that day; the next who asks waits until the transaction ends."""
    row = await one(tx, SQL["next_token_number"], office_id=office_id, day_on=day_on)
    return int(row["token_number"])


async def add_visit(
    tx: Transaction,
    *,
    ticket: Ticket,
    office_id: OfficeId,
    day_on: date,
    token: Token,
    guard_id: PersonId,
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["add_visit"],
        service_id=ticket.service_id,
        ticket_id=ticket.ticket_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        bearer_id=ticket.bearer_id,
        office_id=office_id,
        day_on=day_on,
        token_letter=token.letter,
        token_number=token.number,
        guard_id=guard_id,
        starts_at=ticket.starts_at,
        now=now,
    )


async def visit_of(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> Visit | None:
    """A ticket's visit, locked until the transaction ends."""
    row = await maybe_one(tx, SQL["visit_of"], service_id=service_id, ticket_id=ticket_id)
    return _visit(row) if row else None


async def token_of(tx: Transaction, *, ticket: Ticket) -> Token | None:
    row = await maybe_one(tx, SQL["token_of"], service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    return _token(row) if row else None


async def call_next(
    tx: Transaction, *, office_id: OfficeId, clerk_id: PersonId, desk: str, since: datetime, now: datetime
) -> Visit | None:
    with constraint_refusals({"one_visit_in_hand_per_clerk": VisitInHand()}):
        row = await maybe_one(
            tx, SQL["call_next"], office_id=office_id, clerk_id=clerk_id, desk=desk, since=since, now=now
        )
    return _visit(row) if row else None


async def recall(tx: Transaction, *, visit: Visit, now: datetime) -> None:
    with constraint_refusals({"three_calls_at_most": NoCallsLeft(calls=visit.calls)}):
        await run(tx, SQL["recall"], service_id=visit.service_id, ticket_id=visit.ticket_id, now=now)


async def add_call(tx: Transaction, *, visit: Visit, number: int, now: datetime) -> None:
    await run(
        tx,
        SQL["add_call"],
        service_id=visit.service_id,
        ticket_id=visit.ticket_id,
        number=number,
        clerk_id=visit.clerk_id,
        desk=visit.desk,
        now=now,
    )


async def visit_in_hand(tx: Transaction, *, clerk_id: PersonId) -> Visit | None:
    """The clerk's visit, locked until the transaction ends."""
    row = await maybe_one(tx, SQL["visit_in_hand"], clerk_id=clerk_id)
    return _visit(row) if row else None


async def last_closed(tx: Transaction, *, clerk_id: PersonId, office_id: OfficeId) -> Visit | None:
    """What the clerk closed last, locked until the transaction ends."""
    row = await maybe_one(tx, SQL["last_closed"], clerk_id=clerk_id, office_id=office_id)
    return _visit(row) if row else None


async def count_waiting(
    tx: Transaction, *, office_id: OfficeId, clerk_id: PersonId, since: datetime
) -> tuple[int, int]:
    """How many wait, and how many of them this clerk may not call: whom he let in, and himself."""
    row = await one(tx, SQL["count_waiting"], office_id=office_id, clerk_id=clerk_id, since=since)
    return row["waiting"], row["not_for_clerk"]


async def coming(tx: Transaction, *, office_id: OfficeId, clerk_id: PersonId, since: datetime) -> tuple[Token, ...]:
    """Whom this clerk would call next, the first five."""
    rows = await many(tx, SQL["coming"], office_id=office_id, clerk_id=clerk_id, since=since)
    return tuple(_token(row) for row in rows)


async def called_now(tx: Transaction, *, office_id: OfficeId, since: datetime, count_max: int) -> tuple[Called, ...]:
    """Who is called or being served, the newest call first."""
    rows = await many(tx, SQL["called_now"], office_id=office_id, since=since, count_max=count_max)
    return tuple(Called(token=_token(row), desk=row["desk"], calls=row["calls"]) for row in rows)


async def was_served_before(tx: Transaction, *, visit: Visit) -> bool:
    """Whether the person was served with this service by an earlier visit."""
    row = await one(
        tx,
        SQL["was_served_before"],
        service_id=visit.service_id,
        person_id=visit.person_id,
        ticket_id=visit.ticket_id,
    )
    return bool(row["was_served"])


async def put_back(tx: Transaction, *, visit: Visit) -> None:
    await run(tx, SQL["put_back"], service_id=visit.service_id, ticket_id=visit.ticket_id)


async def see_ticket(tx: Transaction, *, visit: Visit, now: datetime) -> None:
    await run(tx, SQL["see_ticket"], service_id=visit.service_id, ticket_id=visit.ticket_id, now=now)


async def open_visit(tx: Transaction, *, visit: Visit, card_of: PersonId, now: datetime) -> None:
    await run(tx, SQL["open_visit"], service_id=visit.service_id, ticket_id=visit.ticket_id, card_of=card_of, now=now)


async def count_wrong_card(tx: Transaction, *, visit: Visit) -> None:
    await run(tx, SQL["count_wrong_card"], service_id=visit.service_id, ticket_id=visit.ticket_id)


async def end_visit(
    tx: Transaction, *, visit: Visit, closing: Closing, number: int, sealed: Sealed, now: datetime
) -> None:
    """Write down an outcome, the first or its correction, and let the visit say so."""
    with constraint_refusals({"outcomes_of_a_visit_are_counted": CorrectionOver()}):
        await run(
            tx,
            SQL["add_counter_outcome"],
            service_id=visit.service_id,
            ticket_id=visit.ticket_id,
            number=number,
            outcome=closing.outcome,
            reason=closing.reason,
            originals_asked=list(closing.originals_asked),
            originals_seen=list(closing.originals_seen),
            clerk_id=visit.clerk_id,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
            now=now,
        )
    await run(
        tx,
        SQL["end_visit"],
        service_id=visit.service_id,
        ticket_id=visit.ticket_id,
        number=number,
        outcome=closing.outcome,
        now=now,
    )


async def services_of_day(tx: Transaction, *, office_id: OfficeId, day_on: date) -> tuple[ServiceDay, ...]:
    rows = await many(tx, SQL["services_of_day"], office_id=office_id, day_on=day_on)
    return tuple(ServiceDay(**row) for row in rows)


async def visits_of_day(tx: Transaction, *, office_id: OfficeId, day_on: date, count_max: int) -> tuple[VisitLine, ...]:
    """A day's visits in the order of their tokens, the newest `count_max` of them."""
    rows = await many(tx, SQL["visits_of_day"], office_id=office_id, day_on=day_on, count_max=count_max)
    return tuple(_line(row) for row in reversed(rows))


async def recurrences(tx: Transaction, *, office_id: OfficeId, day_on: date) -> tuple[Recurrence, ...]:
    """Cards let in at this office that were let in more than once that day, wherever; the most people first."""
    rows = await many(tx, SQL["recurrences"], office_id=office_id, day_on=day_on)
    return tuple(Recurrence(**row) for row in rows)


def _token(row: DictRow) -> Token:
    return Token(letter=row["token_letter"], number=row["token_number"])


def _without_token(row: DictRow) -> DictRow:
    return {name: value for name, value in row.items() if name not in {"token_letter", "token_number"}}


def _visit(row: DictRow) -> Visit:
    changed = {
        "token": _token(row),
        "ticket_id": TicketId(bytes(row["ticket_id"])),
        "state": VisitState(row["state"]),
        "outcome": row["outcome"] and Outcome(row["outcome"]),
    }
    return Visit(**_without_token(row) | changed)


def _line(row: DictRow) -> VisitLine:
    return VisitLine(
        **_without_token(row) | {"token": _token(row), "outcome": row["outcome"] and Outcome(row["outcome"])}
    )

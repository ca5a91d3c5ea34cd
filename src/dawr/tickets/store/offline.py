"""What is prepared of a day's tickets, and the day's secrets."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, many, maybe_one, one, run
from dawr.kernel.identifiers import OfficeId
from dawr.tickets.model import (
    AdmittedTicket,
    Challenge,
    DaySecret,
    OnlineGate,
    PreparedTicket,
    Ticket,
    TicketId,
    TicketStatus,
)
from dawr.tickets.store.rows import SQL


async def lock_preparing(tx: Transaction, *, office_id: OfficeId, day_on: date) -> None:
    """Whoever else prepares this day waits for the end of the transaction."""
    await run(tx, SQL["lock_preparing"], office_id=office_id, day_on=day_on)


async def unprepared_tickets(tx: Transaction, *, office_id: OfficeId, day_on: date, count_max: int) -> list[Ticket]:
    rows = await many(tx, SQL["unprepared_tickets"], office_id=office_id, day_on=day_on, count_max=count_max)
    return [Ticket(**row | {"status": TicketStatus(row["status"])}) for row in rows]


async def count_unprepared(tx: Transaction, *, office_id: OfficeId, day_on: date) -> int:
    return int((await one(tx, SQL["count_unprepared"], office_id=office_id, day_on=day_on))["unprepared"])


async def add_prepared_challenge(tx: Transaction, *, ticket: Ticket, challenge: Challenge, now: datetime) -> None:
    """Kept unless the round's was chosen before."""
    await run(
        tx,
        SQL["add_prepared_challenge"],
        service_id=ticket.service_id,
        ticket_id=ticket.ticket_id,
        round=challenge.round,
        positions=list(challenge.positions),
        serial_positions=list(challenge.serial_positions),
        answer_hash=challenge.answer_hash,
        now=now,
    )


async def prepared_challenge(tx: Transaction, *, ticket: Ticket, round_: int) -> Challenge | None:
    row = await maybe_one(
        tx, SQL["prepared_challenge"], service_id=ticket.service_id, ticket_id=ticket.ticket_id, round=round_
    )
    if row is None:
        return None
    return Challenge(**row | {name: tuple(row[name]) for name in ("positions", "serial_positions")})


async def add_offline_reference(
    tx: Transaction, *, ticket: Ticket, lookup: bytes, sealed_code: bytes, now: datetime
) -> None:
    await run(
        tx,
        SQL["add_offline_reference"],
        service_id=ticket.service_id,
        ticket_id=ticket.ticket_id,
        lookup=lookup,
        sealed_code=sealed_code,
        now=now,
    )


async def prepared_tickets(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[PreparedTicket]:
    """Every prepared ticket of the day that has not been cancelled, by its place in the status list."""
    return [_prepared(row) for row in await many(tx, SQL["prepared_tickets"], office_id=office_id, day_on=day_on)]


async def lock_day_secret(tx: Transaction, *, office_id: OfficeId, day_on: date) -> None:
    await run(tx, SQL["lock_day_secret"], office_id=office_id, day_on=day_on)


async def day_secret(tx: Transaction, *, office_id: OfficeId, day_on: date) -> DaySecret | None:
    row = await maybe_one(tx, SQL["day_secret"], office_id=office_id, day_on=day_on)
    return DaySecret(**row) if row else None


async def sealed_day_secret(tx: Transaction, *, office_id: OfficeId, day_on: date) -> bytes | None:
    row = await maybe_one(tx, SQL["sealed_day_secret"], office_id=office_id, day_on=day_on)
    return bytes(row["sealed"]) if row else None


async def add_day_secret(
    tx: Transaction,
    *,
    office_id: OfficeId,
    day_on: date,
    sealed: bytes,
    commitment: bytes,
    log_entry_id: int,
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["add_day_secret"],
        office_id=office_id,
        day_on=day_on,
        sealed=sealed,
        commitment=commitment,
        log_entry_id=log_entry_id,
        now=now,
    )


async def secrets_to_reveal(tx: Transaction, *, before_on: date) -> list[tuple[OfficeId, date]]:
    rows = await many(tx, SQL["secrets_to_reveal"], before_on=before_on)
    return [(OfficeId(row["office_id"]), row["day_on"]) for row in rows]


async def reveal_secret(tx: Transaction, *, of: DaySecret, secret: bytes, log_entry_id: int, now: datetime) -> None:
    await run(
        tx,
        SQL["reveal_secret"],
        office_id=of.office_id,
        day_on=of.day_on,
        commitment=of.commitment,
        secret=secret,
        log_entry_id=log_entry_id,
        now=now,
    )


async def days_with_secrets(tx: Transaction, *, office_id: OfficeId, before_on: date) -> list[date]:
    """The newest first, a month at most."""
    rows = await many(tx, SQL["days_with_secrets"], office_id=office_id, before_on=before_on)
    return [row["day_on"] for row in rows]


async def admitted_on(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[AdmittedTicket]:
    """The tickets of a day that its office let in, in that order."""
    return [AdmittedTicket(**row) for row in await many(tx, SQL["admitted_on"], office_id=office_id, day_on=day_on)]


async def shut_online_gate(tx: Transaction, *, office_id: OfficeId, now: datetime) -> None:
    await run(tx, SQL["shut_online_gate"], office_id=office_id, now=now)


async def open_online_gate(tx: Transaction, *, office_id: OfficeId) -> None:
    await run(tx, SQL["open_online_gate"], office_id=office_id)


async def reopen_online_gate(tx: Transaction, *, office_id: OfficeId, until: datetime) -> None:
    await run(tx, SQL["reopen_online_gate"], office_id=office_id, until=until)


async def online_gate(tx: Transaction, *, office_id: OfficeId) -> OnlineGate:
    row = await maybe_one(tx, SQL["online_gate"], office_id=office_id)
    return OnlineGate(**row) if row else OnlineGate()


def _prepared(row: DictRow) -> PreparedTicket:
    return PreparedTicket(
        service_id=row["service_id"],
        ticket_id=TicketId(row["ticket_id"]),
        bearer_id=row["bearer_id"],
        status_index=row["status_index"],
        first=_challenge(row, part="first", round_=1),
        other=_challenge(row, part="other", round_=2),
        lookup=row["lookup"],
        sealed_code=row["sealed_code"],
        is_mismatched=row["is_mismatched"],
    )


def _challenge(row: DictRow, *, part: str, round_: int) -> Challenge:
    return Challenge(
        round=round_,
        positions=tuple(row[f"{part}_positions"]),
        serial_positions=tuple(row[f"{part}_serial_positions"]),
        answer_hash=row[f"{part}_answer_hash"],
        wrong_tries=0,
    )

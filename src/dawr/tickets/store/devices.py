"""Scans and tries at devices that had no network."""

from datetime import datetime
from uuid import UUID

from dawr.db.pool import Transaction, one, run
from dawr.kernel.identifiers import ServiceId
from dawr.tickets.model import DeviceAnswer, Scan, TicketId
from dawr.tickets.store.rows import SQL


async def add_device_scan(tx: Transaction, scan: Scan, *, device_id: UUID) -> None:
    await run(
        tx,
        SQL["add_device_scan"],
        office_id=scan.office_id,
        scan_id=scan.scan_id,
        guard_id=scan.guard_id,
        scanned_at=scan.scanned_at,
        service_id=scan.service_id,
        ticket_id=scan.ticket_id,
        device_id=device_id,
    )


async def add_device_answer(tx: Transaction, scan: Scan, *, answer: DeviceAnswer, now: datetime) -> None:
    await run(
        tx,
        SQL["add_device_answer"],
        office_id=scan.office_id,
        scan_id=scan.scan_id,
        round=answer.round,
        attempt=answer.attempt,
        service_id=scan.service_id,
        ticket_id=scan.ticket_id,
        guard_id=scan.guard_id,
        is_right=answer.is_right,
        answer_ms=answer.answer_ms,
        now=now,
    )


async def is_mismatched(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId, at: datetime) -> bool:
    row = await one(tx, SQL["is_mismatched"], service_id=service_id, ticket_id=ticket_id, at=at)
    return bool(row["is_mismatched"])

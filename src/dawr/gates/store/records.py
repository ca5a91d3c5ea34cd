"""What devices recorded, and what came of it."""

from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, many, maybe_one, one, run
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.merging import Came, Contest, Contested, Forked
from dawr.gates.model.records import (
    AnyStep,
    Chain,
    ChainState,
    DeviceScanId,
    OverruledStep,
    Record,
    SecondLook,
    TakenRecord,
    first_link,
    parse_step,
)
from dawr.gates.model.shifts import Shift
from dawr.gates.store.rows import SQL
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.tickets.model import TicketId


async def chain(tx: Transaction, device_id: DeviceId) -> Chain:
    row = await maybe_one(tx, SQL["chain"], device_id=device_id)
    if row is None:
        return Chain(taken_until=0, head=first_link(device_id))
    return Chain(taken_until=row["taken_until"], head=bytes(row["head"]))


async def record_text(tx: Transaction, device_id: DeviceId, *, n: int) -> bytes:
    row = await one(tx, SQL["record_text"], device_id=device_id, n=n)
    return bytes(row["text"])


async def add_record(
    tx: Transaction, record: Record, *, previous: bytes, shift: Shift, happened_at: datetime, now: datetime
) -> None:
    step = record.step
    await run(
        tx,
        SQL["add_record"],
        device_id=shift.device_id,
        n=step.n,
        text=record.text,
        signature=record.signature,
        previous=previous,
        office_id=shift.office_id,
        shift_id=shift.shift_id,
        guard_id=shift.guard_id,
        scan_id=step.scan,
        kind=step.kind,
        happened_at=happened_at,
        now=now,
    )


async def add_fork(tx: Transaction, device_id: DeviceId, *, record: Record, now: datetime) -> None:
    await run(
        tx,
        SQL["add_fork"],
        device_id=device_id,
        n=record.step.n,
        text=record.text,
        signature=record.signature,
        now=now,
    )


async def next_unmerged(tx: Transaction, device_id: DeviceId) -> TakenRecord | None:
    row = await maybe_one(tx, SQL["next_unmerged"], device_id=device_id)
    return None if row is None else TakenRecord(**row | {"text": bytes(row["text"])})


async def devices_with_unmerged(tx: Transaction) -> list[DeviceId]:
    return [DeviceId(row["device_id"]) for row in await many(tx, SQL["devices_with_unmerged"])]


async def steps_of_scan(tx: Transaction, device_id: DeviceId, *, scan_id: DeviceScanId, until: int) -> list[AnyStep]:
    """In their order, up to and with the record `until`."""
    rows = await many(tx, SQL["texts_of_scan"], device_id=device_id, scan_id=scan_id, until=until)
    return [parse_step(bytes(row["text"]), device_id=device_id) for row in rows]


async def is_round_allowed(tx: Transaction, device_id: DeviceId, *, ticket: str, n: int) -> bool:
    """Whether a branch head's code had allowed the ticket another round at this device, and none was lost since."""
    row = await one(tx, SQL["round_allowed_before"], device_id=device_id, ticket=ticket, n=n)
    return bool(row["is_allowed"])


async def add_merged(
    tx: Transaction,
    record: TakenRecord,
    *,
    came: Came,
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["add_merged"],
        device_id=record.device_id,
        n=record.n,
        office_id=record.office_id,
        contested=came.contested,
        ticket_lane=came.ticket_lane,
        is_second_look_due=came.is_second_look_due,
        is_decoy_due=came.is_decoy_due,
        now=now,
    )


async def use_code(tx: Transaction, record: TakenRecord, *, step: OverruledStep | SecondLook, day_on: date) -> bool:
    """Whether the number was still good, or is this very scan's."""
    place = {"office_id": record.office_id, "day_on": day_on, "officer_id": step.officer, "number": step.number}
    if await run(
        tx,
        SQL["use_code"],
        guard_id=record.guard_id,
        device_id=record.device_id,
        n=record.n,
        scan_id=step.scan,
        **place,
    ):
        return True
    used = await one(tx, SQL["code_use"], **place)
    is_second_try = isinstance(step, SecondLook) and step.attempt > 1
    return is_second_try and (used["device_id"], used["scan_id"]) == (record.device_id, step.scan)


async def used_numbers(tx: Transaction, officer_id: PersonId, *, office_id: OfficeId, day_on: date) -> set[int]:
    rows = await many(tx, SQL["used_numbers"], office_id=office_id, day_on=day_on, officer_id=officer_id)
    return {row["number"] for row in rows}


async def contested_at(tx: Transaction, office_id: OfficeId, *, since: datetime) -> list[Contested]:
    """The newest first."""
    rows = await many(tx, SQL["contested_at"], office_id=office_id, since=since)
    return [_contested(row) for row in rows]


async def forks_at(tx: Transaction, office_id: OfficeId) -> list[Forked]:
    """The newest first."""
    return [Forked(**row) for row in await many(tx, SQL["forks_at"], office_id=office_id)]


async def chains_at(tx: Transaction, office_id: OfficeId) -> dict[DeviceId, ChainState]:
    """How far the records of each of an office's devices have come."""
    rows = await many(tx, SQL["chains_at"], office_id=office_id)
    return {DeviceId(row.pop("device_id")): ChainState(**row) for row in rows}


def _contested(row: DictRow) -> Contested:
    ticket = row.pop("ticket")
    return Contested(**row | {"why": Contest(row["why"]), "ticket_id": TicketId(as_bytes(ticket)) if ticket else None})

"""What an auditor is shown of an office's day once its secret is revealed."""

from dataclasses import dataclass
from datetime import date, datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.model.shifts import day_bounds
from dawr.gates.second_looks import GateKind, SecondLooks, recomputed
from dawr.kernel.identifiers import OfficeId
from dawr.tickets import actions as tickets
from dawr.tickets.model import DaySecret, day_of
from dawr.transparency import actions as transparency


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedDay:
    """A day's secret with its places in the log, None for what is not in it yet, and its second looks once revealed."""

    known: DaySecret
    committed_index: int | None
    revealed_index: int | None
    looks: SecondLooks | None


async def audited_day(tx: Transaction, office_id: OfficeId, *, day_on: date) -> AuditedDay | None:
    """What an office's day comes to under its revealed secret; None for a day that has none."""
    known = await tickets.view_day_secret(tx, office_id, day_on=day_on)
    if known is None:
        return None
    return AuditedDay(
        known=known,
        committed_index=await transparency.index_of(tx, known.log_entry_id),
        revealed_index=await transparency.index_of(tx, known.revealed_entry_id) if known.revealed_entry_id else None,
        looks=await _looks(tx, known, secret=known.secret) if known.secret else None,
    )


async def audited_days(tx: Transaction, office_id: OfficeId, *, now: datetime) -> list[date]:
    """The days before today that had a secret, the newest first."""
    office = await catalogue.office(tx, office_id)
    return await tickets.days_with_secrets(tx, office_id, before_on=day_of(now, timezone=office.timezone))


async def _looks(tx: Transaction, known: DaySecret, *, secret: bytes) -> SecondLooks:
    office = await catalogue.office(tx, known.office_id)
    since, until = day_bounds(known.day_on, timezone=office.timezone)
    admitted = await tickets.admitted_on(tx, known.office_id, day_on=known.day_on)
    return SecondLooks(
        office_id=known.office_id,
        day_on=known.day_on,
        commitment=known.commitment,
        secret=secret,
        rows=recomputed(
            secret,
            [(each.ticket_id, GateKind.DEVICE if each.is_at_device else GateKind.ONLINE) for each in admitted],
            looks=await store.second_looks_between(tx, known.office_id, since=since, until=until),
        ),
    )

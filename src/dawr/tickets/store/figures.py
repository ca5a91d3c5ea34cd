"""What the books of a period come to, counted where they lie."""

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, many
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.tickets.model import BehindFigure, ChargedCount, HandledCount, OutcomeCount, TicketId, Verdict
from dawr.tickets.store.rows import SQL


async def handled_in(
    tx: Transaction, period: Period, *, office_id: OfficeId | None, quick_seconds: float
) -> list[HandledCount]:
    """By office and guard, and by office; of every office where `office_id` is None."""
    rows = await many(tx, SQL["handled_in"], quick_seconds=quick_seconds, **_within(period, office_id))
    return [HandledCount(**row) for row in rows]


async def charged_in(tx: Transaction, period: Period, *, office_id: OfficeId | None) -> list[ChargedCount]:
    """By office and guard, and by office."""
    return [ChargedCount(**row) for row in await many(tx, SQL["charged_in"], **_within(period, office_id))]


async def outcomes_in(tx: Transaction, period: Period, *, office_id: OfficeId | None) -> list[OutcomeCount]:
    """By office and verdict."""
    rows = await many(tx, SQL["outcomes_in"], **_within(period, office_id))
    return [OutcomeCount(**row | {"verdict": row["verdict"] and Verdict(row["verdict"])}) for row in rows]


async def behind_answers(
    tx: Transaction, period: Period, *, office_id: OfficeId, guard_id: PersonId, quick_seconds: float | None
) -> list[BehindFigure]:
    """A guard's tickets that were answered in less time than this; without one, those whose first try was wrong."""
    within = _within(period, office_id) | {"guard_id": guard_id, "quick_seconds": quick_seconds}
    return [_behind(row) for row in await many(tx, SQL["behind_answers"], **within)]


async def behind_charges(
    tx: Transaction, period: Period, *, office_id: OfficeId, guard_id: PersonId
) -> list[BehindFigure]:
    within = _within(period, office_id) | {"guard_id": guard_id}
    return [_behind(row) for row in await many(tx, SQL["behind_charges"], **within)]


def _behind(row: DictRow) -> BehindFigure:
    return BehindFigure(happened_at=row["happened_at"], ticket_id=TicketId(bytes(row["ticket_id"])))


def _within(period: Period, office_id: OfficeId | None) -> dict[str, object]:
    return {"starts_at": period.starts_at, "ends_at": period.ends_at, "office_id": office_id}

"""Counts of the gate and the counter, for whoever makes figures of them."""

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.tickets import store
from dawr.tickets.model import BehindFigure, ChargedCount, HandledCount, OutcomeCount


async def handled_in(
    tx: Transaction, period: Period, *, office_id: OfficeId | None = None, quick_seconds: float
) -> list[HandledCount]:
    """Tickets whose card's digits were typed in the period, with and without a network, by guard and by office."""
    return await store.handled_in(tx, period, office_id=office_id, quick_seconds=quick_seconds)


async def charged_in(tx: Transaction, period: Period, *, office_id: OfficeId | None = None) -> list[ChargedCount]:
    """Visitors let in in the period, and those of them whose card the counter found to be another's."""
    return await store.charged_in(tx, period, office_id=office_id)


async def outcomes_in(tx: Transaction, period: Period, *, office_id: OfficeId | None = None) -> list[OutcomeCount]:
    """What the scans of the period came to."""
    return await store.outcomes_in(tx, period, office_id=office_id)


async def behind_answers(
    tx: Transaction, period: Period, *, office_id: OfficeId, guard_id: PersonId, quick_seconds: float | None = None
) -> list[BehindFigure]:
    """The tickets that a guard answered in less time than this; without one, those whose first try was wrong."""
    return await store.behind_answers(tx, period, office_id=office_id, guard_id=guard_id, quick_seconds=quick_seconds)


async def behind_charges(
    tx: Transaction, period: Period, *, office_id: OfficeId, guard_id: PersonId
) -> list[BehindFigure]:
    """The tickets whose holders a guard let in and the counter found to be others."""
    return await store.behind_charges(tx, period, office_id=office_id, guard_id=guard_id)

"""How a visit ends: with an outcome, the originals that were seen, and at most one correction."""

from collections.abc import Collection
from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Document
from dawr.db.pool import Transaction
from dawr.people.model import Officer
from dawr.tickets import store
from dawr.tickets.model import (
    Closing,
    CorrectionOver,
    Outcome,
    Visit,
    VisitState,
    closing_of,
    is_correctable,
    office_of,
    originals_asked,
    require_in_hand,
)
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON


async def documents_to_see(tx: Transaction, visit: Visit, *, now: datetime) -> tuple[list[Document], tuple[str, ...]]:
    """What a service asks a person to bring, and the items of those whose originals the clerk must see."""
    documents = (await catalogue.view_service(tx, visit.service_id, now=now)).documents
    was_served = await store.was_served_before(tx, visit=visit)
    return list(documents), originals_asked(documents, is_first_time=not was_served)


async def close_visit(
    tx: Transaction,
    *,
    clerk: Officer,
    outcome: Outcome,
    reason: str | None,
    originals_seen: Collection[str] = (),
    now: datetime,
) -> None:
    """Served, every original seen; or not served for a reason. Refuses with OriginalsUnseen."""
    found = await store.visit_in_hand(tx, clerk_id=clerk.person_id)
    visit = require_in_hand(found, office_id=office_of(clerk), state=VisitState.OPENED)
    _, asked = await documents_to_see(tx, visit, now=now)
    closing = closing_of(outcome, reason=reason, originals_asked=asked, seen=originals_seen)
    await end_visit(tx, visit, closing=closing, now=now)


async def correct_outcome(
    tx: Transaction,
    *,
    clerk: Officer,
    outcome: Outcome,
    reason: str | None,
    originals_seen: Collection[str] = (),
    now: datetime,
) -> None:
    """The clerk pressed the wrong button: a second entry says so, and the first stays; refuses with CorrectionOver."""
    visit = await store.last_closed(tx, clerk_id=clerk.person_id, office_id=office_of(clerk))
    if visit is None or not is_correctable(visit, now=now) or visit.outcome is outcome:
        raise CorrectionOver
    _, asked = await documents_to_see(tx, visit, now=now)
    closing = closing_of(outcome, reason=reason, originals_asked=asked, seen=originals_seen)
    await end_visit(tx, visit, closing=closing, number=2, now=now)


async def end_visit(tx: Transaction, visit: Visit, *, closing: Closing, now: datetime, number: int = 1) -> None:
    """Write an outcome down, in the log as well; `number` 2 is the correction of 1."""
    facts: dict[str, JSON] = {
        "ticket": visit.ticket_id.hex(),
        "office": visit.office_id,
        "guard": str(visit.guard_id),
        "clerk": str(visit.clerk_id),
        "number": number,
        "outcome": closing.outcome.value,
        "reason": closing.reason,
        "by_proxy": visit.has_proxy,
        "ticket_seen": visit.ticket_seen_at is not None,
        "originals_asked": list(closing.originals_asked),
        "originals_seen": list(closing.originals_seen),
    }
    sealed = await transparency.append_sealed(tx, "counter.outcome", facts=facts, now=now)
    await store.end_visit(tx, visit=visit, closing=closing, number=number, sealed=sealed, now=now)

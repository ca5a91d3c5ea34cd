"""The counter: call the next admitted person, open with his card, close with an outcome."""

from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.signing import same_bytes
from dawr.kernel.text import clean_code
from dawr.people.model import Officer
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.model import (
    CALLS_MAX,
    CARD_TRIES_MAX,
    Hall,
    OnlyOwnAdmissions,
    Outcome,
    Visit,
    VisitInHand,
    VisitState,
    day_of,
    office_of,
    require_in_hand,
    start_of_day,
)
from dawr.tickets.payload import day_key, identity_commitment, read_code
from dawr.transparency import actions as transparency


async def hall_of(tx: Transaction, *, clerk: Officer, now: datetime) -> Hall:
    """How many wait, and what this clerk has in hand."""
    office = await catalogue.office(tx, office_of(clerk))
    since = start_of_day(now, timezone=office.timezone)
    waiting, _ = await store.count_waiting(tx, office_id=office.office_id, clerk_id=clerk.person_id, since=since)
    return Hall(waiting=waiting, in_hand=await store.visit_in_hand(tx, clerk_id=clerk.person_id))


async def call_next(tx: Transaction, *, clerk: Officer, desk: str, now: datetime) -> Visit | None:
    """The first in line to this clerk's desk, or nobody; two clerks never call the same person.

    Nobody serves whom he let in at the gate; refuses with OnlyOwnAdmissions where nobody else waits.
    """
    if await store.visit_in_hand(tx, clerk_id=clerk.person_id):
        raise VisitInHand
    office = await catalogue.office(tx, office_of(clerk))
    since = start_of_day(now, timezone=office.timezone)
    called = await store.call_next(
        tx, office_id=office.office_id, clerk_id=clerk.person_id, desk=desk, since=since, now=now
    )
    if called is None:
        _, own = await store.count_waiting(tx, office_id=office.office_id, clerk_id=clerk.person_id, since=since)
        if own:
            raise OnlyOwnAdmissions
    return called


async def open_visit(
    tx: Transaction, *, clerk: Officer, card_number: str, settings: Settings, now: datetime
) -> VisitState:
    """Open the visit if the card is the ticket's subject's; the second wrong card closes it as a mismatch.

    The mismatch is the admitting guard's, whom the visit names.
    """
    visit = await _in_hand(tx, clerk, state=VisitState.CALLED)
    if await _is_subjects(tx, visit, card_number=card_number, settings=settings):
        await store.open_visit(tx, visit=visit, now=now)
        return VisitState.OPENED
    await store.count_wrong_card(tx, visit=visit)
    if visit.wrong_cards + 1 < CARD_TRIES_MAX:
        return VisitState.CALLED
    await _close(tx, visit, outcome=Outcome.IDENTITY_MISMATCH, reason=None, now=now)
    return VisitState.CLOSED


async def put_back(tx: Transaction, *, clerk: Officer, now: datetime) -> VisitState:
    """Who does not come when called is called again after the others; the third time ends his visit."""
    visit = await _in_hand(tx, clerk, state=VisitState.CALLED)
    if visit.calls < CALLS_MAX:
        await store.put_back(tx, visit=visit)
        return VisitState.WAITING
    await _close(tx, visit, outcome=Outcome.NOT_THERE, reason=None, now=now)
    return VisitState.CLOSED


async def close_visit(tx: Transaction, *, clerk: Officer, outcome: Outcome, reason: str | None, now: datetime) -> None:
    """Served, or not served for a reason."""
    visit = await _in_hand(tx, clerk, state=VisitState.OPENED)
    await _close(tx, visit, outcome=outcome, reason=reason, now=now)


async def _in_hand(tx: Transaction, clerk: Officer, *, state: VisitState) -> Visit:
    visit = await store.visit_in_hand(tx, clerk_id=clerk.person_id)
    return require_in_hand(visit, office_id=office_of(clerk), state=state)


async def _is_subjects(tx: Transaction, visit: Visit, *, card_number: str, settings: Settings) -> bool:
    """Whether the card's number is the one that the ticket was signed for."""
    ticket = await store.ticket(tx, service_id=visit.service_id, ticket_id=visit.ticket_id)
    office = await catalogue.office(tx, visit.office_id)
    _, claims = read_code(ticket.code)
    day_on = day_of(claims.starts_at, timezone=office.timezone)
    key = day_key(settings.key_for("ticket identity"), visit.office_id, day_on=day_on)
    return same_bytes(identity_commitment(key, clean_code(card_number)), claims.identity)


async def _close(tx: Transaction, visit: Visit, *, outcome: Outcome, reason: str | None, now: datetime) -> None:
    facts = {
        "ticket": visit.ticket_id.hex(),
        "office": visit.office_id,
        "guard": str(visit.guard_id),
        "clerk": str(visit.clerk_id),
        "outcome": outcome.value,
        "reason": reason,
    }
    sealed = await transparency.append_sealed(tx, "counter.outcome", facts=facts, now=now)
    await store.close_visit(tx, visit=visit, outcome=outcome, reason=reason, sealed=sealed, now=now)

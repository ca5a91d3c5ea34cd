"""The counter: call the next admitted person, see his ticket, open the visit with his card."""

from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import same_bytes
from dawr.kernel.text import clean_code
from dawr.people import actions as people
from dawr.people.model import Officer
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.closing import end_visit
from dawr.tickets.actions.recognising import recognised
from dawr.tickets.model import (
    CARD_TRIES_MAX,
    HALL_SPAN,
    CardUnreadable,
    Closing,
    Hall,
    NoTicketShown,
    OnlyOwnAdmissions,
    Outcome,
    Visit,
    VisitInHand,
    VisitState,
    day_of,
    is_correctable,
    office_of,
    require_call_left,
    require_in_hand,
    require_presented,
)
from dawr.tickets.mrz import is_machine_readable, parse_mrz
from dawr.tickets.payload import day_key, identity_commitment, read_code


async def hall_of(tx: Transaction, *, clerk: Officer, now: datetime) -> Hall:
    """Who waits, what this clerk has in hand, and what he may still correct."""
    office_id, since = office_of(clerk), now - HALL_SPAN
    waiting, _ = await store.count_waiting(tx, office_id=office_id, clerk_id=clerk.person_id, since=since)
    last = await store.last_closed(tx, clerk_id=clerk.person_id, office_id=office_id)
    return Hall(
        waiting=waiting,
        coming=await store.coming(tx, office_id=office_id, clerk_id=clerk.person_id, since=since),
        in_hand=await store.visit_in_hand(tx, clerk_id=clerk.person_id),
        correctable=last if last is not None and is_correctable(last, now=now) else None,
    )


async def call_next(tx: Transaction, *, clerk: Officer, desk: str, now: datetime) -> Visit | None:
    """The first in line to this clerk's desk, or nobody; two clerks never call the same person.

    Nobody serves himself or whom he let in at the gate; refuses with OnlyOwnAdmissions where nobody else waits.
    """
    if await store.visit_in_hand(tx, clerk_id=clerk.person_id):
        raise VisitInHand
    office_id, since = office_of(clerk), now - HALL_SPAN
    called = await store.call_next(tx, office_id=office_id, clerk_id=clerk.person_id, desk=desk, since=since, now=now)
    if called is not None:
        await store.add_call(tx, visit=called, number=called.calls, now=now)
        return called
    _, own = await store.count_waiting(tx, office_id=office_id, clerk_id=clerk.person_id, since=since)
    if own:
        raise OnlyOwnAdmissions
    return None


async def recall(tx: Transaction, *, clerk: Officer, now: datetime) -> None:
    """Call the same person once more; every call counts, and there are three of them."""
    visit = await _in_hand(tx, clerk, state=VisitState.CALLED)
    require_call_left(visit)
    await store.recall(tx, visit=visit, now=now)
    await store.add_call(tx, visit=visit, number=visit.calls + 1, now=now)


async def put_back(tx: Transaction, *, clerk: Officer, now: datetime) -> VisitState:
    """Who does not come when called is called again after the others; the third time ends his visit."""
    visit = await _in_hand(tx, clerk, state=VisitState.CALLED)
    if visit.calls_left:
        await store.put_back(tx, visit=visit)
        return VisitState.WAITING
    await end_visit(tx, visit, closing=Closing(outcome=Outcome.NOT_THERE), now=now)
    return VisitState.CLOSED


async def see_ticket(tx: Transaction, *, clerk: Officer, shown: str, now: datetime) -> Visit:
    """The second scan, by another person than the guard: the ticket at this desk is that of the called visit.

    Refuses a code that is no ticket of ours, a bearer who did not come through the gate, waits, is called elsewhere or
    has been served. The card is asked for all the same.
    """
    ticket = await recognised(tx, shown, office_id=office_of(clerk))
    if ticket is None:
        raise NoTicketShown
    found = await store.visit_of(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    visit = require_presented(found, clerk_id=clerk.person_id, office_id=office_of(clerk))
    await store.see_ticket(tx, visit=visit, now=now)
    return visit


async def open_visit(tx: Transaction, *, clerk: Officer, card: str, settings: Settings, now: datetime) -> VisitState:
    """Open the visit if the card is its bearer's; the second wrong card closes it as a mismatch.

    `card` is a typed number or a card's machine-readable lines; what is neither counts as no try and is refused with
    CardUnreadable. The mismatch is the admitting guard's, whom the visit names.
    """
    number = number_on_card(card, settings=settings)
    visit = await _in_hand(tx, clerk, state=VisitState.CALLED)
    bearer_id = await _bearer_with(tx, visit, number=number, settings=settings)
    if bearer_id is not None:
        await store.open_visit(tx, visit=visit, card_of=bearer_id, now=now)
        return VisitState.OPENED
    await store.count_wrong_card(tx, visit=visit)
    if visit.wrong_cards + 1 < CARD_TRIES_MAX:
        return VisitState.CALLED
    await end_visit(tx, visit, closing=Closing(outcome=Outcome.IDENTITY_MISMATCH), now=now)
    return VisitState.CLOSED


def number_on_card(card: str, *, settings: Settings) -> str:
    """The civil number that was typed, or that a card's machine-readable lines carry."""
    try:
        number = parse_mrz(card).personal_number if is_machine_readable(card) else clean_code(card)
    except Malformed as malformed:
        raise CardUnreadable from malformed
    if not people.is_civil_number(number, settings=settings):
        raise CardUnreadable
    return number


async def _in_hand(tx: Transaction, clerk: Officer, *, state: VisitState) -> Visit:
    visit = await store.visit_in_hand(tx, clerk_id=clerk.person_id)
    return require_in_hand(visit, office_id=office_of(clerk), state=state)


async def _bearer_with(tx: Transaction, visit: Visit, *, number: str, settings: Settings) -> PersonId | None:
    """Whose card this is, if it is the one that the ticket was signed for; the table checks the same by the person."""
    ticket = await store.ticket(tx, service_id=visit.service_id, ticket_id=visit.ticket_id)
    office = await catalogue.office(tx, visit.office_id)
    _, claims = read_code(ticket.code)
    day_on = day_of(claims.starts_at, timezone=office.timezone)
    key = day_key(settings.key_for("ticket identity"), visit.office_id, day_on=day_on)
    if not same_bytes(identity_commitment(key, number), claims.identity):
        return None
    return await people.find_by_civil_number(tx, number, settings=settings, even_unnamed=True)

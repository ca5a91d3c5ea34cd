"""Whether a text that somebody has is a ticket of ours; it opens nothing, issues nothing and changes nothing."""

from dawr.booking import actions as booking
from dawr.booking.model import REFERENCE_LENGTH
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import CODE_ALPHABET, OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.kernel.text import clean_code
from dawr.tickets import store
from dawr.tickets.actions.keys import published_keys
from dawr.tickets.keys import key_set
from dawr.tickets.model import Ticket, TicketId
from dawr.tickets.verdict import prove


def is_reference(shown: str) -> bool:
    """Whether a text could be the six characters that are read aloud, rather than a whole code."""
    typed = clean_code(shown)
    return len(typed) == REFERENCE_LENGTH and set(typed) <= set(CODE_ALPHABET)


async def recognised(tx: Transaction, shown: str, *, office_id: OfficeId | None) -> Ticket | None:
    """The ticket that a whole code proves, or that a reference means at `office_id` beyond doubt; None for the rest."""
    if is_reference(shown):
        return await _of_reference(tx, clean_code(shown), office_id=office_id) if office_id else None
    claims = prove(shown.strip("\t\r\n"), keys=key_set(await published_keys(tx))).claims
    if claims is None:
        return None
    try:
        return await known_ticket(tx, service_id=claims.service_id, ticket_id=claims.ticket_id)
    except NotFound:
        return None


async def known_ticket(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> Ticket:
    """A ticket that was recognised before; refuses with NotFound."""
    return await store.ticket(tx, service_id=service_id, ticket_id=ticket_id)


async def admitted_by(tx: Transaction, *, service_id: ServiceId, ticket_id: TicketId) -> PersonId | None:
    """The guard who let the bearer of this ticket in; None while nobody did."""
    return await store.admitted_by(tx, service_id=service_id, ticket_id=ticket_id)


async def _of_reference(tx: Transaction, reference: str, *, office_id: OfficeId) -> Ticket | None:
    found = await booking.bookings_by_reference(tx, reference, office_id=office_id)
    if len(found) != 1:
        return None
    return await store.newest_ticket(tx, service_id=found[0].service_id, booking_id=found[0].booking_id)

"""New tickets for old where a key was revoked, before anybody looks: packs and references need them too."""

import asyncio
from datetime import datetime, timedelta

import structlog

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.db.pool import Pool, transaction
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.issuing import issue_ticket
from dawr.tickets.model import Ticket, live_status

log = structlog.get_logger(__name__)

RENEWED_AT_ONCE = 500
STILL_OF_USE = timedelta(hours=12)
"""How long after its time a turn may still be served; older tickets open nothing anyhow."""


async def renew_tickets(pool: Pool, *, settings: Settings, now: datetime) -> int:
    """Issue anew what was signed with a key that is revoked by now; how many tickets it were, RENEWED_AT_ONCE at most.

    Each is a transaction of its own, and one that fails does not hold up the others.
    """
    async with transaction(pool) as tx:
        undone = await store.tickets_under_revoked_keys(tx, since=now - STILL_OF_USE, count_max=RENEWED_AT_ONCE)
    for ticket in undone:
        [error] = await asyncio.gather(_renew(pool, ticket, settings=settings, now=now), return_exceptions=True)
        if error is not None:
            log.error("ticket.not_renewed", ticket=ticket.ticket_id.hex(), exc_info=error)
    return len(undone)


async def _renew(pool: Pool, ticket: Ticket, *, settings: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        held = await booking.locked_booking(tx, ticket.service_id, ticket.booking_id)
        if held.state is BookingState.CONFIRMED:
            await issue_ticket(tx, confirmed=held, settings=settings, now=now)
        else:
            await store.set_status(tx, ticket=ticket, status=live_status(ticket, held))

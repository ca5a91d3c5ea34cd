"""Scans that did not let their person in, for whoever helps him."""

from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import Booking
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.tickets import store
from dawr.tickets.model import RefusedScan, Scan, ScanId, TicketStatus


async def refused_scans_of(tx: Transaction, person_id: PersonId, *, after: datetime) -> list[RefusedScan]:
    """The scans of a person's own tickets after this instant that were refused, and nobody let in; the newest first."""
    held = await booking.bookings_of(tx, person_id)
    return await store.refused_scans(tx, bookings=[(each.service_id, each.booking_id) for each in held], after=after)


async def scan_of(tx: Transaction, *, office_id: OfficeId, scan_id: ScanId) -> Scan:
    """A scan at an office; refuses with NotFound."""
    return await store.scan(tx, office_id=office_id, scan_id=scan_id)


async def is_held_back(tx: Transaction, of: Booking, *, now: datetime) -> bool:
    """Whether the turn waits for a branch head: its ticket is suspended, or was shown with another's card.

    Such a turn is not exchanged: a new ticket would be free of both.
    """
    newest = await store.newest_ticket(tx, service_id=of.service_id, booking_id=of.booking_id)
    if newest is None:
        return False
    if newest.status is TicketStatus.SUSPENDED:
        return True
    return await store.is_mismatched(tx, service_id=newest.service_id, ticket_id=newest.ticket_id, at=now)

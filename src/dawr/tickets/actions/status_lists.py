"""What has become of an office's tickets of one day, for whoever verifies them without asking us about each."""

from datetime import date, datetime

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.keys import publish_key
from dawr.tickets.model import status_under
from dawr.tickets.status_list import StatusListToken, pack, sign_token
from dawr.tickets.verdict import STATUS_LIST_LIFE, STATUS_LIST_TTL

STATUS_BITS = 2


async def status_list_of(
    tx: Transaction, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime
) -> bytes:
    """The signed status list of an office and day: nothing of a ticket but its place and what it is worth.

    A day without tickets has an empty list; refuses an office that is not there.
    """
    await catalogue.office(tx, office_id)
    listed = await store.listed_tickets(tx, office_id=office_id, day_on=day_on)
    states = await booking.states_of(tx, [(each.service_id, each.booking_id) for each in listed])
    statuses = {
        each.status_index: status_under(states[each.service_id, each.booking_id], status=each.status) for each in listed
    }
    token = StatusListToken(
        subject=f"{settings.public_url}/status-lists/{office_id}/{day_on.isoformat()}",
        issued_at=now,
        expires_at=now + STATUS_LIST_LIFE,
        ttl_seconds=int(STATUS_LIST_TTL.total_seconds()),
        statuses=pack(statuses, bits=STATUS_BITS),
    )
    return sign_token(token, key=await publish_key(tx, settings=settings, now=now))

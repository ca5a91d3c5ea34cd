"""The second looks that devices recorded."""

from datetime import datetime

from dawr.db.pool import Transaction, many
from dawr.gates.second_looks import Look
from dawr.gates.store.rows import SQL
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId
from dawr.tickets.model import TicketId


async def second_looks_between(
    tx: Transaction, office_id: OfficeId, *, since: datetime, until: datetime
) -> dict[TicketId, Look]:
    """By ticket: right where any try of the other officer was."""
    rows = await many(tx, SQL["second_looks_between"], office_id=office_id, since=since, until=until)
    return {TicketId(as_bytes(row["ticket"])): Look.RIGHT if row["is_right"] else Look.WRONG for row in rows}

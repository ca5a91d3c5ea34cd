"""Whether an office's guards may work at the gate that needs a network, or have devices of their own for it."""

from datetime import datetime

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.tickets import store
from dawr.tickets.model import GateOnDevices, OnlineGate


async def shut_online_gate(tx: Transaction, office_id: OfficeId, *, now: datetime) -> None:
    """From now on the office's gate is kept by its devices."""
    await store.shut_online_gate(tx, office_id=office_id, now=now)


async def open_online_gate(tx: Transaction, office_id: OfficeId) -> None:
    """The office has no device any more."""
    await store.open_online_gate(tx, office_id=office_id)


async def reopen_online_gate(tx: Transaction, office_id: OfficeId, *, until: datetime) -> None:
    """The branch head lets his guards work without devices until then; his override is recorded where it is decided."""
    await store.reopen_online_gate(tx, office_id=office_id, until=until)


async def online_gate(tx: Transaction, office_id: OfficeId) -> OnlineGate:
    """Since when the gate is shut, and until when it is open all the same."""
    return await store.online_gate(tx, office_id=office_id)


async def require_online_gate(tx: Transaction, office_id: OfficeId, *, now: datetime) -> None:
    """Refuses with GateOnDevices where the office's guards have devices."""
    if not (await store.online_gate(tx, office_id=office_id)).is_open(now=now):
        raise GateOnDevices

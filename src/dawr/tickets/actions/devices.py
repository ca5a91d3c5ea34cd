"""What a device recorded while it had no network, entered into the books as if it had happened at the online gate.

Whatever is entered happened at `at`, by the device's clock; the log says it `now`.
"""

from datetime import datetime
from uuid import UUID

from dawr.booking import actions as booking
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.tickets import store
from dawr.tickets.actions.gate import decide, judged, let_in
from dawr.tickets.model import DeviceAnswer, DeviceDecision, Scan, ScanId, Verdict


async def scan_at_device(tx: Transaction, scan: Scan, *, device_id: UUID) -> None:
    """A code that a device read; its verdict, if it has one, is entered by `decide_at_device`."""
    await store.add_device_scan(tx, scan, device_id=device_id)


async def scanned_at_device(tx: Transaction, scan_id: ScanId, *, office_id: OfficeId) -> Scan:
    """What was entered of a scan so far; refuses one that was not."""
    return await store.scan(tx, office_id=office_id, scan_id=scan_id)


async def answer_at_device(tx: Transaction, scan: Scan, *, answer: DeviceAnswer, at: datetime) -> None:
    """One try at the card's digits; the same try entered twice is one."""
    await store.add_device_answer(tx, scan, answer=answer, now=at)


async def is_mismatched(tx: Transaction, scan: Scan, *, at: datetime) -> bool:
    """Whether a gate, online or a device, had found another's card by then, and no branch head has allowed a round."""
    if scan.service_id is None or scan.ticket_id is None:
        return False
    return await store.is_mismatched(tx, service_id=scan.service_id, ticket_id=scan.ticket_id, at=at)


async def admit_at_device(tx: Transaction, scan: Scan, *, at: datetime) -> Verdict:
    """Enter an admission as the online gate makes one: ADMIT where it stands, else the verdict that forbids it.

    One admission per ticket, whichever gate or device was first to say so; nobody is let in with a turn that was given
    back meanwhile. Nothing is entered where it does not stand.
    """
    if scan.service_id is None or scan.ticket_id is None:
        return Verdict.NOT_OURS
    try:
        ticket = await store.ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    except NotFound:
        return Verdict.NOT_OURS
    await booking.locked_booking(tx, ticket.service_id, ticket.booking_id)
    await store.lock_ticket(tx, ticket=ticket)
    verdict = await judged(tx, ticket, office_id=scan.office_id, service_ids=None, now=at)
    if verdict is Verdict.ADMIT and not await let_in(tx, scan, ticket=ticket, now=at):
        return Verdict.USED
    return verdict


async def decide_at_device(
    tx: Transaction, scan: Scan, *, verdict: Verdict, decision: DeviceDecision, now: datetime
) -> Scan:
    """Enter a scan's verdict and seal it; the sealed entry holds the hash of the device's own record."""
    return await decide(tx, scan, verdict=verdict, device=decision, now=now)

"""Cards that did not match: what a branch head sees of his office's day, and the one exception that he may make."""

import secrets
from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.refusal import NotFound
from dawr.people.model import Officer
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.gate import choose_challenge, judged
from dawr.tickets.model import (
    Allowed,
    Mismatch,
    Mismatches,
    MismatchState,
    ScanId,
    Verdict,
    mismatch_state,
    office_of,
    require_second_officer,
    start_of_day,
)
from dawr.transparency import actions as transparency

REASON_KEY_BYTES = 32


async def mismatches_at(tx: Transaction, *, head: Officer, now: datetime) -> Mismatches:
    """Today's identity mismatches: by ticket at the gate, and by guard where the counter found another person."""
    office = await catalogue.office(tx, office_of(head))
    since = start_of_day(now, timezone=office.timezone)
    found = await store.gate_mismatches(tx, office_id=office.office_id, since=since)
    return Mismatches(
        at_gate=tuple([(each, await _state(tx, each, head=head, now=now)) for each in found]),
        by_guard=await store.counter_mismatches(tx, office_id=office.office_id, since=since),
    )


async def allow_another_round(
    tx: Transaction, *, head: Officer, scan_id: ScanId, reason: str, settings: Settings, now: datetime
) -> None:
    """The branch head lets a guard try once more with other digits; an override, and in the log as one.

    The log holds the hash of the reason, whose key stays with the reason. Refuses with OwnRound a head who typed
    digits for the ticket himself; allowing twice allows once.
    """
    scan = await store.scan(tx, office_id=office_of(head), scan_id=scan_id)
    if scan.verdict is not Verdict.IDENTITY_MISMATCH or scan.service_id is None or scan.ticket_id is None:
        raise NotFound
    ticket = await store.ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    await store.lock_ticket(tx, ticket=ticket)
    require_second_officer(head.person_id, others=await store.who_typed(tx, ticket=ticket))
    if await store.newest_challenge(tx, ticket=ticket) is None:
        await choose_challenge(tx, ticket, officer=head, settings=settings, now=now)
    spent = await store.newest_challenge(tx, ticket=ticket)
    if spent is None or not spent.is_spent:
        return
    allowed = Allowed(head_id=head.person_id, reason=reason, reason_key=secrets.token_bytes(REASON_KEY_BYTES))
    await choose_challenge(
        tx, ticket, officer=head, settings=settings, now=now, round_=spent.round + 1, allowed=allowed
    )
    facts = {
        "what": "gate.another_round",
        "role": head.role,
        "office": scan.office_id,
        "scan": str(scan_id),
        "reason_hash": allowed.reason_hash,
    }
    await transparency.append_public(tx, "override", facts=facts, now=now)


async def _state(tx: Transaction, mismatch: Mismatch, *, head: Officer, now: datetime) -> MismatchState:
    ticket = await store.ticket(tx, service_id=mismatch.service_id, ticket_id=mismatch.ticket_id)
    newest = await store.newest_challenge(tx, ticket=ticket)
    verdict = await judged(tx, ticket, office_id=office_of(head), service_ids=None, now=now)
    # Without a challenge the mismatch was at a device, and its two tries are spent.
    is_spent = newest is None or newest.is_spent
    return mismatch_state(mismatch, verdict=verdict, is_spent=is_spent, head_id=head.person_id)

"""What a branch head does against the usual course: kept with its reason, and in the public log without it."""

import secrets
from datetime import datetime

from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.model.devices import DeviceId, Override, OverrideId, OverrideKind
from dawr.kernel.signing import keyed_hash
from dawr.people.model import Officer
from dawr.tickets.model import office_of
from dawr.transparency import actions as transparency

REASON_KEY_BYTES = 32


async def override(
    tx: Transaction,
    *,
    head: Officer,
    what: OverrideKind,
    reason: str,
    device_id: DeviceId | None = None,
    now: datetime,
) -> OverrideId:
    """Record what a branch head did and why; the log holds the hash of the reason, whose key stays with the reason."""
    reason_key = secrets.token_bytes(REASON_KEY_BYTES)
    facts = {
        "what": f"gate.{what}",
        "role": head.role,
        "office": office_of(head),
        "device": str(device_id) if device_id else None,
        "reason_hash": keyed_hash(reason_key, reason.encode()).hex(),
    }
    entry_id = await transparency.append_public(tx, "override", facts=facts, now=now)
    return await store.add_override(
        tx,
        office_id=office_of(head),
        head_id=head.person_id,
        what=what,
        device_id=device_id,
        reason=reason,
        reason_key=reason_key,
        log_entry_id=entry_id,
        now=now,
    )


async def overrides_since(tx: Transaction, head: Officer, *, since: datetime) -> list[Override]:
    """What was overridden at the head's office, the newest first."""
    return await store.overrides_at(tx, office_of(head), since=since)

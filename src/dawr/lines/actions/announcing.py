"""Announcing a first-come release: its rules are in the log before anybody can take a number."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.lines import store
from dawr.lines.model import (
    ACT_SECONDS,
    EXTEND_SECONDS,
    FirstCome,
    LineId,
    OfferedSlot,
    QuotaSmallerThanLine,
    Rules,
    require_line_id,
    require_safe_rules,
)
from dawr.lines.order import KEY_BYTES, commitment
from dawr.lines.slots_file import slots_text
from dawr.transparency import actions as transparency


async def announce(
    tx: Transaction,
    *,
    service_id: ServiceId,
    line_id: LineId,
    slot_ids: Sequence[SlotId],
    gathers_at: datetime,
    opens_at: datetime,
    closes_at: datetime,
    inside_max: int,
    act_seconds: int = ACT_SECONDS,
    extend_seconds: int = EXTEND_SECONDS,
    now: datetime,
) -> FirstCome:
    """Publish the rules of a line before the free seats of `slot_ids`, and commit to the key of its order.

    Refuses an id used before, rules that nobody could make use of, slots that a draw or another line has, and more
    seats on a day than the authority's quota order allows (D2.03 to D2.06).
    """
    require_line_id(line_id)
    promised = await _promised_slots(tx, service_id, slot_ids=slot_ids)
    offered = [OfferedSlot(slot_id=slot.slot_id, seats=slot.free) for slot in promised]
    key = secrets.token_bytes(KEY_BYTES)
    rules = Rules(
        service_id=service_id,
        line_id=line_id,
        gathers_at=gathers_at,
        opens_at=opens_at,
        closes_at=closes_at,
        act_seconds=act_seconds,
        extend_seconds=extend_seconds,
        inside_max=inside_max,
        seats=sum(slot.seats for slot in offered),
        slots_sha256=sha256(slots_text(offered)).hexdigest(),
        key_sha256=commitment(key),
    )
    require_safe_rules(rules, now=now)
    entry_id = await transparency.append_public(tx, "line.rules", facts=msgspec.to_builtins(rules), now=now)
    await store.insert_line(tx, rules=rules, slots=offered, key=key, rules_entry_id=entry_id)
    return await store.line(tx, service_id=service_id, line_id=line_id)


async def _promised_slots(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> list[Slot]:
    """The slots with free seats, kept for this line; what it, draws and other lines may give fits each day's quota."""
    asked = await booking.slots(tx, service_id, slot_ids=slot_ids)
    quotas = await catalogue.hold_quotas(tx, service_id, days_on={slot.day_on for slot in asked})
    promised = await booking.promise_seats(tx, service_id, slot_ids=slot_ids, quotas=quotas)
    spoken_for = await booking.seats_spoken_for(tx, service_id, days_on=sorted(quotas))
    for day_on, seats in sorted(spoken_for.items()):
        if seats > quotas[day_on]:
            raise QuotaSmallerThanLine(day_on=day_on.isoformat(), quota=quotas[day_on], seats=seats)
    return promised

"""Announcing a release: its rules are in the log before anybody can enter."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.signing import SigningKey
from dawr.releases import model, store
from dawr.releases.beacon import QUICKNET, Chain, first_round_from
from dawr.releases.bundle import places_text, read_bundled_places, require_draw_id
from dawr.releases.model import DrawId, QuotaSmallerThanSeats, Release, Rules
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON


async def announce(
    tx: Transaction,
    *,
    service_id: ServiceId,
    draw_id: DrawId,
    slot_ids: Sequence[SlotId],
    reserved: Mapping[SlotId, Mapping[str, int]],
    opens_at: datetime,
    freezes_at: datetime,
    moves_until: datetime,
    confirm_seconds: int,
    travel_seconds: int,
    settings: Settings,
    now: datetime,
) -> Release:
    """Publish the rules of a draw over the free seats of `slot_ids`.

    Refuses a draw id used before, rules under which a draw could be steered, slots that another draw has, shares that
    do not fit their slot, more seats on a day than the authority's quota order allows (D2.03 to D2.06), and a service
    that is not offered when its turns begin.
    """
    require_draw_id(draw_id)
    slots = await _promised_slots(tx, service_id, slot_ids=slot_ids)
    timezone = (await catalogue.office(tx, slots[0].office_id)).timezone if slots else "UTC"
    first_on = min((slot.day_on for slot in slots), default=now.date())
    service = await catalogue.service(tx, service_id)
    await catalogue.require_offered(tx, service, day_on=first_on)
    places = model.places_of(slots, reserved=reserved, timezone=timezone)
    csv = places_text(places)
    chain = chain_of(settings)
    rules = Rules(
        draw_id=draw_id,
        service_id=service_id,
        eligible=model.eligibility_of(service),
        opens_at=opens_at,
        freezes_at=freezes_at,
        moves_until=moves_until,
        round=round_for(freezes_at, chain=chain, lead_seconds=settings.draw_lead_seconds, settings=settings),
        beacon_url=settings.beacon.url,
        beacon=chain,
        lead_seconds=settings.draw_lead_seconds,
        confirm_seconds=confirm_seconds,
        travel_seconds=travel_seconds,
        classes=tuple(sorted({draw_class for place in places for draw_class in place.reserved})),
        witnesses=settings.witnesses,
        witness_quorum=settings.witness_quorum,
        places_sha256=sha256(csv).hexdigest(),
        seats=sum(place.count for place in places),
        receipt_key=receipt_key(settings).public.hex(),
    )
    model.require_safe_rules(rules, places=read_bundled_places(csv), now=now)
    entry_id = await transparency.append_public(tx, "draw.rules", facts=msgspec.to_builtins(rules), now=now)
    await store.insert_release(tx, rules=rules, places_csv=csv.decode(), rules_entry_id=entry_id)
    await store.insert_round(tx, release=rules, round_number=rules.round, entry_id=entry_id, now=now)
    return await store.release(tx, service_id=service_id, draw_id=draw_id)


async def announce_next_round(tx: Transaction, release: Release, *, settings: Settings, now: datetime) -> None:
    """The announced round is void because the witnesses came too late for it; a later one takes its place."""
    rules = release.rules
    round_number = round_for(now, chain=rules.beacon, lead_seconds=rules.lead_seconds, settings=settings)
    facts: dict[str, JSON] = {"draw_id": release.draw_id, "void_round": release.round, "next_round": round_number}
    entry_id = await transparency.append_public(tx, "draw.void", facts=facts, now=now)
    await store.insert_round(tx, release=rules, round_number=round_number, entry_id=entry_id, now=now)


def round_for(freezes_at: datetime, *, chain: Chain, lead_seconds: int, settings: Settings) -> int:
    """The round of a list frozen at `freezes_at`: after the witnesses' time and the published lead."""
    lead = timedelta(seconds=lead_seconds + settings.witness_seconds)
    return first_round_from(freezes_at + lead, chain=chain)


def chain_of(settings: Settings) -> Chain:
    beacon = settings.beacon
    if not beacon.public_key:
        return QUICKNET
    return Chain(
        public_key=beacon.public_key,
        genesis_seconds=beacon.genesis_seconds,
        period_seconds=beacon.period_seconds,
        is_demonstration=beacon.is_demonstration,
    )


def receipt_key(settings: Settings) -> SigningKey:
    return SigningKey.from_seed(settings.key_for("draw receipts"))


async def _promised_slots(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> list[Slot]:
    """The slots with free seats, kept for this draw; what they and other draws may give fits each day's quota."""
    asked = await booking.slots(tx, service_id, slot_ids=slot_ids)
    quotas = await catalogue.hold_quotas(tx, service_id, days_on={slot.day_on for slot in asked})
    promised = await booking.promise_seats(tx, service_id, slot_ids=slot_ids, quotas=quotas)
    spoken_for = await booking.seats_spoken_for(tx, service_id, days_on=sorted(quotas))
    for day_on, seats in sorted(spoken_for.items()):
        if seats > quotas[day_on]:
            raise QuotaSmallerThanSeats(day_on=day_on.isoformat(), quota=quotas[day_on], seats=seats)
    return promised

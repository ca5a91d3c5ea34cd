"""Offers: first to the winners, then seat by seat down the waiting list; nothing freed is shown to whoever looks."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.releases import model, store
from dawr.releases.actions.advancing import advance_each
from dawr.releases.actions.closing import close
from dawr.releases.actions.reading import places
from dawr.releases.assignment import Place
from dawr.releases.model import DrawId, NextOffer, Release, Stage, stage_of
from dawr.releases.waiting_list import FreeSeats, next_offers, rounds_of

OFFERS_AT_ONCE = 2000


async def advance_offers(pool: Pool, *, now: datetime) -> None:
    """Take back offers past their end, offer to winners, move waiting lists, close what is over."""
    async with transaction(pool) as tx:
        await booking.lapse_offers(tx, now=now)
    await advance_each(pool, partial(_advance, pool, now=now), now=now)


async def _advance(pool: Pool, service_id: ServiceId, draw_id: DrawId, *, now: datetime) -> None:
    has_more = True
    while has_more:
        async with transaction(pool) as tx:
            has_more = await advance_release(tx, service_id=service_id, draw_id=draw_id, now=now)


async def advance_release(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, now: datetime) -> bool:
    """One step of one drawn release; whether there is more to do at once."""
    await store.lock_release(tx, service_id=service_id, draw_id=draw_id)
    release = await store.release(tx, service_id=service_id, draw_id=draw_id)
    stage = stage_of(release, now=now)
    if stage is Stage.OFFERING:
        return await _offer_to_winners(tx, release, now=now)
    if stage is Stage.MOVING and now >= release.rules.moves_until:
        await close(tx, release, now=now)
    elif stage is Stage.MOVING:
        await _let_go(tx, release, places=await _past_reach(tx, release, now=now))
        return await _move_waiting_list(tx, release, now=now)
    return False


async def _offer_to_winners(tx: Transaction, release: Release, *, now: datetime) -> bool:
    winners = await store.winners_without_offer(tx, release=release, count_max=OFFERS_AT_ONCE)
    if not winners:
        await store.mark_offered(tx, release=release, now=now)
        return False
    await _offer(tx, release, offers=winners, now=now)
    return True


async def _move_waiting_list(tx: Transaction, release: Release, *, now: datetime) -> bool:
    free = await free_seats(tx, release, now=now)
    if not free:
        return False
    for draw_class, seats in rounds_of(free):
        waiting = await store.waiting(
            tx,
            release=release,
            places=sorted({place for place, _ in seats}),
            draw_class=draw_class,
            count_max=OFFERS_AT_ONCE,
        )
        if offers := next_offers(waiting, free=seats):
            await _offer(tx, release, offers=offers, now=now)
            return True
    await _let_go(tx, release, places=sorted({place for place, _ in free}))
    return False


async def _past_reach(tx: Transaction, release: Release, *, now: datetime) -> list[str]:
    """Places to which nobody on the waiting list could come in time any more."""
    reachable = {place.place_id for place in await _reachable(tx, release, now=now)}
    over = reachable.union(release.unwanted_places)
    return [place.place_id for place in await places(tx, release) if place.place_id not in over]


async def _let_go(tx: Transaction, release: Release, *, places: Sequence[str]) -> None:
    """This draw gives nothing of these places any more, so that their seats may be given to others."""
    if places:
        await booking.end_promise(tx, release.service_id, slot_ids=[SlotId(place) for place in places])
        await store.mark_unwanted(tx, release=release, places=places)


async def _offer(tx: Transaction, release: Release, *, offers: Sequence[NextOffer], now: datetime) -> None:
    """Who holds a turn of the service already, or could no longer come in time, is passed over for good."""
    reachable = {place.place_id for place in await _reachable(tx, release, now=now)}
    booking_ids = await booking.offer_seats(
        tx,
        service_id=release.service_id,
        wanted=[(offer.person_id, SlotId(offer.place)) for offer in offers if offer.place in reachable],
        until=now + timedelta(seconds=release.rules.confirm_seconds),
        before_start=timedelta(seconds=release.rules.travel_seconds),
        now=now,
    )
    await store.insert_offers(tx, release=release, offers=offers, booking_ids=booking_ids, now=now)


async def free_seats(tx: Transaction, release: Release, *, now: datetime) -> FreeSeats:
    """Free seats by place and share, where somebody may want them and has time to confirm and to travel."""
    wanted = [
        SlotId(place.place_id)
        for place in await _reachable(tx, release, now=now)
        if place.place_id not in release.unwanted_places
    ]
    slots = await booking.slots(tx, release.service_id, slot_ids=wanted)
    free = {slot.slot_id: slot.promised_free for slot in slots if slot.promised_free}
    if not free:
        return {}
    reserved = await _reserved_free(tx, release)
    shares: dict[tuple[str, str], int] = {}
    for place, seats in free.items():
        left = seats
        for draw_class in release.rules.classes:
            shares[place, draw_class] = min(reserved[place, draw_class], left)
            left -= shares[place, draw_class]
        shares[place, ""] = left
    return {key: seats for key, seats in shares.items() if seats > 0}


async def _reserved_free(tx: Transaction, release: Release) -> Counter[tuple[str, str]]:
    """Reserved seats that nobody holds now."""
    shares = Counter(await store.reserved_shares(tx, release=release))
    offered = await store.reserved_offers(tx, release=release)
    kept = await booking.seats_kept_among(
        tx, service_id=release.service_id, booking_ids=[row["booking_id"] for row in offered]
    )
    shares.subtract(Counter((row["place"], row["seat_class"]) for row in offered if row["booking_id"] in kept))
    return shares


async def _reachable(tx: Transaction, release: Release, *, now: datetime) -> list[Place]:
    listed = await places(tx, release)
    return [place for place in listed if model.is_reachable(place, rules=release.rules, now=now)]

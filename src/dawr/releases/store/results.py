"""What the draw gave, who is offered it, and who waits."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, many, maybe_one, one, run
from dawr.kernel.identifiers import PersonId
from dawr.releases.model import NextOffer, Offer, Ranked, Release, Waiting
from dawr.releases.store.rows import SQL


async def winners_without_offer(tx: Transaction, *, release: Release, count_max: int) -> list[NextOffer]:
    rows = await many(
        tx,
        SQL["winners_without_offer"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        count_max=count_max,
    )
    return [NextOffer(**row) for row in rows]


async def insert_offers(
    tx: Transaction,
    *,
    release: Release,
    offers: Sequence[NextOffer],
    booking_ids: dict[PersonId, BookingId],
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["insert_offers"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        ranks=[offer.rank for offer in offers],
        places=[offer.place for offer in offers],
        seat_classes=[offer.seat_class for offer in offers],
        person_ids=[offer.person_id for offer in offers],
        booking_ids=[booking_ids.get(offer.person_id) for offer in offers],
        now=now,
    )


async def mark_offered(tx: Transaction, *, release: Release, now: datetime) -> None:
    await run(tx, SQL["mark_offered"], service_id=release.service_id, draw_id=release.draw_id, now=now)


async def reserved_shares(tx: Transaction, *, release: Release) -> dict[tuple[str, str], int]:
    rows = await many(tx, SQL["reserved_shares"], service_id=release.service_id, draw_id=release.draw_id)
    return {(row["place"], row["seat_class"]): row["seats"] for row in rows}


async def reserved_offers(tx: Transaction, *, release: Release) -> list[DictRow]:
    return await many(tx, SQL["reserved_offers"], service_id=release.service_id, draw_id=release.draw_id)


async def waiting(
    tx: Transaction, *, release: Release, places: Sequence[str], draw_class: str, count_max: int
) -> list[Waiting]:
    """Who waits for any of these places, by rank: of one class, or anybody for the empty one."""
    rows = await many(
        tx,
        SQL["waiting"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        places=list(places),
        draw_class=draw_class,
        count_max=count_max,
    )
    return [Waiting(**row) for row in rows]


async def ranked(tx: Transaction, *, release: Release, label: str) -> Ranked | None:
    row = await maybe_one(tx, SQL["ranked"], service_id=release.service_id, draw_id=release.draw_id, label=label)
    return Ranked(**row) if row else None


async def ranked_page(tx: Transaction, *, release: Release, after: int, count_max: int) -> list[Ranked]:
    rows = await many(
        tx,
        SQL["ranked_page"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        after=after,
        count_max=count_max,
    )
    return [Ranked(**row) for row in rows]


async def result_counts(tx: Transaction, *, release: Release) -> tuple[int, int]:
    """How many have a place by the draw itself, and how many went on the waiting list."""
    row = await one(tx, SQL["result_counts"], service_id=release.service_id, draw_id=release.draw_id)
    return row["seated"], row["waiting"]


async def taken_before(tx: Transaction, *, release: Release, rank: int, places: Sequence[str]) -> dict[str, int]:
    """Open seats at these places that better ranks took."""
    rows = await many(
        tx,
        SQL["taken_before"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        rank=rank,
        places=list(places),
    )
    return {row["place"]: row["seats"] for row in rows}


async def reserved_in_all(tx: Transaction, *, release: Release) -> dict[str, int]:
    rows = await many(tx, SQL["reserved_in_all"], service_id=release.service_id, draw_id=release.draw_id)
    return {row["place"]: row["seats"] for row in rows}


async def offered_place(tx: Transaction, *, release: Release, rank: int) -> str | None:
    row = await maybe_one(tx, SQL["offered_place"], service_id=release.service_id, draw_id=release.draw_id, rank=rank)
    return row["place"] if row else None


async def offers_of(tx: Transaction, *, person_id: PersonId) -> list[Offer]:
    return [Offer(**row) for row in await many(tx, SQL["offers_of"], person_id=person_id)]


async def waiting_before(tx: Transaction, *, release: Release, rank: int) -> int | None:
    """How many on the waiting list are ahead of a rank and still wait; None for a rank that has a place."""
    row = await one(tx, SQL["waiting_before"], service_id=release.service_id, draw_id=release.draw_id, rank=rank)
    return None if row["people"] is None else int(row["people"])

"""An order against what is promised, on the real server: whichever comes first, the other one knows of it."""

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.capacity import actions
from dawr.catalogue import actions as catalogue
from dawr.catalogue import store
from dawr.catalogue.quota import QuotaOrder, QuotaOrderBreaksPromise
from dawr.db.pool import Pool, Transaction, transaction
from dawr.people.model import Role, RoleMissing
from dawr.settings import Settings
from dawr.web.session import Visitor
from tests.store.catalogue.officials import ARTICLE_18, HAWALLI, NOW, THURSDAY, load_kuwait, officer

SUNDAY = THURSDAY + timedelta(days=3)
SEATS = 40


def slot(day_on: date = THURSDAY) -> Slot:
    starts_at = NOW + (day_on - NOW.date())
    return Slot(
        service_id=ARTICLE_18,
        slot_id=SlotId(f"HAW-R-{day_on:%Y%m%d}-0900"),
        office_id=HAWALLI,
        day_on=day_on,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=SEATS,
    )


async def authority(tx: Transaction, settings: Settings) -> Visitor:
    await load_kuwait(tx)
    await booking.publish_slots(tx, slots=[slot(), slot(SUNDAY)], now=NOW)
    return await officer(tx, Role.AUTHORITY, settings=settings)


async def order(tx: Transaction, visitor: Visitor, settings: Settings, **changes: Any) -> QuotaOrder:
    wanted: dict[str, Any] = {"people_a_day": SEATS - 1, "from_on": THURSDAY, "decision": "قرار 12", "now": NOW}
    return await actions.order_quota(tx, visitor, settings=settings, service_id=ARTICLE_18, **(wanted | changes))


async def promise(tx: Transaction, day_on: date = THURSDAY) -> list[Slot]:
    """As a draw does it when it is announced."""
    quotas = await catalogue.hold_quotas(tx, ARTICLE_18, days_on=[day_on])
    return await booking.promise_seats(tx, ARTICLE_18, slot_ids=[slot(day_on).slot_id], quotas=quotas)


async def test_seats_promised_before_an_order_are_kept_and_the_order_says_when_it_may_begin(
    tx: Transaction, settings: Settings
) -> None:
    visitor = await authority(tx, settings)
    await promise(tx)
    with pytest.raises(QuotaOrderBreaksPromise) as refused:
        await order(tx, visitor, settings)
    assert refused.value.facts["begins_on"] == (THURSDAY + timedelta(days=1)).isoformat()
    with pytest.raises(QuotaOrderBreaksPromise):
        await actions.preview_quota_order(
            tx, visitor, service_id=ARTICLE_18, people_a_day=0, from_on=THURSDAY, decision="قرار 12", now=NOW
        )
    given = await order(tx, visitor, settings, from_on=THURSDAY + timedelta(days=1))
    assert await catalogue.quota_orders(tx, ARTICLE_18) == [given]


async def test_the_preview_counts_what_is_promised_and_gives_nothing(tx: Transaction, settings: Settings) -> None:
    visitor = await authority(tx, settings)
    await promise(tx)
    draft, promised = await actions.preview_quota_order(
        tx, visitor, service_id=ARTICLE_18, people_a_day=SEATS, from_on=THURSDAY, decision="قرار 12", now=NOW
    )
    assert (draft.signature, promised) == ("", {THURSDAY: SEATS})
    assert await catalogue.quota_orders(tx, ARTICLE_18) == []


async def test_an_order_binds_every_published_day_at_once(tx: Transaction, settings: Settings) -> None:
    visitor = await authority(tx, settings)
    assert await booking.quota_left(tx, ARTICLE_18, days_on=[THURSDAY, SUNDAY]) == {}
    await order(tx, visitor, settings)
    assert await booking.quota_left(tx, ARTICLE_18, days_on=[THURSDAY, SUNDAY]) == {THURSDAY: 39, SUNDAY: 39}
    await order(tx, visitor, settings, people_a_day=10, from_on=SUNDAY)
    assert await booking.quota_left(tx, ARTICLE_18, days_on=[THURSDAY, SUNDAY]) == {THURSDAY: 39, SUNDAY: 10}


async def test_whoever_may_not_order_holds_nothing_up(tx: Transaction, settings: Settings) -> None:
    await authority(tx, settings)
    operator = await officer(tx, Role.OPERATOR, settings=settings, civil_number="292091998298")
    with pytest.raises(RoleMissing):
        await order(tx, operator, settings)


async def ordered_while_a_draw_is_announced(pool: Pool, settings: Settings) -> tuple[int, int | None]:
    """Seats promised on Thursday under the number read before, and the number that an order has put in its place."""
    async with transaction(pool) as tx:
        visitor = await authority(tx, settings)
    async with transaction(pool) as announcing:
        quotas = await catalogue.hold_quotas(announcing, ARTICLE_18, days_on=[THURSDAY])
        with suppress(LockNotAvailable):
            async with transaction(pool) as ordering:
                await ordering.execute("set local lock_timeout = '200ms'")
                await order(ordering, visitor, settings)
        await booking.promise_seats(announcing, ARTICLE_18, slot_ids=[slot().slot_id], quotas=quotas)
    async with transaction(pool) as tx:
        spoken_for = await booking.seats_spoken_for(tx, ARTICLE_18, days_on=[THURSDAY])
        return spoken_for[THURSDAY], await catalogue.quota_on(tx, ARTICLE_18, day_on=THURSDAY)


async def test_an_order_waits_for_the_draw_that_has_read_the_number(pool: Pool, settings: Settings) -> None:
    assert await ordered_while_a_draw_is_announced(pool, settings) == (SEATS, None)


async def test_without_the_lock_a_draw_promises_forty_under_an_order_of_thirty_nine(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = {name: text.replace("for share", "") for name, text in store.SQL.items()}
    monkeypatch.setattr(store, "SQL", unlocked)
    assert await ordered_while_a_draw_is_announced(pool, settings) == (SEATS, SEATS - 1)


async def test_a_draw_waits_for_the_order_that_counts_the_promises(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        visitor = await authority(tx, settings)
    async with transaction(pool) as ordering:
        await order(ordering, visitor, settings)
        async with transaction(pool) as announcing:
            await announcing.execute("set local lock_timeout = '200ms'")
            with pytest.raises(LockNotAvailable):
                await catalogue.hold_quotas(announcing, ARTICLE_18, days_on=[THURSDAY])
    async with transaction(pool) as announcing:
        assert await catalogue.hold_quotas(announcing, ARTICLE_18, days_on=[THURSDAY]) == {THURSDAY: SEATS - 1}


async def test_orders_and_promises_in_one_moment_never_wait_in_a_circle(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        visitor = await authority(tx, settings)
        days_on = [THURSDAY + timedelta(days=number) for number in range(3, 13)]
        await booking.publish_slots(tx, slots=[slot(day_on) for day_on in days_on], now=NOW)

    async def promise_alone(day_on: date) -> None:
        async with transaction(pool) as tx:
            await promise(tx, day_on)

    async def order_alone(from_on: date) -> None:
        async with transaction(pool) as tx:
            await order(tx, visitor, settings, people_a_day=SEATS, from_on=from_on)

    outcomes = await asyncio.gather(
        *(promise_alone(day_on) for day_on in days_on),
        *(order_alone(day_on) for day_on in days_on),
        return_exceptions=True,
    )
    assert [outcome for outcome in outcomes if outcome is not None] == []
    async with transaction(pool) as tx:
        assert set((await booking.quota_left(tx, ARTICLE_18, days_on=days_on)).values()) == {SEATS}
        assert set((await booking.seats_spoken_for(tx, ARTICLE_18, days_on=days_on)).values()) == {SEATS}

"""Races on the real server, each with its guard taken away once to show that the fault would appear."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import timedelta

import psycopg
import pytest

from dawr.booking import actions
from dawr.booking.model import Booking, BookingState, SlotId
from dawr.db.pool import Pool, transaction
from dawr.kernel.refusal import Refusal
from tests.store.booking.slots import (
    HALF_PAST,
    NINE,
    NOW,
    SERVICE,
    THURSDAY,
    UNTIL,
    bind,
    cancel,
    confirm,
    one_offer,
    people,
    publish,
    slot,
)

QUOTA = 50


async def _all(attempts: Iterable[Awaitable[object]]) -> list[str]:
    """The codes of the refusals; anything else than a Refusal is a failure of the test."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
            raise outcome
    return [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]


async def _as_owner(database_url: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(statement.encode())


async def _offer_alone(pool: Pool, slot_id: SlotId, *, count: int = 1) -> None:
    wanted = [(person_id, slot_id) for person_id in people(count)]
    async with transaction(pool) as tx:
        await actions.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=UNTIL, now=NOW)


async def _seats(pool: Pool) -> tuple[int, int]:
    """Live bookings as they stand, and what the quota believes."""
    async with transaction(pool) as tx:
        booked = await (await tx.execute("select count(*) as n from booking.booking")).fetchone()
        left = await actions.quota_left(tx, SERVICE, days_on=[THURSDAY])
    assert booked is not None
    return booked["n"], QUOTA - left[THURSDAY]


async def _ten_slots_bound_to_fifty(pool: Pool) -> list[SlotId]:
    slots = [slot(SlotId(f"HAW-{number}"), seats=10, minute=number) for number in range(10)]
    async with transaction(pool) as tx:
        await publish(tx, *slots)
        await bind(tx, QUOTA, *(each.slot_id for each in slots))
    return [each.slot_id for each in slots]


async def test_never_fifty_one_of_fifty(pool: Pool) -> None:
    slot_ids = await _ten_slots_bound_to_fifty(pool)
    refused = await _all(_offer_alone(pool, slot_ids[number % 10], count=2) for number in range(40))
    assert refused == ["booking.quota_exceeded"] * 15
    assert await _seats(pool) == (50, 50)


async def test_without_the_constraint_it_would_be_eighty(pool: Pool, database_url: str) -> None:
    slot_ids = await _ten_slots_bound_to_fifty(pool)
    await _as_owner(database_url, "alter table booking.daily_quota drop constraint quota_never_exceeded")
    refused = await _all(_offer_alone(pool, slot_ids[number % 10], count=2) for number in range(40))
    assert refused == []
    assert await _seats(pool) == (80, 80)


async def test_a_hot_slot_gives_its_seats_and_no_more(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=7))
    refused = await _all(_offer_alone(pool, NINE) for _ in range(40))
    assert refused == ["booking.slot_full"] * 33
    async with transaction(pool) as tx:
        assert (await actions.slot(tx, SERVICE, NINE)).taken == 7


async def test_a_hot_slot_without_its_constraint_is_overfilled(pool: Pool, database_url: str) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=7))
    await _as_owner(database_url, "alter table booking.slot drop constraint slot_never_overfilled")
    assert await _all(_offer_alone(pool, NINE) for _ in range(40)) == []
    async with transaction(pool) as tx:
        assert (await actions.slot(tx, SERVICE, NINE)).taken == 40


async def test_days_and_slots_in_any_order_never_wait_in_a_circle(pool: Pool) -> None:
    days_on = [THURSDAY + timedelta(days=number) for number in range(4)]
    slots = [
        slot(SlotId(f"HAW-{number}-{day_on}"), seats=1000, day_on=day_on) for day_on in days_on for number in range(3)
    ]
    async with transaction(pool) as tx:
        await publish(tx, *slots)
        quotas = dict.fromkeys(days_on, 3000)
        await actions.promise_seats(tx, SERVICE, slot_ids=[each.slot_id for each in slots], quotas=quotas)
    crowd = people(12)

    async def offer_and_cancel(turn: int) -> None:
        order = slots[turn:] + slots[:turn]
        wanted = [(crowd[(number + turn) % 12], each.slot_id) for number, each in enumerate(order)]
        async with transaction(pool) as tx:
            mine = await actions.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=UNTIL, now=NOW)
        for person_id, booking_id in mine.items():
            async with transaction(pool) as tx:
                await actions.cancel(tx, service_id=SERVICE, booking_id=booking_id, person_id=person_id, now=NOW)

    assert await _all(offer_and_cancel(turn % 12) for turn in range(24)) == []
    async with transaction(pool) as tx:
        assert set((await actions.quota_left(tx, SERVICE, days_on=days_on)).values()) == {3000}


async def test_a_day_bound_while_seats_are_given_counts_them_all(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=40), slot(HALF_PAST, seats=40, minute=30))

    async def bind_alone() -> None:
        async with transaction(pool) as tx:
            await bind(tx, 100)

    await _all([*(_offer_alone(pool, NINE if number % 2 else HALF_PAST) for number in range(30)), bind_alone()])
    async with transaction(pool) as tx:
        assert await actions.quota_left(tx, SERVICE, days_on=[THURSDAY]) == {THURSDAY: 70}


async def _offered(pool: Pool) -> Booking:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=5))
        await bind(tx, QUOTA)
        return await one_offer(tx)


async def _confirm_alone(pool: Pool, offered: Booking) -> None:
    async with transaction(pool) as tx:
        await confirm(tx, offered, now=UNTIL - timedelta(seconds=1))


async def _cancel_alone(pool: Pool, held: Booking) -> None:
    async with transaction(pool) as tx:
        await cancel(tx, held)


async def _lapse_alone(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await actions.lapse_offers(tx, now=UNTIL)


async def _state(pool: Pool, of: Booking) -> tuple[BookingState, int, int]:
    """Its state, the seats taken in its slot, and what the quota believes."""
    async with transaction(pool) as tx:
        left = await actions.quota_left(tx, SERVICE, days_on=[THURSDAY])
        taken = (await actions.slot(tx, SERVICE, NINE)).taken
        return (await actions.booking(tx, SERVICE, of.booking_id)).state, taken, QUOTA - left[THURSDAY]


async def test_two_confirms_at_once_are_one(pool: Pool) -> None:
    offered = await _offered(pool)
    assert await _all(_confirm_alone(pool, offered) for _ in range(8)) == []
    assert await _state(pool, offered) == (BookingState.CONFIRMED, 1, 1)
    async with transaction(pool) as tx:
        statement = "select count(*) as n from transparency.entry where leaf like '%%booking.made%%'"
        row = await (await tx.execute(statement)).fetchone()
    assert row is not None
    assert row["n"] == 1


async def test_confirm_against_lapse_is_one_or_the_other(pool: Pool) -> None:
    for _ in range(10):
        offered = await _offered_again(pool)
        refused = await _all([_confirm_alone(pool, offered), _lapse_alone(pool), _lapse_alone(pool)])
        state, taken, counted = await _state(pool, offered)
        assert taken == counted == (1 if state is BookingState.CONFIRMED else 0)
        assert refused == ([] if state is BookingState.CONFIRMED else ["booking.offer_ended"])
        if state is BookingState.CONFIRMED:
            await _cancel_alone(pool, offered)


async def test_cancel_against_lapse_gives_the_seat_back_once(pool: Pool) -> None:
    for _ in range(10):
        offered = await _offered_again(pool)
        attempts = [_cancel_alone(pool, offered), _lapse_alone(pool), _cancel_alone(pool, offered), _lapse_alone(pool)]
        refused = await _all(attempts)
        state, taken, counted = await _state(pool, offered)
        assert state in (BookingState.CANCELLED, BookingState.LAPSED)
        assert taken == counted == 0
        assert set(refused) == {"booking.not_live"}


async def _offered_again(pool: Pool) -> Booking:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=5))
        if not (await actions.slot(tx, SERVICE, NINE)).promised:
            await bind(tx, QUOTA)
        return await one_offer(tx)


async def test_one_person_offered_everywhere_at_once_gets_one_turn(pool: Pool) -> None:
    slot_ids = await _ten_slots_bound_to_fifty(pool)
    (person_id,) = people(1)

    async def offer_alone(slot_id: SlotId) -> None:
        async with transaction(pool) as tx:
            await actions.offer_seats(tx, service_id=SERVICE, wanted=[(person_id, slot_id)], until=UNTIL, now=NOW)

    assert await _all(offer_alone(slot_id) for slot_id in slot_ids) == []
    assert await _seats(pool) == (1, 1)


@pytest.mark.parametrize("promised_first", [NINE, HALF_PAST])
async def test_one_slot_is_not_promised_to_two_draws_at_once(pool: Pool, promised_first: SlotId) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(), slot(HALF_PAST, minute=30))

    async def promise(*slot_ids: SlotId) -> None:
        async with transaction(pool) as tx:
            await bind(tx, 100, *slot_ids)

    refused = await _all([promise(promised_first), promise(NINE, HALF_PAST), promise(HALF_PAST, NINE)])
    assert refused in (["booking.slot_promised"] * 2, ["booking.slot_promised"])

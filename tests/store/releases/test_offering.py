"""Offers after a draw: winners first, then seat by seat down the waiting list, and nothing freed is ever shown."""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest

from dawr.booking import actions as booking
from dawr.booking.model import Booking, BookingState
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId
from dawr.releases import actions
from dawr.releases.actions import offering
from dawr.releases.actions.drawing import freeze
from dawr.releases.entry_line import read_entry_line
from dawr.releases.model import DrawId, Release, Stage, Wish, stage_of
from tests.store.releases.invented_draw import (
    CONFIRM,
    DRAW,
    DRAWS_AT,
    ENTERS_AT,
    FAR_NINE,
    HALF_PAST,
    IN_FARWANIYA,
    IN_HAWALLI,
    MOVES_UNTIL,
    NINE,
    SERVICE,
    TEN,
    TRAVEL,
    Draws,
    person,
    slot,
)

LAPSED_AT = DRAWS_AT + CONFIRM
NEXT = DrawId("KW-MOI/18/2027-02-02")


async def _people_by_rank(tx: Transaction) -> list[PersonId]:
    statement = """
    select person_id from releases.entrant inner join releases.result using (service_id, draw_id, label) order by rank
    """
    return [row["person_id"] for row in await (await tx.execute(statement)).fetchall()]


async def _turn(tx: Transaction, person_id: PersonId) -> Booking:
    """The newest booking of a person."""
    return (await booking.bookings_of(tx, person_id))[0]


async def _live(tx: Transaction) -> set[PersonId]:
    rows = await (
        await tx.execute("select person_id from booking.booking where state in ('offered', 'confirmed')")
    ).fetchall()
    return {row["person_id"] for row in rows}


async def _confirm(tx: Transaction, held: Booking, *, now: datetime = DRAWS_AT) -> None:
    await booking.confirm(tx, service_id=SERVICE, booking_id=held.booking_id, person_id=held.person_id, now=now)


async def _cancel(tx: Transaction, held: Booking, *, now: datetime = DRAWS_AT) -> None:
    await booking.cancel(tx, service_id=SERVICE, booking_id=held.booking_id, person_id=held.person_id, now=now)


async def _drawn(tx: Transaction, draws: Draws, *, seats: int = 2, count: int = 6) -> list[PersonId]:
    """People in the order of rank after a draw of `seats` at nine, offered to the winners."""
    await draws.announce(tx, {NINE: seats})
    for _ in range(count):
        await draws.enter(tx)
    await draws.run(tx)
    return await _people_by_rank(tx)


async def test_every_winner_is_offered_his_place_until_the_published_time(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws)
    assert await _live(tx) == set(ranked[:2])
    for person_id in ranked[:2]:
        turn = await _turn(tx, person_id)
        assert (turn.slot_id, turn.state, turn.offered_until) == (NINE, BookingState.OFFERED, LAPSED_AT)
    release = await actions.release(tx, SERVICE, DRAW)
    assert stage_of(release, now=DRAWS_AT) is Stage.MOVING
    (offer,) = await actions.offers_of(tx, ranked[0])
    assert (offer.draw_id, offer.rank, offer.place) == (DRAW, 1, NINE)


async def test_winners_are_offered_in_chunks_each_in_its_own_step(
    tx: Transaction, draws: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "OFFERS_AT_ONCE", 3)
    await draws.announce(tx, {NINE: 7})
    for _ in range(9):
        await draws.enter(tx)
    await draws.freeze(tx)
    await draws.draw(tx)
    counts = []
    more = True
    while more:
        more = await offering.advance_release(tx, service_id=SERVICE, draw_id=DRAW, now=DRAWS_AT)
        counts.append(len(await _live(tx)))
    assert counts == [3, 6, 7, 7]
    assert await _live(tx) == set((await _people_by_rank(tx))[:7])


async def test_a_seat_that_lapses_goes_to_the_first_who_waits(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws)
    await _confirm(tx, await _turn(tx, ranked[0]))
    await draws.offer(tx, now=LAPSED_AT - timedelta(seconds=1))
    assert await _live(tx) == set(ranked[:2])
    await draws.offer(tx, now=LAPSED_AT)
    assert await _live(tx) == {ranked[0], ranked[2]}
    assert (await _turn(tx, ranked[1])).state is BookingState.LAPSED
    assert (await _turn(tx, ranked[2])).offered_until == LAPSED_AT + CONFIRM


async def test_a_cancelled_seat_goes_on_and_nobody_is_offered_twice(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=1, count=4)
    for position in range(4):
        assert await _live(tx) == {ranked[position]}
        await _cancel(tx, await _turn(tx, ranked[position]))
        await draws.offer(tx)
    assert await _live(tx) == set()
    assert (await booking.slot(tx, SERVICE, NINE)).taken == 0


async def test_a_place_goes_to_the_first_who_wants_that_place(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 1})
    wishes: dict[PersonId, list[Wish]] = {}
    for number in range(10):
        person_id = person()
        wishes[person_id] = [IN_HAWALLI] if number % 2 else [IN_FARWANIYA]
        await draws.enter(tx, person_id, wishes=wishes[person_id])
    await draws.run(tx)
    ranked = await _people_by_rank(tx)
    far = [person_id for person_id in ranked if wishes[person_id] == [IN_FARWANIYA]]
    assert await _turn(tx, far[0])
    await _cancel(tx, await _turn(tx, far[0]))
    await draws.offer(tx)
    assert (await _turn(tx, far[1])).slot_id == FAR_NINE
    assert len(await _live(tx)) == 2


async def test_a_reserved_seat_goes_to_its_class_first_and_then_to_all(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 3}, reserved={NINE: {"medical": 1}})
    medical = [person() for _ in range(3)]
    for person_id in medical:
        await draws.grant(tx, person_id)
        await draws.enter(tx, person_id, draw_class="medical", wishes=[IN_HAWALLI])
    for _ in range(12):
        await draws.enter(tx, wishes=[IN_HAWALLI])
    await draws.run(tx)
    ranked = await _people_by_rank(tx)
    waiting = [person_id for person_id in ranked if person_id not in await _live(tx)]
    reserved = await (await tx.execute("select person_id from releases.offer where seat_class = 'medical'")).fetchone()
    assert reserved is not None
    holder = reserved["person_id"]
    assert holder in medical
    while any(person_id in medical for person_id in waiting):
        first = next(person_id for person_id in waiting if person_id in medical)
        await _cancel(tx, await _turn(tx, holder))
        await draws.offer(tx)
        assert first in await _live(tx), "the reserved seat goes to its class before any better rank"
        waiting.remove(first)
        holder = first
    await _cancel(tx, await _turn(tx, holder))
    await draws.offer(tx)
    assert waiting[0] in await _live(tx), "with nobody left in the class the best rank gets it"


async def test_an_open_seat_goes_by_rank_whatever_the_class(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 2}, reserved={NINE: {"medical": 1}})
    medical = person()
    await draws.grant(tx, medical)
    await draws.enter(tx, medical, draw_class="medical")
    for _ in range(6):
        await draws.enter(tx)
    await draws.run(tx)
    ranked = await _people_by_rank(tx)
    others = [person_id for person_id in ranked if person_id != medical]
    await _cancel(tx, await _turn(tx, others[0]))
    await draws.offer(tx)
    assert await _live(tx) == {medical, others[1]}


async def test_a_winner_with_a_turn_already_is_passed_over_and_his_seat_goes_on(tx: Transaction, draws: Draws) -> None:
    await draws.publish(tx, {TEN: 5})
    await draws.announce(tx, {NINE: 2})
    for _ in range(5):
        await draws.enter(tx)
    await draws.freeze(tx)
    await draws.draw(tx)
    ranked = await _people_by_rank(tx)
    await booking.offer_seats(tx, service_id=SERVICE, wanted=[(ranked[0], TEN)], until=MOVES_UNTIL, now=DRAWS_AT)
    await draws.offer(tx)
    await draws.offer(tx)
    assert await _live(tx) == set(ranked[:3])
    assert (await _turn(tx, ranked[0])).slot_id == TEN
    (offer,) = await actions.offers_of(tx, ranked[0])
    assert offer.booking_id is None


async def test_nobody_is_offered_a_turn_that_he_could_not_reach(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=1)
    starts_at = slot(NINE, seats=1).starts_at
    last = starts_at - TRAVEL - timedelta(minutes=10)
    await _confirm(tx, await _turn(tx, ranked[0]))
    await _cancel(tx, await _turn(tx, ranked[0]))
    await tx.execute("savepoint before")
    await draws.offer(tx, now=last + timedelta(seconds=1))
    assert await _live(tx) == set()
    await tx.execute("rollback to before")
    await draws.offer(tx, now=last)
    turn = await _turn(tx, ranked[1])
    assert turn.offered_until == starts_at - TRAVEL


async def test_a_draw_held_up_beyond_its_turns_offers_none_of_them(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, TEN: 1})
    for _ in range(2):
        await draws.enter(tx)
    await draws.freeze(tx)
    await draws.draw(tx)
    late = slot(NINE, seats=1).starts_at - TRAVEL
    await draws.offer(tx, now=late)
    live = await _live(tx)
    assert len(live) == 1
    assert (await _turn(tx, live.pop())).slot_id == TEN


async def test_seats_added_later_are_not_given_beyond_what_was_announced(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=2)
    await draws.publish(tx, {NINE: 9})
    await draws.offer(tx)
    assert await _live(tx) == set(ranked[:2])


async def test_a_release_closes_at_its_end_and_its_slots_are_free_for_the_next(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws)
    await _cancel(tx, await _turn(tx, ranked[0]))
    await draws.offer(tx, now=MOVES_UNTIL)
    release = await actions.release(tx, SERVICE, DRAW)
    assert stage_of(release, now=MOVES_UNTIL) is Stage.CLOSED
    assert ranked[2] not in await _live(tx)
    found = await booking.slot(tx, SERVICE, NINE)
    assert (found.promised, found.promised_free) == (0, 0)
    assert await _live(tx) == set(), "the other offer has lapsed, and nobody is offered its seat"


async def test_who_gets_a_seat_from_the_waiting_list_has_his_losses_forgotten(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=1, count=3)
    await draws.announce(tx, {HALF_PAST: 1}, draw_id=NEXT, later=timedelta(days=1))
    await draws.offer(tx, now=LAPSED_AT)
    await draws.offer(tx, now=LAPSED_AT + CONFIRM)
    assert (await _turn(tx, ranked[1])).state is BookingState.LAPSED
    entered = ENTERS_AT + timedelta(days=1)
    helped = await draws.enter(tx, ranked[1], draw_id=NEXT, now=entered)
    assert read_entry_line(helped.line.encode()).credit == 0


async def test_who_only_waited_carries_his_loss_into_the_next_draw(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=1, count=3)
    await draws.announce(tx, {HALF_PAST: 1}, draw_id=NEXT, later=timedelta(days=1))
    waited = await draws.enter(tx, ranked[2], draw_id=NEXT, now=ENTERS_AT + timedelta(days=1))
    assert read_entry_line(waited.line.encode()).credit == 1


async def test_places_that_nobody_waits_for_are_asked_about_once(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 3})
    for _ in range(3):
        await draws.enter(tx, wishes=[IN_HAWALLI])
    await draws.run(tx)
    await draws.offer(tx)
    assert list((await actions.release(tx, SERVICE, DRAW)).unwanted_places) == [FAR_NINE]
    ranked = await _people_by_rank(tx)
    await _cancel(tx, await _turn(tx, ranked[0]))
    await draws.offer(tx)
    assert await _live(tx) == {ranked[1]}


async def test_seats_that_nobody_waits_for_are_left_over_while_the_others_stay_promised(
    tx: Transaction, draws: Draws
) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 3})
    for _ in range(3):
        await draws.enter(tx, wishes=[IN_HAWALLI])
    await draws.run(tx)
    await draws.offer(tx)
    far, near = await booking.slot(tx, SERVICE, FAR_NINE), await booking.slot(tx, SERVICE, NINE)
    assert (far.is_left_over, far.promised) == (True, 0)
    assert (near.is_left_over, near.promised) == (False, 1)


async def test_a_seat_to_which_nobody_could_come_in_time_any_more_is_left_over(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws, seats=1, count=3)
    await _cancel(tx, await _turn(tx, ranked[0]))
    starts_at = (await booking.slot(tx, SERVICE, NINE)).starts_at
    reach = TRAVEL + timedelta(minutes=10)
    last = starts_at - reach
    await draws.offer(tx, now=last)
    assert not (await booking.slot(tx, SERVICE, NINE)).is_left_over
    await draws.offer(tx, now=last + timedelta(seconds=1))
    assert (await booking.slot(tx, SERVICE, NINE)).is_left_over


async def test_a_closing_draw_leaves_alone_what_another_was_promised_meanwhile(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 3})
    await draws.enter(tx, wishes=[IN_HAWALLI])
    await draws.run(tx)
    await draws.offer(tx)
    await booking.promise_seats(tx, SERVICE, slot_ids=[FAR_NINE], quotas={})
    await draws.offer(tx, now=MOVES_UNTIL)
    assert (await booking.slot(tx, SERVICE, FAR_NINE)).promised == 3
    assert (await booking.slot(tx, SERVICE, NINE)).is_left_over


async def _public(tx: Transaction, release: Release) -> list[object]:
    """Everything about a release that anybody may see."""
    return [
        await actions.draw_record_of(tx, release),
        [chunk async for chunk in actions.bundle_lines(tx, release)],
        [chunk async for chunk in actions.result_chunks(tx, release)],
        await actions.places(tx, release),
        await actions.demand(tx, release, now=DRAWS_AT),
        await actions.ranked_page(tx, release, after=0, count_max=50),
        await actions.rounds(tx, release),
        await actions.all_releases(tx),
        (await actions.view_result(tx, release, after=0, count_max=50)),
    ]


async def test_a_freed_seat_is_never_shown_to_whoever_looks(tx: Transaction, draws: Draws) -> None:
    ranked = await _drawn(tx, draws)
    release = await actions.release(tx, SERVICE, DRAW)
    before = await _public(tx, release)
    await _cancel(tx, await _turn(tx, ranked[0]))
    assert await _public(tx, release) == before
    await draws.offer(tx)
    assert await _public(tx, await actions.release(tx, SERVICE, DRAW)) == before
    leaves = await (await tx.execute("select leaf from transparency.entry")).fetchall()
    told = [row["leaf"] for row in leaves if "booking" in row["leaf"]]
    assert told
    assert not any(NINE in leaf or SERVICE in leaf for leaf in told), "the log keeps a commitment alone"


async def test_one_release_that_cannot_move_does_not_hold_up_the_others(
    pool: Pool, standing_draws: Draws, database_url: str
) -> None:
    async with transaction(pool) as tx:
        await standing_draws.announce(tx, {NINE: 2})
        await standing_draws.announce(tx, {HALF_PAST: 1}, draw_id=NEXT)
        for draw_id in (DRAW, NEXT):
            for _ in range(3):
                await standing_draws.enter(tx, draw_id=draw_id)
            await standing_draws.freeze(tx, draw_id=draw_id)
            await standing_draws.draw(tx, draw_id=draw_id)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("update booking.slot set seats = 1, promised = 1 where slot_id = %s", (NINE,))
    await actions.advance_offers(pool, now=DRAWS_AT)
    async with transaction(pool) as tx:
        assert (await booking.slot(tx, SERVICE, NINE)).taken == 0
        assert (await booking.slot(tx, SERVICE, HALF_PAST)).taken == 1


async def test_workers_at_once_move_a_waiting_list_as_one_would(pool: Pool, standing_draws: Draws) -> None:
    async with transaction(pool) as tx:
        await standing_draws.announce(tx, {NINE: 6})
        for _ in range(20):
            await standing_draws.enter(tx)
        await freeze(tx, service_id=SERVICE, draw_id=DRAW, now=DRAWS_AT)
        await standing_draws.draw(tx)
    await asyncio.gather(*(actions.advance_offers(pool, now=DRAWS_AT) for _ in range(4)))
    async with transaction(pool) as tx:
        ranked = await _people_by_rank(tx)
        assert await _live(tx) == set(ranked[:6])
        turns = [await _turn(tx, person_id) for person_id in ranked[:4]]

    async def cancel(turn: Booking) -> None:
        async with transaction(pool) as tx:
            await _cancel(tx, turn)

    await asyncio.gather(
        *(cancel(turn) for turn in turns), *(actions.advance_offers(pool, now=DRAWS_AT) for _ in range(4))
    )
    await actions.advance_offers(pool, now=DRAWS_AT)
    async with transaction(pool) as tx:
        assert await _live(tx) == set(ranked[4:10])
        assert (await booking.slot(tx, SERVICE, NINE)).taken == 6

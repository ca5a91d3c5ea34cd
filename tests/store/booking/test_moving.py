"""A turn that is moved: where it may go, what is counted, what the log says, and what no statement can do."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import psycopg
import pytest

from dawr.booking import actions, store
from dawr.booking.model import (
    Booking,
    BookingId,
    BookingState,
    MovedTooOften,
    NotLive,
    QuotaExceeded,
    SeatWaitedFor,
    SlotBegun,
    SlotFull,
    SlotId,
    Wanted,
)
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.transparency import actions as transparency
from dawr.transparency.leaf import opens
from tests.store.booking.slots import (
    HALF_PAST,
    NINE,
    NOW,
    SERVICE,
    THURSDAY,
    bind,
    cancel,
    confirmed,
    forbidden,
    one_offer,
    people,
    publish,
    quota_taken,
    refused_by,
    slot,
    taken,
)

FRIDAY = THURSDAY + timedelta(days=1)
ON_FRIDAY = SlotId("HAW-20270205-0900")
TEN = SlotId("HAW-20270204-1000")
INSERT_MOVE = """
insert into booking.move
(service_id, booking_id, number, from_slot_id, to_slot_id, moved_at, log_entry_id, log_salt)
values ('KW-MOI/18', %s, %s, %s, %s, now(), 1, 'x')
"""


async def move(tx: Transaction, held: Booking, slot_id: SlotId = HALF_PAST) -> Booking:
    return await actions.move(tx, service_id=SERVICE, booking_id=held.booking_id, slot_id=slot_id, now=NOW)


async def leave_over(tx: Transaction, *slot_ids: SlotId) -> None:
    await actions.end_promise(tx, SERVICE, slot_ids=slot_ids)


async def two_slots(tx: Transaction, *, seats: int = 1) -> Booking:
    """A confirmed turn at nine, and seats left over at half past."""
    await publish(tx, slot(), slot(HALF_PAST, seats=seats, minute=30))
    held = await confirmed(tx)
    await leave_over(tx, HALF_PAST)
    return held


async def test_a_moved_turn_takes_its_new_seat_and_gives_back_the_old_one(tx: Transaction) -> None:
    held = await two_slots(tx)
    moved = await move(tx, held)
    assert (moved.slot_id, moved.starts_at) == (HALF_PAST, held.starts_at + timedelta(minutes=30))
    assert (moved.booking_id, moved.reference, moved.state) == (held.booking_id, held.reference, held.state)
    assert (await taken(tx), await taken(tx, HALF_PAST)) == (0, 1)
    [turn] = await actions.turns_held(tx, service_id=SERVICE, person_id=held.person_id)
    assert turn.is_live


async def test_moving_to_where_it_is_changes_nothing(tx: Transaction) -> None:
    moved = await move(tx, await two_slots(tx))
    again = await move(tx, moved)
    assert again == moved
    assert len(await actions.moves_of(tx, again)) == 1
    assert await taken(tx, HALF_PAST) == 1


async def test_nobody_moves_ahead_of_those_who_may_still_wait(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    held = await confirmed(tx)
    with pytest.raises(SeatWaitedFor):
        await move(tx, held)
    await bind(tx, 10, HALF_PAST)
    with pytest.raises(SeatWaitedFor):
        await move(tx, held)
    await leave_over(tx, HALF_PAST)
    assert (await move(tx, held)).slot_id == HALF_PAST


async def test_a_full_slot_and_one_that_has_begun_are_refused(tx: Transaction) -> None:
    held = await two_slots(tx)
    await move(tx, await confirmed(tx))
    with pytest.raises(SlotFull):
        await move(tx, held)
    begun = held.starts_at + timedelta(minutes=30)
    with pytest.raises(SlotBegun):
        await actions.move(tx, service_id=SERVICE, booking_id=held.booking_id, slot_id=HALF_PAST, now=begun)
    with pytest.raises(NotFound):
        await move(tx, held, SlotId("HAW-NEVER"))


async def test_a_turn_that_was_missed_is_moved_and_not_lost(tx: Transaction) -> None:
    held = await two_slots(tx)
    late = held.starts_at + timedelta(minutes=10)
    moved = await actions.move(tx, service_id=SERVICE, booking_id=held.booking_id, slot_id=HALF_PAST, now=late)
    assert moved.state is BookingState.CONFIRMED


@pytest.mark.parametrize(("seats", "is_left_over"), [(1, True), (3, False)])
async def test_seats_that_are_added_to_what_was_left_over_are_not_left_over(
    tx: Transaction, *, seats: int, is_left_over: bool
) -> None:
    await publish(tx, slot(seats=2))
    await leave_over(tx, NINE)
    await publish(tx, slot(seats=seats))
    standing = await actions.slot(tx, SERVICE, NINE)
    assert (standing.seats, standing.is_left_over) == (seats, is_left_over)


async def test_an_offer_and_an_ended_turn_are_not_moved(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    await leave_over(tx, HALF_PAST)
    with pytest.raises(NotLive):
        await move(tx, await one_offer(tx))
    ended = await cancel(tx, await confirmed(tx))
    with pytest.raises(NotLive):
        await move(tx, ended)


async def test_a_turn_moves_three_times_and_not_a_fourth(tx: Transaction) -> None:
    held = await two_slots(tx)
    await publish(tx, slot(TEN, minute=45))
    await leave_over(tx, NINE, TEN)
    for slot_id in (HALF_PAST, TEN, NINE):
        held = await move(tx, held, slot_id)
    with pytest.raises(MovedTooOften):
        await move(tx, held)
    assert [each.to_slot_id for each in await actions.moves_of(tx, held)] == [HALF_PAST, TEN, NINE]
    assert (await taken(tx), await taken(tx, HALF_PAST), await taken(tx, TEN)) == (1, 0, 0)


async def test_a_move_to_another_day_counts_in_that_day(tx: Transaction) -> None:
    await publish(tx, slot(), slot(ON_FRIDAY, day_on=FRIDAY))
    await bind(tx, 5)
    await bind(tx, 1, ON_FRIDAY, day_on=FRIDAY)
    held, late = await confirmed(tx), await confirmed(tx)
    await leave_over(tx, ON_FRIDAY)
    await move(tx, held, ON_FRIDAY)
    assert await quota_taken(tx, quota=5) == 1
    assert await quota_taken(tx, quota=1, day_on=FRIDAY) == 1
    with pytest.raises(QuotaExceeded):
        await move(tx, late, ON_FRIDAY)


async def test_a_move_within_a_day_whose_number_is_used_up_is_no_new_turn(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    await bind(tx, 1, NINE, HALF_PAST)
    held = await confirmed(tx)
    await leave_over(tx, NINE, HALF_PAST)
    assert (await move(tx, held)).slot_id == HALF_PAST
    assert await quota_taken(tx, quota=1) == 1


async def test_no_seat_left_over_is_given_at_the_cost_of_one_that_is_promised(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30), slot(ON_FRIDAY, day_on=FRIDAY))
    await bind(tx, 2)
    held = await confirmed(tx)
    await leave_over(tx, HALF_PAST, ON_FRIDAY)
    [person_id] = people(1)
    wanted = Wanted(service_id=SERVICE, person_id=person_id, slot_id=HALF_PAST, asked_key=b"k" * 16)
    assert await listed(tx) == [ON_FRIDAY], "both of Thursday are promised to the draw at nine"
    for step in (actions.take_left_over(tx, wanted, now=NOW), move(tx, held)):
        with pytest.raises(QuotaExceeded):
            async with tx.transaction():
                await step
    await leave_over(tx, NINE)
    assert (await move(tx, held)).slot_id == HALF_PAST
    await actions.take_left_over(tx, wanted, now=NOW)
    assert await quota_taken(tx, quota=2) == 2


async def test_the_log_has_each_step_of_a_moved_turn_and_its_person_can_open_them(tx: Transaction) -> None:
    moved = await move(tx, await two_slots(tx))
    ended = await cancel(tx, moved)
    openings = await actions.openings_of(tx, ended)
    assert [(each.kind, each.facts["slot"]) for each in openings] == [
        ("booking.made", NINE),
        ("booking.moved", NINE),
        ("booking.cancelled", HALF_PAST),
    ]
    assert openings[1].facts["to_slot"] == HALF_PAST
    for opening in openings:
        rows = await tx.execute("select leaf from transparency.entry where entry_id = %s", (opening.entry_id,))
        row = await rows.fetchone()
        assert row is not None
        assert opens(row["leaf"].encode(), salt=bytes.fromhex(opening.salt), facts=opening.facts)


async def test_a_seat_taken_and_moved_before_the_log_had_it_is_logged_as_it_was_taken(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    await leave_over(tx, NINE, HALF_PAST)
    [person_id] = people(1)
    wanted = Wanted(service_id=SERVICE, person_id=person_id, slot_id=NINE, asked_key=b"k" * 16)
    booking_id = await actions.take_left_over(tx, wanted, now=NOW)
    await move(tx, await actions.booking(tx, SERVICE, booking_id))
    await actions.log_taken_seats(tx, now=NOW)
    openings = await actions.openings_of(tx, await actions.booking(tx, SERVICE, booking_id))
    assert [each.facts["slot"] for each in openings] == [NINE, NINE]
    statement = "select leaf from transparency.entry where entry_id = %s"
    row = await (await tx.execute(statement, (openings[0].entry_id,))).fetchone()
    assert row is not None
    assert opens(row["leaf"].encode(), salt=bytes.fromhex(openings[0].salt), facts=openings[0].facts)


async def test_a_moved_turn_no_longer_keeps_the_seat_that_a_draw_gave_it(tx: Transaction) -> None:
    held = await two_slots(tx)
    assert await actions.seats_kept_among(tx, service_id=SERVICE, booking_ids=[held.booking_id]) == {held.booking_id}
    await move(tx, held)
    assert await actions.seats_kept_among(tx, service_id=SERVICE, booking_ids=[held.booking_id]) == frozenset()


async def test_what_is_left_over_is_listed_soonest_first_without_full_slots_and_full_days(tx: Transaction) -> None:
    await publish(tx, slot(TEN, minute=45), slot(), slot(HALF_PAST, seats=1, minute=30), slot(ON_FRIDAY, day_on=FRIDAY))
    await bind(tx, 0, ON_FRIDAY, day_on=FRIDAY)
    assert await listed(tx) == []
    await leave_over(tx, NINE, HALF_PAST, TEN, ON_FRIDAY)
    assert await listed(tx) == [NINE, HALF_PAST, TEN]
    await move(tx, await confirmed(tx))
    assert await listed(tx) == [NINE, TEN]
    await bind(tx, 10, TEN)
    assert await listed(tx) == [NINE]


async def listed(tx: Transaction) -> list[SlotId]:
    found = await actions.left_over(tx, SERVICE, after=NOW, until=NOW + timedelta(days=30))
    return [each.slot_id for each in found]


async def test_a_seat_left_over_is_given_on_the_spot_and_a_promised_one_is_not(tx: Transaction) -> None:
    await publish(tx, slot(seats=1))
    [first, second] = (
        Wanted(service_id=SERVICE, person_id=person_id, slot_id=NINE, asked_key=bytes([number]) * 16)
        for number, person_id in enumerate(people(2))
    )
    with pytest.raises(SeatWaitedFor):
        await actions.take_left_over(tx, first, now=NOW)
    await leave_over(tx, NINE)
    booking_id = await actions.take_left_over(tx, first, now=NOW)
    assert (await actions.booking(tx, SERVICE, booking_id)).state is BookingState.CONFIRMED
    with pytest.raises(SlotFull):
        await actions.take_left_over(tx, second, now=NOW)


async def test_no_statement_moves_a_turn_silently(tx: Transaction) -> None:
    held = await two_slots(tx)
    change = "update booking.booking set slot_id = %s where booking_id = %s"
    await refused_by(tx, "a_booking_changes_its_slot_by_a_move", change, HALF_PAST, held.booking_id)


async def test_no_statement_moves_a_turn_that_has_ended(tx: Transaction) -> None:
    held = await cancel(tx, await two_slots(tx))
    change = "update booking.booking set slot_id = %s where booking_id = %s"
    await refused_by(tx, "an_ended_booking_stays_ended", change, HALF_PAST, held.booking_id)


async def test_no_statement_moves_a_turn_into_a_seat_that_is_waited_for(tx: Transaction) -> None:
    held = await two_slots(tx)
    await bind(tx, 10, HALF_PAST)
    await refused_by(tx, "a_booking_moves_to_a_seat_left_over", INSERT_MOVE, held.booking_id, 1, NINE, HALF_PAST)


@pytest.mark.parametrize("number", [0, 4])
async def test_no_statement_moves_a_turn_a_fourth_time(tx: Transaction, number: int) -> None:
    held = await two_slots(tx)
    await refused_by(tx, "a_booking_moves_three_times_at_most", INSERT_MOVE, held.booking_id, number, NINE, HALF_PAST)


async def test_a_move_leads_elsewhere_from_a_booking_to_a_slot_and_is_counted_once(tx: Transaction) -> None:
    held = await two_slots(tx)
    nobodys = BookingId(people(1)[0])
    await refused_by(tx, "a_move_leads_elsewhere", INSERT_MOVE, held.booking_id, 1, NINE, NINE)
    await refused_by(tx, "a_move_is_of_a_booking", INSERT_MOVE, nobodys, 1, NINE, HALF_PAST)
    await refused_by(tx, "a_move_leads_to_a_slot", INSERT_MOVE, held.booking_id, 1, NINE, "HAW-NEVER")
    await move(tx, held)
    await refused_by(tx, "moves_of_a_booking_are_counted", INSERT_MOVE, held.booking_id, 1, NINE, HALF_PAST)


async def test_what_is_promised_is_not_left_over(tx: Transaction) -> None:
    await publish(tx)
    await bind(tx, 10)
    await refused_by(tx, "what_is_promised_is_not_left_over", "update booking.slot set is_left_over = true")


async def test_the_reader_sees_moves_and_not_what_opens_them(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        await tx.execute("select booking_id, from_slot_id, to_slot_id from booking.move")
        await forbidden(tx, "select log_salt from booking.move")


async def _all(attempts: list[Booking], pool: Pool) -> list[str]:
    async def alone(held: Booking) -> None:
        async with transaction(pool) as tx:
            await move(tx, held)

    outcomes = await asyncio.gather(*(alone(held) for held in attempts), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
            raise outcome
    return [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]


async def _crowd_before_two_seats(pool: Pool, *, count: int = 12) -> list[Booking]:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=count), slot(HALF_PAST, seats=2, minute=30))
        held = [await confirmed(tx) for _ in range(count)]
        await leave_over(tx, HALF_PAST)
    return held


async def _seats(pool: Pool) -> tuple[int, int]:
    async with transaction(pool) as tx:
        return await taken(tx), await taken(tx, HALF_PAST)


async def test_a_crowd_that_moves_at_once_fills_the_last_seats_and_no_more(pool: Pool) -> None:
    crowd = await _crowd_before_two_seats(pool)
    assert await _all(crowd, pool) == ["booking.slot_full"] * 10
    assert await _seats(pool) == (10, 2)


async def test_without_lock_and_constraint_a_crowd_would_overfill_the_slot(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: nobody waits for anybody, and nothing counts."""
    crowd = await _crowd_before_two_seats(pool)
    statement = "alter table booking.slot drop constraint slot_never_overfilled"
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(statement)
    everybody = asyncio.Barrier(len(crowd))
    counted = transparency.append_sealed

    async def after_all_have_looked(*args: object, **facts: object) -> object:
        await everybody.wait()
        return await counted(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(transparency, "append_sealed", after_all_have_looked)
    monkeypatch.setattr(store, "SQL", store.SQL | {"lock_slots": store.SQL["lock_slots"].replace("for no key", "-- ")})
    assert await _all(crowd, pool) == []
    assert await _seats(pool) == (0, 12)


async def test_one_turn_moved_twice_at_once_has_one_seat(pool: Pool) -> None:
    async with transaction(pool) as tx:
        held = await two_slots(tx, seats=5)
    assert await _all([held] * 6, pool) == []
    assert await _seats(pool) == (0, 1)


async def _promise_nine(pool: Pool) -> None:
    """Both seats at nine to a draw, as announcing does it: refused where the day could not give them all."""
    async with transaction(pool) as tx:
        await actions.promise_seats(tx, SERVICE, slot_ids=[NINE], quotas={})
        if (await actions.seats_spoken_for(tx, SERVICE, days_on=[THURSDAY]))[THURSDAY] > 2:
            raise QuotaExceeded


async def _take_half_past(pool: Pool) -> None:
    [person_id] = people(1)
    wanted = Wanted(service_id=SERVICE, person_id=person_id, slot_id=HALF_PAST, asked_key=b"k" * 16)
    async with transaction(pool) as tx:
        await actions.take_left_over(tx, wanted, now=NOW)


async def _promised_against_taken(pool: Pool) -> tuple[int, int]:
    """How many of the two were refused, and how much of Thursday's two is spoken for then."""
    async with transaction(pool) as tx:
        await publish(tx, slot(), slot(HALF_PAST, minute=30))
        await actions.bind_days(tx, SERVICE, quotas={THURSDAY: 2})
        await leave_over(tx, HALF_PAST)
    outcomes = await asyncio.gather(_promise_nine(pool), _take_half_past(pool), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, QuotaExceeded):
            raise outcome
    async with transaction(pool) as tx:
        spoken_for = await actions.seats_spoken_for(tx, SERVICE, days_on=[THURSDAY])
    return sum(outcome is not None for outcome in outcomes), spoken_for[THURSDAY]


async def test_a_draw_announced_while_a_seat_is_given_on_the_spot_keeps_its_promise(pool: Pool) -> None:
    refused, spoken_for = await _promised_against_taken(pool)
    assert refused == 1
    assert spoken_for <= 2


async def test_without_the_locks_more_would_be_promised_than_the_day_can_give(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: both look before either is done."""
    unlocked = {name: text.replace("for no key update", "") for name, text in store.SQL.items() if "lock" in name}
    unlocked["take_seats"] = store.SQL["take_seats"].replace("for no key update", "")
    monkeypatch.setattr(store, "SQL", store.SQL | unlocked)
    both, count = asyncio.Barrier(2), store.seats_spoken_for

    async def counted_together(tx: Transaction, *, service_id: ServiceId, days_on: Sequence[date]) -> dict[date, int]:
        found = await count(tx, service_id=service_id, days_on=days_on)
        if not has_met.is_set():
            await both.wait()
            has_met.set()
        return found

    has_met = asyncio.Event()
    monkeypatch.setattr(store, "seats_spoken_for", counted_together)
    assert await _promised_against_taken(pool) == (0, 3)

"""Seats that people take themselves, many at once, each with his own answer."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest
from psycopg import errors

from dawr.booking import actions, store
from dawr.booking.actions import giving
from dawr.booking.model import (
    BookingId,
    BookingState,
    HasLiveBooking,
    QuotaExceeded,
    SlotBegun,
    SlotFull,
    SlotId,
    Wanted,
)
from dawr.db.pool import Pool, Transaction, many, run, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.transparency import actions as transparency
from tests.store.booking.slots import HALF_PAST, NINE, NOW, OTHER_SERVICE, SERVICE, THURSDAY, people, publish, slot


def wanted(
    person_id: PersonId, slot_id: SlotId = NINE, *, service_id: str = SERVICE, key: bytes | None = None
) -> Wanted:
    return Wanted(
        service_id=service_id,  # type: ignore[arg-type]
        person_id=person_id,
        slot_id=slot_id,
        asked_key=key or uuid4().bytes,
    )


def kinds(answers: Sequence[object]) -> list[str]:
    return [type(answer).__name__ for answer in answers]


async def test_who_asks_first_gets_the_seats_and_the_others_are_told_that_it_is_full(tx: Transaction) -> None:
    await publish(tx, slot(seats=2))
    answers = await actions.take_seats(tx, [wanted(person) for person in people(3)], now=NOW)
    assert kinds(answers) == ["UUID", "UUID", "SlotFull"]
    assert (await actions.slot(tx, SERVICE, NINE)).taken == 2


async def test_a_taken_seat_is_confirmed_and_its_persons_own(tx: Transaction) -> None:
    await publish(tx)
    [person] = people(1)
    [booking_id] = await actions.take_seats(tx, [wanted(person)], now=NOW)
    assert not isinstance(booking_id, Refusal)
    made = await actions.own_booking(tx, service_id=SERVICE, booking_id=booking_id, person_id=person)
    assert made.state is BookingState.CONFIRMED
    assert made.offered_until is None


async def test_the_same_request_sent_again_gets_the_first_ones_booking(tx: Transaction) -> None:
    await publish(tx, slot(seats=2))
    [person] = people(1)
    ask = wanted(person)
    first, in_the_same_batch = await actions.take_seats(tx, [ask, ask], now=NOW)
    [later] = await actions.take_seats(tx, [ask], now=NOW)
    assert first == in_the_same_batch == later
    assert (await actions.slot(tx, SERVICE, NINE)).taken == 1


async def test_a_request_answered_once_is_answered_alike_after_the_turn_was_given_back(tx: Transaction) -> None:
    await publish(tx)
    [person] = people(1)
    ask = wanted(person)
    [first] = await actions.take_seats(tx, [ask], now=NOW)
    assert not isinstance(first, Refusal)
    await actions.cancel(tx, service_id=SERVICE, booking_id=first, person_id=person, now=NOW)
    assert await actions.take_seats(tx, [ask], now=NOW) == [first]


async def test_one_person_gets_one_seat_of_a_service_however_he_asks(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    [person] = people(1)
    answers = await actions.take_seats(tx, [wanted(person), wanted(person, HALF_PAST)], now=NOW)
    assert kinds(answers) == ["UUID", "HasLiveBooking"]
    [another] = await actions.take_seats(tx, [wanted(person, HALF_PAST)], now=NOW)
    assert isinstance(another, HasLiveBooking)


async def test_a_second_ask_of_one_person_uses_up_nobody_elses_seat(tx: Transaction) -> None:
    await publish(tx, slot(seats=2))
    greedy, honest = people(2)
    answers = await actions.take_seats(tx, [wanted(greedy), wanted(greedy), wanted(honest)], now=NOW)
    assert kinds(answers) == ["UUID", "HasLiveBooking", "UUID"]


async def test_a_request_sent_twice_in_one_batch_for_a_slot_that_is_full_is_refused_twice(tx: Transaction) -> None:
    await publish(tx, slot(seats=1))
    first, late = people(2)
    ask = wanted(late)
    answers = await actions.take_seats(tx, [wanted(first), ask, ask, wanted(late)], now=NOW)
    assert kinds(answers) == ["UUID", "SlotFull", "SlotFull", "SlotFull"]


async def test_a_second_ask_for_another_slot_is_served_where_the_first_is_full(tx: Transaction) -> None:
    await publish(tx, slot(seats=1), slot(HALF_PAST, minute=30, seats=1))
    early, late = people(2)
    answers = await actions.take_seats(tx, [wanted(early), wanted(late), wanted(late, HALF_PAST)], now=NOW)
    assert kinds(answers) == ["UUID", "SlotFull", "UUID"]


async def test_services_in_one_batch_do_not_touch_each_other(tx: Transaction) -> None:
    await publish(tx, slot(seats=1), slot(seats=1, service_id=OTHER_SERVICE))  # type: ignore[arg-type]
    [person] = people(1)
    answers = await actions.take_seats(
        tx, [wanted(person), wanted(person, service_id=OTHER_SERVICE), wanted(people(1)[0])], now=NOW
    )
    assert kinds(answers) == ["UUID", "UUID", "SlotFull"]


async def test_a_days_quota_holds_over_all_its_slots(tx: Transaction) -> None:
    await publish(tx, slot(seats=5), slot(HALF_PAST, minute=30, seats=5))
    await actions.promise_seats(tx, SERVICE, slot_ids=[NINE, HALF_PAST], quotas={THURSDAY: 3})
    crowd = people(6)
    asks = [wanted(person, NINE if number % 2 else HALF_PAST) for number, person in enumerate(crowd)]
    answers = await actions.take_seats(tx, asks, now=NOW)
    assert kinds(answers) == ["UUID"] * 3 + ["QuotaExceeded"] * 3
    [late] = await actions.take_seats(tx, [wanted(people(1)[0])], now=NOW)
    assert isinstance(late, QuotaExceeded)
    assert await actions.quota_left(tx, SERVICE, days_on=[THURSDAY]) == {THURSDAY: 0}


async def test_a_slot_that_has_begun_and_one_that_is_not_there_are_refused(tx: Transaction) -> None:
    await publish(tx)
    begun = slot().starts_at
    one, other = people(2)
    answers = await actions.take_seats(tx, [wanted(one), wanted(other, SlotId("NOWHERE"))], now=begun)
    assert [type(answer) for answer in answers] == [SlotBegun, NotFound]


async def test_nobody_asks_and_nothing_happens(tx: Transaction) -> None:
    assert await actions.take_seats(tx, [], now=NOW) == []


async def test_the_log_gets_every_taken_seat_once(tx: Transaction) -> None:
    await publish(tx, slot(seats=3))
    crowd = people(3)
    taken = await actions.take_seats(tx, [wanted(person) for person in crowd], now=NOW)
    assert await actions.log_taken_seats(tx, now=NOW) == 3
    assert await actions.log_taken_seats(tx, now=NOW) == 0
    for booking_id, person in zip(taken, crowd, strict=True):
        assert not isinstance(booking_id, Refusal)
        made = await actions.own_booking(tx, service_id=SERVICE, booking_id=booking_id, person_id=person)
        [opening] = await actions.openings_of(tx, made)
        assert opening.facts["person"] == str(person)
        assert await transparency.index_of(tx, opening.entry_id) is None


async def _logged_by_two(pool: Pool, *, count: int) -> list[int]:
    """How many bookings two workers log who begin at the same moment, with room for half of them each."""
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=count))
        await actions.take_seats(tx, [wanted(person) for person in people(count)], now=NOW)
    async with transaction(pool) as first, transaction(pool) as second:
        return [await actions.log_taken_seats(first, now=NOW), await actions.log_taken_seats(second, now=NOW)]


async def test_two_workers_log_different_bookings(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "LOGGED_COUNT_MAX", 3)
    assert await _logged_by_two(pool, count=6) == [3, 3]
    assert await _entries_made(pool) == 6


async def test_without_skipping_locked_rows_the_second_would_wait_for_the_first(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the same moment, without the word that lets the second take others."""
    monkeypatch.setattr(giving, "LOGGED_COUNT_MAX", 3)
    patient = {name: text.replace("for update skip locked", "for update nowait") for name, text in store.SQL.items()}
    monkeypatch.setattr(store, "SQL", patient)
    with pytest.raises(errors.LockNotAvailable):
        await _logged_by_two(pool, count=6)


async def test_what_a_dying_worker_took_is_logged_by_the_next(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=2))
        await actions.take_seats(tx, [wanted(person) for person in people(2)], now=NOW)

    async def die_before_the_end() -> None:
        async with transaction(pool) as tx:
            assert await actions.log_taken_seats(tx, now=NOW) == 2
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await die_before_the_end()
    async with transaction(pool) as tx:
        assert await actions.log_taken_seats(tx, now=NOW) == 2
    assert await _entries_made(pool) == 2


async def _entries_made(pool: Pool) -> int:
    async with transaction(pool) as tx:
        statement = "select count(*) as n from transparency.entry where leaf like '%booking.made%'"
        row = await (await tx.execute(statement)).fetchone()
    assert row is not None
    return int(row["n"])


async def test_a_key_of_any_other_length_is_refused_by_the_table(tx: Transaction) -> None:
    await publish(tx)
    with pytest.raises(errors.CheckViolation, match="asked_key_has_16_bytes"):
        await actions.take_seats(tx, [wanted(people(1)[0], key=b"short")], now=NOW)


async def test_a_crowd_through_many_connections_never_overfills_a_slot(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=40))
    crowd = people(120)

    async def batch(start: int) -> list[BookingId | Refusal]:
        async with transaction(pool) as tx:
            return await actions.take_seats(tx, [wanted(person) for person in crowd[start : start + 15]], now=NOW)

    answers = [
        answer for part in await asyncio.gather(*(batch(start) for start in range(0, 120, 15))) for answer in part
    ]
    assert sum(not isinstance(answer, Refusal) for answer in answers) == 40
    assert all(isinstance(answer, SlotFull) for answer in answers if isinstance(answer, Refusal))
    async with transaction(pool) as tx:
        assert (await actions.slot(tx, SERVICE, NINE)).taken == 40


async def test_without_the_lock_on_the_slot_the_same_crowd_is_stopped_by_the_second_net(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=3))

    async def careless(person: PersonId, seen: asyncio.Barrier) -> None:
        async with transaction(pool) as tx:
            [row] = await many(tx, "select seats - taken as free from booking.slot")
            await seen.wait()
            assert row["free"] == 3
            await run(tx, "update booking.slot set taken = taken + 2")

    seen = asyncio.Barrier(2)
    outcomes = await asyncio.gather(*(careless(person, seen) for person in people(2)), return_exceptions=True)
    [overfilled] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(overfilled, errors.CheckViolation)
    assert overfilled.diag.constraint_name == "slot_never_overfilled"


async def test_the_same_request_through_three_connections_at_once_is_one_booking(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await publish(tx, slot(seats=3))
    [person] = people(1)
    ask = wanted(person)

    async def send() -> list[BookingId | Refusal]:
        async with transaction(pool) as tx:
            return await actions.take_seats(tx, [ask], now=NOW)

    answers = await asyncio.gather(*(send() for _ in range(3)))
    assert len({str(answer) for [answer] in answers}) == 1
    assert not isinstance(answers[0][0], Refusal)
    async with transaction(pool) as tx:
        assert (await actions.slot(tx, SERVICE, NINE)).taken == 1

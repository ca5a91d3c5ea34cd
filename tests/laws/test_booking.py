"""No history of bookings, moves among them, overfills a slot, passes a quota, or gives one person two live turns.

The machine does what it likes on the real server, in one transaction that is thrown away, and keeps its own small
account of what must be true.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import dict_row

from dawr.booking import actions, store
from dawr.booking.model import (
    LIVE,
    BookingId,
    BookingState,
    MovedTooOften,
    NotLive,
    OfferEnded,
    QuotaExceeded,
    SeatWaitedFor,
    Slot,
    SlotBegun,
    SlotFull,
    SlotId,
    SlotPromised,
    TooLateToCancel,
)
from dawr.db.pool import APPLICATION_ROLE, Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId

T = TypeVar("T")

SERVICE = ServiceId("KW-MOI/18")
OPENING = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
DAYS = (date(2027, 2, 3), date(2027, 2, 4))
SEATS = {SlotId("A-1"): 2, SlotId("A-2"): 1, SlotId("B-1"): 3, SlotId("B-2"): 2}
QUOTAS = {DAYS[0]: 2, DAYS[1]: 4}
PEOPLE = [PersonId(UUID(int=number)) for number in range(1, 8)]
SEAT_KEPT = LIVE | {BookingState.ATTENDED, BookingState.MISSED}


def day_of(slot_id: SlotId) -> date:
    return DAYS[0] if slot_id.startswith("A") else DAYS[1]


def slots() -> list[Slot]:
    return [
        Slot(
            service_id=SERVICE,
            slot_id=slot_id,
            office_id=OfficeId("KW-MOI/HAW"),
            day_on=day_of(slot_id),
            starts_at=datetime.combine(day_of(slot_id), datetime.min.time(), tzinfo=UTC) + timedelta(hours=6),
            ends_at=datetime.combine(day_of(slot_id), datetime.min.time(), tzinfo=UTC) + timedelta(hours=7),
            seats=seats,
        )
        for slot_id, seats in SEATS.items()
    ]


class Bookings(RuleBasedStateMachine):
    """Offers, confirmations, cancellations, moves, lapses, visits and forgotten visits, in any order."""

    url: str

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.now = OPENING
        self.states: dict[BookingId, tuple[PersonId, SlotId, BookingState]] = {}
        self.until: dict[BookingId, datetime] = {}
        self.left_over: set[SlotId] = set()
        self.tx: Transaction = self.done(
            psycopg.AsyncConnection.connect(
                self.url, row_factory=dict_row, options=f"-c role={APPLICATION_ROLE} -c timezone=UTC"
            )
        )
        self.done(actions.publish_slots(self.tx, slots=slots(), now=OPENING))
        self.done(actions.promise_seats(self.tx, SERVICE, slot_ids=list(SEATS), quotas=QUOTAS))

    def done(self, step: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(step)

    async def attempt(self, step: Coroutine[Any, Any, T]) -> T:
        async with self.tx.transaction():
            return await step

    def kept(self) -> list[tuple[PersonId, SlotId, BookingState]]:
        return [each for each in self.states.values() if each[2] in SEAT_KEPT]

    @rule(
        wanted=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(SEATS))), min_size=1, max_size=4),
        hours=st.integers(1, 30),
    )
    def offer(self, wanted: list[tuple[PersonId, SlotId]], hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        step = actions.offer_seats(self.tx, service_id=SERVICE, wanted=wanted, until=until, now=self.now)
        try:
            offered = self.done(self.attempt(step))
        except (SlotFull, QuotaExceeded):
            return
        for person_id, booking_id in offered.items():
            found = self.done(actions.booking(self.tx, SERVICE, booking_id))
            assert (person_id, found.slot_id) in wanted
            self.states[booking_id] = (person_id, found.slot_id, BookingState.OFFERED)
            assert found.offered_until is not None
            self.until[booking_id] = found.offered_until

    def one_of(self, data: st.DataObject) -> BookingId | None:
        return data.draw(st.sampled_from(list(self.states))) if self.states else None

    @rule(data=st.data(), is_cancelling=st.booleans())
    def confirm_or_cancel(self, data: st.DataObject, is_cancelling: bool) -> None:
        booking_id = self.one_of(data)
        if booking_id is None:
            return
        person_id, slot_id, _ = self.states[booking_id]
        verb = actions.cancel if is_cancelling else actions.confirm
        step = verb(self.tx, service_id=SERVICE, booking_id=booking_id, person_id=person_id, now=self.now)
        try:
            after = self.done(self.attempt(step))
        except (NotLive, OfferEnded, TooLateToCancel):
            return
        self.states[booking_id] = (person_id, slot_id, after.state)

    @rule(data=st.data())
    def attend(self, data: st.DataObject) -> None:
        booking_id = self.one_of(data)
        if booking_id is None:
            return
        person_id, slot_id, _ = self.states[booking_id]
        try:
            after = self.done(
                self.attempt(actions.attend(self.tx, service_id=SERVICE, booking_id=booking_id, now=self.now))
            )
        except NotLive:
            return
        self.states[booking_id] = (person_id, slot_id, after.state)

    @rule(slot_id=st.sampled_from(list(SEATS)), is_ending=st.booleans())
    def promise_ends_or_begins_anew(self, slot_id: SlotId, is_ending: bool) -> None:
        if is_ending:
            self.done(actions.end_promise(self.tx, SERVICE, slot_ids=[slot_id]))
            self.left_over.add(slot_id)
            return
        promise = actions.promise_seats(self.tx, SERVICE, slot_ids=[slot_id], quotas={})
        with suppress(SlotPromised):
            if self.done(self.attempt(promise)):
                self.left_over.discard(slot_id)

    @rule(data=st.data(), to_slot_id=st.sampled_from(list(SEATS)))
    def move(self, data: st.DataObject, to_slot_id: SlotId) -> None:
        booking_id = self.one_of(data)
        if booking_id is None:
            return
        person_id, slot_id, state = self.states[booking_id]
        step = actions.move(self.tx, service_id=SERVICE, booking_id=booking_id, slot_id=to_slot_id, now=self.now)
        try:
            moved = self.done(self.attempt(step))
        except (NotLive, MovedTooOften, SeatWaitedFor, SlotBegun, SlotFull, QuotaExceeded):
            return
        assert moved.slot_id == to_slot_id
        assert to_slot_id == slot_id or to_slot_id in self.left_over
        self.states[booking_id] = (person_id, to_slot_id, state)

    @rule(hours=st.integers(1, 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.done(actions.lapse_offers(self.tx, now=self.now))
        self.done(actions.mark_missed(self.tx, before_on=self.now.date(), now=self.now))
        for booking_id, (person_id, slot_id, state) in self.states.items():
            if state is BookingState.OFFERED and self.until[booking_id] <= self.now:
                self.states[booking_id] = (person_id, slot_id, BookingState.LAPSED)
            elif state is BookingState.CONFIRMED and day_of(slot_id) < self.now.date():
                self.states[booking_id] = (person_id, slot_id, BookingState.MISSED)

    @invariant()
    def the_account_is_right(self) -> None:
        if not hasattr(self, "tx"):
            return
        per_slot = Counter(slot_id for _, slot_id, _ in self.kept())
        for found in self.done(actions.slots(self.tx, SERVICE, slot_ids=list(SEATS))):
            assert found.taken == per_slot[found.slot_id] <= SEATS[found.slot_id]
        per_day = Counter(day_of(slot_id) for _, slot_id, _ in self.kept())
        left = self.done(actions.quota_left(self.tx, SERVICE, days_on=DAYS))
        assert {day_on: QUOTAS[day_on] - left[day_on] for day_on in DAYS} == {
            day_on: per_day[day_on] for day_on in DAYS
        }
        assert all(per_day[day_on] <= QUOTAS[day_on] for day_on in DAYS)
        live = Counter(person_id for person_id, _, state in self.states.values() if state in LIVE)
        assert all(count == 1 for count in live.values())
        for booking_id, (person_id, slot_id, state) in self.states.items():
            found_booking = self.done(actions.booking(self.tx, SERVICE, booking_id))
            assert (found_booking.person_id, found_booking.slot_id, found_booking.state) == (person_id, slot_id, state)

    def teardown(self) -> None:
        if hasattr(self, "tx"):
            self.done(self.tx.rollback())
            self.done(self.tx.close())
            self.loop.close()


def test_no_history_breaks_a_promise(shared_database_url: str) -> None:
    Bookings.url = shared_database_url
    run_state_machine_as_test(
        Bookings,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_machine_notices_a_seat_that_is_given_back_twice(
    shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: with the seat given back at every cancelling and once more, the account is wrong."""
    give_back = store.give_back_seats

    async def twice(tx: Transaction, *, service_id: ServiceId, slot_ids: list[SlotId]) -> None:
        for _ in range(2 if slot_ids else 0):
            await give_back(tx, service_id=service_id, slot_ids=slot_ids)

    monkeypatch.setattr(store, "give_back_seats", twice)
    Bookings.url = shared_database_url
    with pytest.raises((AssertionError, psycopg.errors.CheckViolation)):
        run_state_machine_as_test(
            Bookings,
            settings=settings(
                max_examples=50,
                stateful_step_count=25,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )

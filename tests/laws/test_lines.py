"""Laws of waiting lines: the order is a permutation, and no history gives one person two turns or calls him in vain."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import dict_row

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import APPLICATION_ROLE, Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.lines import actions, pacing
from dawr.lines.model import Place, StatusAsk
from dawr.lines.order import label_of, labels_root, ordered
from dawr.settings import Settings
from tests.store.lines.invented_line import GATHERS_AT, LINE, NINE, OPENS_AT, SERVICE, TEN, Lines

T = TypeVar("T")

SEATS = {NINE: 2, TEN: 2}
PEOPLE = [PersonId(UUID(int=number)) for number in range(1, 9)]

labels = st.lists(st.text("23456789ABCDEFGH", min_size=8, max_size=8), max_size=40)
keys = st.binary(min_size=32, max_size=32)
some_people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4)


@given(labels, keys)
def test_the_order_is_a_permutation_that_the_sequence_of_joining_does_not_change(joined: list[str], key: bytes) -> None:
    assert Counter(ordered(joined, key=key)) == Counter(joined)
    assert ordered(joined[::-1], key=key) == ordered(joined, key=key)
    assert labels_root(joined[::-1]) == labels_root(joined)


@given(st.uuids(), st.uuids(), keys)
def test_a_label_is_the_persons_own_and_of_one_line(one: UUID, other: UUID, key: bytes) -> None:
    assert label_of(LINE, one, key=key) == label_of(LINE, one, key=key)
    assert label_of(LINE, one, key=key) != label_of(f"{LINE}-2", one, key=key)
    assert (label_of(LINE, one, key=key) == label_of(LINE, other, key=key)) == (one == other)


@given(
    st.integers(0, 500),
    st.integers(1, 200),
    st.floats(pacing.SHOW_RATE_MIN, 1),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_nobody_is_called_in_vain(inside: int, inside_max: int, rate: float, seats_left: int, waiting: int) -> None:
    count = pacing.let_in(inside=inside, inside_max=inside_max, show_rate=rate, seats_left=seats_left, waiting=waiting)
    assert 0 <= count <= waiting
    assert count == 0 or inside + count <= min(seats_left, inside_max / rate)


class OneLine(RuleBasedStateMachine):
    """Joins, an opening, waves, takes, extensions and leavings, in any order, in a transaction that is thrown away."""

    url: str
    given: Settings

    @initialize()
    def announce(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.now = GATHERS_AT
        self.numbers: dict[PersonId, int] = {}
        self.gathered: set[PersonId] = set()
        self.lines = Lines(settings=self.given)
        self.tx: Transaction = self.done(
            psycopg.AsyncConnection.connect(
                self.url, row_factory=dict_row, options=f"-c role={APPLICATION_ROLE} -c timezone=UTC"
            )
        )
        self.done(self.lines.announce(self.tx, SEATS, inside_max=3))

    def done(self, step: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(step)

    def places(self) -> dict[PersonId, Place]:
        asks = [StatusAsk(service_id=SERVICE, line_id=LINE, person_id=each) for each in PEOPLE]
        found = self.done(actions.status_many(self.tx, asks))
        return {place.person_id: place for place in found if isinstance(place, Place)}

    @rule(people=some_people)
    def join(self, people: list[PersonId]) -> None:
        before = self.places()
        for place in self.done(self.lines.join_all(self.tx, people, now=self.now)):
            if isinstance(place, Place) and place.person_id in before:
                was = before[place.person_id]
                assert place == was or was.has_missed(now=self.now)
            elif isinstance(place, Place) and self.now < OPENS_AT:
                self.gathered.add(place.person_id)

    @rule(wanted=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(SEATS))), min_size=1, max_size=4))
    def take(self, wanted: list[tuple[PersonId, SlotId]]) -> None:
        before = self.places()
        asks = [self.lines.take_ask(person_id, slot_id) for person_id, slot_id in wanted]
        for ask, answer in zip(asks, self.done(actions.take_many(self.tx, asks, now=self.now)), strict=True):
            if not isinstance(answer, Refusal):
                assert before[ask.person_id].has_turn(now=self.now)
                [again] = self.done(actions.take_many(self.tx, [ask], now=self.now + timedelta(hours=9)))
                assert again == answer

    @rule(person_id=st.sampled_from(PEOPLE), is_leaving=st.booleans())
    def extend_or_leave(self, person_id: PersonId, is_leaving: bool) -> None:
        try:
            if is_leaving:
                self.done(actions.leave(self.tx, service_id=SERVICE, line_id=LINE, person_id=person_id))
                self.gathered.discard(person_id)
                self.numbers.pop(person_id, None)
            else:
                self.done(actions.extend(self.tx, service_id=SERVICE, line_id=LINE, person_id=person_id, now=self.now))
        except Refusal:
            return

    @rule(minutes=st.sampled_from([0, 1, 5, 10, 25]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        was_open = self.done(actions.line(self.tx, SERVICE, LINE)).opened_at is not None
        self.done(self.lines.open(self.tx, now=self.now))
        if not was_open and self.now >= OPENS_AT:
            self.first_come_the_gathered()
        self.done(self.lines.close(self.tx, now=self.now))
        self.done(self.lines.let_in(self.tx, now=self.now))

    def first_come_the_gathered(self) -> None:
        numbers = {person_id: place.number for person_id, place in self.places().items()}
        assert {numbers[person_id] for person_id in self.gathered} == set(range(1, len(self.gathered) + 1))

    @invariant()
    def nobody_has_two_or_too_much(self) -> None:
        if not hasattr(self, "tx"):
            return
        places = self.places()
        numbers = [place.number for place in places.values() if place.number]
        assert len(numbers) == len(set(numbers))
        for person_id, place in places.items():
            assert (place.number or 0) >= self.numbers.get(person_id, 0)
            self.numbers[person_id] = place.number or 0
        slots = self.done(booking.slots(self.tx, SERVICE, slot_ids=list(SEATS)))
        taken = Counter({slot.slot_id: slot.taken for slot in slots})
        assert all(taken[slot_id] <= seats for slot_id, seats in SEATS.items())
        assert taken.total() == sum(place.booking_id is not None for place in places.values())

    @invariant()
    def who_is_called_finds_a_seat(self) -> None:
        if not hasattr(self, "tx"):
            return
        line = self.done(actions.line(self.tx, SERVICE, LINE))
        if line.closed_at is None:
            inside = [place for place in self.places().values() if place.has_turn(now=self.now)]
            assert len(inside) <= self.done(actions.seats_left(self.tx, line, now=self.now))

    def teardown(self) -> None:
        if hasattr(self, "tx"):
            self.done(self.tx.rollback())
            self.done(self.tx.close())
            self.loop.close()


def run_lines(url: str, settings: Settings, **options: Any) -> None:
    OneLine.url, OneLine.given = url, settings
    run_state_machine_as_test(
        OneLine,
        settings=hypothesis_settings(
            stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), **options
        ),
    )


def test_no_history_of_a_line_breaks_its_promises(shared_database_url: str, settings: Settings) -> None:
    run_lines(shared_database_url, settings, max_examples=40)


def test_the_machine_notices_a_line_that_calls_too_many(
    shared_database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: with everybody let in at once, somebody is called in vain."""
    monkeypatch.setattr(pacing, "let_in", lambda *, waiting, **_: waiting)
    with pytest.raises(AssertionError):
        run_lines(shared_database_url, settings, max_examples=400, derandomize=True, phases=[Phase.generate])

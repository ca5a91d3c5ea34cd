"""No history at the counters serves anybody without his own card, calls him a fourth time, or loses a visit.

The machine does what it likes on the real server, in one transaction that is thrown away, and keeps its own small
account of what must be true.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import dict_row

from dawr.db.pool import APPLICATION_ROLE, Transaction
from dawr.kernel.refusal import Refusal
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.model import CALLS_MAX, Outcome, Ticket, VisitState
from dawr.tickets.store import visits
from tests.store.tickets.invented_office import STARTS_AT, Office, load_office

T = TypeVar("T")
PEOPLE, CLERKS = 4, 2
clerks = st.integers(0, CLERKS - 1)
HISTORIES = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(slots=True)
class Account:
    """What must be true of one visit."""

    state: VisitState = VisitState.WAITING
    clerk: int | None = None
    calls: int = 0
    wrong: int = 0
    has_shown_card: bool = False
    outcomes: tuple[Outcome, ...] = ()


class Hall:
    """An office with people in its hall, in a transaction that is never committed."""

    def __init__(self, url: str, *, settings: Settings, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.office = Office(settings=settings)
        self.tx: Transaction = self.done(
            psycopg.AsyncConnection.connect(
                url, row_factory=dict_row, options=f"-c role={APPLICATION_ROLE} -c timezone=UTC"
            )
        )
        self.done(load_office(self.tx, folder))
        guard = self.done(self.office.officer(self.tx, Role.GUARD))
        self.tickets: list[Ticket] = [self.done(self.office.admitted(self.tx, guard)) for _ in range(PEOPLE)]
        self.clerks: list[Officer] = [self.done(self.office.officer(self.tx, Role.CLERK)) for _ in range(CLERKS)]
        self.head = self.done(self.office.officer(self.tx, Role.BRANCH_HEAD))

    def done(self, step: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(step)

    def close(self) -> None:
        self.done(self.tx.rollback())
        self.done(self.tx.close())
        self.loop.close()


class Counters(RuleBasedStateMachine):
    """Calls, recalls, cards right and wrong, people who do not come, outcomes and corrections, in any order."""

    hall: Hall

    @initialize()
    def begin(self) -> None:
        self.now = STARTS_AT
        self.account = [Account() for _ in range(PEOPLE)]
        self.done(self.hall.tx.execute("savepoint morning"))

    def done(self, step: Coroutine[Any, Any, T]) -> T:
        return self.hall.done(step)

    def taken(self, step: Coroutine[Any, Any, T]) -> tuple[bool, T | None]:
        """Whether the step was not refused, and what it gave."""

        async def attempt() -> T:
            async with self.hall.tx.transaction():
                return await step

        try:
            return True, self.done(attempt())
        except Refusal:
            return False, None

    def in_hand(self, clerk: int) -> Account | None:
        held = [
            each
            for each in self.account
            if each.clerk == clerk and each.state in {VisitState.CALLED, VisitState.OPENED}
        ]
        assert len(held) <= 1
        return held[0] if held else None

    @rule(clerk=clerks)
    def call(self, clerk: int) -> None:
        held = self.in_hand(clerk)
        was_taken, visit = self.taken(
            tickets.call_next(self.hall.tx, clerk=self.hall.clerks[clerk], desk=str(clerk), now=self.now)
        )
        assert was_taken is (held is None)
        waiting = [each for each in self.account if each.state is VisitState.WAITING]
        assert (visit is not None) is (held is None and bool(waiting))
        if visit is not None:
            called = self.account[[ticket.ticket_id for ticket in self.hall.tickets].index(visit.ticket_id)]
            assert called.calls == min(each.calls for each in waiting), "who was called less often comes first"
            called.state, called.clerk, called.calls = VisitState.CALLED, clerk, called.calls + 1

    @rule(clerk=clerks)
    def recall(self, clerk: int) -> None:
        held = self.in_hand(clerk)
        was_taken, _ = self.taken(tickets.recall(self.hall.tx, clerk=self.hall.clerks[clerk], now=self.now))
        may_be = held is not None and held.state is VisitState.CALLED and held.calls < CALLS_MAX
        assert was_taken is may_be
        if held is not None and may_be:
            held.calls += 1

    @rule(clerk=clerks)
    def nobody_comes(self, clerk: int) -> None:
        held = self.in_hand(clerk)
        was_taken, state = self.taken(tickets.put_back(self.hall.tx, clerk=self.hall.clerks[clerk], now=self.now))
        assert was_taken is (held is not None and held.state is VisitState.CALLED)
        if held is not None and was_taken:
            assert state is (VisitState.WAITING if held.calls < CALLS_MAX else VisitState.CLOSED)
            held.state, held.clerk = state, None if state is VisitState.WAITING else clerk
            held.outcomes = () if state is VisitState.WAITING else (Outcome.NOT_THERE,)

    @rule(clerk=clerks, of=st.integers(0, PEOPLE - 1))
    def show_a_card(self, clerk: int, of: int) -> None:
        held, hall = self.in_hand(clerk), self.hall
        card = hall.office.numbers[hall.tickets[of].person_id]
        was_taken, state = self.taken(
            tickets.open_visit(
                hall.tx, clerk=hall.clerks[clerk], card=card, settings=hall.office.settings, now=self.now
            )
        )
        assert was_taken is (held is not None and held.state is VisitState.CALLED)
        if held is None or not was_taken:
            return
        assert state is not None
        if held is self.account[of]:
            assert state is VisitState.OPENED
            held.has_shown_card = True
        else:
            held.wrong += 1
            assert state is (VisitState.CALLED if held.wrong == 1 else VisitState.CLOSED)
            held.outcomes = (Outcome.IDENTITY_MISMATCH,) if state is VisitState.CLOSED else ()
        held.state = state

    @rule(clerk=clerks, is_served=st.booleans(), has_original=st.booleans())
    def close(self, clerk: int, is_served: bool, has_original: bool) -> None:
        held, ending = self.in_hand(clerk), self.ending(is_served, has_original=has_original)
        was_taken, _ = self.taken(
            tickets.close_visit(self.hall.tx, clerk=self.hall.clerks[clerk], now=self.now, **ending)
        )
        assert was_taken is (held is not None and held.state is VisitState.OPENED and (has_original or not is_served))
        if held is not None and was_taken:
            held.state, held.outcomes = VisitState.CLOSED, (ending["outcome"],)

    @rule(clerk=clerks, is_served=st.booleans())
    def correct(self, clerk: int, is_served: bool) -> None:
        ending = self.ending(is_served, has_original=True)
        hall, officer = self.hall, self.hall.clerks[clerk]
        last = self.done(tickets.hall_of(hall.tx, clerk=officer, now=self.now)).correctable
        was_taken, _ = self.taken(tickets.correct_outcome(hall.tx, clerk=officer, now=self.now, **ending))
        assert was_taken is (last is not None and last.outcome is not ending["outcome"])
        if last is not None and was_taken:
            closed = self.account[[ticket.ticket_id for ticket in hall.tickets].index(last.ticket_id)]
            closed.outcomes = (*closed.outcomes, ending["outcome"])

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def ending(self, is_served: bool, *, has_original: bool) -> dict[str, Any]:
        return {
            "outcome": Outcome.SERVED if is_served else Outcome.NOT_SERVED,
            "reason": None if is_served else "ينقص ختم",
            "originals_seen": {"passport"} if has_original else frozenset(),
        }

    @invariant()
    def the_account_is_right(self) -> None:
        if not hasattr(self, "account"):
            return
        for number, (ticket, due) in enumerate(zip(self.hall.tickets, self.account, strict=True), start=1):
            assert self.rows_of(ticket) == (number, due.state, due.calls, due.wrong, due.calls, list(due.outcomes))
            assert due.calls <= CALLS_MAX
            assert len(due.outcomes) <= 2
            assert due.has_shown_card or not {Outcome.SERVED, Outcome.NOT_SERVED} & set(due.outcomes)
        day = self.done(tickets.hall_day(self.hall.tx, head=self.hall.head, day_on=STARTS_AT.date()))
        [row] = day.by_service
        counted = Counter(due.outcomes[-1] for due in self.account if due.outcomes)
        assert (row.came, row.unfinished) == (PEOPLE, PEOPLE - sum(counted.values()))
        assert {outcome: getattr(row, outcome) for outcome in Outcome} == {each: counted[each] for each in Outcome}

    def rows_of(self, ticket: Ticket) -> tuple[object, ...]:
        async def read() -> tuple[object, ...]:
            key = (ticket.ticket_id,)
            visit = await (
                await self.hall.tx.execute(
                    "select token_number, state, calls, wrong_cards from tickets.visit where ticket_id = %s", key
                )
            ).fetchone()
            calls = await (
                await self.hall.tx.execute("select count(*) as calls from tickets.call where ticket_id = %s", key)
            ).fetchone()
            outcomes = await self.hall.tx.execute(
                "select outcome from tickets.counter_outcome where ticket_id = %s order by number", key
            )
            assert visit is not None
            assert calls is not None
            return (*visit.values(), calls["calls"], [row["outcome"] for row in await outcomes.fetchall()])

        return self.done(read())

    def teardown(self) -> None:
        if hasattr(self, "account"):
            self.done(self.hall.tx.execute("rollback to savepoint morning"))


@pytest.fixture
def hall(shared_database_url: str, settings: Settings, tmp_path: Path) -> Iterator[None]:
    Counters.hall = Hall(shared_database_url, settings=settings, folder=tmp_path)
    yield
    Counters.hall.close()


@pytest.mark.usefixtures("hall")
def test_no_history_at_the_counters_breaks_a_rule() -> None:
    run_state_machine_as_test(Counters, settings=HISTORIES)


@pytest.mark.usefixtures("hall")
def test_the_machine_notices_a_call_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: whoever goes back in line begins to count anew."""
    forgetful = store.SQL["put_back"].replace("desk = null", "desk = null, calls = 0")
    monkeypatch.setattr(visits, "SQL", store.SQL | {"put_back": forgetful})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Counters, settings=settings(HISTORIES, phases=(Phase.generate,)))

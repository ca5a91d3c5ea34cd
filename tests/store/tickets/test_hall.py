"""The hall (D0.28, D0.30): tokens from one each day, the display, the second scan, and the day's history."""

from datetime import datetime, timedelta

import pytest
from psycopg.errors import CheckViolation

from dawr.catalogue.model import Actor
from dawr.db.pool import Transaction
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets.actions.hall import SHOWN_MAX
from dawr.tickets.model import (
    CalledElsewhere,
    NoCallsLeft,
    NotCalledYet,
    NoTicketShown,
    NotLetIn,
    Outcome,
    Recurrence,
    Ticket,
    Token,
    VisitOver,
    VisitState,
)
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, SERVICE, STARTS_AT, Office

LATER = STARTS_AT + timedelta(minutes=5)
NEXT_DAY = STARTS_AT + timedelta(days=1)
DAY_ON = STARTS_AT.date()


async def let_in(tx: Transaction, office: Office, *, guard: Officer | None = None, **where: object) -> Ticket:
    return await office.admitted(tx, guard or await office.officer(tx, Role.GUARD), **where)


async def token_of(tx: Transaction, ticket: Ticket) -> Token:
    row = await (
        await tx.execute(
            "select token_letter as letter, token_number as number from tickets.visit where ticket_id = %s",
            (ticket.ticket_id,),
        )
    ).fetchone()
    assert row is not None
    return Token(**row)


async def call(tx: Transaction, office: Office, *, desk: str = "4", now: datetime = LATER) -> Officer:
    clerk = await office.officer(tx, Role.CLERK)
    assert await tickets.call_next(tx, clerk=clerk, desk=desk, now=now) is not None
    return clerk


async def shown(tx: Transaction, *, now: datetime = LATER) -> list[tuple[str, str]]:
    return [(str(each.token), each.desk) for each in await tickets.called_now(tx, OFFICE, now=now)]


async def see(tx: Transaction, clerk: Officer, code: str) -> None:
    await tickets.see_ticket(tx, clerk=clerk, shown=code, now=LATER)


async def test_tokens_count_from_one_and_their_letter_is_the_services(tx: Transaction, office: Office) -> None:
    first = await let_in(tx, office)
    second = await let_in(tx, office, service_id=OTHER_SERVICE)
    third = await let_in(tx, office, starts_at=STARTS_AT + timedelta(minutes=30))
    assert [str(await token_of(tx, each)) for each in (first, second, third)] == ["A1", "B2", "A3"]


async def test_each_office_counts_for_itself_and_each_day_begins_anew(tx: Transaction, office: Office) -> None:
    await let_in(tx, office)
    day = "insert into tickets.hall_day (office_id, day_on, given) values (%s, %s, 40)"
    await tx.execute(day, (OTHER_OFFICE, DAY_ON))
    await tx.execute(day, (OFFICE, DAY_ON - timedelta(days=1)))
    assert (await token_of(tx, await let_in(tx, office, starts_at=STARTS_AT))).number == 2


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("update tickets.hall_day set given = 0", "given_tokens_are_counted"),
        ("update tickets.visit set calls = 4", "three_calls_at_most"),
        (
            "insert into tickets.call select service_id, ticket_id, 4, clerk_id, desk, called_at from tickets.call",
            "calls_are_three_at_most",
        ),
    ],
)
async def test_the_tables_count_no_further_than_the_rules(
    tx: Transaction, office: Office, statement: str, constraint: str
) -> None:
    await let_in(tx, office)
    await call(tx, office)
    with pytest.raises(CheckViolation, match=constraint):
        await tx.execute(statement.encode())


async def test_the_gate_shows_the_token_only_after_the_admission(tx: Transaction, office: Office) -> None:
    guard, ticket = await office.officer(tx, Role.GUARD), await office.ticket(tx)
    scan = await office.scan(tx, guard, ticket.code)
    assert (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).token is None
    await office.answer(tx, guard, scan)
    assert (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).token == Token(letter="A", number=1)
    again = await office.scan(tx, guard, ticket.code)
    assert (await tickets.shown_scan(tx, guard=guard, scan_id=again.scan_id)).token is None, "no second slip for a copy"


async def test_the_display_shows_the_newest_call_first_and_forgets_who_is_done(tx: Transaction, office: Office) -> None:
    first, _ = await let_in(tx, office), await let_in(tx, office)
    clerk = await call(tx, office, desk="4")
    await call(tx, office, desk="7", now=LATER + timedelta(minutes=1))
    assert await shown(tx) == [("A2", "7"), ("A1", "4")]
    await tickets.recall(tx, clerk=clerk, now=LATER + timedelta(minutes=2))
    assert await shown(tx) == [("A1", "4"), ("A2", "7")]
    number = office.numbers[first.person_id]
    await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=LATER)
    assert ("A1", "4") in await shown(tx), "who is at the desk is being served now"
    await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.NOT_SERVED, reason="ينقص ختم", now=LATER)
    assert await shown(tx) == [("A2", "7")]
    assert await shown(tx, now=NEXT_DAY) == []
    assert await tickets.called_now(tx, OTHER_OFFICE, now=LATER) == ()


async def test_the_display_has_room_for_so_many_and_no_more(tx: Transaction, office: Office) -> None:
    for _ in range(SHOWN_MAX + 1):
        await let_in(tx, office)
        await call(tx, office)
    assert len(await shown(tx)) == SHOWN_MAX


async def test_a_person_is_called_three_times_and_each_call_is_written_down(tx: Transaction, office: Office) -> None:
    await let_in(tx, office)
    clerk = await call(tx, office)
    for _ in range(2):
        await tickets.recall(tx, clerk=clerk, now=LATER)
    with pytest.raises(NoCallsLeft):
        await tickets.recall(tx, clerk=clerk, now=LATER)
    cursor = await tx.execute("select number, desk from tickets.call order by number")
    assert [(row["number"], row["desk"]) for row in await cursor.fetchall()] == [(1, "4"), (2, "4"), (3, "4")]
    assert await tickets.put_back(tx, clerk=clerk, now=LATER) is VisitState.CLOSED, "three calls, and nobody came"


async def test_the_second_scan_is_right_for_the_called_ticket_and_tells_every_other_what_to_do(
    tx: Transaction, office: Office
) -> None:
    called, waiting = await let_in(tx, office), await let_in(tx, office)
    outside = await office.ticket(tx)
    clerk = await call(tx, office)
    await see(tx, clerk, called.code)
    for code, refusal in ((waiting.code, NotCalledYet), (outside.code, NotLetIn), ("https://x.example", NoTicketShown)):
        with pytest.raises(refusal):
            await see(tx, clerk, code)
    colleague = await call(tx, office, desk="7")
    with pytest.raises(CalledElsewhere) as told:
        await see(tx, clerk, waiting.code)
    assert told.value.facts == {"token": "A2", "desk": "7"}
    number = office.numbers[called.person_id]
    await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=LATER)
    await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.NOT_SERVED, reason="ينقص ختم", now=LATER)
    with pytest.raises(VisitOver):
        await see(tx, colleague, called.code)


async def test_a_scan_at_the_counter_opens_nothing_without_the_card(tx: Transaction, office: Office) -> None:
    ticket = await let_in(tx, office)
    clerk = await call(tx, office)
    await see(tx, clerk, ticket.code)
    visit = (await tickets.hall_of(tx, clerk=clerk, now=LATER)).in_hand
    assert visit is not None
    assert (visit.state, visit.ticket_seen_at) == (VisitState.CALLED, LATER)


async def test_a_ticket_let_in_elsewhere_was_not_let_in_here(tx: Transaction, office: Office) -> None:
    ticket = await let_in(tx, office)
    stranger = await office.officer(tx, Role.CLERK, office_id=OTHER_OFFICE)
    with pytest.raises(NotLetIn):
        await see(tx, stranger, ticket.code)


async def test_the_hall_names_the_next_in_line_but_nobody_whom_the_clerk_let_in(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    await let_in(tx, office, guard=guard)
    await let_in(tx, office)
    clerk = await office.officer(tx, Role.CLERK)
    assert [str(each) for each in (await tickets.hall_of(tx, clerk=clerk, now=LATER)).coming] == ["A1", "A2"]
    assert [str(each) for each in (await tickets.hall_of(tx, clerk=guard, now=LATER)).coming] == ["A2"]


async def test_the_days_history_reconciles(tx: Transaction, office: Office) -> None:
    served = await let_in(tx, office)
    for _ in range(2):
        await let_in(tx, office)
    await let_in(tx, office, service_id=OTHER_SERVICE)
    clerk = await call(tx, office, now=STARTS_AT + timedelta(minutes=10))
    number = office.numbers[served.person_id]
    await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=LATER)
    await tickets.close_visit(
        tx, clerk=clerk, outcome=Outcome.SERVED, reason=None, originals_seen={"passport"}, now=LATER
    )
    clerk = await call(tx, office, now=STARTS_AT + timedelta(minutes=20))
    for _ in range(2):
        stranger = office.numbers[clerk.person_id]
        await tickets.open_visit(tx, clerk=clerk, card=stranger, settings=office.settings, now=LATER)
    head = await office.officer(tx, Role.BRANCH_HEAD)
    found = await tickets.hall_day(tx, head=head, day_on=DAY_ON)
    counts = {
        each.service_id: (each.came, each.served, each.identity_mismatch, each.unfinished) for each in found.by_service
    }
    assert counts == {SERVICE: (3, 1, 1, 1), OTHER_SERVICE: (1, 0, 0, 1)}
    waits = {each.service_id: (each.wait_median_seconds, each.wait_ninth_decile_seconds) for each in found.by_service}
    assert waits == {SERVICE: (15 * 60, 19 * 60), OTHER_SERVICE: (None, None)}
    assert [(str(each.token), each.outcome) for each in found.visits] == [
        *(("A1", Outcome.SERVED), ("A2", Outcome.IDENTITY_MISMATCH), ("A3", None), ("B4", None)),
    ]
    assert found.recurrences == ()


async def test_a_day_without_anybody_has_an_empty_history(tx: Transaction, office: Office) -> None:
    head = await office.officer(tx, Role.BRANCH_HEAD)
    found = await tickets.hall_day(tx, head=head, day_on=DAY_ON)
    assert (found.by_service, found.visits, found.recurrences) == ((), (), ())


async def test_the_head_learns_that_one_card_came_more_than_once_and_nobody_is_refused(
    tx: Transaction, office: Office
) -> None:
    proxy_number = office.numbers[await office.person(tx)]
    for minutes in (0, 10, 20):
        held = await office.confirmed(tx, starts_at=STARTS_AT + timedelta(minutes=minutes))
        ticket = await tickets.declare_proxy(
            tx,
            service_id=held.service_id,
            booking_id=held.booking_id,
            person_id=held.person_id,
            civil_number=proxy_number,
            name="وكيل مخترع",
            acts_as=Actor.DELEGATE,
            settings=office.settings,
            now=held.made_at,
        )
        office.numbers[ticket.person_id] = proxy_number
        guard = await office.officer(tx, Role.GUARD)
        await office.answer(tx, guard, await office.scan(tx, guard, ticket.code))
    await let_in(tx, office)
    head = await office.officer(tx, Role.BRANCH_HEAD)
    found = await tickets.hall_day(tx, head=head, day_on=DAY_ON)
    assert found.recurrences == (Recurrence(people=3, entries=3, offices=1),)
    assert found.by_service[0].came == 4

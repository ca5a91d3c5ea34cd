"""The counter: in line, called once, opened with the right card, closed with an outcome."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg.errors import CheckViolation, UniqueViolation

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.model import (
    OnlyOwnAdmissions,
    Outcome,
    Ticket,
    TicketStatus,
    Visit,
    VisitInHand,
    VisitMovedOn,
    VisitState,
)
from tests.store.tickets.invented_office import OTHER_OFFICE, STARTS_AT, Office

LATER = STARTS_AT + timedelta(minutes=5)


async def called(tx: Transaction, office: Office) -> tuple[Officer, Ticket]:
    """A clerk with an admitted person called to his desk."""
    ticket = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = await office.officer(tx, Role.CLERK)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    return clerk, ticket


async def open_with(tx: Transaction, office: Office, clerk: Officer, number: str) -> VisitState:
    return await tickets.open_visit(tx, clerk=clerk, card_number=number, settings=office.settings, now=LATER)


async def in_hand(tx: Transaction, clerk: Officer) -> Visit | None:
    return (await tickets.hall_of(tx, clerk=clerk, now=LATER)).in_hand


async def test_a_visit_from_call_to_outcome(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    assert await open_with(tx, office, clerk, office.numbers[ticket.person_id]) is VisitState.OPENED
    await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.SERVED, reason=None, now=LATER)
    assert await in_hand(tx, clerk) is None
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    assert held.state is BookingState.ATTENDED


async def test_who_is_not_served_hears_why_and_kept_his_turn(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    await open_with(tx, office, clerk, office.numbers[ticket.person_id])
    with pytest.raises(CheckViolation, match="who_is_not_served_hears_why"):
        async with tx.transaction():
            await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.NOT_SERVED, reason=None, now=LATER)
    await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.NOT_SERVED, reason="ينقص جواز السفر", now=LATER)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    assert held.state is BookingState.ATTENDED


async def test_two_wrong_cards_are_charged_to_the_guard_who_admitted(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    await office.admitted(tx, guard)
    clerk, head = await office.officer(tx, Role.CLERK), await office.officer(tx, Role.BRANCH_HEAD)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    stranger = office.numbers[clerk.person_id]
    assert await open_with(tx, office, clerk, stranger) is VisitState.CALLED
    assert await open_with(tx, office, clerk, stranger) is VisitState.CLOSED
    listed = await tickets.mismatches_at(tx, head=head, now=LATER)
    assert listed.by_guard == {guard.person_id: 1}


async def test_nothing_is_closed_as_served_before_the_card_was_read(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    with pytest.raises(VisitMovedOn):
        await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.SERVED, reason=None, now=LATER)
    with pytest.raises(CheckViolation, match="only_an_opened_visit_is_served"):
        await tx.execute(
            """update tickets.visit set state = 'closed', outcome = 'served', closed_at = now(), log_entry_id = 1
            where ticket_id = %s""",
            (ticket.ticket_id,),
        )


async def test_arabic_digits_open_a_visit_too(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    typed = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in office.numbers[ticket.person_id])
    assert await open_with(tx, office, clerk, f"{typed[:4]} {typed[4:]}") is VisitState.OPENED


async def test_a_clerk_has_one_visit_in_hand(tx: Transaction, office: Office) -> None:
    clerk, _ = await called(tx, office)
    await office.admitted(tx, await office.officer(tx, Role.GUARD))
    with pytest.raises(VisitInHand):
        await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    with pytest.raises(UniqueViolation, match="one_visit_in_hand_per_clerk"):
        await tx.execute(
            """update tickets.visit set state = 'called', clerk_id = %s, desk = '4', called_at = now()
            where state = 'waiting'""",
            (clerk.person_id,),
        )


async def test_the_line_goes_by_slot_and_then_by_admission(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    half_past = STARTS_AT + timedelta(minutes=30)
    late = await office.admitted(tx, guard, starts_at=half_past)
    first = await office.admitted(tx, guard)
    clerks = [await office.officer(tx, Role.CLERK) for _ in range(3)]
    order = [await tickets.call_next(tx, clerk=clerk, desk="1", now=LATER) for clerk in clerks]
    assert [visit and visit.ticket_id for visit in order] == [first.ticket_id, late.ticket_id, None]


async def test_nobody_serves_whom_he_let_in(tx: Transaction, office: Office) -> None:
    guard, colleague = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.GUARD)
    clerk = replace(guard, role=Role.CLERK)
    assert await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER) is None, "an empty hall is no refusal"
    own = await office.admitted(tx, guard)
    with pytest.raises(OnlyOwnAdmissions):
        await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    with pytest.raises(CheckViolation, match="nobody_calls_whom_he_let_in"):
        async with tx.transaction():
            await tx.execute(
                "update tickets.visit set state = 'called', clerk_id = guard_id, desk = '4', called_at = now()"
            )
    others = await office.admitted(tx, colleague, starts_at=STARTS_AT + timedelta(minutes=30))
    visit = await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    assert visit is not None
    assert visit.ticket_id == others.ticket_id
    other_clerk = await office.officer(tx, Role.CLERK)
    visit = await tickets.call_next(tx, clerk=other_clerk, desk="5", now=LATER)
    assert visit is not None
    assert visit.ticket_id == own.ticket_id


async def test_who_was_let_in_is_not_missed_and_has_used_his_turn_before_he_is_called(
    tx: Transaction, office: Office
) -> None:
    ticket = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    await booking.mark_missed(tx, before_on=(STARTS_AT + timedelta(days=1)).date(), now=LATER)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    assert held.state is BookingState.ATTENDED
    shown = await tickets.ticket_for(tx, wanted=held, settings=office.settings, now=LATER)
    assert shown.status is TicketStatus.USED


async def test_who_does_not_come_goes_behind_and_after_the_third_call_is_done(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    absent = await office.admitted(tx, guard)
    clerk = await office.officer(tx, Role.CLERK)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    assert await tickets.put_back(tx, clerk=clerk, now=LATER) is VisitState.WAITING
    present = await office.admitted(tx, guard, starts_at=STARTS_AT + timedelta(minutes=30))
    visit = await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    assert visit is not None
    assert visit.ticket_id == present.ticket_id
    await open_with(tx, office, clerk, office.numbers[present.person_id])
    await tickets.close_visit(tx, clerk=clerk, outcome=Outcome.SERVED, reason=None, now=LATER)
    for state in (VisitState.WAITING, VisitState.CLOSED):
        visit = await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
        assert visit is not None
        assert visit.ticket_id == absent.ticket_id
        assert await tickets.put_back(tx, clerk=clerk, now=LATER) is state
    assert await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER) is None


async def test_a_clerk_of_another_office_sees_an_empty_hall(tx: Transaction, office: Office) -> None:
    await office.admitted(tx, await office.officer(tx, Role.GUARD))
    stranger = await office.officer(tx, Role.CLERK, office_id=OTHER_OFFICE)
    assert await tickets.call_next(tx, clerk=stranger, desk="1", now=LATER) is None


async def test_yesterdays_hall_is_empty_today(tx: Transaction, office: Office) -> None:
    await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = await office.officer(tx, Role.CLERK)
    assert await tickets.call_next(tx, clerk=clerk, desk="1", now=LATER + timedelta(days=1)) is None


async def test_a_mismatch_needs_two_wrong_cards_in_the_table_as_well(tx: Transaction, office: Office) -> None:
    _, ticket = await called(tx, office)
    with pytest.raises(CheckViolation, match="a_mismatch_is_two_wrong_cards"):
        await tx.execute(
            """update tickets.visit set state = 'closed', outcome = 'identity_mismatch', closed_at = now(),
            log_entry_id = 1 where ticket_id = %s""",
            (ticket.ticket_id,),
        )


async def test_many_clerks_at_once_call_each_person_once(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        guard = await standing_office.officer(tx, Role.GUARD)
        admitted = [await standing_office.admitted(tx, guard) for _ in range(6)]
        clerks = [await standing_office.officer(tx, Role.CLERK) for _ in range(10)]

    async def call(clerk: Officer) -> Visit | None:
        async with transaction(pool) as tx:
            return await tickets.call_next(tx, clerk=clerk, desk="1", now=LATER)

    visits = await asyncio.gather(*(call(clerk) for clerk in clerks))
    assert sorted(visit.ticket_id for visit in visits if visit) == sorted(ticket.ticket_id for ticket in admitted)


async def called_by_two(database_url: str, pool: Pool, office: Office, statement: str) -> list[bytes | None]:
    """Two clerks call with their transactions open at the same time; whom each of them got."""
    async with transaction(pool) as tx:
        guard = await office.officer(tx, Role.GUARD)
        for _ in range(2):
            await office.admitted(tx, guard)
        clerks = [await office.officer(tx, Role.CLERK) for _ in range(2)]

    async def call(connection: psycopg.AsyncConnection, clerk: Officer) -> bytes | None:
        facts = {
            "office_id": OfficeId("KW-TST/HAW"),
            "clerk_id": clerk.person_id,
            "desk": "1",
            "since": STARTS_AT - timedelta(hours=1),
            "now": LATER,
        }
        row = await (await connection.execute(statement, facts)).fetchone()
        return bytes(row[1]) if row else None

    connect = psycopg.AsyncConnection.connect
    async with await connect(database_url) as one, await connect(database_url) as other:
        first = await call(one, clerks[0])
        waiting = asyncio.create_task(call(other, clerks[1]))
        await until_locked_or_done(database_url, waiting)
        await one.commit()
        return [first, await waiting]


async def until_locked_or_done(database_url: str, task: asyncio.Task[bytes | None]) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as watcher:
        while not task.done():
            row = await (await watcher.execute("select count(*) from pg_locks where not granted")).fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(0)


async def test_two_open_transactions_call_two_people(database_url: str, pool: Pool, standing_office: Office) -> None:
    first, second = await called_by_two(database_url, pool, standing_office, store.SQL["call_next"])
    assert first != second
    assert None not in {first, second}


async def test_without_the_lock_both_would_call_the_same_person(
    database_url: str, pool: Pool, standing_office: Office
) -> None:
    """The positive control."""
    unguarded = store.SQL["call_next"].replace("for update skip locked", "")
    first, second = await called_by_two(database_url, pool, standing_office, unguarded)
    assert first == second

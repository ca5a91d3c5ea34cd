"""At the counters at once: one clerk for each person, one end for each visit, one number for each token."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.model import Outcome, Visit, VisitMovedOn
from dawr.tickets.store import visits as visit_store
from tests.store.tickets.invented_office import STARTS_AT, Office

LATER = STARTS_AT + timedelta(minutes=5)


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


async def until_locked_or_done(database_url: str, task: asyncio.Task[object]) -> None:
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


async def recalled_while_opened(pool: Pool, office: Office, database_url: str) -> tuple[bool, int]:
    """A clerk opens the visit on one screen, and has not committed yet while he recalls on another.

    Whether the recall was taken, and how many calls are written down.
    """
    async with transaction(pool) as tx:
        await office.admitted(tx, await office.officer(tx, Role.GUARD))
        clerk = await office.officer(tx, Role.CLERK)
        await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)

    async def recall() -> bool:
        try:
            async with transaction(pool) as tx:
                await tickets.recall(tx, clerk=clerk, now=LATER)
        except VisitMovedOn:
            return False
        return True

    async with transaction(pool) as tx:
        visit = await store.visit_in_hand(tx, clerk_id=clerk.person_id)
        assert visit is not None
        await store.open_visit(tx, visit=visit, card_of=visit.bearer_id, now=LATER)
        recalling = asyncio.create_task(recall())
        await until_locked_or_done(database_url, recalling)
    was_taken = await recalling
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as calls from tickets.call")).fetchone()
    assert row is not None
    return was_taken, row["calls"]


async def test_whom_the_card_has_let_in_is_not_called_again(
    pool: Pool, standing_office: Office, database_url: str
) -> None:
    assert await recalled_while_opened(pool, standing_office, database_url) == (False, 1)


async def test_without_the_lock_a_call_would_be_written_down_for_somebody_at_the_desk(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    unguarded = store.SQL["visit_in_hand"].replace("for update", "")
    monkeypatch.setattr(visit_store, "SQL", store.SQL | {"visit_in_hand": unguarded})
    assert await recalled_while_opened(pool, standing_office, database_url) == (True, 2)


async def test_closed_on_two_screens_at_once_a_visit_has_one_outcome(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        ticket = await standing_office.admitted(tx, await standing_office.officer(tx, Role.GUARD))
        clerk = await standing_office.officer(tx, Role.CLERK)
        await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
        number = standing_office.numbers[ticket.person_id]
        await tickets.open_visit(tx, clerk=clerk, card=number, settings=standing_office.settings, now=LATER)

    async def close(outcome: Outcome) -> bool:
        try:
            async with transaction(pool) as tx:
                await tickets.close_visit(
                    tx, clerk=clerk, outcome=outcome, reason="ينقص ختم", originals_seen={"passport"}, now=LATER
                )
        except VisitMovedOn:
            return False
        return True

    closed = await asyncio.gather(*(close(outcome) for outcome in (Outcome.SERVED, Outcome.NOT_SERVED) * 3))
    assert closed.count(True) == 1


async def token_numbers(pool: Pool, office: Office, *, people: int) -> list[int]:
    """The numbers of as many people as asked, let in at the same moment."""
    async with transaction(pool) as tx:
        guards = [await office.officer(tx, Role.GUARD) for _ in range(people)]
        scans = [await office.scan(tx, guard, (await office.ticket(tx)).code) for guard in guards]

    async def let_in(number: int) -> int:
        async with transaction(pool) as tx:
            await office.answer(tx, guards[number], scans[number])
            token = (await tickets.shown_scan(tx, guard=guards[number], scan_id=scans[number].scan_id)).token
        assert token is not None
        return token.number

    return sorted(await asyncio.gather(*(let_in(number) for number in range(people))))


async def test_tokens_of_a_crowd_are_counted_without_gap_or_twin(pool: Pool, standing_office: Office) -> None:
    assert await token_numbers(pool, standing_office, people=10) == list(range(1, 11))


async def test_without_the_count_two_would_get_one_number_and_the_table_refuses_it(
    pool: Pool, standing_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: everybody reads that he is the first."""
    monkeypatch.setattr(visit_store, "SQL", store.SQL | {"next_token_number": "select 1 as token_number"})
    with pytest.raises(UniqueViolation, match="one_visit_per_token"):
        await token_numbers(pool, standing_office, people=2)

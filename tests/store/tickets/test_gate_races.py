"""At the gate at once: one ticket, one admission; and a turn is used or given back, never both."""

import asyncio

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from dawr.booking import actions as booking
from dawr.booking import store as booking_store
from dawr.booking.model import NotLive
from dawr.db.pool import Pool, transaction
from dawr.people.model import Officer, Role
from dawr.tickets import store
from dawr.tickets.model import (
    Scan,
    Ticket,
    Verdict,
)
from tests.store.tickets.invented_office import Office


async def can_give_back(pool: Pool, office: Office, ticket: Ticket) -> bool:
    """Whether its person could still give the turn back."""
    try:
        async with transaction(pool) as tx:
            await office.give_back(tx, ticket)
    except NotLive:
        return False
    return True


async def test_who_was_let_in_cannot_give_his_turn_back(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        ticket = await standing_office.admitted(tx, await standing_office.officer(tx, Role.GUARD))
    assert not await can_give_back(pool, standing_office, ticket)


async def test_admitted_and_given_back_at_once_is_one_or_the_other(pool: Pool, standing_office: Office) -> None:
    for _ in range(10):
        async with transaction(pool) as tx:
            guard, ticket = await standing_office.officer(tx, Role.GUARD), await standing_office.ticket(tx)
            scan = await standing_office.scan(tx, guard, ticket.code)

        async def admit(guard: Officer = guard, scan: Scan = scan) -> Verdict | None:
            async with transaction(pool) as tx:
                return (await standing_office.answer(tx, guard, scan)).verdict

        verdict, is_given_back = await asyncio.gather(admit(), can_give_back(pool, standing_office, ticket))
        assert verdict is (Verdict.CANCELLED if is_given_back else Verdict.ADMIT)
        assert await fate_of(pool, ticket) == (is_given_back, not is_given_back)


async def fate_of(pool: Pool, ticket: Ticket) -> tuple[bool, bool]:
    """Whether its seat went back, and whether it let somebody in."""
    async with transaction(pool) as tx:
        held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
        kept = await booking.seats_kept_among(tx, service_id=ticket.service_id, booking_ids=[held.booking_id])
        return not kept, await store.admitted_at(tx, ticket=ticket) is not None


async def admitted_while_given_back(pool: Pool, office: Office, database_url: str) -> tuple[Verdict | None, int]:
    """The turn is given back, and not yet committed, while the guard types; his verdict, and the slot's taken seats."""
    async with transaction(pool) as tx:
        guard, ticket = await office.officer(tx, Role.GUARD), await office.ticket(tx)
        scan = await office.scan(tx, guard, ticket.code)

    async def admit() -> Verdict | None:
        async with transaction(pool) as tx:
            return (await office.answer(tx, guard, scan)).verdict

    async with transaction(pool) as tx:
        await office.give_back(tx, ticket)
        admitting = asyncio.create_task(admit())
        await until_locked_or_done(database_url, admitting)
    verdict = await admitting
    async with transaction(pool) as tx:
        held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
        return verdict, (await booking.slot(tx, held.service_id, held.slot_id)).taken


async def test_nobody_is_let_in_with_a_turn_that_is_just_given_back(
    pool: Pool, standing_office: Office, database_url: str
) -> None:
    assert await admitted_while_given_back(pool, standing_office, database_url) == (Verdict.CANCELLED, 0)


async def test_without_lock_and_trigger_a_seat_would_go_back_while_its_person_is_let_in(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    monkeypatch.setattr(booking_store, "SQL", booking_store.SQL | {"lock_booking": "select 1"})
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("drop trigger an_ended_booking_stays_ended on booking.booking")
    assert await admitted_while_given_back(pool, standing_office, database_url) == (Verdict.ADMIT, 0)


async def until_locked_or_done(database_url: str, task: asyncio.Task[Verdict | None]) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as watcher:
        while not task.done():
            row = await (await watcher.execute("select count(*) from pg_locks where not granted")).fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(0)


async def admit_at_once(pool: Pool, office: Office, *, guards: int) -> list[Verdict | None]:
    """As many guards as asked, each with a scan of the same ticket, answer rightly at the same moment."""
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
        posts = [await office.officer(tx, Role.GUARD) for _ in range(guards)]
        scans = [await office.scan(tx, post, ticket.code) for post in posts]

    async def answered(number: int) -> Verdict | None:
        async with transaction(pool) as tx:
            return (await office.answer(tx, posts[number], scans[number])).verdict

    return list(await asyncio.gather(*(answered(number) for number in range(guards))))


async def test_many_guards_at_once_admit_one_ticket_once(pool: Pool, standing_office: Office) -> None:
    verdicts = await admit_at_once(pool, standing_office, guards=10)
    assert verdicts.count(Verdict.ADMIT) == 1
    assert verdicts.count(Verdict.USED) == 9


async def test_without_lock_and_constraint_two_would_be_admitted(
    pool: Pool, standing_office: Office, database_url: str
) -> None:
    """The positive control: both inserts stand as soon as the constraint is gone."""
    insert = """insert into tickets.admission (service_id, ticket_id, office_id, scan_id, guard_id, admitted_at)
        values (%s, %s, 'KW-TST/HAW', gen_random_uuid(), gen_random_uuid(), now())"""
    async with transaction(pool) as tx:
        ticket = await standing_office.ticket(tx)
    named = (ticket.service_id, ticket.ticket_id)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(insert, named)
        with pytest.raises(UniqueViolation, match="one_admission_per_ticket"):
            await owner.execute(insert, named)
        await owner.rollback()
        await owner.execute("alter table tickets.admission drop constraint one_admission_per_ticket cascade")
        for _ in range(2):
            await owner.execute(insert, named)
        await owner.rollback()

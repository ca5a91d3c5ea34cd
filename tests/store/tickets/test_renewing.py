"""What was signed with a revoked key is issued anew by itself, whoever looks; each turn keeps one live ticket."""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest
import structlog

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.keys import key_name, key_set
from dawr.tickets.model import Ticket, TicketStatus, Verdict
from dawr.tickets.verdict import prove
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import STARTS_AT, Office
from tests.store.tickets.test_delegating_races import forget_the_nets

NOW = STARTS_AT - timedelta(days=1)


@pytest.fixture
def office(standing_office: Office) -> Office:
    return standing_office


async def renew(pool: Pool, settings: Settings, *, now: datetime = NOW) -> int:
    return await tickets.renew_tickets(pool, settings=settings, now=now)


async def revoke_signing_key(tx: Transaction, settings: Settings) -> None:
    key = await tickets.publish_key(tx, settings=settings, now=NOW)
    await tickets.revoke_key(tx, name=key_name(key.key_id), reason="It was copied.", settings=settings, now=NOW)


async def newest(pool: Pool, ticket: Ticket) -> tuple[Ticket, Verdict]:
    """The booking's newest ticket, and what today's keys prove of it."""
    async with transaction(pool) as tx:
        found = await store.newest_ticket(tx, service_id=ticket.service_id, booking_id=ticket.booking_id)
        keys = key_set(await tickets.published_keys(tx))
    assert found is not None
    return found, prove(found.code, keys=keys).verdict


async def test_nobody_has_to_look_for_a_new_ticket_to_be_there(pool: Pool, office: Office) -> None:
    async with transaction(pool) as tx:
        made = [await office.ticket(tx) for _ in range(3)]
    assert await renew(pool, office.settings) == 0
    async with transaction(pool) as tx:
        await revoke_signing_key(tx, office.settings)
    assert await renew(pool, office.settings) == 3
    for ticket in made:
        found, verdict = await newest(pool, ticket)
        assert (found.sequence, found.status, verdict) == (1, TicketStatus.VALID, Verdict.ADMIT)
    assert await renew(pool, office.settings) == 0


async def test_a_turn_given_back_gets_no_new_ticket_and_is_not_looked_at_again(pool: Pool, office: Office) -> None:
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
        await office.give_back(tx, ticket)
        await revoke_signing_key(tx, office.settings)
    assert await renew(pool, office.settings) == 1
    found, _ = await newest(pool, ticket)
    assert (found.ticket_id, found.status) == (ticket.ticket_id, TicketStatus.CANCELLED)
    assert await renew(pool, office.settings) == 0


async def test_a_turn_that_is_long_over_is_left_as_it_was(pool: Pool, office: Office) -> None:
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
        await revoke_signing_key(tx, office.settings)
    assert await renew(pool, office.settings, now=STARTS_AT + timedelta(hours=12, seconds=1)) == 0
    assert (await newest(pool, ticket))[0].ticket_id == ticket.ticket_id


async def test_a_ticket_that_cannot_be_renewed_does_not_hold_up_the_others(
    pool: Pool, database_url: str, office: Office
) -> None:
    async with transaction(pool) as tx:
        broken, sound = await office.ticket(tx), await office.ticket(tx)
        await revoke_signing_key(tx, office.settings)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "update people.person set civil_number_sealed = repeat('x', 40)::bytea where person_id = %s",
            (broken.person_id,),
        )
    with structlog.testing.capture_logs() as said:
        assert await renew(pool, office.settings) == 2
    assert [line["ticket"] for line in said if line["event"] == "ticket.not_renewed"] == [broken.ticket_id.hex()]
    assert (await newest(pool, sound))[1] is Verdict.ADMIT
    assert (await newest(pool, broken))[0].ticket_id == broken.ticket_id


async def test_many_workers_at_once_renew_each_ticket_once(pool: Pool, office: Office) -> None:
    async with transaction(pool) as tx:
        made = [await office.ticket(tx) for _ in range(4)]
        await revoke_signing_key(tx, office.settings)
    await asyncio.gather(*(renew(pool, office.settings) for _ in range(4)))
    for ticket in made:
        found, verdict = await newest(pool, ticket)
        assert (found.sequence, verdict) == (1, Verdict.ADMIT)
        async with transaction(pool) as tx:
            held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
        assert held.starts_at == found.starts_at


async def renewed_while_let_in(pool: Pool, office: Office, database_url: str) -> tuple[TicketStatus, int]:
    """The bearer is let in, and that is not committed yet, while the worker renews his ticket.

    What the ticket that let him in is worth afterwards, and how many tickets are good for another admission.
    """
    async with transaction(pool) as tx:
        ticket, guard = await office.ticket(tx), await office.officer(tx, Role.GUARD)
        scan = await office.scan(tx, guard, ticket.code)
        await revoke_signing_key(tx, office.settings)
    async with transaction(pool) as tx:
        await office.answer(tx, guard, scan)
        renewing = asyncio.create_task(renew(pool, office.settings))
        await until_locked_or_done(database_url, renewing)
    await renewing
    async with transaction(pool) as tx:
        shown = await store.ticket(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
        row = await (await tx.execute("select count(*) as good from tickets.ticket where status = 0")).fetchone()
    assert row is not None
    return shown.status, row["good"]


async def test_who_is_let_in_while_his_ticket_is_renewed_has_used_it(
    pool: Pool, office: Office, database_url: str
) -> None:
    with structlog.testing.capture_logs() as said:
        assert await renewed_while_let_in(pool, office, database_url) == (TicketStatus.USED, 0)
    assert said == []


async def test_without_the_lock_he_would_have_another_ticket(
    pool: Pool, office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    forget_the_nets(monkeypatch)
    assert await renewed_while_let_in(pool, office, database_url) == (TicketStatus.CANCELLED, 1)

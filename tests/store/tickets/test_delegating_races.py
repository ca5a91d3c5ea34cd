"""A proxy named at the moment when somebody is let in, or twice at once: one ticket is good, and one person comes."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from psycopg.errors import UniqueViolation

from dawr.booking import store as booking_store
from dawr.booking.model import Booking
from dawr.catalogue.model import Actor
from dawr.db.pool import Pool, transaction
from dawr.kernel.refusal import Refusal
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.actions.hall import begin_visit
from dawr.tickets.model import TicketId
from dawr.tickets.store import tickets as ticket_store
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import STARTS_AT, Office

BEFORE = STARTS_AT - timedelta(days=1)
"""By the clock of whoever names a proxy, when it is not settled yet who comes."""


async def declare(pool: Pool, office: Office, held: Booking, *, ordinal: int = 1) -> bool:
    """Whether the proxy could still be named."""
    try:
        async with transaction(pool) as tx:
            await tickets.declare_proxy(
                tx,
                service_id=held.service_id,
                booking_id=held.booking_id,
                person_id=held.person_id,
                civil_number=invented_kuwaiti_number(date(1975, 3, 1), ordinal),
                name="وكيل مخترع",
                acts_as=Actor.DELEGATE,
                settings=office.settings,
                now=BEFORE,
            )
    except Refusal:
        return False
    return True


async def test_of_many_proxies_named_at_once_one_is_named(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        held = await standing_office.confirmed(tx)
    named = await asyncio.gather(*(declare(pool, standing_office, held, ordinal=number) for number in range(6)))
    assert named.count(True) == 1
    async with transaction(pool) as tx:
        row = await (
            await tx.execute("select count(*) filter (where status = 0) as live, count(*) as made from tickets.ticket")
        ).fetchone()
    assert row == {"live": 1, "made": 1}


async def named_while_let_in(pool: Pool, office: Office, database_url: str) -> tuple[bool, int]:
    """The person is let in, and that is not committed yet, while he names a proxy on his phone.

    Whether the proxy was named, and how many tickets are good for an admission afterwards.
    """
    async with transaction(pool) as tx:
        held, guard = await office.confirmed(tx), await office.officer(tx, Role.GUARD)
        ticket = await tickets.issue_ticket(tx, confirmed=held, settings=office.settings, now=STARTS_AT)
        scan = await office.scan(tx, guard, ticket.code)
    async with transaction(pool) as tx:
        await office.answer(tx, guard, scan)
        naming = asyncio.create_task(declare(pool, office, held))
        await until_locked_or_done(database_url, naming)
    was_named = await naming
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as good from tickets.ticket where status = 0")).fetchone()
    assert row is not None
    return was_named, row["good"]


def forget_the_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock on the booking, and a used ticket that can be cancelled."""
    set_status = ticket_store.SQL["set_status"]
    assert "and status <> 2" in set_status
    forgetful = {"set_status": set_status.replace("and status <> 2", "")}
    monkeypatch.setattr(booking_store, "SQL", booking_store.SQL | {"lock_booking": "select 1"})
    monkeypatch.setattr(ticket_store, "SQL", ticket_store.SQL | forgetful)


async def test_who_is_just_let_in_names_nobody_any_more(pool: Pool, standing_office: Office, database_url: str) -> None:
    assert await named_while_let_in(pool, standing_office, database_url) == (False, 0)


async def test_without_the_lock_a_second_ticket_would_be_good_after_the_admission(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    forget_the_nets(monkeypatch)
    assert await named_while_let_in(pool, standing_office, database_url) == (True, 1)


async def test_even_then_a_booking_has_one_visit(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the table refuses if the lock is ever forgotten."""
    forget_the_nets(monkeypatch)
    await named_while_let_in(pool, standing_office, database_url)
    async with transaction(pool) as tx:
        row = await (await tx.execute("select service_id, ticket_id from tickets.ticket where status = 0")).fetchone()
        assert row is not None
        second = await store.ticket(tx, service_id=row["service_id"], ticket_id=TicketId(row["ticket_id"]))
        guard = await standing_office.officer(tx, Role.GUARD)
        scan = await standing_office.scan(tx, guard, second.code)
        scan = replace(scan, service_id=second.service_id, ticket_id=second.ticket_id)
        assert await store.admit(tx, ticket=second, scan=scan, now=STARTS_AT)
        with pytest.raises(UniqueViolation, match="one_visit_per_booking"):
            await begin_visit(tx, ticket=second, office_id=second.office_id, guard_id=guard.person_id, now=STARTS_AT)

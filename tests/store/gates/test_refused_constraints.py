"""What the tables of refused visitors refuse, and taps that come at once; with a positive control."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates.actions import helping
from dawr.gates.actions.refused_views import RefusedView, view_refused
from dawr.gates.model.refused import (
    Refused,
    RemedyKind,
)
from dawr.gates.store import refused as store
from dawr.kernel.refusal import Refusal
from dawr.lines import actions as lines
from dawr.lines.model import LineId
from dawr.people.model import Role
from tests.store.booking.slots import forbidden, refused_by
from tests.store.gates.refusals import given, helped, left_over
from tests.store.tickets.invented_office import SERVICE, STARTS_AT, Office

REFUSED = """
insert into gates.refused (office_id, person_id, officer_id, reason, service_id, scan_id, refused_at)
values ('KW-TST/HAW', %s, %s, %s, 'KW-TST/18', %s, now()) returning refused_id
"""
REMEDY = """
insert into gates.remedy
(
    office_id, refused_id, officer_id, scan_id, kind, service_id, booking_id, release_id, day_on, unscanned_number,
    given_at, log_entry_id, log_salt
)
values ('KW-TST/HAW', %s, %s, %s, %s, 'KW-TST/18', %s, %s, '2027-02-03', %s, now(), 1, 'x')
"""


async def test_the_tables_refuse_what_the_rules_refuse(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    officer_id, nobody = clerk.person_id, uuid4()
    await refused_by(tx, "no_officer_helps_himself", REFUSED, officer_id, officer_id, "used", None)
    await refused_by(tx, "reason_is_known", REFUSED, nobody, officer_id, "suspicious", None)
    await refused_by(tx, "whoever_helps_himself_was_scanned", REFUSED, nobody, None, "used", None)
    of = await helped(tx, office, clerk, await office.person(tx))
    other = await helped(tx, office, clerk, await office.person(tx))
    turn, scan_id = uuid4(), uuid4()
    give = (of.refused_id, officer_id)
    await refused_by(tx, "remedy_is_of_a_refused_visitor", REMEDY, nobody, officer_id, None, "given", turn, None, 1)
    await refused_by(tx, "remedy_is_known", REMEDY, *give, None, "promised", None, None, 1)
    await refused_by(tx, "a_turn_has_a_booking", REMEDY, *give, None, "given", None, None, 1)
    await refused_by(tx, "a_chance_has_a_release", REMEDY, *give, None, "in_draw", None, None, 1)
    await refused_by(tx, "what_was_not_scanned_is_counted", REMEDY, *give, None, "given", turn, None, None)
    await refused_by(tx, "what_was_not_scanned_is_counted", REMEDY, *give, scan_id, "given", turn, None, 1)
    await refused_by(tx, "what_was_not_scanned_is_counted", REMEDY, of.refused_id, None, None, "given", turn, None, 1)
    for number in (0, 21):
        await refused_by(tx, "twenty_remedies_a_day_without_a_scan", REMEDY, *give, None, "given", turn, None, number)
    await tx.execute(REMEDY.encode(), (*give, None, "given", turn, None, 1))
    await refused_by(tx, "one_remedy_per_refused_visitor", REMEDY, *give, None, "given", turn, None, 2)
    await refused_by(
        tx, "remedies_without_a_scan_are_counted", REMEDY, other.refused_id, officer_id, None, "given", turn, None, 1
    )
    again = await helped(tx, office, clerk, await office.person(tx))
    await tx.execute(REMEDY.encode(), (other.refused_id, officer_id, scan_id, "given", turn, None, None))
    await refused_by(
        tx, "one_remedy_per_scan", REMEDY, again.refused_id, officer_id, scan_id, "given", turn, None, None
    )


@pytest.mark.parametrize("table", ["refused", "remedy"])
async def test_what_was_refused_and_given_is_neither_changed_nor_removed(tx: Transaction, table: str) -> None:
    await forbidden(tx, f"update gates.{table} set office_id = office_id")
    await forbidden(tx, f"delete from gates.{table}")


async def test_the_reader_counts_and_sees_nobodys_name(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        await tx.execute("select office_id, reason, refused_at from gates.refused")
        await forbidden(tx, "select person_id from gates.refused")
        await forbidden(tx, "select booking_id from gates.remedy")
        await forbidden(tx, "select log_salt from gates.remedy")


async def _line_of_the_standing_office(pool: Pool, office: Office) -> tuple[Refused, str]:
    """A visitor who may join a line, committed."""
    async with transaction(pool) as tx:
        clerk = await office.officer(tx, Role.CLERK)
        slot_id = await left_over(tx, starts_at=STARTS_AT + timedelta(days=2))
        line = await lines.announce(
            tx,
            service_id=SERVICE,
            line_id=LineId("KW-TST/18/opening"),
            slot_ids=[slot_id],
            gathers_at=STARTS_AT,
            opens_at=STARTS_AT + timedelta(hours=1),
            closes_at=STARTS_AT + timedelta(days=1),
            inside_max=5,
            now=STARTS_AT,
        )
        return await helped(tx, office, clerk, await office.person(tx)), line.line_id


async def _taps_at_once(pool: Pool, office: Office, of: Refused, line_id: str, *, count: int) -> list[str]:
    async def tap() -> None:
        async with transaction(pool) as tx:
            await given(tx, office, of, line_id, kind=RemedyKind.IN_LINE)

    outcomes = await asyncio.gather(*(tap() for _ in range(count)), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
            raise outcome
    return [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]


async def _remedies(pool: Pool) -> int:
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as n from gates.remedy")).fetchone()
    assert row is not None
    count: int = row["n"]
    return count


async def test_six_taps_at_once_give_one_thing(pool: Pool, standing_office: Office) -> None:
    of, line_id = await _line_of_the_standing_office(pool, standing_office)
    refused = await _taps_at_once(pool, standing_office, of, line_id, count=6)
    assert refused == ["gates.remedy_given"] * 5
    assert await _remedies(pool) == 1


async def test_without_lock_and_constraints_six_taps_would_give_six(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: nobody waits for anybody, and nothing counts."""
    of, line_id = await _line_of_the_standing_office(pool, standing_office)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("alter table gates.remedy drop constraint one_remedy_per_refused_visitor")
        await connection.execute("alter table gates.remedy drop constraint remedies_without_a_scan_are_counted")
    all_have_looked = asyncio.Barrier(6)

    async def looked_with_all_others(tx: Transaction, of: Refused, *, now: datetime) -> RefusedView:
        view = await view_refused(tx, of, now=now)
        await all_have_looked.wait()
        return view

    async def nobody_waits(*_: object, **__: object) -> None:
        pass

    monkeypatch.setattr(helping, "view_refused", looked_with_all_others)
    monkeypatch.setattr(store, "lock_remedies_of", nobody_waits)
    assert await _taps_at_once(pool, standing_office, of, line_id, count=6) == []
    assert await _remedies(pool) == 6

"""Cards that did not match: what is counted, who may allow another round, and what a branch head sees."""

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg.errors import CheckViolation, UniqueViolation

from dawr.db.pool import Transaction
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import keyed_hash
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.model import (
    MismatchState,
    OwnRound,
    Scan,
    TicketStatus,
    Verdict,
)
from dawr.transparency.leaf import read_leaf
from tests.store.booking.slots import refused_by
from tests.store.tickets.invented_office import STARTS_AT, Office

REASON = "بطاقة بالية"


async def allow(tx: Transaction, office: Office, head: Officer, scan: Scan) -> None:
    await tickets.allow_another_round(
        tx, head=head, scan_id=scan.scan_id, reason=REASON, settings=office.settings, now=STARTS_AT
    )


async def test_two_wrong_tries_are_a_mismatch_that_stays(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    scan = await office.scan(tx, guard, ticket.code)
    assert (await office.answer(tx, guard, scan, is_right=False)).verdict is None
    assert (await office.answer(tx, guard, scan, is_right=False)).verdict is Verdict.IDENTITY_MISMATCH
    other_guard = await office.officer(tx, Role.GUARD)
    assert (await office.scan(tx, other_guard, ticket.code)).verdict is Verdict.IDENTITY_MISMATCH
    kept = await store.ticket(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    assert kept.status is TicketStatus.VALID, "the holder himself has lost nothing"


async def test_a_branch_head_may_allow_another_round(tx: Transaction, office: Office) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    ticket = await office.ticket(tx)
    scan = await office.mismatched(tx, guard, ticket)
    listed = await tickets.mismatches_at(tx, head=head, now=STARTS_AT)
    assert [(each.scan_id, state) for each, state in listed.at_gate] == [(scan.scan_id, MismatchState.AWAITS_DECISION)]
    await allow(tx, office, head, scan)
    again = await office.scan(tx, guard, ticket.code)
    assert (await office.answer(tx, guard, again)).verdict is Verdict.ADMIT


async def test_allowing_twice_allows_one_round(tx: Transaction, office: Office) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    scan = await office.mismatched(tx, guard, await office.ticket(tx))
    for _ in range(2):
        await allow(tx, office, head, scan)
    row = await (await tx.execute("select max(round) as last from tickets.challenge")).fetchone()
    assert row is not None
    assert row["last"] == 2


async def test_the_log_binds_the_reason_of_another_round_and_does_not_tell_it(tx: Transaction, office: Office) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    scan = await office.mismatched(tx, guard, await office.ticket(tx))
    await allow(tx, office, head, scan)
    row = await (await tx.execute("select reason, reason_key from tickets.challenge where round = 2")).fetchone()
    assert row is not None
    assert row["reason"] == REASON
    statement = "select leaf from transparency.entry order by entry_id desc limit 1"
    logged = await (await tx.execute(statement)).fetchone()
    assert logged is not None
    said = read_leaf(logged["leaf"].encode())
    assert said.kind == "override"
    assert said.facts == {
        "what": "gate.another_round",
        "role": "branch_head",
        "office": head.office_id,
        "scan": str(scan.scan_id),
        "reason_hash": keyed_hash(bytes(row["reason_key"]), REASON.encode()).hex(),
    }


async def test_a_guard_who_is_the_branch_head_allows_himself_no_further_round(tx: Transaction, office: Office) -> None:
    guard, colleague = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.GUARD)
    scan = await office.mismatched(tx, guard, await office.ticket(tx))
    as_head = replace(guard, role=Role.BRANCH_HEAD)
    ((_, state),) = (await tickets.mismatches_at(tx, head=as_head, now=STARTS_AT)).at_gate
    assert state is MismatchState.OWN
    with pytest.raises(OwnRound):
        await allow(tx, office, as_head, scan)
    ticket = await store.ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    again = await office.scan(tx, colleague, ticket.code)
    assert again.verdict is Verdict.IDENTITY_MISMATCH
    with pytest.raises(OwnRound):
        await allow(tx, office, as_head, again)


async def test_a_branch_head_types_no_digits_in_a_round_that_he_allowed(tx: Transaction, office: Office) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    ticket = await office.ticket(tx)
    await allow(tx, office, head, await office.mismatched(tx, guard, ticket))
    as_guard = replace(head, role=Role.GUARD)
    own = await office.scan(tx, as_guard, ticket.code)
    with pytest.raises(OwnRound):
        await office.answer(tx, as_guard, own)
    assert (await office.answer(tx, guard, await office.scan(tx, guard, ticket.code))).verdict is Verdict.ADMIT


async def test_the_tables_refuse_a_round_of_ones_own_as_well(tx: Transaction, office: Office) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    ticket = await office.ticket(tx)
    scan = await office.mismatched(tx, guard, ticket)
    allow_round = """insert into tickets.challenge
        (service_id, ticket_id, round, positions, serial_positions, answer_hash, chosen_at, allowed_by, reason,
        reason_key)
        values (%s, %s, 2, '{1,2,3,4}', '{}', 'x', now(), %s, 'why', 'key')"""
    type_digits = """insert into tickets.gate_answer
        (service_id, ticket_id, round, attempt, office_id, scan_id, guard_id, is_right, answered_at)
        values (%s, %s, 2, 1, 'KW-TST/HAW', %s, %s, true, now())"""
    named = (ticket.service_id, ticket.ticket_id)
    own = "nobody_allows_himself_another_round"
    await refused_by(tx, own, allow_round, *named, guard.person_id)
    await tx.execute(allow_round, (*named, head.person_id))
    await refused_by(tx, own, type_digits, *named, scan.scan_id, head.person_id)
    await tx.execute(type_digits, (*named, scan.scan_id, guard.person_id))


async def test_a_round_that_is_not_spent_is_not_renewed(tx: Transaction, office: Office) -> None:
    head, guard = await office.officer(tx, Role.BRANCH_HEAD), await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    with pytest.raises(NotFound):
        await tickets.allow_another_round(
            tx, head=head, scan_id=scan.scan_id, reason="please", settings=office.settings, now=STARTS_AT
        )


async def test_a_further_round_without_a_reason_is_refused_by_the_table(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    with pytest.raises(CheckViolation, match="another_round_is_allowed_by_somebody_for_a_reason"):
        await tx.execute(
            """insert into tickets.challenge
            (service_id, ticket_id, round, positions, serial_positions, answer_hash, chosen_at)
            values (%s, %s, 2, '{1,2,3,4}', '{}', 'x', now())""",
            (ticket.service_id, ticket.ticket_id),
        )


async def test_a_third_try_and_a_try_counted_twice_are_refused_by_the_table(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    await office.answer(tx, guard, scan, is_right=False)
    copy = """insert into tickets.gate_answer
        select service_id, ticket_id, round, attempt + %s, office_id, scan_id, guard_id, is_right, answered_at
        from tickets.gate_answer where scan_id = %s"""
    async with tx.transaction(force_rollback=True):
        with pytest.raises(UniqueViolation, match="each_try_counted_once"):
            await tx.execute(copy, (0, scan.scan_id))
    with pytest.raises(CheckViolation, match="two_tries_per_round"):
        await tx.execute(copy, (2, scan.scan_id))


async def test_mismatches_are_listed_by_ticket_the_newest_first_with_what_became_of_each(
    tx: Transaction, office: Office
) -> None:
    guard, colleague = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.GUARD)
    head = await office.officer(tx, Role.BRANCH_HEAD)
    resolved, waiting, given_back, allowed = [await office.ticket(tx) for _ in range(4)]
    for minute, ticket in enumerate((resolved, waiting, given_back, allowed)):
        await office.mismatched(tx, guard, ticket, now=STARTS_AT - timedelta(minutes=9 - minute))
    newest = await office.scan(tx, colleague, waiting.code, now=STARTS_AT)
    for ticket in (resolved, allowed):
        scan = await office.scan(tx, guard, ticket.code, now=STARTS_AT - timedelta(minutes=5))
        await allow(tx, office, head, scan)
    await office.answer(tx, colleague, await office.scan(tx, colleague, resolved.code))
    await office.give_back(tx, given_back)
    listed = (await tickets.mismatches_at(tx, head=head, now=STARTS_AT)).at_gate
    assert {each.ticket_id: state for each, state in listed} == {
        waiting.ticket_id: MismatchState.AWAITS_DECISION,
        resolved.ticket_id: MismatchState.ADMITTED,
        allowed.ticket_id: MismatchState.ALLOWED,
        given_back.ticket_id: MismatchState.OVER,
    }
    assert [each.last_at for each, _ in listed] == sorted((each.last_at for each, _ in listed), reverse=True)
    first, _ = listed[0]
    assert (first.scan_id, first.wrong_tries, first.guard_ids) == (newest.scan_id, 2, (guard.person_id,))

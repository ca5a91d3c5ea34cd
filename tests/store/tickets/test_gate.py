"""The gate, online form: every verdict, the digits of the card, and one admission."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, UniqueViolation

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets import actions as tickets
from dawr.tickets import base45, store
from dawr.tickets.keys import ticket_key
from dawr.tickets.model import NotTheSameGuard, TicketStatus, Verdict
from dawr.tickets.payload import PREFIX, read_code, ticket_code
from tests.store.tickets.invented_office import OTHER_OFFICE, OTHER_SERVICE, SERVICE, STARTS_AT, Office

DAY = timedelta(days=1)


async def test_the_right_digits_admit_and_open_a_visit(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    scan = await office.scan(tx, guard, ticket.code)
    assert scan.verdict is None, "nobody is admitted before the card was looked at"
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT
    kept = await store.ticket(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    assert kept.status is TicketStatus.USED
    assert (await tickets.hall_of(tx, clerk=guard, now=STARTS_AT)).waiting == 1


async def test_the_reference_typed_by_hand_does_what_the_code_does(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    held = await office.confirmed(tx)
    typed = f" {held.reference[:3].lower()}-{held.reference[3:]} "
    scan = await office.scan(tx, guard, typed)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT


async def test_a_ticket_admits_once(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.admitted(tx, guard)
    again = await office.scan(tx, guard, ticket.code)
    assert again.verdict is Verdict.USED
    shown = await tickets.shown_scan(tx, guard=guard, scan_id=again.scan_id)
    assert shown.admitted_at == STARTS_AT
    assert shown.challenge is None


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (STARTS_AT - timedelta(minutes=31), Verdict.TOO_EARLY),
        (STARTS_AT - timedelta(minutes=30), None),
        (STARTS_AT + timedelta(hours=3, minutes=59), None),
        (STARTS_AT + timedelta(hours=4), Verdict.TOO_LATE),
        (STARTS_AT - DAY, Verdict.WRONG_DAY),
        (STARTS_AT + DAY, Verdict.WRONG_DAY),
    ],
)
async def test_time_decides(tx: Transaction, office: Office, now, verdict) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    assert (await office.scan(tx, guard, ticket.code, now=now)).verdict is verdict


async def test_another_office_is_the_wrong_one(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD, office_id=OTHER_OFFICE)
    ticket = await office.ticket(tx)
    assert (await office.scan(tx, guard, ticket.code)).verdict is Verdict.WRONG_OFFICE


@pytest.mark.parametrize(("served", "verdict"), [(OTHER_SERVICE, Verdict.WRONG_SERVICE), (SERVICE, None)])
async def test_a_gate_for_some_services_takes_no_other(tx: Transaction, office: Office, served, verdict) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    scan = await tickets.scan_code(
        tx,
        guard=guard,
        shown=ticket.code,
        service_ids=frozenset({served}),
        settings=office.settings,
        now=STARTS_AT,
    )
    assert scan.verdict is verdict


async def test_a_cancelled_booking_is_refused_by_code_and_by_reference(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    ended = await booking.cancel(
        tx,
        service_id=ticket.service_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        now=ticket.issued_at,
    )
    assert (await office.scan(tx, guard, ticket.code)).verdict is Verdict.CANCELLED
    assert (await office.scan(tx, guard, ended.reference)).verdict is Verdict.CANCELLED


async def test_an_unconfirmed_offer_does_not_open_the_gate(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    offer = await office.offered(tx)
    assert (await office.scan(tx, guard, offer.reference)).verdict is Verdict.CANCELLED


async def test_a_suspended_ticket_is_refused(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    await store.set_status(tx, ticket=ticket, status=TicketStatus.SUSPENDED)
    assert (await office.scan(tx, guard, ticket.code)).verdict is Verdict.SUSPENDED


async def test_forged_and_foreign_codes_are_refused(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    _, claims = read_code(ticket.code)
    altered = bytearray(base45.decode(ticket.code.removeprefix(PREFIX)))
    altered[-1] ^= 1
    shown = {
        PREFIX + base45.encode(bytes(altered)): Verdict.NOT_OURS,
        ticket_code(claims, key=ticket_key(b"\x09" * 32)): Verdict.NOT_OURS,
        ticket.code[:-1]: Verdict.DAMAGED_CODE,
        "https://tickets.example/free": Verdict.NOT_OURS,
        "": Verdict.NOT_OURS,
        "ABC234": Verdict.NOT_OURS,
    }
    for code, verdict in shown.items():
        assert (await office.scan(tx, guard, code)).verdict is verdict, code


async def test_a_ticket_that_was_signed_but_never_issued_is_not_ours(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    _, claims = read_code((await office.ticket(tx)).code)
    stray = ticket_code(
        type(claims)(**{name: getattr(claims, name) for name in claims.__slots__} | {"ticket_id": b"neverissue"}),
        key=await tickets.publish_key(tx, settings=office.settings, now=STARTS_AT),
    )
    assert (await office.scan(tx, guard, stray)).verdict is Verdict.NOT_OURS


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


async def test_a_wrong_and_then_the_right_answer_admit(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    await office.answer(tx, guard, scan, is_right=False)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT


async def test_scanning_again_never_changes_the_positions_nor_gives_back_a_try(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    first = await office.scan(tx, guard, ticket.code)
    asked = (await tickets.shown_scan(tx, guard=guard, scan_id=first.scan_id)).challenge
    await office.answer(tx, guard, first, is_right=False)
    second = await office.scan(tx, await office.officer(tx, Role.GUARD), ticket.code)
    asked_again = (await tickets.shown_scan(tx, guard=guard, scan_id=second.scan_id)).challenge
    assert asked is not None
    assert asked_again is not None
    assert asked_again.positions == asked.positions
    assert asked_again.wrong_tries == 1


async def test_arabic_digits_with_gaps_are_the_same_answer(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    scan = await office.scan(tx, guard, ticket.code)
    challenge = (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).challenge
    assert challenge is not None
    number = office.numbers[ticket.person_id]
    typed = " ".join("٠١٢٣٤٥٦٧٨٩"[int(number[position - 1])] for position in challenge.positions)
    decided = await tickets.answer_challenge(
        tx, guard=guard, scan_id=scan.scan_id, typed=typed, settings=office.settings, now=STARTS_AT
    )
    assert decided.verdict is Verdict.ADMIT


async def test_whoever_scanned_answers(tx: Transaction, office: Office) -> None:
    scan = await office.scan(tx, await office.officer(tx, Role.GUARD), (await office.ticket(tx)).code)
    with pytest.raises(NotTheSameGuard):
        await office.answer(tx, await office.officer(tx, Role.GUARD), scan)


async def test_a_scan_of_another_office_does_not_exist(tx: Transaction, office: Office) -> None:
    scan = await office.scan(tx, await office.officer(tx, Role.GUARD), (await office.ticket(tx)).code)
    stranger = await office.officer(tx, Role.GUARD, office_id=OTHER_OFFICE)
    with pytest.raises(NotFound):
        await tickets.shown_scan(tx, guard=stranger, scan_id=scan.scan_id)


async def test_answering_a_decided_scan_changes_nothing(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, "nonsense")
    again = await tickets.answer_challenge(
        tx, guard=guard, scan_id=scan.scan_id, typed="1234", settings=office.settings, now=STARTS_AT
    )
    assert again.verdict is Verdict.NOT_OURS


async def test_a_booking_cancelled_between_scan_and_answer_is_not_admitted(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    early = STARTS_AT - timedelta(minutes=20)
    scan = await office.scan(tx, guard, ticket.code, now=early)
    await booking.cancel(
        tx, service_id=ticket.service_id, booking_id=ticket.booking_id, person_id=ticket.person_id, now=early
    )
    assert (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).challenge is not None
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.CANCELLED


async def test_a_branch_head_may_allow_another_round_with_a_reason_and_it_is_logged(
    tx: Transaction, office: Office
) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    ticket = await office.ticket(tx)
    scan = await office.scan(tx, guard, ticket.code)
    for _ in range(2):
        scan = await office.answer(tx, guard, scan, is_right=False)
    listed = await tickets.mismatches_at(tx, head=head, now=STARTS_AT)
    assert [each.scan_id for each in listed.scans] == [scan.scan_id]
    await tickets.allow_another_round(
        tx, head=head, scan_id=scan.scan_id, reason="بطاقة بالية", settings=office.settings, now=STARTS_AT
    )
    again = await office.scan(tx, guard, ticket.code)
    assert (await office.answer(tx, guard, again)).verdict is Verdict.ADMIT
    leaves = await (await tx.execute("select leaf from transparency.entry order by entry_id desc limit 5")).fetchall()
    assert any(b'"override"' in row["leaf"].encode() for row in leaves)


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
            """insert into tickets.challenge (service_id, ticket_id, round, positions, answer_hash, chosen_at)
            values (%s, %s, 2, '{1,2,3,4}', 'x', now())""",
            (ticket.service_id, ticket.ticket_id),
        )


async def test_a_third_try_and_a_try_counted_twice_are_refused_by_the_table(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    await office.answer(tx, guard, scan, is_right=False)
    copy = """insert into tickets.gate_answer
        select service_id, ticket_id, round, attempt + %s, office_id, scan_id, is_right, answered_at
        from tickets.gate_answer where scan_id = %s"""
    async with tx.transaction(force_rollback=True):
        with pytest.raises(UniqueViolation, match="each_try_counted_once"):
            await tx.execute(copy, (0, scan.scan_id))
    with pytest.raises(CheckViolation, match="two_tries_per_round"):
        await tx.execute(copy, (2, scan.scan_id))


@pytest.mark.parametrize(
    "statement",
    [
        "delete from tickets.gate_scan",
        "update tickets.gate_outcome set verdict = 'admit'",
        "delete from tickets.gate_answer",
        "delete from tickets.admission",
        "update tickets.challenge set positions = '{1,1,1,1}'",
        "delete from tickets.visit",
        "update tickets.visit set guard_id = gen_random_uuid()",
    ],
)
async def test_what_happened_at_the_gate_cannot_be_undone(tx: Transaction, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.execute(statement)


async def test_each_outcome_is_in_the_log_sealed(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, (await office.ticket(tx)).code)
    await office.answer(tx, guard, scan)
    row = await (
        await tx.execute(
            """select entry.leaf from tickets.gate_outcome
            inner join transparency.entry on gate_outcome.log_entry_id = entry.entry_id where scan_id = %s""",
            (scan.scan_id,),
        )
    ).fetchone()
    assert row is not None
    assert b"gate.outcome" in row["leaf"].encode()
    assert str(guard.person_id).encode() not in row["leaf"].encode(), "a leaf names nobody"


async def test_each_check_of_a_card_is_a_look_that_its_owner_can_see(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    for _ in range(3):
        await office.scan(tx, guard, ticket.code)
    looks = await people.looks_at(tx, ticket.person_id)
    assert [look.looked_by for look in looks].count(guard.person_id) == 1


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

"""The gate, online form: every verdict, the digits of the card, and one admission."""

from datetime import timedelta

import pytest
from psycopg.errors import InsufficientPrivilege

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.db.pool import Transaction
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets import actions as tickets
from dawr.tickets import base45, store
from dawr.tickets.keys import ticket_key
from dawr.tickets.model import (
    NotTheSameGuard,
    ReferenceOfSeveral,
    TicketStatus,
    Verdict,
)
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
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    assert held.state is BookingState.ATTENDED
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
    ended = await office.give_back(tx, ticket)
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


async def test_a_reference_of_two_services_is_never_taken_for_the_wrong_person(tx: Transaction, office: Office) -> None:
    guard, reference = await office.officer(tx, Role.GUARD), "4K7P2M"
    held = [await office.ticket(tx, service_id=service_id) for service_id in (SERVICE, OTHER_SERVICE)]
    await tx.execute("set local role dawr_owner")
    await tx.execute("update booking.booking set reference = %s", (reference,))
    await tx.execute("set local role dawr_app")
    with pytest.raises(ReferenceOfSeveral):
        await office.scan(tx, guard, reference)
    for ticket in held:
        scan = await tickets.scan_code(
            tx,
            guard=guard,
            shown=reference,
            service_ids=frozenset({ticket.service_id}),
            settings=office.settings,
            now=STARTS_AT,
        )
        assert (scan.verdict, scan.ticket_id) == (None, ticket.ticket_id)


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

"""A ticket printed by the card, and the way of somebody with a simple telephone (D1.15)."""

from datetime import timedelta

import pytest

from dawr.booking import actions as booking
from dawr.db.pool import Transaction
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets import actions
from dawr.tickets.model import CardNotKnown, TicketStatus, Verdict
from dawr.tickets.text_message import turn_by_text
from tests.store.tickets.invented_office import OTHER_OFFICE, OTHER_SERVICE, STARTS_AT, Office


async def test_whoever_holds_up_his_card_is_shown_his_turns_here_from_today_on(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    held = await office.confirmed(tx)
    person, turns = await actions.turns_by_card(
        tx, clerk=clerk, number=office.numbers[held.person_id], settings=office.settings, now=STARTS_AT
    )
    assert person.person_id == held.person_id
    assert [turn.booking.booking_id for turn in turns] == [held.booking_id]
    assert turns[0].ticket.status is TicketStatus.VALID
    tomorrow = STARTS_AT + timedelta(days=1)
    _, later = await actions.turns_by_card(
        tx, clerk=clerk, number=office.numbers[held.person_id], settings=office.settings, now=tomorrow
    )
    assert later == []


async def test_turns_elsewhere_ended_turns_and_offers_are_not_printed(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    elsewhere = await office.confirmed(tx, office_id=OTHER_OFFICE)
    offered = await office.offered(tx, service_id=OTHER_SERVICE)
    ticket = await office.ticket(tx)
    ended = await office.give_back(tx, ticket)
    for turn in (elsewhere, offered, ended):
        _, turns = await actions.turns_by_card(
            tx, clerk=clerk, number=office.numbers[turn.person_id], settings=office.settings, now=STARTS_AT
        )
        assert turns == []
        with pytest.raises(NotFound):
            await actions.ticket_to_print(
                tx,
                clerk=clerk,
                service_id=turn.service_id,
                booking_id=turn.booking_id,
                settings=office.settings,
                now=STARTS_AT,
            )


async def test_each_look_and_each_print_can_be_read_by_the_person(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    held = await office.confirmed(tx)
    await actions.turns_by_card(
        tx, clerk=clerk, number=office.numbers[held.person_id], settings=office.settings, now=STARTS_AT
    )
    shown = await actions.ticket_to_print(
        tx,
        clerk=clerk,
        service_id=held.service_id,
        booking_id=held.booking_id,
        settings=office.settings,
        now=STARTS_AT,
    )
    assert shown.booking.booking_id == held.booking_id
    by_clerk = [look.reason for look in await people.looks_at(tx, held.person_id) if look.looked_by == clerk.person_id]
    assert sorted(by_clerk) == ["tickets.look.by_card", "tickets.look.printed"]


async def test_a_card_that_nobody_knows_is_refused(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    with pytest.raises(CardNotKnown):
        await actions.turns_by_card(tx, clerk=clerk, number="288020122596", settings=office.settings, now=STARTS_AT)


async def test_with_a_text_message_and_a_card_and_nothing_else_one_is_let_in(tx: Transaction, office: Office) -> None:
    """No ticket was ever seen or printed: the reference is read out, the card's digits open the gate."""
    guard = await office.officer(tx, Role.GUARD)
    held = await office.confirmed(tx)
    clerk, before = await office.officer(tx, Role.CLERK), STARTS_AT - timedelta(days=1)
    _, [turn] = await actions.turns_by_card(
        tx, clerk=clerk, number=office.numbers[held.person_id], settings=office.settings, now=before
    )
    message = turn_by_text(starts_at=held.starts_at, office=turn.office, reference=held.reference)
    said = message.split("رقم ")[1].split(".")[0]
    scan = await office.scan(tx, guard, said.lower())
    assert scan.verdict is None, "the card's digits are awaited"
    wrong = await office.answer(tx, guard, scan, is_right=False)
    assert wrong.verdict is None
    admitted = await office.answer(tx, guard, scan)
    assert admitted.verdict is Verdict.ADMIT
    assert (await booking.booking(tx, held.service_id, held.booking_id)).state == "attended"
    assert (await office.scan(tx, guard, said)).verdict is Verdict.USED


async def test_a_reference_without_the_card_opens_nothing(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    held = await office.confirmed(tx)
    scan = await office.scan(tx, guard, held.reference)
    for _ in range(2):
        scan = await office.answer(tx, guard, scan, is_right=False)
    assert scan.verdict is Verdict.IDENTITY_MISMATCH

"""The counter: in line, called once, opened with the right card, closed with an outcome."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.db.pool import Pool, Transaction, transaction
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets.model import (
    CardUnreadable,
    OnlyOwnAdmissions,
    Outcome,
    Ticket,
    TicketStatus,
    Verdict,
    Visit,
    VisitInHand,
    VisitMovedOn,
    VisitState,
)
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office
from tests.vectors.test_mrz import card_with

LATER = STARTS_AT + timedelta(minutes=5)


async def called(tx: Transaction, office: Office) -> tuple[Officer, Ticket]:
    """A clerk with an admitted person called to his desk."""
    ticket = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = await office.officer(tx, Role.CLERK)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    return clerk, ticket


async def open_with(tx: Transaction, office: Office, clerk: Officer, number: str) -> VisitState:
    return await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=LATER)


async def serve(tx: Transaction, clerk: Officer) -> None:
    """Close as served, the passport seen."""
    await tickets.close_visit(
        tx, clerk=clerk, outcome=Outcome.SERVED, reason=None, originals_seen={"passport"}, now=LATER
    )


async def in_hand(tx: Transaction, clerk: Officer) -> Visit | None:
    return (await tickets.hall_of(tx, clerk=clerk, now=LATER)).in_hand


async def test_a_visit_from_call_to_outcome(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    assert await open_with(tx, office, clerk, office.numbers[ticket.person_id]) is VisitState.OPENED
    await serve(tx, clerk)
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
        await serve(tx, clerk)
    with pytest.raises(CheckViolation, match="only_an_opened_visit_is_served"):
        await tx.execute(
            """update tickets.visit set state = 'closed', outcome = 'served', outcome_number = 1, closed_at = now()
            where ticket_id = %s""",
            (ticket.ticket_id,),
        )


async def test_only_the_bearers_own_card_opens_a_visit_in_the_table_too(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    with pytest.raises(CheckViolation, match="only_the_bearers_card_opens"):
        await tx.execute(
            "update tickets.visit set state = 'opened', opened_at = now(), card_of = %s where ticket_id = %s",
            (clerk.person_id, ticket.ticket_id),
        )


@pytest.mark.parametrize("change", ["opened_at = now()", "card_of = bearer_id", "state = 'opened'"])
async def test_a_visit_is_never_opened_without_a_card(tx: Transaction, office: Office, change: str) -> None:
    await called(tx, office)
    with pytest.raises(CheckViolation, match="an_opened_visit_has_its_card_and_its_time"):
        await tx.execute(f"update tickets.visit set {change}".encode())


@pytest.mark.parametrize("changed", ["bearer_id", "person_id"])
async def test_a_visit_is_its_tickets_bearers_and_nobody_elses(
    database_url: str, pool: Pool, standing_office: Office, changed: str
) -> None:
    async with transaction(pool) as tx:
        await standing_office.admitted(tx, await standing_office.officer(tx, Role.GUARD))
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises(ForeignKeyViolation, match="a_visit_is_its_tickets_bearers"):
            await owner.execute(f"update tickets.visit set {changed} = gen_random_uuid()".encode())
        await owner.rollback()


@pytest.mark.parametrize("card", ["", "ليس رقماً", "288020122597", "12345", "I<UTOD231458907<<<<<<<<<<<<<<<", "<<<"])
async def test_what_is_no_card_counts_as_no_try(tx: Transaction, office: Office, card: str) -> None:
    clerk, _ = await called(tx, office)
    for _ in range(3):
        with pytest.raises(CardUnreadable):
            await open_with(tx, office, clerk, card)
    visit = await in_hand(tx, clerk)
    assert visit is not None
    assert visit.wrong_cards == 0


async def test_the_machine_readable_lines_of_the_card_open_a_visit(tx: Transaction, office: Office) -> None:
    clerk, ticket = await called(tx, office)
    stranger = card_with(office.numbers[clerk.person_id])
    assert await open_with(tx, office, clerk, stranger) is VisitState.CALLED, "a readable card of somebody else"
    assert await open_with(tx, office, clerk, card_with(office.numbers[ticket.person_id])) is VisitState.OPENED


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


async def test_nobody_serves_himself(tx: Transaction, office: Office) -> None:
    ticket = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = replace(await office.officer(tx, Role.CLERK), person_id=ticket.person_id)
    with pytest.raises(OnlyOwnAdmissions):
        await tickets.call_next(tx, clerk=clerk, desk="4", now=LATER)
    with pytest.raises(CheckViolation, match="nobody_is_served_by_himself"):
        await tx.execute(
            "update tickets.visit set state = 'called', clerk_id = person_id, desk = '4', called_at = now()"
        )


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
    await serve(tx, clerk)
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


async def test_who_was_let_in_before_midnight_is_called_after_it(tx: Transaction, office: Office) -> None:
    guard, clerk = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.CLERK)
    let_in_at = STARTS_AT.replace(hour=20, minute=55)
    after_midnight = let_in_at + timedelta(minutes=10)
    ticket = await office.ticket(tx, starts_at=let_in_at)
    scan = await office.scan(tx, guard, ticket.code, now=let_in_at)
    assert (await office.answer(tx, guard, scan, now=let_in_at)).verdict is Verdict.ADMIT
    hall = await tickets.hall_of(tx, clerk=clerk, now=after_midnight)
    assert (hall.waiting, len(hall.coming)) == (1, 1)
    visit = await tickets.call_next(tx, clerk=clerk, desk="1", now=after_midnight)
    assert visit is not None
    assert visit.ticket_id == ticket.ticket_id
    assert [each.desk for each in await tickets.called_now(tx, OFFICE, now=after_midnight)] == ["1"]


async def test_yesterdays_hall_is_empty_today(tx: Transaction, office: Office) -> None:
    await office.admitted(tx, await office.officer(tx, Role.GUARD))
    clerk = await office.officer(tx, Role.CLERK)
    assert await tickets.call_next(tx, clerk=clerk, desk="1", now=LATER + timedelta(days=1)) is None


async def test_a_mismatch_needs_two_wrong_cards_in_the_table_as_well(tx: Transaction, office: Office) -> None:
    _, ticket = await called(tx, office)
    with pytest.raises(CheckViolation, match="a_mismatch_is_two_wrong_cards"):
        await tx.execute(
            """update tickets.visit set state = 'closed', outcome = 'identity_mismatch', closed_at = now(),
            outcome_number = 1 where ticket_id = %s""",
            (ticket.ticket_id,),
        )

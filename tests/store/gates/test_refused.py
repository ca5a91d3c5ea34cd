"""The refused visitor on the real server (D1.20, D1.27): why, what stays his, and what he is given, never twice."""

from datetime import timedelta

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import BookingState, SeatWaitedFor, SlotId
from dawr.db.pool import Transaction
from dawr.gates.actions import helping
from dawr.gates.actions.refused_views import view_refused
from dawr.gates.model.refused import (
    Chosen,
    HelpedTooOften,
    NothingToGive,
    OwnCard,
    Reason,
    ReasonNeeded,
    RemedyGiven,
    RemedyKind,
    TooManyUnscanned,
)
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.lines import actions as lines
from dawr.lines.model import LineId
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.releases import actions as releases
from dawr.releases.model import DrawId, Release, ReleaseNotOpen
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store as ticket_store
from dawr.tickets.calendar_file import calendar_file
from dawr.tickets.model import CardNotKnown, TicketStatus, Verdict
from dawr.transparency.leaf import opens
from tests.store.gates.refusals import given, helped, left_over
from tests.store.releases.invented_draw import drawing_settings
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, SERVICE, STARTS_AT, Office

EARLIER = STARTS_AT - timedelta(hours=2)
LATER = STARTS_AT + timedelta(minutes=1)


async def test_a_turn_at_another_office_is_exchanged_for_one_here_on_the_spot(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx, office_id=OTHER_OFFICE)
    scan = await office.scan(tx, guard, ticket.code)
    assert scan.verdict is Verdict.WRONG_OFFICE
    slot_id = await left_over(tx)
    of = await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=scan.scan_id, service_id=None)
    view = await view_refused(tx, of, now=STARTS_AT)
    assert (of.reason, of.service_id) == (Reason.WRONG_OFFICE, SERVICE)
    assert view.own is not None
    assert view.own.office.office_id == OTHER_OFFICE
    assert view.way is not None
    assert view.way.direction == "south"
    assert [seat.slot.slot_id for seat in view.offers.seats] == [slot_id]
    remedy = await given(tx, office, of, slot_id)
    assert (remedy.kind, remedy.booking_id) == (RemedyKind.MOVED, ticket.booking_id)
    moved = await booking.booking(tx, SERVICE, ticket.booking_id)
    assert (moved.office_id, moved.state) == (OFFICE, BookingState.CONFIRMED)


async def test_an_exchanged_turn_has_a_new_ticket_and_the_old_one_opens_nothing(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    old = await office.ticket(tx, office_id=OTHER_OFFICE)
    scan = await office.scan(tx, guard, old.code)
    slot_id = await left_over(tx, starts_at=STARTS_AT + timedelta(minutes=20))
    of = await helped(tx, office, guard, old.person_id, reason=None, scan_id=scan.scan_id)
    await given(tx, office, of, slot_id)
    moved = await booking.booking(tx, SERVICE, old.booking_id)
    new = await tickets.issue_ticket(tx, confirmed=moved, settings=office.settings, now=STARTS_AT)
    assert new.sequence == old.sequence + 1
    shown = await tickets.appointment_of(
        tx,
        service_id=SERVICE,
        booking_id=old.booking_id,
        person_id=old.person_id,
        settings=office.settings,
        now=STARTS_AT,
    )
    calendar = calendar_file(shown, host="turns.example", summary="", location="", description="")
    assert b"SEQUENCE:1\r\n" in calendar
    assert f"UID:{old.booking_id}@turns.example".encode() in calendar
    assert new.office_id == OFFICE
    stored = await ticket_store.ticket(tx, service_id=SERVICE, ticket_id=old.ticket_id)
    assert stored.status is TicketStatus.CANCELLED
    assert (await office.scan(tx, guard, old.code)).verdict is Verdict.WRONG_OFFICE
    elsewhere = await office.officer(tx, Role.GUARD, office_id=OTHER_OFFICE)
    assert (await office.scan(tx, elsewhere, old.code)).verdict is Verdict.CANCELLED
    admitted = await office.answer(tx, guard, await office.scan(tx, guard, new.code))
    assert admitted.verdict is Verdict.ADMIT


async def test_whoever_had_a_forged_ticket_gets_a_real_turn_in_his_own_name(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    person_id = await office.person(tx)
    scan = await office.scan(tx, guard, "https://elsewhere.example/ticket")
    assert scan.verdict is Verdict.NOT_OURS
    slot_id = await left_over(tx)
    of = await helped(tx, office, guard, person_id, reason=None, scan_id=scan.scan_id)
    assert of.reason is Reason.NOT_OURS
    remedy = await given(tx, office, of, slot_id)
    assert remedy.kind is RemedyKind.GIVEN
    assert remedy.booking_id is not None
    turn = await booking.booking(tx, SERVICE, remedy.booking_id)
    assert (turn.person_id, turn.state) == (person_id, BookingState.CONFIRMED)
    ticket = await tickets.issue_ticket(tx, confirmed=turn, settings=office.settings, now=STARTS_AT)
    assert ticket.sequence == 0
    later = STARTS_AT + timedelta(hours=1)
    assert (await office.scan(tx, guard, ticket.code, now=later)).verdict is None


async def test_another_persons_ticket_says_nothing_about_the_visitor_but_that_it_is_anothers(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    sold = await office.ticket(tx, office_id=OTHER_OFFICE)
    buyer_id = await office.person(tx)
    scan = await office.scan(tx, guard, sold.code)
    of = await helped(tx, office, guard, buyer_id, reason=None, scan_id=scan.scan_id)
    view = await view_refused(tx, of, now=STARTS_AT)
    assert of.reason is Reason.IDENTITY_MISMATCH
    assert (view.own, view.way) == (None, None)
    assert (await booking.booking(tx, SERVICE, sold.booking_id)).person_id != buyer_id


async def test_a_turn_that_waits_for_its_time_or_its_branch_head_is_not_exchanged(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    slot_id = await left_over(tx, starts_at=STARTS_AT - timedelta(minutes=30))
    early = await office.scan(tx, guard, ticket.code, now=EARLIER)
    assert early.verdict is Verdict.TOO_EARLY
    of = await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=early.scan_id, now=EARLIER)
    assert (await view_refused(tx, of, now=EARLIER)).offers.seats == ()
    with pytest.raises(NothingToGive):
        await given(tx, office, of, slot_id, now=EARLIER)
    await ticket_store.set_status(tx, ticket=ticket, status=TicketStatus.SUSPENDED)
    of = await helped(tx, office, guard, ticket.person_id, reason=Reason.WRONG_DAY, now=EARLIER)
    assert (await view_refused(tx, of, now=EARLIER)).offers.seats == ()


async def test_a_turn_that_was_shown_with_anothers_card_is_not_exchanged_for_one_with_new_tries(
    tx: Transaction, office: Office
) -> None:
    guard, head = await office.officer(tx, Role.GUARD), await office.officer(tx, Role.BRANCH_HEAD)
    elsewhere = await office.officer(tx, Role.GUARD, office_id=OTHER_OFFICE)
    ticket = await office.ticket(tx)
    slot_id = await left_over(tx, office_id=OTHER_OFFICE)
    refused = await office.mismatched(tx, guard, ticket)
    shown = await office.scan(tx, elsewhere, ticket.code)
    of = await helped(tx, office, elsewhere, ticket.person_id, reason=None, scan_id=shown.scan_id)
    with pytest.raises(NothingToGive):
        await given(tx, office, of, slot_id)
    await tickets.allow_another_round(
        tx, head=head, scan_id=refused.scan_id, reason="seen", settings=office.settings, now=LATER
    )
    assert (await given(tx, office, of, slot_id, now=LATER)).kind is RemedyKind.MOVED


async def test_a_turn_that_went_by_is_moved_to_the_next_real_seat(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    missed = await office.ticket(tx)
    late = STARTS_AT + timedelta(hours=5)
    slot_id = await left_over(tx, starts_at=STARTS_AT + timedelta(days=1))
    of = await helped(tx, office, clerk, missed.person_id, reason=Reason.TOO_LATE, now=late)
    view = await view_refused(tx, of, now=late)
    assert view.own is not None
    assert view.own.is_missed
    assert view.turn is None
    remedy = await given(tx, office, of, slot_id, now=late)
    assert (remedy.kind, remedy.booking_id) == (RemedyKind.MOVED, missed.booking_id)


async def test_seats_that_somebody_may_be_waiting_for_are_neither_offered_nor_given(
    tx: Transaction, office: Office
) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    slot_id = await left_over(tx)
    of = await helped(tx, office, clerk, await office.person(tx))
    await booking.promise_seats(tx, SERVICE, slot_ids=[slot_id], quotas={})
    assert (await view_refused(tx, of, now=STARTS_AT)).offers.seats == ()
    with pytest.raises(NothingToGive):
        await given(tx, office, of, slot_id)
    with pytest.raises(SeatWaitedFor):
        await booking.move(
            tx,
            service_id=SERVICE,
            booking_id=(await office.confirmed(tx)).booking_id,
            slot_id=slot_id,
            now=STARTS_AT,
        )


async def test_a_line_is_joined_at_its_end_like_everybody(tx: Transaction, office: Office) -> None:
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
    person_id = await office.person(tx)
    of = await helped(tx, office, clerk, person_id)
    view = await view_refused(tx, of, now=STARTS_AT)
    assert view.offers.seats == (), "its seats are the line's"
    assert [each.is_in for each in view.offers.lines] == [False]
    remedy = await given(tx, office, of, line.line_id, kind=RemedyKind.IN_LINE)
    assert (remedy.booking_id, remedy.release_id) == (None, line.line_id)
    [place] = await lines.places_of(tx, person_id)
    assert place.number is None, "its number comes with the opening, by the key"


async def announced(tx: Transaction, settings: Settings, *, office_id: OfficeId, opens_in: timedelta) -> Release:
    """A draw over two seats at an office, nine days ahead."""
    slot_id = await left_over(tx, starts_at=STARTS_AT + timedelta(days=9), office_id=office_id, seats=2)
    return await releases.announce(
        tx,
        service_id=SERVICE,
        draw_id=DrawId(f"KW-TST/18/{office_id[-3:]}"),
        slot_ids=[slot_id],
        reserved={},
        opens_at=STARTS_AT + opens_in,
        freezes_at=STARTS_AT + timedelta(hours=10),
        moves_until=STARTS_AT + timedelta(days=8),
        confirm_seconds=3600,
        travel_seconds=3600,
        settings=settings,
        now=STARTS_AT,
    )


@pytest.mark.parametrize("office_id", [OFFICE, OTHER_OFFICE])
async def test_a_draw_is_entered_with_everybodys_chance_for_this_office_where_it_has_places(
    tx: Transaction, office: Office, office_id: OfficeId
) -> None:
    clerk, settings = await office.officer(tx, Role.CLERK), drawing_settings(office.settings)
    draw = await announced(tx, settings, office_id=office_id, opens_in=timedelta(0))
    person_id = await office.person(tx)
    of = await helped(tx, office, clerk, person_id)
    [offered] = (await view_refused(tx, of, now=STARTS_AT)).offers.draws
    assert (offered.is_open, offered.is_in, offered.seats_here) == (True, False, 2 if office_id == OFFICE else 0)
    wanted = Chosen(kind=RemedyKind.IN_DRAW, target_id=draw.draw_id)
    remedy = await helping.give(tx, of, wanted=wanted, settings=settings, now=STARTS_AT)
    assert (remedy.booking_id, remedy.release_id) == (None, draw.draw_id)
    entry = await releases.entry_of(tx, service_id=SERVICE, draw_id=draw.draw_id, person_id=person_id)
    assert entry is not None
    assert ("HAW-" in entry.line) == (office_id == OFFICE), "elsewhere any place will do"
    again = await helped(tx, office, clerk, person_id)
    [offered] = (await view_refused(tx, again, now=STARTS_AT)).offers.draws
    assert offered.is_in


async def test_a_draw_that_is_not_open_yet_is_told_and_not_entered(tx: Transaction, office: Office) -> None:
    clerk, settings = await office.officer(tx, Role.CLERK), drawing_settings(office.settings)
    draw = await announced(tx, settings, office_id=OFFICE, opens_in=timedelta(hours=1))
    of = await helped(tx, office, clerk, await office.person(tx))
    [offered] = (await view_refused(tx, of, now=STARTS_AT)).offers.draws
    assert not offered.is_open
    with pytest.raises(ReleaseNotOpen):
        await helping.give(
            tx,
            of,
            wanted=Chosen(kind=RemedyKind.IN_DRAW, target_id=draw.draw_id),
            settings=settings,
            now=STARTS_AT,
        )


async def test_a_visitor_is_given_something_once(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    slot_id = await left_over(tx, seats=5)
    of = await helped(tx, office, clerk, await office.person(tx))
    await given(tx, office, of, slot_id)
    with pytest.raises(RemedyGiven):
        await given(tx, office, of, slot_id)


async def test_one_scan_gives_one_remedy_whoever_shows_his_card_for_it(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, "no ticket at all")
    slot_id = await left_over(tx, seats=5)
    first, second = [
        await helped(tx, office, guard, await office.person(tx), reason=None, scan_id=scan.scan_id) for _ in range(2)
    ]
    await given(tx, office, first, slot_id)
    with pytest.raises(RemedyGiven):
        async with tx.transaction():
            await given(tx, office, second, slot_id)
    assert (await booking.slot(tx, SERVICE, slot_id)).taken == 1


async def test_an_officer_helps_twenty_unscanned_visitors_a_day_and_not_one_more(
    tx: Transaction, office: Office
) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    slot_id = await left_over(tx, seats=50)
    for _ in range(20):
        await given(tx, office, await helped(tx, office, clerk, await office.person(tx)), slot_id)
    with pytest.raises(TooManyUnscanned):
        async with tx.transaction():
            await given(tx, office, await helped(tx, office, clerk, await office.person(tx)), slot_id)
    tomorrow = STARTS_AT + timedelta(days=1)
    slot_id = await left_over(tx, starts_at=tomorrow + timedelta(hours=1))
    of = await helped(tx, office, clerk, await office.person(tx), now=tomorrow)
    await given(tx, office, of, slot_id, now=tomorrow)


async def test_no_officer_helps_himself_and_no_unknown_card_is_helped(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    with pytest.raises(OwnCard):
        await helped(tx, office, clerk, clerk.person_id)
    with pytest.raises(CardNotKnown):
        await helping.help_by_card(
            tx,
            officer=clerk,
            number="288020122596",
            reason=Reason.NO_TICKET,
            scan_id=None,
            service_id=None,
            settings=office.settings,
            now=STARTS_AT,
        )
    with pytest.raises(ReasonNeeded):
        await helped(tx, office, clerk, await office.person(tx), reason=None)


async def test_whoever_is_helped_can_read_that_he_was_looked_up(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    person_id = await office.person(tx)
    await helped(tx, office, clerk, person_id)
    [look] = await people.looks_at(tx, person_id)
    assert (look.reason, look.looked_by) == ("gates.look.refused", clerk.person_id)


async def test_nobody_is_looked_up_more_often_than_twenty_times_a_day(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    person_id = await office.person(tx)
    for _ in range(20):
        await helped(tx, office, clerk, person_id)
    with pytest.raises(HelpedTooOften):
        await helped(tx, office, clerk, person_id)
    await helped(tx, office, clerk, person_id, now=STARTS_AT + timedelta(days=1, seconds=1))


async def test_one_helps_oneself_with_ones_own_refused_scan_alone(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx, office_id=OTHER_OFFICE)
    scan = await office.scan(tx, guard, ticket.code)
    of = await helping.help_oneself(tx, person_id=ticket.person_id, scan_id=scan.scan_id, now=STARTS_AT)
    assert (of.officer_id, of.reason) == (None, Reason.WRONG_OFFICE)
    slot_id = await left_over(tx)
    assert (await given(tx, office, of, slot_id)).kind is RemedyKind.MOVED
    for person_id, now in (
        (await office.person(tx), STARTS_AT),
        (ticket.person_id, STARTS_AT + helping.SCANNED_WITHIN),
    ):
        with pytest.raises(NotFound):
            await helping.help_oneself(tx, person_id=person_id, scan_id=scan.scan_id, now=now)


async def test_whoever_was_let_in_in_the_end_does_not_help_himself_to_another_turn(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    early = await office.scan(tx, guard, ticket.code, now=EARLIER)
    await office.answer(tx, guard, await office.scan(tx, guard, ticket.code))
    with pytest.raises(NotFound):
        await helping.help_oneself(tx, person_id=ticket.person_id, scan_id=early.scan_id, now=STARTS_AT)


async def test_a_scan_that_let_somebody_in_or_is_not_decided_helps_nobody(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    open_scan = await office.scan(tx, guard, ticket.code)
    with pytest.raises(NotFound):
        await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=open_scan.scan_id)
    await office.answer(tx, guard, open_scan)
    with pytest.raises(NotFound):
        await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=open_scan.scan_id)


async def test_a_scan_of_another_office_is_not_an_officers_business(tx: Transaction, office: Office) -> None:
    guard, elsewhere = (
        await office.officer(tx, Role.GUARD),
        await office.officer(tx, Role.GUARD, office_id=OTHER_OFFICE),
    )
    scan = await office.scan(tx, guard, "no ticket at all")
    with pytest.raises(NotFound):
        await helped(tx, office, elsewhere, await office.person(tx), reason=None, scan_id=scan.scan_id)


async def test_a_visitors_page_is_his_and_the_officers_who_read_his_card(tx: Transaction, office: Office) -> None:
    clerk, colleague = await office.officer(tx, Role.CLERK), await office.officer(tx, Role.CLERK)
    person_id = await office.person(tx)
    of = await helped(tx, office, clerk, person_id)
    for reader in (clerk.person_id, person_id):
        assert await helping.helped(tx, reader, office_id=OFFICE, refused_id=of.refused_id, now=STARTS_AT) == of
    for reader in (colleague.person_id, await office.person(tx)):
        with pytest.raises(NotFound):
            await helping.helped(tx, reader, office_id=OFFICE, refused_id=of.refused_id, now=STARTS_AT)
    with pytest.raises(NotFound):
        await helping.helped(tx, person_id, office_id=OTHER_OFFICE, refused_id=of.refused_id, now=STARTS_AT)


async def test_a_visitors_page_is_gone_after_the_day_for_himself_and_for_the_officer(
    tx: Transaction, office: Office
) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    person_id = await office.person(tx)
    of = await helped(tx, office, clerk, person_id)
    gone = STARTS_AT + helping.PAGE_LASTS
    for reader in (clerk.person_id, person_id):
        last = gone - timedelta(seconds=1)
        assert await helping.helped(tx, reader, office_id=OFFICE, refused_id=of.refused_id, now=last) == of
        with pytest.raises(NotFound):
            await helping.helped(tx, reader, office_id=OFFICE, refused_id=of.refused_id, now=gone)


async def test_whenever_an_officer_comes_back_to_a_visitors_page_the_visitor_can_read_it(
    tx: Transaction, office: Office
) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    person_id = await office.person(tx)
    of = await helped(tx, office, clerk, person_id)
    for minutes, looks in ((1, 1), (9, 1), (30, 2), (31, 3)):
        now = STARTS_AT + timedelta(minutes=minutes)
        for reader in (person_id, clerk.person_id):
            await helping.helped(tx, reader, office_id=OFFICE, refused_id=of.refused_id, now=now)
        seen = await people.looks_at(tx, person_id)
        assert [each.looked_by for each in seen] == [clerk.person_id] * looks


async def test_nobody_moves_a_turn_ahead_by_a_civil_number_alone(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx, office_id=OTHER_OFFICE, starts_at=STARTS_AT + timedelta(days=3))
    other = await office.ticket(tx, office_id=OTHER_OFFICE)
    slot_id = await left_over(tx)
    forged, anothers = [await office.scan(tx, guard, code) for code in ("no ticket at all", other.code)]
    for scan_id in (None, forged.scan_id, anothers.scan_id):
        of = await helped(tx, office, guard, ticket.person_id, reason=Reason.NO_TICKET, scan_id=scan_id)
        offers = (await view_refused(tx, of, now=STARTS_AT)).offers
        assert (offers.seats, offers.needs_ticket) == ((), True)
        with pytest.raises(NothingToGive):
            await given(tx, office, of, slot_id, kind=RemedyKind.MOVED)
    assert (await booking.booking(tx, SERVICE, ticket.booking_id)).office_id == OTHER_OFFICE
    shown = await office.scan(tx, guard, ticket.code)
    of = await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=shown.scan_id)
    assert (await given(tx, office, of, slot_id, kind=RemedyKind.MOVED)).kind is RemedyKind.MOVED


async def test_a_scan_of_another_day_helps_nobody(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx, office_id=OTHER_OFFICE, starts_at=STARTS_AT + timedelta(days=3))
    scan = await office.scan(tx, guard, ticket.code)
    later = STARTS_AT + helping.SCANNED_WITHIN
    of = await helped(
        tx, office, guard, ticket.person_id, reason=None, scan_id=scan.scan_id, now=later - timedelta(seconds=1)
    )
    assert of.scan_id == scan.scan_id
    with pytest.raises(NotFound):
        await helped(tx, office, guard, ticket.person_id, reason=None, scan_id=scan.scan_id, now=later)


async def test_what_was_given_stands_sealed_in_the_log(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    slot_id = await left_over(tx)
    of = await helped(tx, office, clerk, await office.person(tx))
    remedy = await given(tx, office, of, slot_id)
    statement = """
    select entry.leaf, remedy.log_salt from gates.remedy
    inner join transparency.entry on entry.entry_id = remedy.log_entry_id
    """
    row = await (await tx.execute(statement)).fetchone()
    assert row is not None
    facts = {
        "office": OFFICE,
        "refused": str(of.refused_id),
        "officer": str(clerk.person_id),
        "scan": None,
        "reason": "no_ticket",
        "kind": "given",
        "service": SERVICE,
        "booking": str(remedy.booking_id),
        "release": None,
    }
    assert opens(row["leaf"].encode(), salt=row["log_salt"], facts=facts)


async def test_a_service_that_is_not_offered_yet_is_told_and_nothing_is_given(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    of = await helped(tx, office, clerk, await office.person(tx))
    await left_over(tx)
    assert (await view_refused(tx, of, now=STARTS_AT)).offers.withheld is None
    before = STARTS_AT.replace(year=2019)
    withheld = (await view_refused(tx, of, now=before)).offers.withheld
    assert withheld is not None
    assert withheld.code == "catalogue.service_closed"


async def test_a_service_that_the_ticket_does_not_name_is_not_offered(tx: Transaction, office: Office) -> None:
    clerk = await office.officer(tx, Role.CLERK)
    await left_over(tx)
    for service_id in (None, OTHER_SERVICE):
        of = await helped(tx, office, clerk, await office.person(tx), service_id=service_id)
        assert not (await view_refused(tx, of, now=STARTS_AT)).offers.seats
        with pytest.raises(NothingToGive):
            await given(tx, office, of, SlotId("HAW-20270203-0730-over"))

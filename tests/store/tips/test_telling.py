"""A tip is kept sealed, tied to what was shown, and found by its receipt alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dawr.db.pool import Transaction, many, one
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.kernel.refusal import NotFound
from dawr.kernel.sealing import SealBroken
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets.model import Verdict
from dawr.tips import actions
from dawr.tips.model import (
    CodeFinding,
    NothingTold,
    ReceiptUnknown,
    SaidEnough,
    StepTaken,
    TipKind,
    TipState,
    Told,
    Wanted,
    WhenAhead,
    WordsTooLong,
)
from tests.store.tickets.invented_office import AUTHORITY, OFFICE, OTHER_OFFICE, STARTS_AT, Office

TOLD = Told(kind=TipKind.ASKED_TO_PAY, office_id=OFFICE, words="طلب مالاً", may_be_asked=True)
NOW = STARTS_AT + timedelta(minutes=17, seconds=31)
PHOTOGRAPH = b"\xff\xd8 a picture \xff\xd9" * 9


async def inspector(tx: Transaction, office: Office, *, role: Role = Role.INSPECTOR) -> Officer:
    return Officer(person_id=await office.person(tx), role=role, authority_id=AUTHORITY, office_id=None)


async def only_tip(tx: Transaction, officer: Officer):  # type: ignore[no-untyped-def]
    [tip] = (await actions.inbox_of(tx, officer, wanted=Wanted())).tips
    return tip


async def test_a_receipt_finds_its_tip_however_it_is_typed(tx: Transaction, office: Office) -> None:
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    for typed in (receipt, receipt.lower(), f" {receipt[:4]}-{receipt[4:8]} {receipt[8:]} "):
        assert (await actions.follow(tx, typed, settings=office.settings)).tip.office_id == OFFICE
    with pytest.raises(ReceiptUnknown):
        await actions.follow(tx, "2" * 12, settings=office.settings)


async def test_of_the_moment_the_hour_is_kept(tx: Transaction, office: Office) -> None:
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    await actions.add_words(tx, receipt, words="وعاد", settings=office.settings, now=NOW)
    followed = await actions.follow(tx, receipt, settings=office.settings)
    hour = NOW.replace(minute=0, second=0)
    assert (followed.tip.received_at, followed.messages[0].written_at) == (hour, hour)


async def test_the_office_names_the_authority_and_a_place_that_is_not_there_is_refused(
    tx: Transaction, office: Office
) -> None:
    await actions.record_tip(tx, replace(TOLD, authority_id=None), settings=office.settings, now=NOW)
    assert (await only_tip(tx, await inspector(tx, office))).authority_id == AUTHORITY
    with pytest.raises(NotFound):
        await actions.record_tip(tx, replace(TOLD, office_id=OfficeId("KW-TST/NO")), settings=office.settings, now=NOW)


async def test_a_ticket_of_ours_is_kept_as_its_id_alone(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    await actions.record_tip(tx, replace(TOLD, shown=ticket.code), settings=office.settings, now=NOW)
    tip = await only_tip(tx, await inspector(tx, office))
    assert tip.recognised.finding is CodeFinding.OURS
    assert (tip.recognised.service_id, tip.recognised.ticket_id) == (ticket.service_id, ticket.ticket_id)
    row = await one(tx, "select tip::text as row from tips.tip")
    assert str(ticket.person_id) not in row["row"]
    assert ticket.code not in row["row"]


async def test_a_reference_is_known_at_its_office_and_nowhere_else(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    officer = await inspector(tx, office)
    ticketless = replace(TOLD, shown=held.reference.lower())
    await actions.record_tip(tx, ticketless, settings=office.settings, now=NOW)
    assert (await only_tip(tx, officer)).recognised.finding is CodeFinding.UNKNOWN
    assert await many(tx, "select ticket_id from tickets.ticket") == [], "telling issues no ticket"


async def test_a_reference_with_a_ticket_is_tied_to_it_at_its_own_office(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    [row] = await many(tx, "select reference from booking.booking")
    for where, finding in ((OFFICE, CodeFinding.OURS), (OTHER_OFFICE, CodeFinding.UNKNOWN)):
        told = replace(TOLD, office_id=where, shown=row["reference"])
        receipt = await actions.record_tip(tx, told, settings=office.settings, now=NOW)
        recognised = (await actions.follow(tx, receipt, settings=office.settings)).tip.recognised
        assert recognised.finding is finding
    assert recognised.ticket_id is None
    assert ticket.ticket_id


async def test_a_forged_code_is_kept_as_a_hash_that_meets_its_twins(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    forged = ticket.code[:-1] + ("A" if ticket.code[-1] != "A" else "B")
    officer = await inspector(tx, office)
    for _ in range(3):
        await actions.record_tip(tx, replace(TOLD, shown=forged), settings=office.settings, now=NOW)
    first, *_ = (await actions.inbox_of(tx, officer, wanted=Wanted())).tips
    opened = await actions.open_tip(tx, officer, first.tip_id, settings=office.settings, now=NOW)
    assert first.recognised.finding is CodeFinding.NOT_OURS
    assert opened.same_code == 2
    rows = await many(tx, "select tip::text as row from tips.tip")
    assert not [row for row in rows if forged in row["row"]]


async def test_the_guard_who_admitted_a_tied_ticket_is_shown_to_the_investigator_alone(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.admitted(tx, guard)
    await actions.record_tip(tx, replace(TOLD, shown=ticket.code), settings=office.settings, now=NOW)
    seen = {}
    for role in (Role.INSPECTOR, Role.INVESTIGATOR):
        officer = await inspector(tx, office, role=role)
        tied = await actions.tied_to(tx, officer, await only_tip(tx, officer))
        assert tied is not None
        seen[role] = tied.guard_id
    assert seen == {Role.INSPECTOR: None, Role.INVESTIGATOR: guard.person_id}


async def test_a_tip_by_itself_has_no_effect_on_the_ticket_or_the_guard(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    for _ in range(20):
        await actions.record_tip(
            tx, replace(TOLD, kind=TipKind.LET_IN, shown=ticket.code), settings=office.settings, now=NOW
        )
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, ticket.code)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT


async def test_a_form_sent_again_keeps_nothing_twice_and_shows_the_same_receipt(
    tx: Transaction, office: Office
) -> None:
    receipts = {
        await actions.record_tip(tx, TOLD, photographs=[PHOTOGRAPH], once=b"0" * 16, settings=office.settings, now=NOW)
        for _ in range(2)
    }
    assert len(receipts) == 1
    assert len(await many(tx, "select tip_id from tips.photograph")) == 1


async def test_a_form_that_is_corrected_and_sent_again_is_kept_as_it_was_corrected(
    tx: Transaction, office: Office
) -> None:
    how = {"once": b"0" * 16, "settings": office.settings, "now": NOW}
    first = await actions.record_tip(tx, TOLD, **how)
    second = await actions.record_tip(tx, replace(TOLD, kind=TipKind.SELLER, words="باعني دوراً"), **how)
    assert first != second
    kinds = [(await actions.follow(tx, each, settings=office.settings)).tip.kind for each in (first, second)]
    assert kinds == [TipKind.ASKED_TO_PAY, TipKind.SELLER]


async def test_words_and_photographs_lie_sealed_and_open_for_their_own_tip_alone(
    tx: Transaction, office: Office
) -> None:
    officer = await inspector(tx, office)
    await actions.record_tip(tx, TOLD, photographs=[PHOTOGRAPH], settings=office.settings, now=NOW)
    tip = await only_tip(tx, officer)
    opened = await actions.open_tip(tx, officer, tip.tip_id, settings=office.settings, now=NOW)
    assert (opened.words, opened.photographs) == (TOLD.words, 1)
    how = {"number": 1, "settings": office.settings, "now": NOW}
    assert await actions.photograph_of(tx, officer, tip.tip_id, **how) == PHOTOGRAPH
    [row] = await many(tx, "select tip::text || photograph::text as row from tips.tip, tips.photograph")
    assert PHOTOGRAPH.hex() not in row["row"]
    assert TOLD.words.encode().hex() not in row["row"]
    await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    await tx.execute(
        "insert into tips.photograph (tip_id, number, content_sealed)"
        " select tip.tip_id, 1, photograph.content_sealed from tips.tip, tips.photograph"
        " where tip.tip_id <> photograph.tip_id"
    )
    [other] = [each for each in (await actions.inbox_of(tx, officer, wanted=Wanted())).tips if each != tip]
    with pytest.raises(SealBroken):
        await actions.photograph_of(tx, officer, other.tip_id, **how)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (Told(kind=TipKind.SELLER), NothingTold),
        (Told(kind=TipKind.OTHER, office_id=OFFICE), NothingTold),
        (replace(TOLD, words="x" * 1001), WordsTooLong),
        (replace(TOLD, happened_on=NOW.date() + timedelta(days=1)), WhenAhead),
    ],
)
async def test_what_cannot_be_used_is_refused(
    tx: Transaction, office: Office, told: Told, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await actions.record_tip(tx, told, settings=office.settings, now=NOW)


async def test_today_is_the_day_of_the_place(tx: Transaction, office: Office) -> None:
    evening = STARTS_AT.replace(hour=22)
    tomorrow_there = replace(TOLD, happened_on=evening.date() + timedelta(days=1))
    assert await actions.record_tip(tx, tomorrow_there, settings=office.settings, now=evening)


async def test_a_tip_moves_onward_with_words_that_its_author_reads(tx: Transaction, office: Office) -> None:
    officer = await inspector(tx, office)
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    tip = await only_tip(tx, officer)
    for state, words in ((TipState.LOOKED_AT, ""), (TipState.CLOSED, "انتهى")):
        await actions.take_step(tx, officer, tip.tip_id, state=state, words=words, now=NOW)
    followed = await actions.follow(tx, receipt, settings=office.settings)
    assert followed.tip.state is TipState.CLOSED
    assert [step.words for step in followed.steps] == ["", "انتهى"]
    assert (await actions.inbox_of(tx, officer, wanted=Wanted(state=TipState.NEW))).tips == ()


async def test_forty_messages_are_as_many_as_are_kept(tx: Transaction, office: Office) -> None:
    receipt = await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    for _ in range(40):
        await actions.add_words(tx, receipt, words="وعاد", settings=office.settings, now=NOW)
    with pytest.raises(SaidEnough):
        await actions.add_words(tx, receipt, words="وعاد", settings=office.settings, now=NOW)


async def test_two_officers_who_take_the_same_step_are_one_step_and_one_refusal(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    from dawr.tips import store

    officer = await inspector(tx, office)
    await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    tip = await only_tip(tx, officer)
    step = {"number": 1, "state": TipState.LOOKED_AT, "words": "", "officer_id": officer.person_id, "now": NOW}
    await store.add_step(tx, tip.tip_id, **step)
    with pytest.raises(StepTaken):
        await store.add_step(tx, tip.tip_id, **step)


async def test_another_authority_has_none_of_it(tx: Transaction, office: Office) -> None:
    await actions.record_tip(tx, TOLD, settings=office.settings, now=NOW)
    tip = await only_tip(tx, await inspector(tx, office))
    stranger = replace(await inspector(tx, office), authority_id=AuthorityId("KW-OTH"))
    with pytest.raises(NotFound):
        await actions.open_tip(tx, stranger, tip.tip_id, settings=office.settings, now=NOW)
    with pytest.raises(NotFound):
        await actions.take_step(tx, stranger, tip.tip_id, state=TipState.LOOKED_AT, words="", now=NOW)
    with pytest.raises(NotFound):
        await actions.incidents_at(tx, stranger, OFFICE, now=NOW)


async def test_incidents_are_of_the_last_four_weeks_by_day_and_hour(tx: Transaction, office: Office) -> None:
    officer, today = await inspector(tx, office), NOW.date()
    for days, hour in ((1, 9), (1, 7), (3, None), (40, 8)):
        told = replace(TOLD, kind=TipKind.SELLER, happened_on=today - timedelta(days=days), hour=hour)
        await actions.record_tip(tx, told, settings=office.settings, now=NOW)
    await actions.record_tip(tx, replace(TOLD, kind=TipKind.LET_IN, hour=7), settings=office.settings, now=NOW)
    listed = await actions.incidents_at(tx, officer, OFFICE, now=NOW)
    yesterday = today - timedelta(days=1)
    assert [tip.happened for tip in listed.tips] == [(yesterday, 7), (yesterday, 9), (today - timedelta(days=3), None)]
    hours, counts, offices = await actions.heat_of(tx, officer, now=NOW)
    assert (hours, counts) == ([7, 8, 9], {OFFICE: {7: 1, 9: 1}})
    assert set(offices) == {OFFICE, OTHER_OFFICE}
    assert date(2027, 1, 6) == listed.from_on

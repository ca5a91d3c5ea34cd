"""A declared proxy (D0.25): the ticket is his, his card opens gate and counter, and the visit stays the person's."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

from dawr.booking.model import Booking
from dawr.catalogue.model import Actor
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Country, Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.model import (
    EARLY,
    CardNotKnown,
    OwnProxy,
    ProxiesSpent,
    ProxyDeclared,
    ProxyExcluded,
    ProxyTooLate,
    Ticket,
    TicketStatus,
    Verdict,
    VisitState,
)
from dawr.tickets.payload import Flag, read_code
from tests.store.tickets.invented_office import OTHER_SERVICE, STARTS_AT, Office

NAME = "سالم عبدالله العتيق"
NUMBER = invented_kuwaiti_number(date(1975, 3, 1), 7)
BEFORE = STARTS_AT - timedelta(days=1)


async def declare(
    tx: Transaction,
    office: Office,
    held: Booking,
    *,
    number: str = NUMBER,
    acts_as: Actor = Actor.DELEGATE,
    now: datetime = BEFORE,
) -> Ticket:
    made = await tickets.declare_proxy(
        tx,
        service_id=held.service_id,
        booking_id=held.booking_id,
        person_id=held.person_id,
        civil_number=number,
        name=NAME,
        acts_as=acts_as,
        settings=office.settings,
        now=now,
    )
    office.numbers[made.bearer_id] = number
    return made


async def take_back(tx: Transaction, office: Office, held: Booking, *, now: datetime = BEFORE) -> Ticket:
    return await tickets.revoke_proxy(
        tx,
        service_id=held.service_id,
        booking_id=held.booking_id,
        person_id=held.person_id,
        settings=office.settings,
        now=now,
    )


async def issued(tx: Transaction, office: Office, held: Booking) -> Ticket:
    return await tickets.issue_ticket(tx, confirmed=held, settings=office.settings, now=BEFORE)


async def let_in(tx: Transaction, office: Office, ticket: Ticket, *, with_number_of: PersonId) -> Verdict | None:
    """What the gate says when the digits are read off this person's card."""
    guard = await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, ticket.code)
    shown = await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)
    if shown.challenge is None:
        return scan.verdict
    number = office.numbers[with_number_of]
    typed = "".join(number[place - 1] for place in shown.challenge.positions)
    answered = await tickets.answer_challenge(
        tx, guard=guard, scan_id=scan.scan_id, typed=typed, settings=office.settings, now=STARTS_AT
    )
    return answered.verdict


async def test_the_ticket_names_the_proxy_and_the_old_one_is_cancelled(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    old = await issued(tx, office, held)
    new = await declare(tx, office, held)
    _, claims = read_code(new.code)
    assert (claims.name, claims.flags) == (NAME, Flag.PROXY)
    assert claims.identity != read_code(old.code)[1].identity
    assert (new.person_id, new.bearer_id != held.person_id, new.sequence) == (held.person_id, True, 1)
    before = await store.ticket(tx, service_id=old.service_id, ticket_id=old.ticket_id)
    assert before.status is TicketStatus.CANCELLED
    assert await issued(tx, office, held) == new, "looking again changes nothing"


async def test_the_proxys_card_opens_the_gate_and_the_counter_and_the_persons_does_not(
    tx: Transaction, office: Office
) -> None:
    held = await office.confirmed(tx)
    ticket = await declare(tx, office, held)
    assert await let_in(tx, office, ticket, with_number_of=held.person_id) is None
    assert await let_in(tx, office, ticket, with_number_of=ticket.bearer_id) is Verdict.ADMIT
    clerk = await office.officer(tx, Role.CLERK)
    visit = await tickets.call_next(tx, clerk=clerk, desk="4", now=STARTS_AT)
    assert visit is not None
    assert visit.has_proxy
    for number, state in ((office.numbers[held.person_id], VisitState.CALLED), (NUMBER, VisitState.OPENED)):
        opened = await tickets.open_visit(tx, clerk=clerk, card=number, settings=office.settings, now=STARTS_AT)
        assert opened is state
    declared = await tickets.proxy_of(tx, visit)
    assert declared is not None
    assert (declared.proxy_name, declared.acts_as) == (NAME, Actor.DELEGATE)


async def test_the_old_ticket_opens_nothing_even_where_its_digits_are_awaited(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    old, guard = await issued(tx, office, held), await office.officer(tx, Role.GUARD)
    scan = await office.scan(tx, guard, old.code)
    await declare(tx, office, held)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.CANCELLED


async def test_taken_back_the_ticket_is_the_persons_again(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    proxys = await declare(tx, office, held)
    own = await take_back(tx, office, held)
    assert (own.bearer_id, own.delegation, own.sequence) == (held.person_id, None, 1)
    assert await let_in(tx, office, proxys, with_number_of=proxys.bearer_id) is Verdict.CANCELLED
    assert await take_back(tx, office, held) == own, "twice is once"
    again = await declare(tx, office, held)
    assert (again.delegation, again.sequence) == (2, 2)


async def test_a_turn_does_not_go_from_hand_to_hand(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    for _ in range(5):
        await declare(tx, office, held)
        await take_back(tx, office, held)
    with pytest.raises(ProxiesSpent):
        await declare(tx, office, held)


async def test_there_is_one_proxy_at_a_time(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    await declare(tx, office, held)
    with pytest.raises(ProxyDeclared):
        await declare(tx, office, held, number=invented_kuwaiti_number(date(1976, 3, 1), 8))
    with pytest.raises(UniqueViolation, match="one_proxy_per_booking"):
        await tx.execute(
            """insert into tickets.delegation select service_id, booking_id, 2, person_id, gen_random_uuid(),
            proxy_name, acts_as, declared_at, log_entry_id, log_salt from tickets.delegation"""
        )


@pytest.mark.parametrize("actor", [Actor.SPONSOR, Actor.SELF])
async def test_only_as_what_the_service_allows(tx: Transaction, office: Office, actor: Actor) -> None:
    with pytest.raises(ProxyExcluded):
        await declare(tx, office, await office.confirmed(tx), acts_as=actor)


async def test_a_service_for_the_person_himself_has_no_proxies(tx: Transaction, office: Office) -> None:
    with pytest.raises(ProxyExcluded):
        await declare(tx, office, await office.confirmed(tx, service_id=OTHER_SERVICE))


async def test_nobody_is_his_own_proxy(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    with pytest.raises(OwnProxy):
        await declare(tx, office, held, number=office.numbers[held.person_id])
    with pytest.raises(CheckViolation, match="nobody_is_his_own_proxy"):
        await tx.execute(
            """insert into tickets.delegation values ('KW-TST/18', %s, 1, %s, %s, 'x', 'delegate', now(), 1, '')""",
            (held.booking_id, held.person_id, held.person_id),
        )


async def test_who_has_been_let_in_is_neither_named_nor_taken_back_any_more(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    ticket = await declare(tx, office, held)
    await let_in(tx, office, ticket, with_number_of=ticket.bearer_id)
    with pytest.raises(ProxyTooLate):
        await take_back(tx, office, held)
    other = await office.confirmed(tx, starts_at=STARTS_AT + timedelta(minutes=30))
    own = await issued(tx, office, other)
    await let_in(tx, office, own, with_number_of=other.person_id)
    with pytest.raises(ProxyTooLate):
        await declare(tx, office, other)


async def test_once_the_gate_is_open_for_a_turn_nobody_wins_new_tries_by_naming_a_proxy(
    tx: Transaction, office: Office
) -> None:
    opens_at = STARTS_AT - EARLY
    held = await office.confirmed(tx)
    await declare(tx, office, held, now=opens_at - timedelta(seconds=1))
    own = await take_back(tx, office, held, now=opens_at - timedelta(seconds=1))
    guard = await office.officer(tx, Role.GUARD)
    assert (await office.mismatched(tx, guard, own)).verdict is Verdict.IDENTITY_MISMATCH
    for act in (declare(tx, office, held, now=opens_at), take_back(tx, office, held, now=opens_at)):
        with pytest.raises(ProxyTooLate):
            await act
    assert await issued(tx, office, held) == own, "the same ticket, with its lane and its second look"
    assert (await office.scan(tx, guard, own.code)).verdict is Verdict.IDENTITY_MISMATCH


async def test_a_suspension_is_not_lifted_by_naming_a_proxy(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    ticket = await issued(tx, office, held)
    await store.set_status(tx, ticket=ticket, status=TicketStatus.SUSPENDED)
    for act in (declare(tx, office, held), take_back(tx, office, held)):
        with pytest.raises(ProxyTooLate):
            await act
    assert (await issued(tx, office, held)).status is TicketStatus.SUSPENDED


async def test_somebody_elses_turn_does_not_exist(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    stranger = replace(held, person_id=await office.person(tx))
    for act in (declare(tx, office, stranger), take_back(tx, office, stranger)):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(NotFound):
        await tickets.who_comes(
            tx, service_id=held.service_id, booking_id=held.booking_id, person_id=PersonId(uuid4()), now=BEFORE
        )


async def test_a_name_that_a_person_wrote_never_stands_over_the_registers(tx: Transaction, office: Office) -> None:
    known = await office.person(tx, "فاطمة يوسف الكندري")
    held = await office.confirmed(tx)
    ticket = await declare(tx, office, held, number=office.numbers[known])
    assert ticket.bearer_id == known
    assert (await people.person(tx, known)).name_ar == "فاطمة يوسف الكندري"
    assert read_code(ticket.code)[1].name == NAME, "nor does the register's name come back to whoever types a number"


async def test_whom_nobody_knew_has_no_name_but_on_the_ticket_until_he_signs_in_himself(
    tx: Transaction, office: Office
) -> None:
    ticket = await declare(tx, office, await office.confirmed(tx))
    assert (await people.person(tx, ticket.bearer_id)).name_ar == ""
    clerk = await office.officer(tx, Role.CLERK)
    assert await people.find_by_civil_number(tx, NUMBER, settings=office.settings) is None
    with pytest.raises(CardNotKnown):
        await tickets.turns_by_card(tx, clerk=clerk, number=NUMBER, settings=office.settings, now=BEFORE)
    signed_in = await people.register_person(
        tx,
        civil_number=NUMBER,
        country=Country.KUWAIT,
        name_ar="سالم عبدالله يوسف العتيق",
        name_latin="SALEM ALATEEQ",
        settings=office.settings,
        now=BEFORE,
    )
    assert signed_in == ticket.bearer_id
    assert (await people.person(tx, signed_in)).name_ar == "سالم عبدالله يوسف العتيق"
    again = await declare(tx, office, await office.confirmed(tx, starts_at=STARTS_AT + timedelta(hours=1)))
    assert (again.bearer_id, read_code(again.code)[1].name) == (signed_in, NAME)
    assert (await people.person(tx, signed_in)).name_ar == "سالم عبدالله يوسف العتيق"


async def test_the_proxy_sees_that_his_number_was_used(tx: Transaction, office: Office) -> None:
    ticket = await declare(tx, office, await office.confirmed(tx))
    assert [look.reason for look in await people.looks_at(tx, ticket.bearer_id)] == ["tickets.look.issued"]


async def test_declaring_and_taking_back_are_entries_of_the_log(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    await declare(tx, office, held)
    await take_back(tx, office, held)
    row = await (await tx.execute("select log_entry_id, revoked_log_entry_id from tickets.delegation")).fetchone()
    assert row is not None
    assert row["log_entry_id"] < row["revoked_log_entry_id"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("delegation = null", "who_comes_is_the_person_or_his_proxy"),
        ("bearer_id = person_id", "who_comes_is_the_person_or_his_proxy"),
        ("bearer_id = gen_random_uuid()", "a_proxy_comes_by_a_delegation"),
        ("delegation = 7", "a_proxy_comes_by_a_delegation"),
    ],
)
async def test_nobody_comes_for_another_without_a_delegation(
    database_url: str, pool: Pool, standing_office: Office, change: str, constraint: str
) -> None:
    async with transaction(pool) as tx:
        await declare(tx, standing_office, await standing_office.confirmed(tx))
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises((CheckViolation, ForeignKeyViolation), match=constraint):
            await owner.execute(f"update tickets.ticket set {change}".encode())
        await owner.rollback()

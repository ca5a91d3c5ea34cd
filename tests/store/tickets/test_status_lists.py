"""The published list of an office and day: what each of its tickets is worth, and nothing else."""

from datetime import date, datetime, timedelta

import cbor2
import pytest

from dawr.booking import actions as booking
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.people.model import Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.cose import decode_sign1
from dawr.tickets.keys import key_set
from dawr.tickets.model import Ticket, TicketStatus, Verdict
from dawr.tickets.payload import read_code
from dawr.tickets.status_list import StatusListToken, read_token
from dawr.tickets.status_places import PLACES
from dawr.tickets.verdict import STATUS_LIST_LIFE, Place, StatusList, judge
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, STARTS_AT, Office

DAY = date(2027, 2, 3)


async def message(tx: Transaction, office: Office, *, office_id: OfficeId = OFFICE, day_on: date = DAY) -> bytes:
    return await tickets.status_list_of(tx, office_id, day_on=day_on, settings=office.settings, now=STARTS_AT)


async def token(tx: Transaction, office: Office, **where: object) -> StatusListToken:
    """The list as whoever has the published keys reads it."""
    made = await message(tx, office, **where)  # type: ignore[arg-type]
    return read_token(made, keys=key_set(await tickets.published_keys(tx)))


async def worth(tx: Transaction, office: Office, ticket: Ticket) -> int | None:
    return (await token(tx, office)).statuses.status_at(ticket.status_index)


async def test_a_ticket_is_valid_until_its_turn_is_given_back(tx: Transaction, office: Office) -> None:
    ticket, other = await office.ticket(tx), await office.ticket(tx)
    assert await worth(tx, office, ticket) == TicketStatus.VALID
    await office.give_back(tx, ticket)
    assert await worth(tx, office, ticket) == TicketStatus.CANCELLED
    assert await worth(tx, office, other) == TicketStatus.VALID


async def test_a_ticket_that_was_let_in_is_used(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.admitted(tx, guard)
    other = await office.ticket(tx)
    assert await worth(tx, office, ticket) == TicketStatus.USED
    assert await worth(tx, office, other) == TicketStatus.VALID


async def test_a_suspended_ticket_and_a_missed_turn_are_told_too(tx: Transaction, office: Office) -> None:
    suspended, missed = await office.ticket(tx), await office.ticket(tx)
    await store.set_status(tx, ticket=suspended, status=TicketStatus.SUSPENDED)
    await booking.mark_missed(tx, before_on=DAY + timedelta(days=1), now=STARTS_AT + timedelta(days=1))
    assert await worth(tx, office, suspended) == TicketStatus.SUSPENDED
    assert await worth(tx, office, missed) == TicketStatus.CANCELLED


async def test_two_services_of_an_office_share_its_list(tx: Transaction, office: Office) -> None:
    one, other = await office.ticket(tx), await office.ticket(tx, service_id=OTHER_SERVICE)
    await office.give_back(tx, other)
    assert await worth(tx, office, one) == TicketStatus.VALID
    assert await worth(tx, office, other) == TicketStatus.CANCELLED


async def test_tickets_of_another_office_or_day_are_not_in_it(tx: Transaction, office: Office) -> None:
    mine = await office.ticket(tx)
    there = await office.ticket(tx, office_id=OTHER_OFFICE)
    next_day = await office.ticket(tx, starts_at=STARTS_AT + timedelta(days=1))
    for each in (there, next_day):
        await office.give_back(tx, each)
    assert not any((await token(tx, office)).statuses.packed)
    assert await worth(tx, office, mine) == TicketStatus.VALID
    others = {
        there: await token(tx, office, office_id=OTHER_OFFICE),
        next_day: await token(tx, office, day_on=DAY + timedelta(days=1)),
    }
    for each, listed in others.items():
        assert listed.statuses.status_at(each.status_index) == TicketStatus.CANCELLED


async def test_places_tell_neither_how_many_tickets_there_are_nor_which_came_first(
    tx: Transaction, office: Office
) -> None:
    places = [(await office.ticket(tx)).status_index for _ in range(8)]
    assert len(set(places)) == len(places)
    assert places != sorted(places)
    elsewhere = [(await office.ticket(tx, office_id=OTHER_OFFICE)).status_index for _ in range(8)]
    assert elsewhere != places, "each office and day has a shuffle of its own"


async def test_a_place_that_was_given_to_no_ticket_is_valid(tx: Transaction, office: Office) -> None:
    await store.count_ticket(tx, office_id=OFFICE, day_on=DAY)
    ticket = await office.ticket(tx)
    await office.give_back(tx, ticket)
    statuses = (await token(tx, office)).statuses
    listed = {index: statuses.status_at(index) for index in range(len(statuses))}
    assert {index for index, status in listed.items() if status} == {ticket.status_index}


async def test_a_day_without_tickets_has_an_empty_list(tx: Transaction, office: Office) -> None:
    assert len((await token(tx, office)).statuses) == 0


async def test_an_office_that_is_not_there_has_no_list(tx: Transaction, office: Office) -> None:
    with pytest.raises(NotFound):
        await message(tx, office, office_id=OfficeId("KW-TST/NIX"))


async def test_the_list_says_where_the_newest_is_and_holds_for_two_hours(tx: Transaction, office: Office) -> None:
    made = await token(tx, office)
    assert made.subject == f"{office.settings.public_url}/status-lists/KW-TST/HAW/2027-02-03"
    assert (made.issued_at, made.expires_at) == (STARTS_AT, STARTS_AT + timedelta(hours=2))
    assert made.ttl_seconds == 60


async def test_nothing_of_a_person_is_in_it(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    made = await message(tx, office)
    _, claims = read_code(ticket.code)
    for secret in (
        ticket.ticket_id,
        ticket.booking_id.bytes,
        ticket.person_id.bytes,
        claims.identity,
        claims.name.encode(),
        held.reference.encode(),
        office.numbers[ticket.person_id].encode(),
    ):
        assert secret not in made
    assert cbor2.loads(decode_sign1(made).payload).keys() == {2, 4, 6, 65533, 65534}


def judged_by(list_of_day: StatusListToken, ticket: Ticket, *, now: datetime) -> Verdict:
    """What a gate without a network makes of the ticket, the published list in its hand."""
    _, claims = read_code(ticket.code)
    statuses = {index: TicketStatus(list_of_day.statuses.status_at(index) or 0) for index in range(PLACES)}
    status_list = StatusList(as_of_at=list_of_day.issued_at, statuses=statuses)
    return judge(claims, place=Place(office_id=OFFICE, timezone="Asia/Kuwait", now=now, status_list=status_list))


async def test_a_gate_without_a_network_judges_by_it_until_it_is_stale(tx: Transaction, office: Office) -> None:
    given_back, held = await office.ticket(tx), await office.ticket(tx)
    await office.give_back(tx, given_back)
    made = await token(tx, office)
    assert judged_by(made, given_back, now=STARTS_AT) is Verdict.CANCELLED
    assert judged_by(made, held, now=made.expires_at) is Verdict.ADMIT
    late = STARTS_AT + STATUS_LIST_LIFE + timedelta(seconds=1)
    assert judged_by(made, held, now=late) is Verdict.STATUS_LIST_STALE

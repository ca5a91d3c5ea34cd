"""One live ticket for each confirmed booking."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege, UniqueViolation

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.keys import key_id_of, key_set, ticket_key
from dawr.tickets.model import NotConfirmed, Ticket, TicketStatus, Verdict
from dawr.tickets.payload import day_key, identity_commitment, read_code
from dawr.tickets.status_places import PLACES
from dawr.tickets.verdict import Place, StatusList, verify
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office


async def test_a_ticket_says_what_its_booking_says_and_is_signed_by_the_published_key(
    tx: Transaction, office: Office
) -> None:
    ticket = await office.ticket(tx)
    finding = verify(
        ticket.code,
        keys=key_set(await tickets.published_keys(tx)),
        place=Place(
            office_id=ticket.office_id,
            timezone="Asia/Kuwait",
            now=ticket.starts_at,
            status_list=StatusList(as_of_at=ticket.starts_at),
        ),
    )
    assert finding.verdict is Verdict.ADMIT
    claims = finding.claims
    assert (claims.service_id, claims.office_id, claims.starts_at) == (
        ticket.service_id,
        ticket.office_id,
        ticket.starts_at,
    )
    assert claims.minutes == 30
    assert claims.name == "نورة عبدالله سالم العتيق"
    assert claims.not_before_at == ticket.starts_at - timedelta(minutes=30)
    assert claims.expires_at == ticket.starts_at.replace(hour=10, minute=30), "13:30 in Kuwait, when the office closes"


async def test_the_ticket_commits_to_the_number_and_never_holds_it(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    _, claims = read_code(ticket.code)
    number = office.numbers[ticket.person_id]
    key = day_key(office.settings.key_for("ticket identity"), ticket.office_id, day_on=ticket.starts_at.date())
    assert claims.identity == identity_commitment(key, number)
    tomorrow = day_key(
        office.settings.key_for("ticket identity"),
        ticket.office_id,
        day_on=ticket.starts_at.date() + timedelta(days=1),
    )
    assert claims.identity != identity_commitment(tomorrow, number)
    assert number.encode() not in repr(claims).encode()


async def test_asking_twice_gives_the_same_ticket(tx: Transaction, office: Office) -> None:
    held = await office.confirmed(tx)
    first = await tickets.ticket_for(tx, wanted=held, settings=office.settings, now=held.made_at)
    assert await tickets.ticket_for(tx, wanted=held, settings=office.settings, now=held.made_at) == first


async def test_an_offer_that_is_not_confirmed_has_no_ticket(tx: Transaction, office: Office) -> None:
    offer = await office.offered(tx)
    with pytest.raises(NotConfirmed):
        await tickets.ticket_for(tx, wanted=offer, settings=office.settings, now=offer.made_at)
    with pytest.raises(NotConfirmed):
        await tickets.issue_ticket(tx, confirmed=offer, settings=office.settings, now=offer.made_at)


async def test_a_cancelled_booking_ends_its_ticket(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    ended = await booking.cancel(
        tx,
        service_id=ticket.service_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        now=ticket.issued_at,
    )
    kept = await tickets.ticket_for(tx, wanted=ended, settings=office.settings, now=ticket.issued_at)
    assert kept.status is TicketStatus.CANCELLED


async def test_a_moved_booking_gets_a_new_ticket_and_the_old_one_ends(tx: Transaction, office: Office) -> None:
    old = await office.ticket(tx)
    moved = await office.moved(tx, old)
    new = await tickets.issue_ticket(tx, confirmed=moved, settings=office.settings, now=moved.made_at)
    assert (new.sequence, new.starts_at) == (1, moved.starts_at)
    ended = await store.ticket(tx, service_id=old.service_id, ticket_id=old.ticket_id)
    assert ended.status is TicketStatus.CANCELLED


@pytest.mark.parametrize("office_id", [OFFICE, OTHER_OFFICE])
async def test_whoever_read_the_booking_before_it_moved_revives_nothing(
    tx: Transaction, office: Office, office_id: OfficeId
) -> None:
    old = await office.ticket(tx)
    before = await booking.booking(tx, old.service_id, old.booking_id)
    moved = await office.moved(tx, old, office_id=office_id)
    new = await tickets.issue_ticket(tx, confirmed=moved, settings=office.settings, now=moved.made_at)
    assert await tickets.issue_ticket(tx, confirmed=before, settings=office.settings, now=moved.made_at) == new


async def test_a_first_look_at_a_booking_that_moved_meanwhile_signs_it_as_it_stands(
    tx: Transaction, office: Office
) -> None:
    before = await office.confirmed(tx)
    moved = await office.moved(tx, before)
    signed = await tickets.issue_ticket(tx, confirmed=before, settings=office.settings, now=moved.made_at)
    assert (signed.starts_at, read_code(signed.code)[1].starts_at) == (moved.starts_at, moved.starts_at)


async def test_a_ticket_for_another_time_or_office_than_its_bookings_opens_nothing(
    tx: Transaction, office: Office
) -> None:
    ticket, guard = await office.ticket(tx), await office.officer(tx, Role.GUARD)
    awaited = await office.scan(tx, guard, ticket.code)
    await office.moved(tx, ticket)
    assert (await office.answer(tx, guard, awaited)).verdict is Verdict.CANCELLED
    assert (await office.scan(tx, guard, ticket.code)).verdict is Verdict.CANCELLED


async def test_who_read_a_turn_as_confirmed_that_was_given_back_meanwhile_gets_no_ticket(
    tx: Transaction, office: Office
) -> None:
    held = await office.confirmed(tx)
    await booking.cancel(
        tx, service_id=held.service_id, booking_id=held.booking_id, person_id=held.person_id, now=held.made_at
    )
    with pytest.raises(NotConfirmed):
        await tickets.issue_ticket(tx, confirmed=held, settings=office.settings, now=held.made_at)


@pytest.mark.parametrize("status", [TicketStatus.VALID, TicketStatus.CANCELLED, TicketStatus.SUSPENDED])
async def test_a_used_ticket_stays_used(tx: Transaction, office: Office, status: TicketStatus) -> None:
    used = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    await store.set_status(tx, ticket=used, status=status)
    kept = await store.ticket(tx, service_id=used.service_id, ticket_id=used.ticket_id)
    assert kept.status is TicketStatus.USED


async def test_a_second_live_ticket_of_one_booking_is_refused_by_the_table(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    with pytest.raises(UniqueViolation, match="one_live_ticket_per_booking"):
        await tx.execute(
            """insert into tickets.ticket (service_id, ticket_id, booking_id, person_id, bearer_id, office_id,
            day_on, starts_at, status_index, sequence, code, key_id, issued_at)
            select service_id, '0123456789'::bytea, booking_id, person_id, bearer_id, office_id, day_on, starts_at, 77,
            7, code, key_id, issued_at from tickets.ticket where ticket_id = %s""",
            (ticket.ticket_id,),
        )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("key_id = 'stranger'::bytea", "ticket_is_signed_with_a_published_key"),
        ("ticket_id = 'short'::bytea", "ticket_id_is_ten_bytes"),
        ("status = 4", "ticket_status_is_known"),
        ("code = 'https://elsewhere.example'", "ticket_code_is_a_code"),
    ],
)
async def test_the_table_takes_no_odd_ticket(
    database_url: str, pool: Pool, standing_office: Office, change: str, constraint: str
) -> None:
    async with transaction(pool) as tx:
        await standing_office.ticket(tx)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises((CheckViolation, ForeignKeyViolation), match=constraint):
            await owner.execute(f"update tickets.ticket set {change}")


async def test_status_indexes_of_one_office_and_day_differ(tx: Transaction, office: Office) -> None:
    indexes = [(await office.ticket(tx)).status_index for _ in range(3)]
    assert len(set(indexes)) == len(indexes)
    assert set(indexes) <= set(range(PLACES))


async def test_the_key_is_published_and_logged_once(tx: Transaction, office: Office) -> None:
    before = await entries_in_the_log(tx)
    for _ in range(2):
        key = await tickets.publish_key(tx, settings=office.settings, now=STARTS_AT)
    assert [key_id_of(public) for public in await tickets.published_keys(tx)] == [key.key_id]
    assert key.key_id == ticket_key(office.settings.key_for("ticket signing|1")).key_id
    assert await entries_in_the_log(tx) == before + 1


async def entries_in_the_log(tx: Transaction) -> int:
    row = await (await tx.execute("select count(*) as n from transparency.entry")).fetchone()
    assert row is not None
    return int(row["n"])


async def test_issuing_is_a_look_at_the_number_that_its_person_can_see(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    looks = await people.looks_at(tx, ticket.person_id)
    assert [(look.looked_by, look.reason) for look in looks] == [(None, "tickets.look.issued")]


async def test_nobody_rewrites_what_a_ticket_says(tx: Transaction, office: Office) -> None:
    await office.ticket(tx)
    with pytest.raises(InsufficientPrivilege):
        await tx.execute("update tickets.ticket set code = 'DW1:OTHER'")


async def test_two_first_looks_at_once_issue_one_ticket(pool: Pool, standing_office: Office) -> None:
    async with transaction(pool) as tx:
        held = await standing_office.confirmed(tx)

    async def look() -> Ticket:
        async with transaction(pool) as tx:
            return await tickets.ticket_for(tx, wanted=held, settings=standing_office.settings, now=held.made_at)

    seen = await asyncio.gather(*(look() for _ in range(8)))
    assert len({ticket.ticket_id for ticket in seen}) == 1


async def test_the_first_ticket_waits_for_the_key_before_it_holds_its_days_secret(
    pool: Pool, standing_office: Office, database_url: str
) -> None:
    """As a day pack takes them: neither waits for the other in a circle."""
    async with transaction(pool) as tx:
        held = await standing_office.confirmed(tx)

    async def look() -> Ticket:
        async with transaction(pool) as tx:
            return await tickets.ticket_for(tx, wanted=held, settings=standing_office.settings, now=held.made_at)

    async with transaction(pool) as pack:
        await store.lock_key_publication(pack)
        looking = asyncio.create_task(look())
        await until_locked_or_done(database_url, looking)
        await store.lock_day_secret(pack, office_id=OFFICE, day_on=STARTS_AT.date())
    assert (await looking).status is TicketStatus.VALID

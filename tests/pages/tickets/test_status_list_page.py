"""The public status list of an office and day: signed, kept a minute by anybody, and nobody's session in it."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.people.model import Role
from dawr.tickets.keys import parse_jwk_set
from dawr.tickets.model import Ticket, TicketStatus
from dawr.tickets.status_list import StatusListToken, read_token
from tests.store.tickets.invented_office import Office

PATH = "/status-lists/KW-TST/HAW/2027-02-03"


@pytest.fixture
async def ticket(pool: Pool, office: Office) -> Ticket:
    async with transaction(pool) as tx:
        return await office.ticket(tx)


async def read(site: httpx.AsyncClient, path: str = PATH) -> StatusListToken:
    """The list as a verifier reads it, who knows this site alone."""
    message = (await site.get(path)).content
    return read_token(message, keys=parse_jwk_set(json.dumps((await site.get("/tickets/keys")).json())))


async def test_anybody_reads_it_with_the_published_keys(
    site: httpx.AsyncClient, ticket: Ticket, office: Office
) -> None:
    answer = await site.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/statuslist+cwt"
    made = await read(site)
    assert made.subject == office.settings.public_url + PATH
    assert made.expires_at - made.issued_at == timedelta(hours=2)
    assert abs(datetime.now(UTC) - made.issued_at) < timedelta(minutes=5)


async def test_it_is_kept_for_the_time_that_it_says_itself_and_carries_no_session(
    site: httpx.AsyncClient, ticket: Ticket
) -> None:
    await site.get(f"/test/sign-in/{ticket.person_id}")
    answer = await site.get(PATH)
    made = await read(site)
    assert answer.headers["cache-control"] == f"public, max-age={made.ttl_seconds}"
    assert "set-cookie" not in answer.headers


async def test_a_turn_given_back_is_cancelled_in_the_next_list(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket
) -> None:
    before = await read(site)
    async with transaction(pool) as tx:
        await office.give_back(tx, ticket)
    after = await read(site)
    assert before.statuses.status_at(ticket.status_index) == TicketStatus.VALID
    assert after.statuses.status_at(ticket.status_index) == TicketStatus.CANCELLED


async def test_who_was_let_in_has_a_used_ticket_in_the_next_list(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket
) -> None:
    async with transaction(pool) as tx:
        admitted = await office.admitted(tx, await office.officer(tx, Role.GUARD))
    statuses = (await read(site)).statuses
    assert statuses.status_at(admitted.status_index) == TicketStatus.USED
    assert statuses.status_at(ticket.status_index) == TicketStatus.VALID


async def test_a_day_without_tickets_has_an_empty_list(site: httpx.AsyncClient, office: Office) -> None:
    assert len((await read(site, "/status-lists/KW-TST/HAW/2026-01-01")).statuses) == 0


@pytest.mark.parametrize(
    "path",
    [
        *("KW-TST/NIX/2027-02-03", "KW-TST/%D8%AD/2027-02-03", "KW-TST/HAW%00/2027-02-03"),
        *("KW-TST/HAW/2027-02-30", "KW-TST/HAW/tomorrow", "KW-TST/HAW", "KW-TST/HAW/"),
    ],
)
async def test_what_is_no_office_and_day_is_not_found_and_kept_by_nobody(
    site: httpx.AsyncClient, office: Office, path: str
) -> None:
    answer = await site.get(f"/status-lists/{path}")
    assert answer.status_code == 404
    assert "public" not in answer.headers.get("cache-control", "")

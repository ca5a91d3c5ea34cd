"""The page that prints: the card's number, the turns, the paper; and who may not."""

import re

import pytest

from dawr.db.pool import Pool, transaction
from dawr.people.model import Role
from dawr.tickets import pages
from dawr.tickets.model import Ticket
from tests.pages.conftest import Browser, BrowserFor
from tests.pages.tickets.test_gate_pages import employed
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, Office


@pytest.fixture
async def ticket(pool: Pool, office: Office, starts_at) -> Ticket:  # type: ignore[no-untyped-def]
    async with transaction(pool) as tx:
        return await office.ticket(tx, starts_at=starts_at)


async def signed_in(pool: Pool, office: Office, browser_for: BrowserFor, role: Role, *, at: str = OFFICE) -> Browser:
    async with transaction(pool) as tx:
        officer = await office.officer(tx, role, office_id=at)  # type: ignore[arg-type]
        officer = await employed(tx, office, role) if at == OFFICE else officer
    browser = browser_for(pages.routes)
    await browser.sign_in(officer.person_id)
    return browser


@pytest.mark.parametrize(("paper", "width"), [("a5", b"419.5"), ("roll", b"226.7"), ("", b"419.5")])
async def test_a_clerk_prints_the_ticket_of_whoever_holds_up_his_card(
    pool: Pool, office: Office, browser_for: BrowserFor, ticket: Ticket, paper: str, width: bytes
) -> None:
    browser = await signed_in(pool, office, browser_for, Role.CLERK)
    number = office.numbers[ticket.person_id]
    assert "The civil number on his card" in await browser.page("/desk/print")
    shown = await browser.post("/desk/print", office=OFFICE, number=f"{number[:6]} {number[6:]}")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert number not in shown.text
    assert "مجاني" in shown.text
    hidden = dict(re.findall(r'type="hidden" name="(office|service|booking)" value="([^"]+)"', shown.text))
    printed = await browser.post("/desk/print/paper", **hidden, paper=paper)
    assert printed.content.startswith(b"%PDF")
    assert re.search(rb"/MediaBox ?\[0 0 " + re.escape(width), printed.content)


async def test_an_unknown_card_is_told_beside_the_field_and_never_repeated(
    pool: Pool, office: Office, browser_for: BrowserFor
) -> None:
    browser = await signed_in(pool, office, browser_for, Role.CLERK)
    for number in ("288020122596", "12", ""):
        answer = await browser.post("/desk/print", office=OFFICE, number=number)
        assert answer.status_code == 422
        assert "We find nobody with this civil number" in answer.text
        assert not number or f'value="{number}"' not in answer.text


async def test_a_card_without_a_turn_here_leads_to_help(pool: Pool, office: Office, browser_for: BrowserFor) -> None:
    browser = await signed_in(pool, office, browser_for, Role.CLERK)
    async with transaction(pool) as tx:
        person_id = await office.person(tx)
    answer = await browser.post("/desk/print", office=OFFICE, number=office.numbers[person_id])
    assert "No turn at this office from today on." in answer.text
    assert "/refused/help?office=" in answer.text


async def test_guards_visitors_and_clerks_of_elsewhere_print_nothing(
    pool: Pool, office: Office, browser_for: BrowserFor, ticket: Ticket
) -> None:
    wanted = {"office": OFFICE, "service": ticket.service_id, "booking": str(ticket.booking_id)}
    strangers = [
        await signed_in(pool, office, browser_for, Role.GUARD),
        await signed_in(pool, office, browser_for, Role.CLERK, at=OTHER_OFFICE),
    ]
    for browser in strangers:
        assert (await browser.get("/desk/print", office=OFFICE)).status_code == 403
        number = office.numbers[ticket.person_id]
        assert (await browser.post("/desk/print", office=OFFICE, number=number)).status_code == 403
        assert (await browser.post("/desk/print/paper", **wanted)).status_code == 403
    nobody = browser_for(pages.routes)
    assert (await nobody.get("/desk/print")).status_code in (302, 303, 307)
    clerk = await signed_in(pool, office, browser_for, Role.CLERK)
    assert (await clerk.post("/desk/print/paper", **(wanted | {"booking": "no id"}))).status_code == 404

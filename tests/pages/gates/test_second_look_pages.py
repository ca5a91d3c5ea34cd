"""The auditor's page of second looks: after the day, for auditors alone, and the same as a file."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from dawr.db.pool import Pool, transaction
from dawr.gates import pages
from dawr.gates.verify import verify_second_looks
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import Ticket
from tests.pages.conftest import Browser, BrowserFor
from tests.store.gates.invented_device import enrol_device, granted
from tests.store.tickets.invented_office import OFFICE, STARTS_AT, Office

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AFTER = STARTS_AT + timedelta(days=1)
DAY = STARTS_AT.date().isoformat()

BrowserAs = Callable[..., Awaitable[Browser]]


@pytest.fixture
def browser_as(browser_for: BrowserFor, pool: Pool, office: Office) -> BrowserAs:
    async def signed_in(role: Role, *, language: str = "en") -> Browser:
        async with transaction(pool) as tx:
            officer = await granted(tx, office, role, since=LONG_AGO)
        browser = browser_for(pages.routes)
        await browser.sign_in(officer.person_id, language=language)
        return browser

    return signed_in


@pytest.fixture
async def admitted(pool: Pool, office: Office, settings: Settings) -> list[Ticket]:
    """A day at a device and at the gate that needs a network, over and revealed."""
    async with transaction(pool) as tx:
        guard, clerk = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.CLERK)
        device = await enrol_device(tx, guard)
        looked_at, not_looked_at = await office.ticket(tx), await office.ticket(tx)
        scan = device.scanned(looked_at)
        device.answered(scan, right=True)
        device.looked_again(clerk.person_id, scan=scan, right=True)
        device.record("decided", scan=scan, verdict="admit")
        device.admitted(not_looked_at)
        await device.upload(tx, settings)
        online = await office.admitted(tx, guard)
    return [looked_at, not_looked_at, online]


async def reveal(pool: Pool, settings: Settings, *, now: datetime = AFTER) -> bytes:
    async with transaction(pool) as tx:
        await tickets.reveal_secrets(tx, settings=settings, now=now)
        known = await tickets.view_day_secret(tx, OFFICE, day_on=STARTS_AT.date())
    assert known is not None
    return known.commitment


async def test_the_file_of_a_day_recomputes_elsewhere(
    browser_as: BrowserAs, admitted: list[Ticket], pool: Pool, settings: Settings
) -> None:
    commitment = await reveal(pool, settings)
    auditor = await browser_as(Role.AUDITOR)
    answer = await auditor.get("/gate/second-looks/file", office=OFFICE, day=DAY)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "second-looks-KW-TST-HAW-2027-02-03.csv" in answer.headers["content-disposition"]
    checks = verify_second_looks(answer.text, commitment=commitment.hex())
    assert [check.word for check in checks[:2]] == ["ok", "ok"]
    rows = {line.split(",")[4]: line.split(",")[5:] for line in answer.text.splitlines()[1:]}
    looked_at, not_looked_at, online = (rows[each.ticket_id.hex()] for each in admitted)
    assert (looked_at[0], looked_at[2]) == ("device", "right")
    assert (not_looked_at[0], not_looked_at[2]) == ("device", "none")
    assert (online[0], online[2]) == ("online", "none")


@pytest.mark.parametrize(("language", "said"), [("ar", "النظرات الثانية"), ("en", "Second looks")])
async def test_the_page_shows_the_secret_and_that_it_was_promised(
    browser_as: BrowserAs, admitted: list[Ticket], pool: Pool, settings: Settings, language: str, said: str
) -> None:
    commitment = await reveal(pool, settings)
    auditor = await browser_as(Role.AUDITOR, language=language)
    assert said in await auditor.page("/gate/second-looks", office=OFFICE)
    text = await auditor.page("/gate/second-looks", office=OFFICE, day=DAY)
    assert commitment.hex() in text
    assert "day-secret|" in text
    for ticket in admitted:
        assert str(ticket.person_id) not in text


async def test_before_the_day_is_over_there_is_neither_secret_nor_file(
    browser_as: BrowserAs, admitted: list[Ticket], pool: Pool, settings: Settings
) -> None:
    await reveal(pool, settings, now=STARTS_AT)
    auditor = await browser_as(Role.AUDITOR)
    text = await auditor.page("/gate/second-looks", office=OFFICE, day=DAY)
    assert "revealed once the day is over" in text
    assert (await auditor.get("/gate/second-looks/file", office=OFFICE, day=DAY)).status_code == 404


async def test_an_office_without_a_day_is_told_so(browser_as: BrowserAs) -> None:
    auditor = await browser_as(Role.AUDITOR)
    assert "No day with tickets is over here yet." in await auditor.page("/gate/second-looks", office=OFFICE)


@pytest.mark.parametrize("day", ["2027-02-05", "soon", "2027-13-01"])
async def test_a_day_that_is_none_is_not_found(browser_as: BrowserAs, day: str) -> None:
    auditor = await browser_as(Role.AUDITOR)
    assert (await auditor.get("/gate/second-looks", office=OFFICE, day=day)).status_code == 404


@pytest.mark.parametrize("role", [Role.GUARD, Role.BRANCH_HEAD, Role.AUTHORITY, Role.OPERATOR, Role.CLERK])
async def test_second_looks_are_for_auditors_alone(browser_as: BrowserAs, role: Role) -> None:
    other = await browser_as(role)
    for path in ("/gate/second-looks", "/gate/second-looks/file"):
        assert (await other.get(path, office=OFFICE, day=DAY)).status_code == 403
    assert (await other.get("/gate/second-looks")).status_code == 403

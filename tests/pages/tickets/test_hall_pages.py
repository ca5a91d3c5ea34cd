"""The display on the wall, the slip with a token, and the day's history for the branch head."""

import csv
import io
import re
from datetime import UTC, datetime

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.people.model import Officer, Role
from dawr.tickets.model import Ticket
from tests.pages.tickets.test_counter_pages import call, close, let_in, open_visit
from tests.pages.tickets.test_gate_pages import employed, post
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, Office

DISPLAY = f"/display/{OFFICE}"
NAME = "نورة عبدالله سالم العتيق"


@pytest.fixture
async def ticket(site: httpx.AsyncClient, pool: Pool, office: Office, starts_at: datetime) -> Ticket:
    """Of somebody who has just been let in."""
    return await let_in(site, pool, office, starts_at=starts_at)


@pytest.fixture
async def clerk(pool: Pool, office: Office) -> Officer:
    async with transaction(pool) as tx:
        return await employed(tx, office, Role.CLERK)


@pytest.fixture
async def head(pool: Pool, office: Office) -> Officer:
    async with transaction(pool) as tx:
        return await employed(tx, office, Role.BRANCH_HEAD)


async def sign_in(site: httpx.AsyncClient, officer: Officer) -> None:
    await site.get(f"/test/sign-in/{officer.person_id}")


async def test_the_display_shows_token_and_desk_in_both_languages_and_nobodys_name(
    site: httpx.AsyncClient, ticket: Ticket, clerk: Officer
) -> None:
    await sign_in(site, clerk)
    await call(site)
    shown = await site.get(DISPLAY)
    assert '<th scope="row"><bdi>A1</bdi></th>' in shown.text
    assert "<td><bdi>4</bdi></td>" in shown.text
    assert "الدور الآن" in shown.text
    assert "Now serving" in shown.text
    assert NAME not in shown.text


async def test_an_empty_hall_is_told_in_both_languages(site: httpx.AsyncClient, office: Office) -> None:
    empty = await site.get(DISPLAY)
    assert "لا نداء الآن" in empty.text
    assert "Nobody is called now" in empty.text


async def test_anybody_may_keep_the_display_a_second_and_it_knows_nobody(
    site: httpx.AsyncClient, ticket: Ticket, clerk: Officer
) -> None:
    await sign_in(site, clerk)
    answer = await site.get(DISPLAY)
    assert answer.headers["cache-control"] == "public, max-age=1"
    assert "set-cookie" not in answer.headers
    assert "_csrf_token" not in answer.text
    site.cookies.clear()
    assert (await site.get(DISPLAY)).text == answer.text, "it is the same for everybody"


async def test_without_scripts_the_display_is_fetched_anew(site: httpx.AsyncClient, office: Office) -> None:
    shown = await site.get(DISPLAY)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown.text
    assert "style=" not in shown.text
    assert re.findall(r"<script[^>]*>", shown.text) == re.findall(
        r'<script src="/static/built/[^"]+" defer>', shown.text
    )


@pytest.mark.parametrize("path", ["KW-TST/NIX", "KW-TST/%D8%AD", "KW-TST/HAW%00", "KW-TST"])
async def test_what_is_no_office_has_no_display(site: httpx.AsyncClient, office: Office, path: str) -> None:
    answer = await site.get(f"/display/{path}")
    assert answer.status_code == 404
    assert "public" not in answer.headers.get("cache-control", "")


async def test_the_slip_is_a_pdf_for_the_guards_of_that_office_alone(
    site: httpx.AsyncClient, pool: Pool, office: Office, *, starts_at: datetime, clerk: Officer, head: Officer
) -> None:
    async with transaction(pool) as tx:
        made = await office.ticket(tx, starts_at=starts_at)
        guard = await employed(tx, office, Role.GUARD)
    await sign_in(site, guard)
    asked = await post(site, "/gate/scan", after=await site.get("/gate"), code=made.code)
    scan_id = str(asked.url).rsplit("/", 1)[-1]
    assert "counter__token" not in asked.text, "no token before the card was read"
    assert (await site.get(f"/gate/token/{OFFICE}/{scan_id}")).status_code == 404
    places = re.findall(r"<li><bdi>(\d+)</bdi></li>", asked.text)
    digits = "".join(office.numbers[made.person_id][int(place) - 1] for place in places)
    admitted = await post(site, "/gate/answer", after=asked, digits=digits)
    assert '<strong class="counter__token"><bdi>A1</bdi></strong>' in admitted.text
    path = re.findall(r'href="(/gate/token/[^"]+)"', admitted.text)[0]
    again = await post(site, "/gate/scan", after=await site.get("/gate"), code=made.code)
    assert "counter__token" not in again.text, "a copy gets none"
    slip = await site.get(path)
    assert slip.content.startswith(b"%PDF")
    assert slip.headers["cache-control"] == "no-store"
    for officer in (clerk, head):
        await sign_in(site, officer)
        assert (await site.get(path)).status_code == 403
    await site.get(f"/test/sign-in/{made.person_id}")
    assert (await site.get(path)).status_code == 403


async def test_whoever_is_inside_sees_his_number_on_his_own_ticket(site: httpx.AsyncClient, ticket: Ticket) -> None:
    await site.get(f"/test/sign-in/{ticket.person_id}")
    shown = await site.get(f"/my/tickets/{ticket.service_id}/{ticket.booking_id}")
    assert '<strong class="counter__token"><bdi>A1</bdi></strong>' in shown.text
    assert f'href="{DISPLAY}"' in shown.text


async def test_the_head_sees_the_day_and_takes_it_with_him(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, *, clerk: Officer, head: Officer
) -> None:
    await sign_in(site, clerk)
    opened = await open_visit(site, office, ticket)
    await close(site, opened, outcome="not_served", reason="=HYPERLINK(1)")
    await sign_in(site, head)
    shown = await site.get("/counter/day")
    assert "اليوم عند الشبابيك" in shown.text
    assert "تجديد إقامة مادة 18" in shown.text
    assert NAME not in shown.text
    file = re.findall(r'href="(/counter/day\.csv[^"]+)"', shown.text)[0].replace("&amp;", "&")
    answer = await site.get(file)
    assert answer.headers["content-disposition"].startswith('attachment; filename="KW-TST-HAW-')
    [row] = list(csv.DictReader(io.StringIO(answer.text)))
    assert (row["token"], row["outcome"], row["calls"], row["desk"]) == ("A1", "not_served", "1", "4")
    assert row["reason"] == "'=HYPERLINK(1)", "no spreadsheet takes it for a formula"
    assert datetime.fromisoformat(row["let_in"]).tzinfo is not None
    assert NAME not in answer.text


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لم يدخل أحد في هذا اليوم"), ("en", "Nobody came in on this day")]
)
async def test_a_day_without_anybody_says_so(site: httpx.AsyncClient, head: Officer, language: str, words: str) -> None:
    await sign_in(site, head)
    await site.get(f"/language/{language}")
    assert words in (await site.get("/counter/day")).text
    past = await site.get("/counter/day", params={"on": "2026-01-01"})
    assert words in past.text
    assert "on=2026-01-02" in past.text, "the way forward"


async def test_the_first_day_of_all_has_none_before_it(site: httpx.AsyncClient, head: Officer) -> None:
    await sign_in(site, head)
    first = await site.get("/counter/day", params={"on": "0001-01-01"})
    assert first.status_code == 200
    assert "اليوم السابق" not in first.text
    assert "on=0001-01-02" in first.text


async def test_there_is_no_day_after_today(site: httpx.AsyncClient, head: Officer) -> None:
    await sign_in(site, head)
    shown = await site.get("/counter/day", params={"on": "2999-01-01"})
    assert shown.status_code == 200
    assert str(datetime.now(UTC).year) in shown.text
    assert "2999" not in shown.text


@pytest.mark.parametrize("path", ["/counter/day", "/counter/day.csv"])
async def test_the_day_is_its_heads_alone(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, *, clerk: Officer, path: str
) -> None:
    async with transaction(pool) as tx:
        elsewhere = await office.officer(tx, Role.BRANCH_HEAD, office_id=OTHER_OFFICE)
        guard = await employed(tx, office, Role.GUARD)
    for person_id in (ticket.person_id, clerk.person_id, guard.person_id, elsewhere.person_id):
        await site.get(f"/test/sign-in/{person_id}")
        assert (await site.get(path, params={"office": OFFICE})).status_code == 403
    site.cookies.clear()
    assert (await site.get(path, params={"office": OFFICE}, follow_redirects=False)).status_code == 303

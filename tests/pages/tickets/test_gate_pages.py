"""The guard's and the clerk's screens, from the scan to the closed visit."""

import re
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.demo.portraits import portrait
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.people.photograph import parse_photograph
from dawr.tickets import actions
from dawr.tickets.model import Ticket
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, Office


async def employed(tx: Transaction, office: Office, role: Role) -> Officer:
    officer = await office.officer(tx, role)
    await people.grant_role(
        tx,
        person_id=officer.person_id,
        role=role,
        authority_id=officer.authority_id,
        office_id=officer.office_id,
        granted_by=None,
        now=datetime.now(UTC),
    )
    return officer


@pytest.fixture
async def ticket(pool: Pool, office: Office, starts_at: datetime) -> Ticket:
    async with transaction(pool) as tx:
        return await office.ticket(tx, starts_at=starts_at)


@pytest.fixture
async def guard(pool: Pool, office: Office, site: httpx.AsyncClient) -> Officer:
    async with transaction(pool) as tx:
        officer = await employed(tx, office, Role.GUARD)
    await site.get(f"/test/sign-in/{officer.person_id}")
    return officer


async def post(site: httpx.AsyncClient, path: str, *, after: httpx.Response, **fields: str) -> httpx.Response:
    """Post a form as it stood on the page `after`, its hidden fields included."""
    form = next(part for part in after.text.split("<form")[1:] if f'action="{path}"' in part).split("</form>")[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return await site.post(path, data=dict(hidden) | fields)


def digits_asked(office: Office, ticket: Ticket, shown: httpx.Response) -> str:
    places = [int(place) for place in re.findall(r"<li><bdi>(\d+)</bdi></li>", shown.text)]
    number, serial = office.numbers[ticket.person_id], office.serials.get(ticket.person_id, "")
    assert len(places) == (6 if serial else 4)
    digits = [number[place - 1] for place in places[:4]] + [serial[place - 1] for place in places[4:]]
    return "".join(digits)


async def test_scan_digits_let_in(site: httpx.AsyncClient, office: Office, ticket: Ticket, guard: Officer) -> None:
    gate = await site.get("/gate")
    assert gate.status_code == 200
    shown = await post(site, "/gate/scan", after=gate, code=ticket.code)
    assert "نورة عبدالله سالم العتيق" in shown.text
    assert "تفضل بالدخول" not in shown.text, "not before the card was read"
    admitted = await post(site, "/gate/answer", after=shown, digits=digits_asked(office, ticket, shown))
    assert "verdict--admit" in admitted.text
    assert "تفضل بالدخول" in admitted.text
    assert "8000/tips<" not in admitted.text, "nobody who is let in is asked whether he bought"
    again = await post(site, "/gate/scan", after=gate, code=ticket.code)
    assert "دخل بها أحد من قبل" in again.text


async def test_a_scan_that_was_begun_is_not_answered_at_a_gate_that_was_shut_meanwhile(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, guard: Officer
) -> None:
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    async with transaction(pool) as tx:
        await actions.shut_online_gate(tx, OFFICE, now=datetime.now(UTC))
    refused = await post(site, "/gate/answer", after=shown, digits=digits_asked(office, ticket, shown))
    assert refused.status_code == 409
    assert "verdict--admit" not in refused.text


async def test_two_digits_of_the_serial_are_asked_too_and_the_face_is_shown_until_the_verdict(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, guard: Officer, pool: Pool
) -> None:
    async with transaction(pool) as tx:
        await office.has_card(
            tx, ticket.person_id, serial="104772398", photograph=parse_photograph(portrait("somebody invented"))
        )
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    assert "الرقم التسلسلي" in shown.text
    assert "data:image/png;base64," in shown.text
    right = digits_asked(office, ticket, shown)
    wrong = await post(site, "/gate/answer", after=shown, digits=right[:4])
    assert "verdict--admit" not in wrong.text, "the civil number alone is half of the answer"
    admitted = await post(site, "/gate/answer", after=wrong, digits=right)
    assert "verdict--admit" in admitted.text
    assert "data:image" not in admitted.text


async def test_the_screen_never_shows_the_civil_number(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, guard: Officer
) -> None:
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    number = office.numbers[ticket.person_id]
    assert number not in shown.text
    assert number[-3:] not in re.sub(r"[0-9a-f-]{36}|_csrf_token[^>]*", "", shown.text.split("<main")[1])


async def test_two_wrong_tries_are_told_as_a_mismatch_and_a_reload_keeps_the_places(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, guard: Officer
) -> None:
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    right = digits_asked(office, ticket, shown)
    assert digits_asked(office, ticket, await site.get(str(shown.url))) == right
    wrong = "".join(str(9 - int(digit)) for digit in right)
    once = await post(site, "/gate/answer", after=shown, digits=wrong)
    assert "بقيت محاولة واحدة" in once.text
    twice = await post(site, "/gate/answer", after=once, digits=wrong)
    assert "البطاقة لا تطابق" in twice.text
    assert 'action="/gate/answer"' not in twice.text


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        ("https://elsewhere.example/ticket", "ليست تذكرة منا"),
        ("DW1:BROKEN", "رمز لا يُقرأ"),
        ("ZZZZ22", "ليست تذكرة منا"),
    ],
)
async def test_what_is_no_ticket_is_told_apart(site: httpx.AsyncClient, guard: Officer, shown: str, word: str) -> None:
    answer = await post(site, "/gate/scan", after=await site.get("/gate"), code=shown)
    assert word in answer.text
    assert answer.status_code == 200
    assert '<bdi class="code">http://localhost:8000/tips</bdi>' in answer.text, "where to tell who sold it"


async def test_an_empty_scan_is_an_error_beside_its_field(site: httpx.AsyncClient, guard: Officer) -> None:
    answer = await post(site, "/gate/scan", after=await site.get("/gate"), code="  ")
    assert answer.status_code == 422
    assert "<title>خطأ" in answer.text


async def test_a_gate_for_another_service_says_so_and_remembers_what_it_is_for(
    site: httpx.AsyncClient, ticket: Ticket, guard: Officer
) -> None:
    answer = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code, door="KW-TST/20")
    assert "خدمة أخرى" in answer.text
    assert "door=KW-TST%2F20" in answer.text or "door=KW-TST/20" in answer.text


@pytest.mark.parametrize("path", ["/gate", "/counter", "/gate/mismatches"])
async def test_a_citizen_is_refused_at_each_staff_page(site: httpx.AsyncClient, ticket: Ticket, path: str) -> None:
    await site.get(f"/test/sign-in/{ticket.person_id}")
    assert (await site.get(path)).status_code == 403


async def test_a_guard_of_another_office_is_refused(site: httpx.AsyncClient, guard: Officer) -> None:
    assert (await site.get("/gate", params={"office": OTHER_OFFICE})).status_code == 403
    assert (await site.get("/counter", params={"office": OFFICE})).status_code == 403


async def admit(site: httpx.AsyncClient, office: Office, ticket: Ticket) -> None:
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    await post(site, "/gate/answer", after=shown, digits=digits_asked(office, ticket, shown))


async def test_the_branch_head_allows_one_more_try_for_a_reason(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, guard: Officer
) -> None:
    shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    for _ in range(2):
        shown = await post(site, "/gate/answer", after=shown, digits="xxxx")
        if 'action="/gate/answer"' not in shown.text:
            break
    async with transaction(pool) as tx:
        head = await employed(tx, office, Role.BRANCH_HEAD)
    await site.get(f"/test/sign-in/{head.person_id}")
    listed = await site.get("/gate/mismatches")
    assert (await post(site, "/gate/mismatches", after=listed, reason=" ")).status_code == 422
    allowed = await post(site, "/gate/mismatches", after=listed, reason="بطاقة بالية")
    assert allowed.status_code == 200
    await site.get(f"/test/sign-in/{guard.person_id}")
    again = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
    admitted = await post(site, "/gate/answer", after=again, digits=digits_asked(office, ticket, again))
    assert "verdict--admit" in admitted.text
    await site.get(f"/test/sign-in/{head.person_id}")
    assert "وطابقت البطاقة" in (await site.get("/gate/mismatches")).text


async def mismatch(site: httpx.AsyncClient, ticket: Ticket, *, scans: int = 1) -> None:
    """Two wrong tries at the first scan; every further scan is told the same at once."""
    for _ in range(scans):
        shown = await post(site, "/gate/scan", after=await site.get("/gate"), code=ticket.code)
        while 'action="/gate/answer"' in shown.text:
            shown = await post(site, "/gate/answer", after=shown, digits="xxxx")


@pytest.mark.parametrize(
    ("language", "tries", "allowed"),
    [("ar", "محاولتان خاطئتان", "سُمح بمحاولة أخرى"), ("en", "2 wrong tries", "Another try has been allowed")],
)
async def test_one_ticket_is_listed_once_with_its_tries_and_allowed_once(
    site: httpx.AsyncClient,
    pool: Pool,
    office: Office,
    ticket: Ticket,
    guard: Officer,
    *,
    language: str,
    tries: str,
    allowed: str,
) -> None:
    await mismatch(site, ticket, scans=3)
    async with transaction(pool) as tx:
        head = await employed(tx, office, Role.BRANCH_HEAD)
    await site.get(f"/test/sign-in/{head.person_id}")
    listed = await site.get(f"/language/{language}", params={"back": "/gate/mismatches"})
    assert listed.text.count('class="slip"') == 1
    assert listed.text.count('action="/gate/mismatches"') == 1
    assert tries in listed.text
    told = await post(site, "/gate/mismatches", after=listed, reason="بطاقة بالية")
    assert allowed in told.text
    assert 'action="/gate/mismatches"' not in told.text


async def test_a_branch_head_who_typed_the_digits_himself_is_told_who_decides(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, guard: Officer
) -> None:
    await mismatch(site, ticket)
    async with transaction(pool) as tx:
        await people.grant_role(
            tx,
            person_id=guard.person_id,
            role=Role.BRANCH_HEAD,
            authority_id=guard.authority_id,
            office_id=guard.office_id,
            granted_by=None,
            now=datetime.now(UTC),
        )
    listed = await site.get("/gate/mismatches")
    assert "فيقرر رئيس قسم آخر" in listed.text
    assert 'action="/gate/mismatches"' not in listed.text


async def test_a_clerk_calls_nobody_whom_he_let_in_and_is_told_why(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, guard: Officer
) -> None:
    await admit(site, office, ticket)
    async with transaction(pool) as tx:
        await people.grant_role(
            tx,
            person_id=guard.person_id,
            role=Role.CLERK,
            authority_id=guard.authority_id,
            office_id=guard.office_id,
            granted_by=None,
            now=datetime.now(UTC),
        )
    refused = await post(site, "/counter/call", after=await site.get("/counter"), desk="4")
    assert refused.status_code == 409
    assert "كل من ينتظر الآن أدخلته أنت من البوابة" in refused.text


async def test_a_reference_of_two_turns_asks_for_the_service_beside_its_field(
    site: httpx.AsyncClient, pool: Pool, office: Office, guard: Officer, *, starts_at: datetime, database_url: str
) -> None:
    async with transaction(pool) as tx:
        first = await office.ticket(tx, starts_at=starts_at)
        await office.ticket(tx, starts_at=starts_at, service_id=OTHER_SERVICE)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("update booking.booking set reference = '4K7P2M'")
    asked = await post(site, "/gate/scan", after=await site.get("/gate"), code="4K7P-2M")
    assert asked.status_code == 422
    assert 'href="#door"' in asked.text
    assert 'value="4K7P-2M"' in asked.text, "it need not be typed again"
    shown = await post(site, "/gate/scan", after=asked, code="4K7P-2M", door=first.service_id)
    assert len(digits_asked(office, first, shown)) == 4


@pytest.mark.parametrize("path", ["/gate/scan", "/gate/answer", "/counter/call", "/counter/close"])
async def test_a_form_from_elsewhere_is_refused(site: httpx.AsyncClient, guard: Officer, path: str) -> None:
    await site.get("/gate")
    assert (await site.post(path, data={"office": OFFICE, "code": "x", "desk": "1"})).status_code == 403

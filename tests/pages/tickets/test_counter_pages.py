"""The clerk's screen: called, the card, the outcome, its correction; and who may not see it."""

import re
from datetime import datetime

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.people.model import Officer, Role
from dawr.tickets.model import Ticket
from tests.pages.tickets.test_gate_pages import admit, employed, post
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, Office
from tests.vectors.test_mrz import card_with

HOLDER = "نورة عبدالله سالم العتيق"


@pytest.fixture
async def ticket(site: httpx.AsyncClient, pool: Pool, office: Office, starts_at: datetime) -> Ticket:
    """Of somebody who has just been let in."""
    return await let_in(site, pool, office, starts_at=starts_at)


@pytest.fixture
async def clerk(site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket) -> Officer:
    """Signed in, with one person in the hall."""
    async with transaction(pool) as tx:
        officer = await employed(tx, office, Role.CLERK)
    await site.get(f"/test/sign-in/{officer.person_id}")
    return officer


async def let_in(site: httpx.AsyncClient, pool: Pool, office: Office, **where: object) -> Ticket:
    async with transaction(pool) as tx:
        made = await office.ticket(tx, **where)
        guard = await employed(tx, office, Role.GUARD)
    await site.get(f"/test/sign-in/{guard.person_id}")
    await admit(site, office, made)
    return made


async def call(site: httpx.AsyncClient) -> httpx.Response:
    return await post(site, "/counter/call", after=await site.get("/counter"), desk="4")


async def open_visit(site: httpx.AsyncClient, office: Office, ticket: Ticket) -> httpx.Response:
    number = office.numbers[ticket.person_id]
    return await post(site, "/counter/card", after=await call(site), number=number)


async def close(site: httpx.AsyncClient, after: httpx.Response, *, outcome: str, **fields: str) -> httpx.Response:
    """The form of this outcome, of the two that the page has."""
    part = next(each for each in after.text.split("<form")[1:] if f'value="{outcome}"' in each)
    form = part.split("</form>", maxsplit=1)[0]
    path = re.findall(r'action="([^"]+)"', form)[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return await site.post(path, data=dict(hidden) | fields)


async def test_the_counter_from_call_to_outcome(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, clerk: Officer
) -> None:
    hall = await site.get("/counter")
    assert "<bdi>A1</bdi>" in hall.text, "the token that comes next"
    nowhere = await post(site, "/counter/call", after=hall, desk="")
    assert nowhere.status_code == 422
    called = await post(site, "/counter/call", after=hall, desk="٤")
    assert "<bdi>4</bdi>" in called.text, "one kind of digit on every display"
    assert HOLDER in called.text
    assert '<p class="counter__token"><bdi>A1</bdi></p>' in called.text
    wrong = await post(site, "/counter/card", after=called, number=office.numbers[clerk.person_id])
    assert wrong.status_code == 422
    assert office.numbers[clerk.person_id] not in wrong.text, "a number never comes back in a page"
    opened = await post(site, "/counter/card", after=called, number=office.numbers[ticket.person_id])
    unexplained = await close(site, opened, outcome="not_served", reason="")
    assert unexplained.status_code == 422
    assert 'href="#reason"' in unexplained.text
    unseen = await close(site, opened, outcome="served")
    assert unseen.status_code == 422
    assert 'href="#originals"' in unseen.text
    closed = await close(site, opened, outcome="served", originals="passport")
    assert "أُغلقت الزيارة وسُجّلت" in closed.text
    assert 'value="4"' in closed.text, "the desk need not be typed again"
    empty = await post(site, "/counter/call", after=closed, desk="4")
    assert "لا أحد ينتظر الآن" in empty.text


async def test_the_wrong_card_twice_is_told_and_charged(
    site: httpx.AsyncClient, pool: Pool, office: Office, clerk: Officer
) -> None:
    async with transaction(pool) as tx:
        head = await employed(tx, office, Role.BRANCH_HEAD)
    once = await post(site, "/counter/card", after=await call(site), number=office.numbers[clerk.person_id])
    twice = await post(site, "/counter/card", after=once, number=office.numbers[clerk.person_id])
    assert "البطاقة ليست لصاحب التذكرة" in twice.text
    await site.get(f"/test/sign-in/{head.person_id}")
    listed = await site.get("/gate/mismatches")
    assert "موظف مخترع" in listed.text


@pytest.mark.parametrize("typed", ["ليس رقماً", "", "288020122597", "I<UTOD231458907<<<<<<<<<<<<<<<"])
async def test_what_is_no_card_is_an_error_beside_its_field_and_no_try(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, clerk: Officer, *, typed: str
) -> None:
    called = await call(site)
    for _ in range(3):
        answer = await post(site, "/counter/card", after=called, number=typed)
        assert answer.status_code == 422
        assert "فلم تُحسب محاولة" in answer.text
    assert typed not in answer.text.split("<main")[1] or not typed
    opened = await post(site, "/counter/card", after=called, number=card_with(office.numbers[ticket.person_id]))
    assert 'value="served"' in opened.text, "a reader typed the machine-readable lines"


async def test_a_service_without_originals_closes_with_one_button(
    site: httpx.AsyncClient, pool: Pool, office: Office, starts_at: datetime
) -> None:
    ticket = await let_in(site, pool, office, starts_at=starts_at, service_id=OTHER_SERVICE)
    async with transaction(pool) as tx:
        clerk = await employed(tx, office, Role.CLERK)
    await site.get(f"/test/sign-in/{clerk.person_id}")
    opened = await open_visit(site, office, ticket)
    assert 'type="checkbox"' not in opened.text
    assert "أُغلقت الزيارة وسُجّلت" in (await close(site, opened, outcome="served")).text


async def test_the_wrong_button_is_corrected_beside_the_first_outcome(
    site: httpx.AsyncClient, office: Office, ticket: Ticket, clerk: Officer
) -> None:
    opened = await open_visit(site, office, ticket)
    closed = await close(site, opened, outcome="served", originals="passport")
    link = re.findall(r'href="(/counter/correct[^"]+)"', closed.text)[0].replace("&amp;", "&")
    asked = await site.get(link)
    assert "سُجّلت على أنها أُنجزت" in asked.text
    assert (await close(site, asked, outcome="not_served", reason="")).status_code == 422
    corrected = await close(site, asked, outcome="not_served", reason="ينقص ختم")
    assert "بجانب النتيجة الأولى" in corrected.text
    assert (await site.get(link)).status_code == 409, "once"


async def test_nobody_corrects_what_he_has_not_closed(site: httpx.AsyncClient, clerk: Officer) -> None:
    refused = await site.get("/counter/correct", params={"office": OFFICE})
    assert refused.status_code == 409
    assert "أخبر رئيس القسم" in refused.text, "what to do instead"


async def test_a_person_is_called_again_and_after_the_third_time_the_page_offers_to_close(
    site: httpx.AsyncClient, clerk: Officer
) -> None:
    called = await call(site)
    for count in ("2", "3"):
        called = await post(site, "/counter/recall", after=called)
        assert f"نودي <bdi>{count}</bdi>" in called.text or f"نودي {count} من 3" in re.sub("</?bdi>", "", called.text)
    assert 'action="/counter/recall"' not in called.text
    closed = await post(site, "/counter/absent", after=called)
    assert "لم يحضر" in closed.text or "نودي ثلاث مرات" in closed.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ar", ("هذه هي التذكرة التي ناديتها", "لم يدخل أحد بهذه التذكرة", "ليست هذه تذكرة")),
        ("en", ("This is the ticket that you called", "Nobody has been let in with this ticket", "This is no ticket")),
    ],
)
async def test_the_second_scan_says_what_it_found_and_what_to_do(
    site: httpx.AsyncClient,
    pool: Pool,
    office: Office,
    ticket: Ticket,
    clerk: Officer,
    *,
    starts_at: datetime,
    language: str,
    said: tuple[str, ...],
) -> None:
    async with transaction(pool) as tx:
        outside = await office.ticket(tx, starts_at=starts_at)
    await site.get(f"/language/{language}")
    called = await call(site)
    for code, sentence in zip((ticket.code, outside.code, "https://elsewhere.example"), said, strict=True):
        assert sentence in (await post(site, "/counter/ticket", after=called, code=code)).text


async def test_the_page_of_a_called_visit_speaks_english_too(site: httpx.AsyncClient, clerk: Officer) -> None:
    await site.get("/language/en")
    called = await call(site)
    for words in ("Civil number, read off the card", "Call once more", "Renewal under article 18", "A1"):
        assert words in called.text
    assert "style=" not in called.text
    assert "<script" not in called.text


ROUTES = [
    *(("GET", path) for path in ("/counter", "/counter/correct")),
    *(("POST", f"/counter/{name}") for name in ("call", "recall", "ticket", "card", "absent", "close", "correct")),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nobody_but_a_clerk_of_this_office_is_let_to_the_counter(
    site: httpx.AsyncClient, pool: Pool, office: Office, ticket: Ticket, *, method: str, path: str
) -> None:
    async with transaction(pool) as tx:
        guard, head = await employed(tx, office, Role.GUARD), await employed(tx, office, Role.BRANCH_HEAD)
        elsewhere = await office.officer(tx, Role.CLERK, office_id=OTHER_OFFICE)
    for person_id in (ticket.person_id, guard.person_id, head.person_id, elsewhere.person_id):
        await site.get(f"/test/sign-in/{person_id}")
        token = site.cookies.get("csrftoken") or ""
        fields = {"office": OFFICE, "desk": "4", "outcome": "served", "_csrf_token": token}
        if method == "GET":
            answer = await site.get(path, params={"office": OFFICE})
        else:
            answer = await site.post(path, data=fields)
        assert answer.status_code == 403, path
        assert "هذه الصفحة للعاملين" in answer.text, "for the role, not for the form"


async def test_who_has_not_signed_in_is_asked_to(site: httpx.AsyncClient) -> None:
    answer = await site.get("/counter", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?")

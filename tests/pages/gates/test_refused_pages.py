"""The pages of a visitor who was not let in: for his helper, for himself, and for anybody who asks why."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import pages
from dawr.gates.model.refused import Reason
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.tickets import pages as ticket_pages
from dawr.tickets.model import Scan, Ticket, day_of
from tests.pages.conftest import Browser, BrowserFor
from tests.store.gates.refusals import given, helped, left_over
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, SERVICE, Office

ROUTES = [*pages.routes, *ticket_pages.routes]


def soon() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)


def later_today() -> datetime:
    """A turn is exchanged for one of the same day; in the last minutes before midnight there is none."""
    moment = datetime.now(UTC) + timedelta(minutes=2)
    if day_of(moment, timezone="Asia/Kuwait") != day_of(datetime.now(UTC), timezone="Asia/Kuwait"):
        pytest.skip("the day is over in Kuwait: try again in two minutes")
    return moment


async def employed(tx: Transaction, office: Office, role: Role, *, office_id: OfficeId = OFFICE) -> Officer:
    officer = await office.officer(tx, role, office_id=office_id)
    await people.grant_role(
        tx,
        person_id=officer.person_id,
        role=role,
        authority_id=officer.authority_id,
        office_id=office_id,
        granted_by=None,
        now=datetime.now(UTC),
    )
    return officer


@pytest.fixture
async def clerk(pool: Pool, office: Office) -> Officer:
    async with transaction(pool) as tx:
        return await employed(tx, office, Role.CLERK)


@pytest.fixture
async def at_desk(browser_for: BrowserFor, clerk: Officer) -> Browser:
    browser = browser_for(ROUTES)
    await browser.sign_in(clerk.person_id)
    return browser


async def visitor_of(pool: Pool, office: Office) -> PersonId:
    async with transaction(pool) as tx:
        return await office.person(tx)


async def seat(pool: Pool, *, office_id: OfficeId = OFFICE, starts_at: datetime | None = None) -> SlotId:
    async with transaction(pool) as tx:
        return await left_over(tx, starts_at=starts_at or soon(), office_id=office_id)


async def wrong_office(pool: Pool, office: Office, guard: Officer) -> tuple[Ticket, Scan]:
    """A ticket for the other office, held before this one's gate."""
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx, starts_at=soon() + timedelta(hours=2), office_id=OTHER_OFFICE)
        return ticket, await office.scan(tx, guard, ticket.code, now=datetime.now(UTC))


async def helping_himself(
    pool: Pool, office: Office, browser_for: BrowserFor, guard: Officer
) -> tuple[Browser, str, Ticket]:
    """A visitor at the wrong office on the page of his own telephone, with its path and his ticket."""
    ticket, scan = await wrong_office(pool, office, guard)
    browser = browser_for(ROUTES)
    await browser.sign_in(ticket.person_id)
    answer = await browser.post("/refused/mine", scan=str(scan.scan_id))
    return browser, str(answer.headers["location"]), ticket


async def help_at(browser: Browser, office: Office, person_id: PersonId, **fields: str) -> str:
    """The path of the visitor's page, reached by his card."""
    asked = {"office": OFFICE, "number": office.numbers[person_id], "reason": "no_ticket", "service": SERVICE}
    answer = await browser.post("/refused/help", **(asked | fields))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize(("language", "word"), [("ar", "لم يُسمح لك بالدخول؟"), ("en", "You were not let in?")])
async def test_anybody_can_read_what_each_reason_means(browser_for: BrowserFor, language: str, word: str) -> None:
    browser = browser_for(ROUTES)
    await browser.speak(language)
    text = await browser.page("/refused")
    assert word in text
    assert "gates.refused." not in text
    assert text.count("<details") == len(Reason)


async def test_the_way_is_drawn_and_told_to_anybody(browser_for: BrowserFor, office: Office) -> None:
    browser = browser_for(ROUTES)
    await browser.speak("en")
    text = await browser.page("/refused/way", **{"from": OFFICE, "to": OTHER_OFFICE})
    assert "about 28 km to the south in a straight line" in re.sub(r"</?bdi>", "", text).replace("<bdi>", "")
    assert 'href="geo:29.08,48.02"' in text
    assert 'class="way__here"' in text
    assert "AHM, Tunis Street" in text
    assert "Both are in the same place" in await browser.page("/refused/way", **{"from": OFFICE, "to": OFFICE})
    assert (await browser.get("/refused/way", **{"from": OFFICE, "to": "KW-TST/NO"})).status_code == 404
    assert (await browser.get("/refused/way")).status_code == 404
    for nothing in ("\x00", f"{OFFICE}\x00", "KW-TST/" + "9" * 5000, "بلا"):
        assert (await browser.get("/refused/way", **{"from": OFFICE, "to": nothing})).status_code == 404
        assert (await browser.get("/refused/way", **{"from": nothing, "to": OFFICE})).status_code == 404


async def test_a_clerk_gives_a_visitor_without_a_ticket_a_real_turn(
    pool: Pool, office: Office, at_desk: Browser
) -> None:
    person_id, slot_id = await visitor_of(pool, office), await seat(pool)
    path = await help_at(at_desk, office, person_id)
    assert office.numbers[person_id] not in path
    text = await at_desk.page(path)
    assert "You have no ticket" in text
    assert "Nothing is held against you." in text
    assert f'value="given {slot_id}"' in text
    answer = await at_desk.post(f"{path}/give", wanted=f"given {slot_id}")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    text = await at_desk.page(path)
    assert "This turn is yours" in text
    assert f"{path}/give" not in text
    async with transaction(pool) as tx:
        [turn] = await booking.bookings_of(tx, person_id)
    assert turn.slot_id == slot_id
    assert f"{turn.reference[:4]}-{turn.reference[4:]}" in text
    assert "مجاني" in text, "his turn as a text message"
    again = await at_desk.post(f"{path}/give", wanted=f"given {slot_id}")
    assert (again.status_code, again.headers["location"]) == (303, path), "sent twice it is given once"


async def test_from_a_refused_scan_the_turn_moves_here_and_the_way_is_shown(
    pool: Pool, office: Office, at_desk: Browser, clerk: Officer
) -> None:
    ticket, scan = await wrong_office(pool, office, clerk)
    slot_id = await seat(pool, starts_at=later_today())
    form = await at_desk.page("/refused/help", office=OFFICE, scan=str(scan.scan_id))
    assert 'name="reason"' not in form, "the gate has said why"
    path = await help_at(at_desk, office, ticket.person_id, scan=str(scan.scan_id), reason="")
    text = await at_desk.page(path)
    assert "Your turn is at another office" in text
    assert "way__sketch" in text
    await at_desk.post(f"{path}/give", wanted=f"moved {slot_id}")
    text = await at_desk.page(path)
    assert "Your turn has been moved" in text
    assert "way__sketch" not in text, "he is there"


async def test_the_gates_screen_leads_to_the_help(pool: Pool, office: Office, browser_for: BrowserFor) -> None:
    async with transaction(pool) as tx:
        guard = await employed(tx, office, Role.GUARD)
    _, scan = await wrong_office(pool, office, guard)
    browser = browser_for(ROUTES)
    await browser.sign_in(guard.person_id)
    text = await browser.page(f"/gate/scan/{OFFICE}/{scan.scan_id}")
    address = re.search(r'href="(/refused/help[^"]+)"', text)
    assert address is not None
    assert "The gate said:" in await browser.page(address[1].replace("&amp;", "&"))


async def test_a_visitor_helps_himself_on_his_own_telephone(
    pool: Pool, office: Office, browser_for: BrowserFor, clerk: Officer
) -> None:
    ticket, scan = await wrong_office(pool, office, clerk)
    slot_id = await seat(pool, starts_at=later_today())
    browser = browser_for(ROUTES)
    await browser.sign_in(ticket.person_id)
    assert str(scan.scan_id) in await browser.page("/refused/mine")
    answer = await browser.post("/refused/mine", scan=str(scan.scan_id))
    path = answer.headers["location"]
    assert "Open the ticket" in await browser.page(path)
    await browser.post(f"{path}/give", wanted=f"moved {slot_id}")
    assert "Your turn has been moved" in await browser.page(path)


async def test_without_a_refused_scan_there_is_a_word_of_what_to_do(
    pool: Pool, office: Office, browser_for: BrowserFor
) -> None:
    browser = browser_for(ROUTES)
    await browser.sign_in(await visitor_of(pool, office))
    assert "No ticket of yours was refused in the last hours." in await browser.page("/refused/mine")
    for scan in (str(uuid4()), "no id"):
        assert (await browser.post("/refused/mine", scan=scan)).status_code == 404


async def test_a_report_is_kept_without_his_name_or_his_ticket_and_its_receipt_is_printed(
    pool: Pool, office: Office, browser_for: BrowserFor, clerk: Officer
) -> None:
    browser, path, ticket = await helping_himself(pool, office, browser_for, clerk)
    person_id = ticket.person_id
    once = re.search(r'name="once" value="(\w{32})"', await browser.page(path))
    assert once is not None
    fields = {"amount": "٢٠", "place": "أمام البوابة", "how": "قال إنها مضمونة", "once": once[1]}
    answer = await browser.post(f"{path}/paid", **fields)
    assert answer.status_code == 200
    receipt = re.search(r'name="receipt" value="(\w{12})"', answer.text)
    assert receipt is not None
    assert f"{receipt[1][:4]}-{receipt[1][4:8]}-{receipt[1][8:]}" in answer.text
    twice = await browser.post(f"{path}/paid", **fields)
    assert receipt[1] in twice.text
    async with transaction(pool) as tx:
        [told] = await (await tx.execute("select * from tips.tip")).fetchall()
    assert (told["amount_minor"], told["currency"], told["office_id"]) == (20_000, "KWD", OFFICE)
    assert (told["ticket_id"], told["service_id"]) == (None, None), "the ticket names him"
    kept = " ".join(map(str, told.values()))
    assert str(person_id) not in kept
    assert office.numbers[person_id] not in kept
    slip = await browser.post(f"{path}/slip", receipt=receipt[1])
    assert slip.content.startswith(b"%PDF")
    assert slip.headers["cache-control"] == "no-store"


async def test_his_tickets_code_is_kept_with_a_report_where_he_says_so(
    pool: Pool, office: Office, browser_for: BrowserFor, clerk: Officer
) -> None:
    browser, path, ticket = await helping_himself(pool, office, browser_for, clerk)
    text = await browser.page(path)
    box = re.search(r'<input[^>]*name="keep-code"[^>]*>', text)
    assert box is not None
    assert "checked" not in box[0]
    await browser.post(f"{path}/paid", **{"place": "before the gate", "keep-code": "yes"})
    async with transaction(pool) as tx:
        [told] = await (await tx.execute("select * from tips.tip")).fetchall()
    assert told["ticket_id"] == ticket.ticket_id


async def test_nothing_is_reported_on_an_officers_screen(pool: Pool, office: Office, at_desk: Browser) -> None:
    path = await help_at(at_desk, office, await visitor_of(pool, office))
    text = await at_desk.page(path)
    assert f"{path}/paid" not in text
    assert "/tips</bdi>" in text
    answer = await at_desk.post(f"{path}/paid", place="before the gate", how="one of you")
    assert answer.status_code == 404
    async with transaction(pool) as tx:
        assert await (await tx.execute("select from tips.tip")).fetchall() == []


async def test_a_turn_ahead_is_moved_with_its_ticket_alone_and_the_page_says_so(
    pool: Pool, office: Office, at_desk: Browser, clerk: Officer
) -> None:
    ticket, _ = await wrong_office(pool, office, clerk)
    slot_id = await seat(pool, starts_at=later_today())
    path = await help_at(at_desk, office, ticket.person_id)
    text = await at_desk.page(path)
    assert "have its ticket scanned at the gate first" in text
    assert slot_id not in text
    assert (await at_desk.post(f"{path}/give", wanted=f"moved {slot_id}")).status_code == 422


async def test_an_amount_that_is_none_comes_back_with_what_was_typed(
    pool: Pool, office: Office, browser_for: BrowserFor, clerk: Officer
) -> None:
    browser, path, _ = await helping_himself(pool, office, browser_for, clerk)
    answer = await browser.post(f"{path}/paid", amount="twenty", place="before the gate")
    assert answer.status_code == 422
    assert 'value="twenty"' in answer.text
    assert 'value="before the gate"' in answer.text
    assert (await browser.post(f"{path}/paid", place="x" * 121)).status_code == 422
    assert (await browser.post(f"{path}/paid", amount="0", place="before the gate")).status_code == 200


async def test_a_card_that_nobody_knows_and_a_reason_that_nobody_gave_are_told_beside_their_fields(
    pool: Pool, office: Office, at_desk: Browser
) -> None:
    person_id = await visitor_of(pool, office)
    asked = {"office": OFFICE, "number": office.numbers[person_id], "reason": "", "service": SERVICE}
    answer = await at_desk.post("/refused/help", **asked)
    assert answer.status_code == 422
    assert "Nobody has said yet why" in answer.text
    answer = await at_desk.post("/refused/help", **(asked | {"number": "288020122596", "reason": "used"}))
    assert answer.status_code == 422
    assert "signed in yet" in answer.text
    assert "288020122596" not in answer.text


async def test_what_has_gone_meanwhile_is_told_with_what_is_left(pool: Pool, office: Office, at_desk: Browser) -> None:
    first, second = await seat(pool), await seat(pool, starts_at=soon() + timedelta(hours=1))
    path = await help_at(at_desk, office, await visitor_of(pool, office))
    other = await help_at(at_desk, office, await visitor_of(pool, office))
    await at_desk.post(f"{other}/give", wanted=f"given {first}")
    answer = await at_desk.post(f"{path}/give", wanted=f"given {first}")
    assert answer.status_code == 422
    assert "What was chosen is not to be had any more." in answer.text
    assert f'value="given {second}"' in answer.text
    for wanted in ("", "given", "promised x", f"in_line {first}", "in_draw KW-TST/18/none"):
        assert (await at_desk.post(f"{path}/give", wanted=wanted)).status_code == 422


async def test_the_twenty_first_unscanned_visitor_of_a_day_is_told_on_the_page_what_to_do(
    pool: Pool, office: Office, at_desk: Browser, clerk: Officer
) -> None:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        slot_id = await left_over(tx, starts_at=soon(), seats=50)
        for _ in range(20):
            of = await helped(tx, office, clerk, await office.person(tx), now=now)
            await given(tx, office, of, slot_id, now=now)
    path = await help_at(at_desk, office, await visitor_of(pool, office))
    answer = await at_desk.post(f"{path}/give", wanted=f"given {slot_id}")
    assert answer.status_code == 422
    assert "You have helped 20 visitors today" in answer.text
    async with transaction(pool) as tx:
        assert (await booking.slot(tx, SERVICE, slot_id)).taken == 20, "nothing was given"


@pytest.mark.parametrize("role", [Role.CLERK, Role.GUARD, Role.BRANCH_HEAD])
async def test_who_works_at_the_office_may_help(
    pool: Pool, office: Office, browser_for: BrowserFor, role: Role
) -> None:
    async with transaction(pool) as tx:
        officer = await employed(tx, office, role)
    browser = browser_for(ROUTES)
    await browser.sign_in(officer.person_id)
    assert "The civil number on his card" in await browser.page("/refused/help")
    await help_at(browser, office, await visitor_of(pool, office))


async def test_everybody_else_is_refused(
    pool: Pool, office: Office, browser_for: BrowserFor, at_desk: Browser, clerk: Officer
) -> None:
    person_id = await visitor_of(pool, office)
    path = await help_at(at_desk, office, person_id)
    async with transaction(pool) as tx:
        strangers = [
            await office.person(tx),
            (await employed(tx, office, Role.CLERK, office_id=OTHER_OFFICE)).person_id,
        ]
        colleague = await employed(tx, office, Role.CLERK)
    for stranger in strangers:
        browser = browser_for(ROUTES)
        await browser.sign_in(stranger)
        asked = {"office": OFFICE, "number": office.numbers[person_id], "reason": "used"}
        assert (await browser.post("/refused/help", **asked)).status_code == 403
        assert (await browser.get("/refused/help", office=OFFICE)).status_code == 403
    for reader in (*strangers, colleague.person_id):
        browser = browser_for(ROUTES)
        await browser.sign_in(reader)
        assert (await browser.get(path)).status_code == 404
        for verb in ("give", "paid", "slip"):
            assert (await browser.post(f"{path}/{verb}")).status_code == 404
    nobody = browser_for(ROUTES)
    for address in ("/refused/help", "/refused/mine", path):
        assert (await nobody.get(address)).status_code in (302, 303, 307)


async def test_an_old_or_unsure_sign_in_gives_nothing(
    pool: Pool, office: Office, browser_for: BrowserFor, clerk: Officer
) -> None:
    ticket, scan = await wrong_office(pool, office, clerk)
    browser = browser_for(ROUTES)
    await browser.sign_in(ticket.person_id, assurance=1)
    answer = await browser.post("/refused/mine", scan=str(scan.scan_id))
    assert answer.status_code != 303 or "/sign-in" in answer.headers["location"]
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as n from gates.refused")).fetchone()
    assert row is not None
    assert row["n"] == 0

"""Officers announce draws, clerks open reserved shares, and nobody else does either."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dawr.booking import actions as booking
from dawr.capacity import actions as capacity
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.people import actions as people
from dawr.people.model import Country, Role
from dawr.releases import actions
from dawr.releases.model import DrawId
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.releases.invented_draw import DRAW, FARWANIYA, HAWALLI, SERVICE, open_draw, slots, turn_day
from tests.store.catalogue.officials import officer

CARD = "227081660516"
NEW, CHECK, ANNOUNCE = "/staff/releases/new", "/staff/releases/check", "/staff/releases"


async def sign_in_as(
    browser: Browser,
    pool: Pool,
    role: Role,
    *,
    settings: Settings,
    office_id: OfficeId | None = None,
    authority_id: str = "KW-MOI",
) -> PersonId:
    async with transaction(pool) as tx:
        visitor = await officer(
            tx,
            role,
            settings=settings,
            office_id=office_id,
            authority_id=AuthorityId(authority_id),
            now=datetime.now(UTC),
        )
    await browser.sign_in(visitor.require_person())
    return visitor.require_person()


async def publish(pool: Pool, *, seats: int = 4) -> None:
    async with transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots(datetime.now(UTC), seats=seats), now=datetime.now(UTC))


def filled(**changed: str) -> dict[str, str]:
    """A form that can be announced: opens tomorrow, closes the day after, for the day of the invented turns."""
    now = datetime.now(UTC)
    days = {
        "draw": turn_day(now),
        "from": turn_day(now),
        "until": turn_day(now),
        "opens": turn_day(now) - timedelta(days=5),
        "freezes": turn_day(now) - timedelta(days=4),
    }
    fields = {
        f"{name}-{part}": str(getattr(day, part)) for name, day in days.items() for part in ("day", "month", "year")
    }
    fields |= {"service": SERVICE, "opens-time": "07:30", "freezes-time": "14:30", "suffix": ""}
    fields |= {
        "confirm-hours": "24",
        "travel-hours": "2",
        "share-medical": "",
        "share-elderly": "",
        "share-expiring": "",
    }
    return fields | {name.replace("_", "-"): value for name, value in changed.items()}


def named(day: datetime) -> DrawId:
    return DrawId(f"{SERVICE}/{day:%Y-%m-%d}")


@pytest.mark.parametrize("path", [ANNOUNCE, f"{NEW}?service={SERVICE}", "/staff/classes"])
async def test_staff_pages_are_for_staff(kuwait: Pool, browser: Browser, settings: Settings, path: str) -> None:
    assert (await browser.get(path)).headers["location"].startswith("/sign-in")
    await browser.sign_in(PersonId(uuid4()))
    assert (await browser.get(path)).status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CLERK, Role.GUARD, Role.AUDITOR, Role.INVESTIGATOR])
async def test_no_other_role_announces_a_draw(kuwait: Pool, browser: Browser, settings: Settings, role: Role) -> None:
    await publish(kuwait)
    office_id = HAWALLI if role in (Role.CLERK, Role.GUARD) else None
    await sign_in_as(browser, kuwait, role, settings=settings, office_id=office_id)
    assert (await browser.get(ANNOUNCE)).status_code == 403
    assert (await browser.get(NEW, service=SERVICE)).status_code == 403
    for path in (NEW, CHECK, ANNOUNCE):
        assert (await browser.post(path, **filled())).status_code == 403


async def test_another_authority_announces_nothing_here(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings, authority_id="KW-MOFA")
    assert SERVICE not in await browser.page(ANNOUNCE)
    assert (await browser.post(ANNOUNCE, **filled())).status_code == 403


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_forms_stand_in_both_languages(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await open_draw(kuwait, settings=settings)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    await browser.speak(language)
    assert {"ar": "قرعات خدماتك", "en": "Draws of your services"}[language] in await browser.page(ANNOUNCE)
    assert DRAW in await browser.page(ANNOUNCE)
    assert {"ar": "الإعلان عن قرعة", "en": "Announce a draw"}[language] in await browser.page(NEW, service=SERVICE)


async def test_from_the_form_over_the_check_to_the_draw(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    checked = await browser.post(CHECK, **filled(share_medical="25%", opens_time="٧:٣٠"))
    assert checked.status_code == 200, checked.text
    assert "16 places" in checked.text
    assert "Nobody enters for somebody else" in checked.text
    assert "it allows 1 turn a year" in checked.text
    assert "4 places" in checked.text
    sent = dict(re.findall(r'<input type="hidden" name="([a-z0-9-]+)" value="([^"]*)">', checked.text))
    again = await browser.post(NEW, **sent)
    assert 'value="25%"' in again.text
    answer = await browser.post(ANNOUNCE, **sent)
    day = turn_day(datetime.now(UTC))
    assert answer.headers["location"] == f"/draws/{named(day)}"
    async with transaction(kuwait) as tx:
        release = await actions.release(tx, SERVICE, named(day))
    assert release.rules.seats == 16
    assert release.rules.classes == ("medical",)
    assert release.rules.opens_at == day - timedelta(days=5) + timedelta(hours=7, minutes=30)
    assert release.rules.confirm_seconds == 24 * 3600


async def test_a_branch_head_announces_the_seats_of_his_own_office(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.BRANCH_HEAD, settings=settings, office_id=FARWANIYA)
    answer = await browser.post(ANNOUNCE, **filled())
    assert answer.status_code == 303, answer.text
    async with transaction(kuwait) as tx:
        release = await actions.release(tx, SERVICE, named(turn_day(datetime.now(UTC))))
        assert {place.office for place in await actions.places(tx, release)} == {FARWANIYA}


async def test_announced_twice_is_refused_beside_the_days(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    assert (await browser.post(ANNOUNCE, **filled())).status_code == 303
    again = await browser.post(ANNOUNCE, **filled())
    assert again.status_code == 422
    assert "There are no free places in these days" in again.text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("draw-day", "31"),
        ("draw-day", ""),
        ("from-day", "٤٥"),
        ("until-day", "9" * 20),
        ("opens-time", "25:00"),
        ("opens-time", "seven"),
        ("freezes-time", ""),
        ("confirm-hours", "0"),
        ("confirm-hours", "²"),
        ("travel-hours", "9999"),
        ("suffix", "BB"),
        ("suffix", "/"),
        ("share-medical", "101%"),
        ("share-elderly", "three"),
    ],
)
async def test_what_cannot_be_read_is_said_beside_its_field(
    kuwait: Pool, browser: Browser, settings: Settings, field: str, typed: str
) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    fields = filled() | {"draw-month": "2"} | {field: typed}
    for path in (CHECK, ANNOUNCE):
        answer = await browser.post(path, **fields)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert "<title>Error:" in answer.text


@pytest.mark.parametrize(
    ("field", "days"), [("opens-day", {"opens": -40}), ("freezes-day", {"freezes": -6}), ("until-day", {"until": 90})]
)
async def test_days_in_the_wrong_order_are_refused(
    kuwait: Pool, browser: Browser, settings: Settings, field: str, days: dict[str, int]
) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    fields = filled()
    for name, shift in days.items():
        moved = turn_day(datetime.now(UTC)) + timedelta(days=shift)
        fields |= {f"{name}-{part}": str(getattr(moved, part)) for part in ("day", "month", "year")}
    answer = await browser.post(CHECK, **fields)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


async def test_turns_that_begin_too_soon_are_refused(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    answer = await browser.post(CHECK, **filled(confirm_hours="300"))
    assert answer.status_code == 422
    assert "begins before its winner could confirm" in answer.text


async def test_a_quota_order_bounds_what_is_announced(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    async with transaction(kuwait) as tx:
        visitor = await officer(
            tx, Role.AUTHORITY, settings=settings, civil_number="292091998298", now=datetime.now(UTC)
        )
        day_on = turn_day(datetime.now(UTC)).date()
        await capacity.order_quota(
            tx,
            visitor,
            settings=settings,
            service_id=SERVICE,
            people_a_day=5,
            from_on=day_on,
            decision="order 12 of 2027",
            now=datetime.now(UTC),
        )
    answer = await browser.post(ANNOUNCE, **filled())
    assert answer.status_code == 422
    assert "the authority allows 5" in answer.text


async def registered(pool: Pool, settings: Settings) -> PersonId:
    async with transaction(pool) as tx:
        return await people.register_person(
            tx,
            civil_number=CARD,
            country=Country.KUWAIT,
            name_ar="سالم المطر",
            name_latin="Salem Almatar",
            settings=settings,
            now=datetime.now(UTC),
        )


def grant_form(**changed: str) -> dict[str, str]:
    until = datetime.now(UTC) + timedelta(days=60)
    fields = {"civil_number": CARD, "office": HAWALLI, "service": SERVICE, "class": "medical"}
    fields |= {"evidence": "committee letter 7"}
    fields |= {f"until-{part}": str(getattr(until, part)) for part in ("day", "month", "year")}
    return fields | changed


async def test_a_clerk_opens_a_share_and_the_person_can_read_that_he_was_looked_up(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    release = await open_draw(kuwait, settings=settings, seats=2, medical=1)
    person_id = await registered(kuwait, settings)
    clerk_id = await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    typed = CARD.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    answer = await browser.post("/staff/classes", **grant_form(civil_number=f"{typed[:4]} {typed[4:]}"))
    assert answer.headers["location"] == "/staff/classes?done=granted"
    assert "The share is open to this person" in await browser.page("/staff/classes?done=granted")
    async with transaction(kuwait) as tx:
        granted = await actions.granted_classes(tx, release, person_id=person_id, day_on=datetime.now(UTC).date())
        (look,) = await people.looks_at(tx, person_id)
    assert granted == ("medical",)
    assert (look.looked_by, look.reason) == (clerk_id, "releases.look.for_a_class")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("civil_number", {"civil_number": "288020122597"}),
        ("civil_number", {"civil_number": ""}),
        ("class", {"class": "rich"}),
        ("class", {"class": ""}),
        ("evidence", {"evidence": "   "}),
        ("until-day", {"until-day": "32"}),
        ("until-day", {"until-year": "2020"}),
        ("until-day", {"until-year": "2090"}),
    ],
)
async def test_a_grant_that_cannot_stand_is_said_beside_its_field(
    kuwait: Pool, browser: Browser, settings: Settings, field: str, changed: dict[str, str]
) -> None:
    await registered(kuwait, settings)
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    answer = await browser.post("/staff/classes", **grant_form() | changed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert (changed | {"civil_number": CARD})["civil_number"] not in answer.text, "a number never comes back in a page"
    if "evidence" not in changed:
        assert "committee letter 7" in answer.text, "what is no number does"


async def test_a_wrong_form_looks_nobody_up(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    person_id = await registered(kuwait, settings)
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    await browser.post("/staff/classes", **grant_form() | {"evidence": ""})
    async with transaction(kuwait) as tx:
        assert await people.looks_at(tx, person_id) == []


async def test_a_clerk_is_offered_what_his_office_serves_and_opens_nothing_else(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    person_id = await registered(kuwait, settings)
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    async with transaction(kuwait) as tx:
        served = {each.service_id for each in await catalogue.services_at(tx, HAWALLI)}
        foreign = {each.service_id for each in await catalogue.services(tx)} - served
    shown = await browser.page("/staff/classes")
    offered = set(re.findall(r'<option value="([^"]+)"', shown))
    assert offered == served
    for service in (*sorted(foreign)[:3], "", "nonsense"):
        answer = await browser.post("/staff/classes", **grant_form(service=service))
        assert answer.status_code == 422
        assert 'href="#service"' in answer.text
    assert (await browser.post("/staff/classes", **grant_form(office=FARWANIYA))).status_code == 403
    async with transaction(kuwait) as tx:
        assert await people.looks_at(tx, person_id) == []


async def test_nobody_opens_a_share_for_himself_and_is_told_beside_the_number(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    answer = await browser.post("/staff/classes", **grant_form(civil_number="288020122596"))
    assert answer.status_code == 422
    assert 'href="#civil_number"' in answer.text


def revocation_of(shown: str, **changed: str) -> dict[str, str]:
    """The first grant's own form, as it stands on the page."""
    form = next(part for part in shown.split("<form")[1:] if 'action="/staff/classes/revoke"' in part)
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', form.split("</form>")[0]))
    return hidden | {"reason": "the letter was forged"} | changed


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_grant_is_listed_and_taken_back_for_a_reason(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await registered(kuwait, settings)
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    await browser.speak(language)
    await browser.post("/staff/classes", **grant_form())
    shown = await browser.page("/staff/classes")
    name = {"ar": "سالم المطر", "en": "Salem Almatar"}[language]
    assert name in shown
    assert "committee letter 7" in shown
    assert CARD not in shown
    unexplained = await browser.post("/staff/classes/revoke", **revocation_of(shown, reason=" "))
    assert unexplained.status_code == 422
    assert {"ar": "اكتب سبب السحب", "en": "Write why the share is taken back"}[language] in unexplained.text
    for _ in range(2):
        answer = await browser.post("/staff/classes/revoke", **revocation_of(shown))
        assert answer.headers["location"] == "/staff/classes?done=revoked"
    told = await browser.page("/staff/classes?done=revoked")
    assert {"ar": "سُحبت الحصة من هذا الشخص", "en": "The share is closed to this person again"}[language] in told
    assert name not in told
    async with transaction(kuwait) as tx:
        row = await (await tx.execute("select count(*) as n from releases.class_revocation")).fetchone()
        assert row is not None
        assert row["n"] == 1
        assert await actions.grants_at(tx, HAWALLI, day_on=datetime.now(UTC).date()) == []


async def test_another_office_neither_sees_nor_takes_back_a_grant(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await registered(kuwait, settings)
    await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    await browser.post("/staff/classes", **grant_form())
    form = revocation_of(await browser.page("/staff/classes"))
    async with transaction(kuwait) as tx:
        colleague = await officer(
            tx,
            Role.CLERK,
            settings=settings,
            office_id=FARWANIYA,
            civil_number="292091998298",
            now=datetime.now(UTC),
        )
    await browser.sign_in(colleague.require_person())
    assert "Salem Almatar" not in await browser.page("/staff/classes")
    assert (await browser.post("/staff/classes/revoke", **form)).status_code == 403
    assert (await browser.post("/staff/classes/revoke", **form | {"office": FARWANIYA})).status_code == 404
    assert (await browser.post("/staff/classes/revoke", **form | {"grant": "nonsense"})).status_code == 404


async def test_a_clerk_of_two_offices_says_at_which_he_sits(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await registered(kuwait, settings)
    clerk_id = await sign_in_as(browser, kuwait, Role.CLERK, settings=settings, office_id=HAWALLI)
    async with transaction(kuwait) as tx:
        await people.grant_role(
            tx,
            person_id=clerk_id,
            role=Role.CLERK,
            authority_id=AuthorityId("KW-MOI"),
            office_id=FARWANIYA,
            granted_by=None,
            now=datetime.now(UTC),
        )
    assert 'name="office"' in await browser.page("/staff/classes")
    await browser.post("/staff/classes", **grant_form(office=FARWANIYA))
    async with transaction(kuwait) as tx:
        (grant,) = await actions.grants_at(tx, FARWANIYA, day_on=datetime.now(UTC).date())
    assert grant.granted_by == clerk_id

"""Officers announce lines, and nobody else does."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dawr.booking import actions as booking
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.lines import actions
from dawr.lines.model import LineId
from dawr.people.model import Role
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.lines.invented_line import PATH, gathering, stranger
from tests.pages.releases.invented_draw import FARWANIYA, HAWALLI, SERVICE, slots, turn_day
from tests.store.catalogue.officials import officer

LIST, NEW, CHECK = "/staff/lines", "/staff/lines/new", "/staff/lines/check"


async def sign_in_as(
    browser: Browser, pool: Pool, role: Role, *, settings: Settings, office_id: OfficeId | None = None
) -> None:
    async with transaction(pool) as tx:
        visitor = await officer(
            tx,
            role,
            settings=settings,
            office_id=office_id,
            authority_id=AuthorityId("KW-MOI"),
            now=datetime.now(UTC),
        )
    await browser.sign_in(visitor.require_person())


async def publish(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await booking.publish_slots(tx, slots=slots(datetime.now(UTC), seats=4), now=datetime.now(UTC))


def opening() -> datetime:
    return turn_day(datetime.now(UTC)) - timedelta(days=3)


def filled(**changed: str) -> dict[str, str]:
    """A form that can be announced: gathers in two days, opens in three, for the day of the invented turns."""
    day = turn_day(datetime.now(UTC))
    days = {
        "from": day,
        "until": day,
        "gathers": opening() - timedelta(days=1),
        "opens": opening(),
        "closes": opening(),
    }
    fields = {
        f"{name}-{part}": str(getattr(on, part)) for name, on in days.items() for part in ("day", "month", "year")
    }
    fields |= {"service": SERVICE, "gathers-time": "09:00", "opens-time": "09:00", "closes-time": "15:00"}
    return fields | {"inside-max": "30"} | {name.replace("_", "-"): value for name, value in changed.items()}


@pytest.mark.parametrize("path", [LIST, f"{NEW}?service={SERVICE}"])
async def test_staff_pages_are_for_staff(kuwait: Pool, browser: Browser, path: str) -> None:
    assert (await browser.get(path)).headers["location"].startswith("/sign-in")
    await browser.sign_in(stranger())
    assert (await browser.get(path)).status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CLERK, Role.GUARD, Role.AUDITOR, Role.INVESTIGATOR])
async def test_no_other_role_announces_a_line(kuwait: Pool, browser: Browser, settings: Settings, role: Role) -> None:
    await publish(kuwait)
    office_id = HAWALLI if role in (Role.CLERK, Role.GUARD) else None
    await sign_in_as(browser, kuwait, role, settings=settings, office_id=office_id)
    assert (await browser.get(LIST)).status_code == 403
    assert (await browser.get(NEW, service=SERVICE)).status_code == 403
    for path in (NEW, CHECK, LIST):
        assert (await browser.post(path, **filled())).status_code == 403


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_forms_stand_in_both_languages(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await gathering(kuwait, settings=settings)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    await browser.speak(language)
    shown = await browser.page(LIST)
    assert {"ar": "طوابير خدماتك", "en": "Waiting lines of your services"}[language] in shown
    assert PATH in shown
    assert {"ar": "الإعلان عن طابور", "en": "Announce a waiting line"}[language] in await browser.page(
        NEW, service=SERVICE
    )


async def test_from_the_form_over_the_check_to_the_line(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    checked = await browser.post(CHECK, **filled(opens_time="٩:٠٠"))
    assert checked.status_code == 200, checked.text
    assert "16 places" in checked.text
    sent = dict(re.findall(r'<input type="hidden" name="([a-z0-9-]+)" value="([^"]*)">', checked.text))
    assert 'value="30"' in (await browser.post(NEW, **sent)).text
    line_id = LineId(f"{SERVICE}/{opening():%Y-%m-%d}-0900")
    assert (await browser.post(LIST, **sent)).headers["location"] == f"/lines/{line_id}"
    async with transaction(kuwait) as tx:
        line = await actions.line(tx, SERVICE, line_id)
    assert (line.rules.seats, line.rules.inside_max, line.rules.act_seconds) == (16, 30, 600)
    assert line.rules.opens_at == opening() + timedelta(hours=9)
    again = await browser.post(LIST, **sent)
    assert again.status_code == 422
    assert 'href="#from-day"' in again.text


async def test_a_branch_head_announces_the_seats_of_his_own_office(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await publish(kuwait)
    await sign_in_as(browser, kuwait, Role.BRANCH_HEAD, settings=settings, office_id=FARWANIYA)
    answer = await browser.post(LIST, **filled())
    assert answer.status_code == 303, answer.text
    async with transaction(kuwait) as tx:
        line = await actions.line(tx, SERVICE, LineId(f"{SERVICE}/{opening():%Y-%m-%d}-0900"))
        offered = await actions.offered_slots(tx, line)
    assert {slot.slot_id[:3] for slot in offered} == {"FAR"}


async def test_what_is_wrong_stands_beside_its_field(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await sign_in_as(browser, kuwait, Role.AUTHORITY, settings=settings)
    answer = await browser.post(CHECK, **filled(inside_max="none", opens_time="25:00"))
    assert answer.status_code == 422
    assert 'href="#inside-max"' in answer.text
    assert 'href="#opens-time"' in answer.text
    assert 'href="#from-day"' in (await browser.post(CHECK, **filled())).text

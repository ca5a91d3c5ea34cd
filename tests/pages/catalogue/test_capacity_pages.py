"""Capacity: the head of an office sees the working, publishes, and everybody can follow the sum."""

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.people.model import Role
from dawr.settings import Settings
from tests.pages.catalogue.conftest import Post
from tests.store.catalogue.officials import ARTICLE_18, FARWANIYA, HAWALLI, officer

PATH = "/staff/capacity/KW-MOI/HAW-R/18"


@pytest.fixture
async def day_on(site: httpx.AsyncClient, pool: Pool) -> date:
    """A working day of next week."""
    soon = datetime.now(UTC).date() + timedelta(days=7)
    async with transaction(pool) as tx:
        days = await catalogue.working_days(tx, HAWALLI, from_on=soon, until_on=soon + timedelta(days=30))
    return days[0]


def answers(day_on: date, **changes: str) -> dict[str, str]:
    return {
        "staff_on_roster": "٢٠",
        "share_percent": "30",
        "department_view": "",
        "from-day": str(day_on.day),
        "from-month": str(day_on.month),
        "from-year": str(day_on.year),
        "days": "1",
        "reason": "المرحلة الأولى من العودة",
    } | changes


async def sign_in(
    site: httpx.AsyncClient,
    pool: Pool,
    settings: Settings,
    office_id: OfficeId = HAWALLI,
    role: Role = Role.BRANCH_HEAD,
    civil_number: str = "288020122596",
) -> None:
    async with transaction(pool) as tx:
        visitor = await officer(
            tx, role, settings=settings, office_id=office_id, civil_number=civil_number, now=datetime.now(UTC)
        )
    await site.get(f"/test/sign-in/{visitor.person_id}")


async def test_the_head_sees_the_working_publishes_and_everybody_can_follow_it(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    assert PATH in (await site.get("/staff/capacity")).text
    assert (await site.get(PATH)).status_code == 200
    checked = await post(PATH, **answers(day_on), step="check")
    assert checked.status_code == 200
    assert "20 × 30 ÷ 100 = 6" in checked.text
    assert "6 × 60 ÷ 12 = 30" in checked.text
    assert "لم يُنشر شيء بعد" in (await site.get("/offices/KW-MOI/HAW-R/capacity")).text
    published = await post(PATH, **answers(day_on), step="publish")
    assert published.url.path == "/offices/KW-MOI/HAW-R/capacity"
    assert "30 شخصاً في الساعة" in published.text
    assert "180 مكاناً" in published.text
    assert "المرحلة الأولى من العودة" in published.text
    english = (await site.get("/language/en", params={"back": "/offices/KW-MOI/HAW-R/capacity"})).text
    assert 'Share who come: <bdi dir="ltr">30%</bdi>.' in english
    assert "The least of these holds: 30 people an hour." in english


FAULTS = [
    ({"staff_on_roster": "many"}, "اكتب عدد المكلفين"),
    ({"staff_on_roster": "0"}, "لا يبقى مكان"),
    ({"share_percent": "101"}, "اكتب نسبة من 0 إلى 100"),
    ({"department_view": "x"}, "اكتب عدداً صحيحاً في الساعة"),
    ({"from-year": "2020"}, "مضى يوم"),
    ({"days": "32"}, "اكتب عدد الأيام"),
    ({"reason": ""}, "اذكر القرار أو السبب"),
]


async def test_what_cannot_be_published_is_said_beside_its_field(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    for changes, sentence in FAULTS:
        answer = await post(PATH, **answers(day_on, **changes), step="publish")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'value="المرحلة الأولى من العودة"' in answer.text or "reason" in changes


async def test_the_head_of_another_office_and_a_clerk_are_refused(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    for office_id, role in ((FARWANIYA, Role.BRANCH_HEAD), (HAWALLI, Role.CLERK)):
        await sign_in(site, pool, settings, office_id, role)
        assert (await site.get(PATH)).status_code == 403
        for step in ("check", "publish"):
            assert (await post(PATH, **answers(day_on), step=step)).status_code == 403


WITHDRAW = f"{PATH}/withdraw"


async def times_of(site: httpx.AsyncClient, post: Post, day_on: date) -> list[str]:
    """The times that are published for the day, once its capacity has been set."""
    await post(PATH, **answers(day_on), step="publish")
    form = (await site.get(WITHDRAW, params={"day": day_on.isoformat()})).text
    return re.findall(r'name="slot"[^>]*value="([^"]+)"', form)


async def test_the_head_withdraws_a_time_and_everybody_reads_why(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    slot_ids = await times_of(site, post, day_on)
    assert len(slot_ids) == 12
    assert f"{WITHDRAW}?day={day_on.isoformat()}" in (await site.get(WITHDRAW)).text
    assert WITHDRAW in (await site.get(PATH)).text
    fields = {"day": day_on.isoformat(), "slot": slot_ids[0], "reason": "صيانة الصالة"}
    checked = await post(WITHDRAW, **fields, step="check")
    assert checked.status_code == 200
    assert "راجع ما سيُسحب" in checked.text
    assert "07:30" in checked.text
    again = await post(WITHDRAW, **fields, step="change")
    assert "checked" in again.text
    assert 'value="صيانة الصالة"' in again.text
    done = await post(WITHDRAW, **fields, step="withdraw")
    assert done.url.path == "/offices/KW-MOI/HAW-R/capacity"
    assert "165 مكاناً" in done.text
    assert "صيانة الصالة" in done.text
    english = (await site.get("/language/en", params={"back": f"{WITHDRAW}?day={day_on.isoformat()}"})).text
    assert "Which times?" in english
    assert slot_ids[0] not in english


async def test_a_time_that_a_draw_was_promised_cannot_be_chosen_and_is_refused_in_words(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    slot_ids = await times_of(site, post, day_on)
    async with transaction(pool) as tx:
        await booking.promise_seats(tx, ARTICLE_18, slot_ids=[SlotId(slot_ids[0])], quotas={})
    form = (await site.get(WITHDRAW, params={"day": day_on.isoformat()})).text
    assert re.search(rf'value="{slot_ids[0]}"[^>]* disabled', form)
    assert "الموعود لقرعة: 15" in form
    fields = {"day": day_on.isoformat(), "slot": slot_ids[0], "reason": "صيانة الصالة"}
    for step in ("check", "withdraw"):
        refused = await post(WITHDRAW, **fields, step=step)
        assert refused.status_code == 422
        assert "لا تُسحب هذه الأوقات" in refused.text
        assert 'href="#slot"' in refused.text


async def test_what_is_missing_in_a_withdrawal_is_said_beside_its_field(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    slot_ids = await times_of(site, post, day_on)
    fields = {"day": day_on.isoformat(), "slot": slot_ids[0], "reason": "صيانة الصالة"}
    for missing, sentence in (("slot", "اختر وقتاً واحداً على الأقل"), ("reason", "اذكر القرار أو السبب")):
        answer = await post(WITHDRAW, **{name: value for name, value in fields.items() if name != missing})
        assert answer.status_code == 422
        assert sentence in answer.text
    for odd in ({"day": "soon"}, {"slot": "NOWHERE"}):
        assert (await post(WITHDRAW, **(fields | odd), step="check")).status_code == 404
        assert (await post(WITHDRAW, **(fields | odd), step="withdraw")).status_code == 404


async def test_nobody_else_withdraws_the_offices_times(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post, day_on: date
) -> None:
    await sign_in(site, pool, settings)
    [first, *_] = await times_of(site, post, day_on)
    others = ((FARWANIYA, Role.BRANCH_HEAD, "227081660516"), (HAWALLI, Role.CLERK, "292091998298"))
    for office_id, role, civil_number in others:
        await sign_in(site, pool, settings, office_id, role, civil_number)
        assert (await site.get(WITHDRAW)).status_code == 403
        fields = {"day": day_on.isoformat(), "slot": first, "reason": "بلا حق"}
        for step in ("check", "withdraw"):
            assert (await post(WITHDRAW, **fields, step=step)).status_code == 403

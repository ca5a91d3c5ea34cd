"""The order on the daily number, from the form to the public page; and who is turned away."""

import json
import re
from datetime import UTC, datetime, time, timedelta

import httpx

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.catalogue import actions
from dawr.db.pool import Pool, transaction
from dawr.kernel.signing import is_signed_by
from dawr.people.model import Role
from dawr.settings import Settings
from tests.pages.catalogue.conftest import Post
from tests.store.catalogue.officials import ARTICLE_18, HAWALLI, officer

PATH = "/staff/quota/KW-MOI/18"
TOMORROW = datetime.now(UTC).date() + timedelta(days=2)
ANSWERS = {
    "people_a_day": "٥٠٠",
    "from-day": str(TOMORROW.day),
    "from-month": str(TOMORROW.month),
    "from-year": str(TOMORROW.year),
    "decision": "قرار 12 لسنة 2027",
}


async def sign_in(site: httpx.AsyncClient, pool: Pool, settings: Settings, role: Role) -> None:
    async with transaction(pool) as tx:
        visitor = await officer(tx, role, settings=settings, now=datetime.now(UTC))
    await site.get(f"/test/sign-in/{visitor.person_id}")


async def test_the_authority_checks_then_orders_and_everybody_reads_it(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post
) -> None:
    await sign_in(site, pool, settings, Role.AUTHORITY)
    assert PATH in (await site.get("/staff/quota")).text
    assert "عدد الأشخاص في اليوم، في المكاتب كلها" in (await site.get(PATH)).text
    checked = await post(PATH, **ANSWERS, step="check")
    assert checked.status_code == 200
    assert "500 شخص في اليوم" in checked.text
    async with transaction(pool) as tx:
        assert await actions.quota_orders(tx, ARTICLE_18) == []
    given = await post(PATH, **ANSWERS, step="order")
    assert "صدر الأمر رقم 1" in given.text
    async with transaction(pool) as tx:
        assert await actions.quota_on(tx, ARTICLE_18, day_on=TOMORROW) == 500
    public = (await site.get("/services/KW-MOI/18")).text
    assert "قرار 12 لسنة 2027" in public
    said = json.loads((await site.get("/services/KW-MOI/18/orders.json")).text)
    order = said["orders"][0]
    assert is_signed_by(bytes.fromhex(said["public_key"]), order["statement"].encode(), signature=order["signature"])


async def test_change_leads_back_to_what_was_typed(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post
) -> None:
    await sign_in(site, pool, settings, Role.AUTHORITY)
    again = await post(PATH, **ANSWERS, step="change")
    assert 'value="٥٠٠"' in again.text


FAULTS = [
    ("people_a_day", "-1", "اكتب عدد الأشخاص في اليوم"),
    ("people_a_day", "كثير", "اكتب عدد الأشخاص في اليوم"),
    ("people_a_day", "", "اكتب عدد الأشخاص في اليوم"),
    ("from-month", "13", "اكتب يوماً موجوداً في التقويم"),
    ("decision", " ", "اذكر القرار"),
    ("from-year", "2020", "لا يبدأ الأمر قبل اليوم"),
]


async def test_what_cannot_be_ordered_is_said_beside_its_field(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post
) -> None:
    await sign_in(site, pool, settings, Role.AUTHORITY)
    for field, typed, sentence in FAULTS:
        answer = await post(PATH, **(ANSWERS | {field: typed}), step="order")
        assert answer.status_code == 422
        assert "خطأ:" in answer.text.split("</title>")[0]
        assert sentence in answer.text
        anchor = re.search(r'href="#([a-z_-]+)">', answer.text.split("govuk-error-summary__list")[1])
        assert anchor
        assert f'id="{anchor[1]}"' in answer.text


async def test_an_order_below_what_is_promised_is_refused_with_the_day_on_which_it_may_begin(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post
) -> None:
    starts_at = datetime.combine(TOMORROW, time(6), UTC)
    async with transaction(pool) as tx:
        promised = Slot(
            service_id=ARTICLE_18,
            slot_id=SlotId("HAW-R-PROMISED"),
            office_id=HAWALLI,
            day_on=TOMORROW,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            seats=501,
        )
        await booking.publish_slots(tx, slots=[promised], now=datetime.now(UTC))
        await booking.promise_seats(tx, ARTICLE_18, slot_ids=[promised.slot_id], quotas={})
    await sign_in(site, pool, settings, Role.AUTHORITY)
    day_after = (TOMORROW + timedelta(days=1)).isoformat()
    for language, sentence in (("ar", "لا يُسحب دور من أحد"), ("en", "turn is taken back")):
        await site.get(f"/language/{language}")
        for step in ("check", "order"):
            refused = await post(PATH, **ANSWERS, step=step)
            assert refused.status_code == 422
            assert sentence in refused.text
            assert day_after in refused.text
            assert "501" in refused.text
    async with transaction(pool) as tx:
        assert await actions.quota_orders(tx, ARTICLE_18) == []
    checked = await post(PATH, **(ANSWERS | {"people_a_day": "501"}), step="check")
    assert checked.status_code == 200
    assert "They all stay." in checked.text


async def test_an_operator_who_tries_to_raise_the_quota_is_refused_everywhere(
    site: httpx.AsyncClient, pool: Pool, settings: Settings, post: Post
) -> None:
    await sign_in(site, pool, settings, Role.OPERATOR)
    for path in ("/staff/quota", PATH):
        assert (await site.get(path)).status_code == 403
    for step in ("check", "order"):
        assert (await post(PATH, **(ANSWERS | {"people_a_day": "501"}), step=step)).status_code == 403
    async with transaction(pool) as tx:
        assert await actions.quota_orders(tx, ARTICLE_18) == []


async def test_a_stranger_is_asked_to_sign_in(site: httpx.AsyncClient) -> None:
    site.follow_redirects = False
    for path in ("/staff/quota", PATH, "/staff/capacity"):
        answer = await site.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")

"""The status page tells the truth, in both languages, to anybody."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.statistics import actions, pages
from dawr.statistics.model import Part
from dawr.web.flood.keeping import flush
from tests.pages.conftest import Browser, BrowserFor
from tests.store.catalogue.officials import load_kuwait

SERVICE = "KW-MOI/18"


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for(pages.routes)


async def beat(pool: Pool, part: Part, *, ago: timedelta, process: int = 1) -> None:
    async with transaction(pool) as tx:
        await actions.beat(tx, part=part, process_id=UUID(int=process), now=datetime.now(UTC) - ago)


async def test_a_platform_that_is_up_says_yes_in_arabic_first(browser: Browser, opened_pool: Pool) -> None:
    await beat(opened_pool, Part.WEB, ago=timedelta(seconds=1))
    text = await browser.page("/status")
    assert "هل «دَور» يعمل الآن؟" in text
    assert "نعم." in text
    assert "لم نتوقف أكثر من نصف دقيقة" in text


async def test_a_worker_that_is_silent_is_told_with_its_length(browser: Browser, opened_pool: Pool) -> None:
    await browser.speak("en")
    await beat(opened_pool, Part.WORKER, ago=timedelta(minutes=12))
    text = await browser.page("/status")
    assert "Not all of it." in text
    assert "Draws, offers and the log" in text
    assert "until now" in text
    assert "12 minutes" in text


async def test_a_past_outage_stays_to_be_seen(browser: Browser, opened_pool: Pool) -> None:
    await browser.speak("en")
    await beat(opened_pool, Part.WEB, ago=timedelta(minutes=40))
    await beat(opened_pool, Part.WEB, ago=timedelta(seconds=5), process=2)
    text = await browser.page("/status")
    assert "Yes." in text
    assert "39 minutes" in text


async def test_what_was_stopped_today_is_told_by_reason(browser: Browser, opened_pool: Pool) -> None:
    await flush(opened_pool, {"address": 1234, "person": 5}, now=datetime.now(UTC))
    assert "شبكة واحدة أرسلت طلبات أكثر من اللازم" in await browser.page("/status")
    await browser.speak("en")
    text = await browser.page("/status")
    assert "One network asked too often without signing in" in text
    assert "1,234" in text


async def test_the_form_for_programs_may_be_kept_and_carries_no_session(browser: Browser, opened_pool: Pool) -> None:
    await browser.sign_in(PersonId(UUID(int=7)))
    await beat(opened_pool, Part.WEB, ago=timedelta(seconds=1))
    answer = await browser.get("/status.json")
    assert answer.json()["is_up"] is True
    assert answer.json() | {"at": ""} == {
        "at": "",
        "is_up": True,
        "down": [],
        "quota_today": [],
        "stopped_today": {},
        "outages": [],
    }
    assert answer.headers["cache-control"] == "public, max-age=2"
    assert "set-cookie" not in answer.headers


async def test_one_look_at_the_database_serves_everybody_for_a_moment(browser: Browser, opened_pool: Pool) -> None:
    first = (await browser.get("/status.json")).json()
    await beat(opened_pool, Part.WORKER, ago=timedelta(minutes=12))
    assert (await browser.get("/status.json")).json() == first


async def test_the_quota_that_is_left_today_is_told_by_service(browser: Browser, opened_pool: Pool) -> None:
    async with transaction(opened_pool) as tx:
        await load_kuwait(tx)
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kuwait")).date()
    async with opened_pool.connection() as connection:
        await connection.execute(
            "insert into booking.daily_quota (service_id, day_on, quota, taken) values (%s, %s, 40, 13)",
            (SERVICE, today),
        )
    answer = (await browser.get("/status.json")).json()
    assert answer["quota_today"] == [{"service": SERVICE, "day": today.isoformat(), "quota": 40, "left": 27}]
    await browser.speak("en")
    assert f'href="/services/{SERVICE}"' in await browser.page("/status")

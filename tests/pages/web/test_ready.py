"""Whether this process can serve, for a load balancer that asks often."""

import asyncio
import time

from dawr.app import ready
from dawr.db.pool import Pool
from dawr.web.snapshots import KEPT_SECONDS
from tests.pages.conftest import BrowserFor


async def test_many_who_ask_at_once_are_one_question_to_the_database(
    browser_for: BrowserFor, opened_pool: Pool
) -> None:
    browser = browser_for([ready])
    opened_pool.pop_stats()
    began = time.monotonic()
    answers = await asyncio.gather(*(browser.get("/readyz") for _ in range(50)))
    seconds = time.monotonic() - began
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "ready\n")}
    assert opened_pool.get_stats()["requests_num"] <= seconds / KEPT_SECONDS + 1


async def test_a_process_whose_database_is_away_is_not_ready(browser_for: BrowserFor, opened_pool: Pool) -> None:
    browser = browser_for([ready])
    await opened_pool.close()
    assert (await browser.get("/readyz")).status_code == 503

"""What a page answers where something is wrong, and what stands in the log then."""

from typing import Any

import psycopg
import pytest
import structlog
from litestar import Request, Response, get

from dawr.db.batcher import Busy
from dawr.web.page import page
from tests.pages.conftest import BrowserFor


@get("/gone")
async def gone() -> None:
    raise psycopg.OperationalError("gone")


async def test_a_lost_database_has_a_line_a_second_and_not_one_for_each_page(browser_for: BrowserFor) -> None:
    browser = browser_for([gone])
    with structlog.testing.capture_logs() as said:
        answers = [await browser.get("/gone") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {503}
    lines = [line for line in said if line["event"] == "database.unavailable"]
    assert 1 <= len(lines) < len(answers)


@get("/form")
async def form_with_faults(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "web/not_found.html", errors={"a": Busy(), "b": "Said already"}, sentence="", next_step="")


@pytest.mark.parametrize(("language", "told"), [("ar", "الإقبال كبير في هذه اللحظة"), ("en", "Very many people")])
async def test_a_refusal_beside_a_field_is_told_in_the_visitors_language(
    browser_for: BrowserFor, language: str, told: str
) -> None:
    browser = browser_for([form_with_faults])
    await browser.speak(language)
    answer = await browser.get("/form")
    assert answer.status_code == 422
    summary = answer.text.split("govuk-error-summary__list")[1]
    assert told in summary
    assert "Said already" in summary

"""What a page answers where something is wrong, and what stands in the log then."""

from typing import Any

import psycopg
import pytest
import structlog
from litestar import Request, Response, get

from dawr.db.batcher import Busy
from dawr.web.page import page
from dawr.web.session import Visitor
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


@get("/busy")
async def busy() -> None:
    raise Busy


@get("/signed-in")
async def for_persons(visitor: Visitor) -> str:
    return str(visitor.require_person())


@pytest.mark.parametrize(("language", "told"), [("ar", "الإقبال كبير في هذه اللحظة"), ("en", "Very many people")])
async def test_a_program_is_refused_in_json_and_in_the_visitors_language(
    browser_for: BrowserFor, language: str, told: str
) -> None:
    browser = browser_for([busy])
    await browser.speak(language)
    answer = await browser.client.get("/busy", headers={"accept": "application/json"})
    assert answer.status_code == Busy.status
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said.keys() == {"code", "sentence", "next", "facts"}
    assert said["code"] == Busy.code
    assert told in said["sentence"]


async def test_a_program_is_not_led_to_the_sign_in_page(browser_for: BrowserFor) -> None:
    browser = browser_for([for_persons])
    assert (await browser.get("/signed-in")).status_code == 303
    answer = await browser.client.get("/signed-in", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "web.sign_in_needed")


@get("/named/{name:str}")
async def named(name: str) -> str:
    return name


async def test_an_address_with_a_nul_in_it_does_not_exist(browser_for: BrowserFor) -> None:
    browser = browser_for([named])
    assert (await browser.get("/named/a%00b")).status_code == 404
    assert (await browser.get("/named/ab")).text == "ab"

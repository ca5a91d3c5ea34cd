"""A person behind a crowded address, in a real browser: with scripts, without them, and by the way round."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import browser as browsers
from tests.journeys.checks import check_page
from tests.pages.edge.conftest import Served, serving

pytestmark = pytest.mark.xdist_group("edge")

CROWDED = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture(scope="module")
def behind_a_proxy() -> Iterator[Served]:
    with serving(DAWR_TRUSTED_PROXIES="127.0.0.0/8") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.running(browsers.obtain()) as opened:
        yield opened


@contextmanager
def crowd(served: Served) -> Iterator[None]:
    """A neighbour behind the same address who asks and asks."""
    is_over = Event()
    is_crowded = Event()

    def ask() -> None:
        with httpx.Client(base_url=served.url, headers=CROWDED, timeout=20) as client:
            while not is_over.is_set():
                if client.get("/nowhere").status_code == 429:
                    is_crowded.set()
                    is_over.wait(0.02)

    with ThreadPoolExecutor(2) as neighbours:
        asked = [neighbours.submit(ask) for _ in range(2)]
        try:
            assert is_crowded.wait(30)
            yield
        finally:
            is_over.set()
    for each in asked:
        each.result()


def turned_away(page: Page, path: str) -> str:
    """The page at the door, asked for until it is what is answered: now and then somebody gets through."""
    for _ in range(50):
        answer = page.goto(path, wait_until="commit")
        assert answer is not None
        if answer.status == 429:
            return answer.text()
    raise AssertionError(f"everybody gets to {path}")


def test_the_page_solves_its_challenge_by_itself(behind_a_proxy: Served, browser: Browser) -> None:
    with (
        crowd(behind_a_proxy),
        browser.new_context(base_url=behind_a_proxy.url, extra_http_headers=CROWDED) as context,
    ):
        page = context.new_page()
        complaints: list[str] = []
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        with page.expect_request("**/proof") as sent:
            turned_away(page, "/draws?service=KW-MOI/18")
        assert sent.value.method == "POST"
        page.wait_for_url("**/draws?service=KW-MOI/18")
        assert "dawr_pass" in {cookie.get("name") for cookie in context.cookies()}
        assert complaints == []


def test_who_has_no_scripts_waits_and_goes_on(behind_a_proxy: Served, browser: Browser) -> None:
    with (
        crowd(behind_a_proxy),
        browser.new_context(
            base_url=behind_a_proxy.url, extra_http_headers=CROWDED, java_script_enabled=False
        ) as context,
    ):
        page = context.new_page()
        assert 'href="/sign-in?next=' in turned_away(page, "/draws")
        page.wait_for_selector("nav", timeout=60_000)
        assert "dawr_pass" in {cookie.get("name") for cookie in context.cookies()}


def test_axe_finds_nothing_on_the_page_at_the_door_and_on_the_status_page(
    behind_a_proxy: Served, browser: Browser
) -> None:
    with (
        crowd(behind_a_proxy),
        browser.new_context(base_url=behind_a_proxy.url, extra_http_headers=CROWDED) as context,
    ):
        page = context.new_page()
        page.goto("/status")
        check_page(page)
        page.route("**/proof*.js", lambda route: route.abort())
        turned_away(page, "/draws")
        page.wait_for_selector("#proof", state="attached")
        check_page(page)

"""When the database is gone, everybody is told so within two seconds, in both languages, and nothing pretends."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.pages.edge.conftest import Served

pytestmark = pytest.mark.xdist_group("edge")

TOLD_SECONDS_MAX = 3.0
"""Two seconds for a connection, and what a machine full of tests adds."""


@pytest.fixture(scope="module")
def dead(served: Served) -> Served:
    assert httpx.get(f"{served.url}/draws").status_code == 200
    served.stop_database()
    return served


def told(url: str, *, language: str = "ar") -> tuple[httpx.Response, float]:
    with httpx.Client(timeout=20) as client:
        client.get(f"{url}/language/{language}")
        began = time.monotonic()
        return client.get(f"{url}/draws"), time.monotonic() - began


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لا نستطيع الوصول إلى السجلات"), ("en", "cannot reach its records")]
)
def test_a_page_says_that_the_database_is_away(dead: Served, language: str, words: str) -> None:
    answer, seconds = told(dead.url, language=language)
    assert answer.status_code == 503
    assert words in answer.text
    assert answer.headers["retry-after"]
    assert seconds < TOLD_SECONDS_MAX


def test_many_who_come_at_once_are_all_told_in_time(dead: Served) -> None:
    with ThreadPoolExecutor(40) as people:
        answers = list(people.map(lambda _: told(dead.url), range(40)))
    assert {answer.status_code for answer, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < TOLD_SECONDS_MAX + 2


def test_within_a_second_the_process_is_not_ready(dead: Served) -> None:
    deadline = time.monotonic() + TOLD_SECONDS_MAX
    while (answer := httpx.get(f"{dead.url}/readyz", timeout=20)).is_success and time.monotonic() < deadline:
        pass
    assert answer.status_code == 503


@pytest.mark.parametrize("path", ["/status", "/status.json"])
def test_the_status_does_not_pretend(dead: Served, path: str) -> None:
    answer = httpx.get(f"{dead.url}{path}", timeout=20)
    assert answer.status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_what_needs_no_database_answers_as_ever(dead: Served, path: str) -> None:
    assert httpx.get(f"{dead.url}{path}").status_code == 200


def test_a_page_that_is_not_there_is_still_told_in_words(dead: Served) -> None:
    answer = httpx.get(f"{dead.url}/nowhere")
    assert answer.status_code == 404
    assert "هذه الصفحة غير موجودة" in answer.text

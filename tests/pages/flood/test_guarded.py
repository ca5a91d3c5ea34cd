"""What somebody meets at the door, in both languages and in every role."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import altcha
import httpx
import pytest
import structlog

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.web.flood.guard import ADDRESS, EARNED, Asking, Layer
from dawr.web.flood.keeping import flush
from dawr.web.flood.middleware import Flood
from dawr.web.flood.pressure import Level
from dawr.web.flood.store import stopped_on
from tests.pages.flood.conftest import CLIENT, PROXY, Clock, sign_in

PERSON = PersonId(uuid4())
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _seconds_stand_still(flood: Flood) -> None:
    """No bucket fills while a test runs."""
    flood.monotonic = lambda: 1000.0


def spend_address(flood: Flood, *, address: str = CLIENT) -> None:
    for _ in range(int(ADDRESS.burst)):
        flood.guard.admit(Asking(address=address), at=1000.0)


def challenge_of(page: str) -> altcha.Challenge:
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found
    return altcha.Challenge.from_dict(json.loads(html.unescape(found[1])))


def waiting_link(page: str) -> str:
    found = re.search(r'content="\d+;url=([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def solved(challenge: altcha.Challenge) -> str:
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


async def test_a_crowded_address_gets_a_page_in_both_languages(site: httpx.AsyncClient, flood: Flood) -> None:
    spend_address(flood)
    answer = await site.get("/plain?x=1&y=%20", headers=HTML)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert 'lang="ar" dir="rtl"' in answer.text
    assert 'lang="en" dir="ltr"' in answer.text
    assert "تصلنا من شبكتك طلبات كثيرة" in answer.text
    assert "many people share one address" in answer.text
    assert "@" not in re.sub(r"<[^>]*>", "", answer.text)
    assert "set-cookie" not in answer.headers


async def test_the_page_needs_no_script_and_shows_the_way_round(site: httpx.AsyncClient, flood: Flood) -> None:
    spend_address(flood)
    page = (await site.get("/plain?x=1", headers=HTML)).text
    assert "<noscript><meta http-equiv" in page
    assert f'href="/sign-in?next={"%2Fplain%3Fx%3D1"}"' in page
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page)


async def test_a_program_gets_problem_details_in_its_language(site: httpx.AsyncClient, flood: Flood) -> None:
    spend_address(flood)
    answer = await site.get("/plain", headers=JSON)
    assert answer.status_code == 429
    assert answer.json()["type"] == "flood.crowded_address"
    assert "شبكتك" in answer.json()["title"]
    assert str(answer.headers["retry-after"]) in answer.json()["detail"]


async def test_a_solved_challenge_opens_the_page_that_was_wanted(site: httpx.AsyncClient, flood: Flood) -> None:
    spend_address(flood)
    page = (await site.get("/plain", headers=HTML)).text
    answer = await site.post("/proof", data={"payload": solved(challenge_of(page)), "next": "/plain"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/plain")
    assert "HttpOnly" in answer.headers["set-cookie"]
    answers = [(await site.get("/plain")).status_code for _ in range(int(EARNED.burst) + 1)]
    assert answers == [200] * int(EARNED.burst) + [429]


async def test_a_proof_is_taken_once(site: httpx.AsyncClient, flood: Flood) -> None:
    spend_address(flood)
    page = (await site.get("/plain", headers=HTML)).text
    form = {"payload": solved(challenge_of(page)), "next": "/plain"}
    assert (await site.post("/proof", data=form)).status_code == 303
    site.cookies.clear()
    again = await site.post("/proof", data=form)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers
    assert "سبق استعماله" in again.text
    assert (await site.get(waiting_link(page))).status_code == 403, "its wait is the same proof"


async def test_who_has_no_script_waits_and_is_let_in(site: httpx.AsyncClient, flood: Flood, clock: Clock) -> None:
    spend_address(flood)
    clock.seconds -= 60
    page = (await site.get("/plain?x=1", headers=HTML)).text
    link = waiting_link(page)
    assert unquote(parse_qs(urlsplit(link).query)["next"][0]) == "/plain?x=1"
    answer = await site.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/plain?x=1")
    assert (await site.get("/plain")).status_code == 200


async def test_who_does_not_wait_is_not_let_in(site: httpx.AsyncClient, flood: Flood, clock: Clock) -> None:
    spend_address(flood)
    clock.seconds += 60
    page = (await site.get("/plain", headers=HTML)).text
    assert (await site.get(waiting_link(page))).status_code == 403


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
async def test_a_proof_leads_nowhere_else(site: httpx.AsyncClient, flood: Flood, wanted: str) -> None:
    challenge = flood.proofs.challenge(at=int(flood.clock()))
    answer = await site.post("/proof", data={"payload": solved(challenge), "next": wanted})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("payload", ["", "x", "e30=", "bnVsbA==", "W10="])
async def test_a_proof_that_is_none_is_refused_in_words(site: httpx.AsyncClient, payload: str) -> None:
    answer = await site.post("/proof", data={"payload": payload, "next": "/"})
    assert answer.status_code == 403
    assert (await site.get("/proof/waited", params={"ticket": payload})).status_code == 403


async def test_a_signed_in_person_does_not_feel_his_address(site: httpx.AsyncClient, flood: Flood) -> None:
    await sign_in(site, PERSON)
    spend_address(flood)
    assert (await site.get("/plain")).text == str(PERSON)


async def test_a_signed_in_flooder_is_told_to_wait_and_never_to_prove(site: httpx.AsyncClient, flood: Flood) -> None:
    await sign_in(site, PERSON)
    answers = [await site.get("/plain", headers=HTML) for _ in range(100)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert "data-challenge" not in refused.text
    assert "You are asking more often" in refused.text
    assert set(flood.guard.take_stopped()) == {Layer.SESSION}
    assert (await site.get("/plain", headers=JSON)).json()["title"].startswith("You are asking")


async def test_who_is_lost_is_told_so_in_his_own_language(site: httpx.AsyncClient) -> None:
    person_id = PersonId(uuid4())
    for language in ("en", "ar"):
        await sign_in(site, person_id, language=language)
        answer = await site.get("/no/such/page")
        assert answer.status_code == 404
        assert f'lang="{language}"' in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_a_forged_session_is_nobody_and_breaks_nothing(site: httpx.AsyncClient) -> None:
    for forged in ("x", "AAAA", "YXNzb2NpYXRlZA==", "YWRkaXRpb25hbF9hdXRoZW50aWNhdGVkX2RhdGE9e30=" * 3):
        site.cookies.set("dawr", forged)
        site.cookies.set("dawr_pass", forged)
        assert (await site.get("/plain")).text == "nobody"


async def test_under_pressure_a_page_asks_for_a_proof_and_the_signed_in_go_on(
    site: httpx.AsyncClient, flood: Flood
) -> None:
    flood.pressure.level = Level.PRESSED
    refused = await site.get("/plain", headers=HTML)
    assert refused.status_code == 503
    challenge_of(refused.text)
    flood.pressure.level = Level.CALM
    await sign_in(site, PERSON)
    flood.pressure.level = Level.OVERLOADED
    assert (await site.get("/plain")).status_code == 200


async def test_what_is_full_says_so_and_still_says_that_it_lives(site: httpx.AsyncClient, flood: Flood) -> None:
    flood.pressure.level = Level.FULL
    answer = await site.get("/plain", headers=HTML)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "الإقبال كبير جداً" in answer.text
    assert "Very many people are here" in answer.text
    assert (await site.get("/plain", headers=JSON)).json()["type"] == "flood.too_many_people"
    assert (await site.get("/static/nothing.css")).status_code == 404
    assert (await site.get("/metrics", headers={"Authorization": "Bearer scrape-me"})).status_code == 200


async def test_a_crowd_that_is_turned_away_has_a_line_a_second_and_not_one_each(
    site: httpx.AsyncClient, flood: Flood
) -> None:
    flood.pressure.level = Level.FULL
    with structlog.testing.capture_logs() as said:
        for _ in range(40):
            await site.get("/plain", headers=HTML)
        flood.monotonic = lambda: 1001.0
        await site.get("/plain", headers=HTML)
    assert [(line["status"], line["times"]) for line in said if line["event"] == "request"] == [(503, 1), (503, 40)]


async def test_each_page_that_was_shown_has_its_line(site: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            await site.get("/plain", headers=HTML)
    assert [line["times"] for line in said if line["event"] == "request"] == [1, 1, 1]


async def test_the_head_of_a_refusal_has_no_body(site: httpx.AsyncClient, flood: Flood) -> None:
    flood.pressure.level = Level.FULL
    answer = await site.head("/plain")
    assert (answer.status_code, answer.content) == (503, b"")


async def test_an_address_is_believed_from_our_own_proxy_alone(
    site: httpx.AsyncClient, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend_address(flood)
    spoofed = {"X-Forwarded-For": "198.51.100.77", "X-Real-IP": "198.51.100.77"}
    assert (await site.get("/plain", headers=spoofed)).status_code == 429
    transport = site._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.client = (PROXY, 1)
    assert (await site.get("/plain", headers=spoofed)).status_code == 200
    behind = {"X-Forwarded-For": f"198.51.100.77, {CLIENT}"}
    assert (await site.get("/plain", headers=behind)).status_code == 429


async def test_what_is_let_in_is_counted_once(site: httpx.AsyncClient) -> None:
    answers = [(await site.get("/plain")).status_code for _ in range(int(ADDRESS.burst) + 1)]
    assert answers.count(200) == ADDRESS.burst


async def test_what_was_stopped_reaches_the_days_count(site: httpx.AsyncClient, flood: Flood, pool: Pool) -> None:
    spend_address(flood)
    for _ in range(3):
        await site.get("/plain")
    now = datetime(2027, 2, 4, tzinfo=UTC)
    await flush(pool, {str(layer): count for layer, count in flood.guard.take_stopped().items()}, now=now)
    async with transaction(pool) as tx:
        assert await stopped_on(tx, day_on=now.date()) == {"address": 3}


async def test_who_is_not_answered_in_time_is_told_so(
    site: httpx.AsyncClient, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dawr.web.flood.middleware.ANSWER_SECONDS_MAX", 0.05)
    answer = await site.get("/endless", headers=HTML)
    assert answer.status_code == 503
    assert "Very many people are here" in answer.text
    assert (await site.get("/endless", headers=JSON)).json()["type"] == "flood.too_many_people"
    assert flood.pressure.in_flight == 0


async def test_a_body_that_does_not_come_is_cut(
    site: httpx.AsyncClient, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dawr.web.flood.middleware.BODY_SECONDS_MAX", 0.05)
    pressed_meanwhile = []

    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        pressed_meanwhile.append(flood.pressure.in_flight)
        await asyncio.Event().wait()

    answer = await site.post("/given", content=body())
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"
    assert pressed_meanwhile == [0]


async def test_a_body_is_carried_through_and_no_request_stays_in_flight(site: httpx.AsyncClient, flood: Flood) -> None:
    assert (await site.post("/given", content=b"x" * 5000)).text == "5000"
    assert (await site.get("/plain")).status_code == 200
    assert (await site.get("/nowhere")).status_code == 404
    assert flood.pressure.in_flight == 0

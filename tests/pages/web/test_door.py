"""The door in front of the framework keeps the framework's rules."""

import time
from collections.abc import AsyncIterator, MutableMapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg
import pytest
import structlog
from litestar.middleware.csrf import generate_csrf_token
from litestar.middleware.session.client_side import ClientSideSessionBackend

from dawr.db.batcher import Busy
from dawr.settings import Settings
from dawr.web.door import BODY_BYTES_MAX, Call, Door, HotRoute
from dawr.web.session import SESSION_LIFE, session_config

ADDRESS = "/api/v1/draws/KW-MOI/18/2027-02-01/entry"


class Echo(msgspec.Struct):
    """What the toy route was given."""

    person: UUID | None
    parts: list[str]
    body: str
    asked_key: str


class Typed(msgspec.Struct):
    number: int


async def echo(call: Call) -> Echo:
    return Echo(
        person=call.visitor.person_id,
        parts=list(call.parts),
        body=call.body.decode(),
        asked_key=call.asked_key.hex(),
    )


class Fails:
    """A route whose every call ends in this fault."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def __call__(self, call: Call) -> Echo:
        raise self.fault


async def typed(call: Call) -> Typed:
    return call.read(msgspec.json.Decoder(Typed))


def route(method: str, verb: str, answer: Any, *, status: int = 200) -> HotRoute:
    return HotRoute(
        method=method,
        noun="draws",
        verb=verb,
        answer=answer,
        summary="a toy",
        asks=None,
        answers=Echo,
        refusals=(),
        status=status,
    )


async def framework(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"the framework answers"})


class Site:
    """A door before a toy framework, and the cookies of people who signed in."""

    def __init__(self, settings: Settings) -> None:
        routes = [
            route("GET", "entry", echo),
            route("POST", "entry", echo, status=201),
            route("POST", "typed", typed),
            route("POST", "busy", Fails(Busy())),
            route("POST", "bug", Fails(ZeroDivisionError("a bug of ours"))),
            route("POST", "gone", Fails(psycopg.OperationalError("gone"))),
        ]
        self.app = Door(framework, routes=routes, settings=settings)
        self.backend = ClientSideSessionBackend(config=session_config(settings))
        self.token = generate_csrf_token(settings.key_for("csrf").hex())

    def cookies(self, **kept: Any) -> dict[str, str]:
        session = {"person": str(uuid4()), "at": int(time.time()), "assurance": 2} | kept
        sealed = self.backend.dump_data(session)
        return {"dawr": b"".join(sealed).decode(), "csrftoken": self.token}

    def client(self, **kept: Any) -> httpx.AsyncClient:
        return self.client_with(self.cookies(**kept))

    def client_with(self, cookies: dict[str, str]) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies)

    @property
    def headers(self) -> dict[str, str]:
        return {"x-csrftoken": self.token}


@pytest.fixture
def site(settings: Settings) -> Site:
    return Site(settings)


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as opened:
        yield opened


async def test_a_hot_route_is_told_who_asks_and_for_what(site: Site) -> None:
    person = str(uuid4())
    async with site.client(person=person) as client:
        answer = await client.post(ADDRESS, headers=site.headers, content=b"hello")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["person"], told["parts"], told["body"]) == (person, ["KW-MOI", "18", "2027-02-01"], "hello")


@pytest.mark.parametrize("path", ["/", "/draws/KW-MOI/18/2027-02-01/entry", "/api/v1/openapi.json", ADDRESS + "/x"])
async def test_everything_else_is_the_frameworks(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 299


async def test_a_method_that_no_hot_route_has_is_the_frameworks(client: httpx.AsyncClient) -> None:
    assert (await client.delete(ADDRESS)).status_code == 299


async def test_every_answer_carries_the_security_headers_and_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    answer = await client.get(ADDRESS)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_who_has_not_signed_in_is_refused(site: Site) -> None:
    async with site.client_with({}) as client:
        answer = await client.get(ADDRESS)
    assert (answer.status_code, answer.json()["type"]) == (401, "web.sign_in_needed")


@pytest.mark.parametrize("change", ["forged", "altered", "ended"])
async def test_a_session_that_is_not_ours_or_has_ended_is_nobodys(site: Site, change: str) -> None:
    past = int(time.time() - SESSION_LIFE.total_seconds() - 5)
    cookies = site.cookies(at=past) if change == "ended" else site.cookies()
    sealed = cookies["dawr"]
    altered = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    cookies["dawr"] = {"forged": "bm90IG91cnM=", "altered": altered, "ended": sealed}[change]
    async with site.client_with(cookies) as client:
        assert (await client.get(ADDRESS)).status_code == 401


async def test_a_write_without_the_cookies_token_is_refused(client: httpx.AsyncClient, settings: Settings) -> None:
    another = generate_csrf_token(settings.key_for("csrf").hex())
    for headers in ({}, {"x-csrftoken": another}, {"x-csrftoken": ""}):
        answer = await client.post(ADDRESS, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "web.csrf_failed")


async def test_a_token_that_we_did_not_make_is_refused_even_in_both_places(site: Site) -> None:
    made_up = generate_csrf_token("somebody else's secret")
    async with site.client_with(site.cookies() | {"csrftoken": made_up}) as client:
        assert (await client.post(ADDRESS, headers={"x-csrftoken": made_up})).status_code == 403


async def test_the_same_idempotency_key_is_the_same_request_and_none_is_a_new_one(
    site: Site, client: httpx.AsyncClient
) -> None:
    async def key(given: str = "") -> str:
        headers = site.headers | ({"idempotency-key": given} if given else {})
        return str((await client.post(ADDRESS, headers=headers)).json()["asked_key"])

    assert await key("7f3c") == await key("7f3c") != await key("7f3d")
    assert await key() != await key()
    assert len(await key()) == 32


async def test_an_idempotency_key_longer_than_anybodys_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    answer = await client.post(ADDRESS, headers=site.headers | {"idempotency-key": "k" * 65})
    assert answer.status_code == 400


async def test_a_body_larger_than_any_of_ours_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    answer = await client.post(ADDRESS, headers=site.headers, content=b"x" * (BODY_BYTES_MAX + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "web.too_large")


async def test_a_body_of_another_shape_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    address = ADDRESS.replace("entry", "typed")
    assert (await client.post(address, headers=site.headers, content=b'{"number": 7}')).json() == {"number": 7}
    for wrong in (b"", b"{", b'{"number": "seven"}', b"[]"):
        assert (await client.post(address, headers=site.headers, content=wrong)).status_code == 400


async def test_an_address_that_no_draw_could_have_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/draws/KW-MOI/%D9%A1/2027-02-01/entry")).status_code == 404
    assert (await client.get(f"/api/v1/draws/KW-MOI/{'9' * 41}/2027-02-01/entry")).status_code == 404


@pytest.mark.parametrize("verb", ["busy", "gone"])
async def test_who_cannot_be_served_now_is_told_when_to_try_again(
    site: Site, client: httpx.AsyncClient, verb: str
) -> None:
    answer = await client.post(ADDRESS.replace("entry", verb), headers=site.headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_lost_database_has_a_line_a_second_and_not_one_for_each_who_asks(
    site: Site, client: httpx.AsyncClient
) -> None:
    with structlog.testing.capture_logs() as said:
        answers = [await client.post(ADDRESS.replace("entry", "gone"), headers=site.headers) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {503}
    lines = [line for line in said if line["event"] == "database.unavailable"]
    assert lines[0]["times"] == 1
    assert len(lines) < len(answers)


async def test_a_bug_shows_a_reference_and_nothing_of_itself(site: Site, client: httpx.AsyncClient) -> None:
    answer = await client.post(ADDRESS.replace("entry", "bug"), headers=site.headers)
    assert answer.status_code == 500
    assert "a bug of ours" not in answer.text


@pytest.mark.parametrize(("language", "said"), [("ar", "الإقبال كبير"), ("en", "Very many people")])
async def test_a_refusal_speaks_the_visitors_language(site: Site, language: str, said: str) -> None:
    async with site.client(language=language) as client:
        answer = await client.post(ADDRESS.replace("entry", "busy"), headers=site.headers)
    assert answer.json()["title"].startswith(said)


async def test_a_body_in_pieces_is_one_body_bounded_as_a_whole(site: Site) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in site.cookies().items())
    headers = [(b"cookie", cookies.encode()), (b"x-csrftoken", site.token.encode())]
    scope = {"type": "http", "method": "POST", "path": ADDRESS, "headers": headers}

    async def status_of(*pieces: bytes, goes_away: bool = False) -> int:
        left = list(pieces)
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not left:
                return {"type": "http.disconnect"}
            body = left.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(left) or goes_away}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await site.app(scope, receive, send)  # type: ignore[arg-type]
        return int(sent[0]["status"])

    assert await status_of(b"a", b"b") == 201
    assert await status_of(b"a", goes_away=True) == 400
    assert await status_of(b"a" * BODY_BYTES_MAX, b"b") == 413

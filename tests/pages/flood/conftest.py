"""A site behind its guard, on a clock that the test moves."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from litestar import MediaType, Request, get, post

from dawr.db.pool import Pool, make_pool
from dawr.kernel.identifiers import PersonId
from dawr.settings import Settings
from dawr.web.flood import pages as flood_pages
from dawr.web.flood.middleware import Flood, guarded
from dawr.web.metrics import show_metrics
from dawr.web.page import page
from dawr.web.session import Visitor
from dawr.web.wiring import make_application
from tests.pages.conftest import sign_in_as

CLIENT, PROXY = "203.0.113.7", "10.0.0.1"


class Clock:
    """Unix seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = time.time()

    def __call__(self) -> float:
        return self.seconds


@get("/plain", media_type=MediaType.TEXT)
async def plain(visitor: Visitor) -> str:
    return str(visitor.person_id or "nobody")


@get("/gone/{number:int}", media_type=MediaType.TEXT)
async def numbered(number: int) -> str:
    return str(number)


@get("/endless", media_type=MediaType.TEXT)
async def endless() -> str:
    await asyncio.Event().wait()
    return "never"


@get("/whole")
async def whole(request: Request[Any, Any, Any]) -> Any:
    return page(request, "web/not_found.html", sentence="", next_step="")


@post("/given", opt={"exclude_from_csrf": True}, media_type=MediaType.TEXT)
async def given(request: Request[Any, Any, Any]) -> str:
    return str(len(await request.body()))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, trusted_proxies=(PROXY,), metrics_token="scrape-me")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def flood(settings: Settings, clock: Clock) -> Flood:
    return Flood(settings, clock=clock)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url) as opened:
        yield opened


@pytest.fixture
async def site(pool: Pool, settings: Settings, flood: Flood) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose address is CLIENT, on a site of a few routes."""
    routes = [plain, numbered, endless, whole, given, sign_in_as, show_metrics, *flood_pages.routes]
    application = guarded(make_application(settings=settings, pool=pool, routes=routes), flood=flood)
    transport = httpx.ASGITransport(application, client=(CLIENT, 4711))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def sign_in(site: httpx.AsyncClient, person_id: PersonId, *, language: str = "en") -> None:
    answer = await site.get(f"/test/sign-in/{person_id}", params={"assurance": "3", "age": "0"})
    assert answer.status_code == 200
    await site.get(f"/language/{language}")

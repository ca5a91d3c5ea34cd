"""A browser on a site of some features' pages, and a door through which a test signs anybody in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import MediaType, Request, get
from litestar.template.base import csrf_token
from litestar.types import ControllerRouterHandler

from dawr.app import hot_routes
from dawr.db.pool import Pool, make_pool
from dawr.kernel.identifiers import PersonId
from dawr.settings import Settings
from dawr.web.door import Door
from dawr.web.session import set_visitor
from dawr.web.wiring import make_application


class Browser:
    """One person's browser: it keeps cookies and follows no redirect."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(path, params=query or None)

    async def page(self, path: str, **query: str) -> str:
        """The text of a page that must be there."""
        answer = await self.get(path, **query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('location', '')}"
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form with the token that our pages put into theirs."""
        token = (await self.get("/test/token")).text
        return await self.client.post(path, data=fields | {"_csrf_token": token})

    async def sign_in(
        self, person_id: PersonId, *, assurance: int = 3, age: timedelta = timedelta(0), language: str = "en"
    ) -> None:
        query = {"assurance": str(assurance), "age": str(int(age.total_seconds()))}
        assert (await self.get(f"/test/sign-in/{person_id}", **query)).status_code == 200
        await self.speak(language)

    async def speak(self, language: str) -> None:
        await self.get(f"/language/{language}")


class Caller:
    """One person's program: the cookies of his browser, and JSON."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def post(self, path: str, body: object = None, *, key: str = "") -> httpx.Response:
        token = (await self.browser.get("/test/token")).text
        headers = {"x-csrftoken": token} | ({"idempotency-key": key} if key else {})
        return await self.browser.client.post(f"/api/v1{path}", json={} if body is None else body, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.browser.get(f"/api/v1{path}")


CallerFor = Callable[..., Awaitable[Caller]]

BrowserFor = Callable[[Sequence[ControllerRouterHandler]], Browser]


@get("/test/sign-in/{person_id:uuid}")
async def sign_in_as(request: Request[Any, Any, Any], person_id: UUID, assurance: int, age: int) -> str:
    set_visitor(
        request,
        person_id=PersonId(person_id),
        authenticated_at=datetime.now(UTC) - timedelta(seconds=age),
        assurance=assurance,
    )
    return "signed in"


@get("/test/token", media_type=MediaType.TEXT)
async def show_token(request: Request[Any, Any, Any]) -> str:
    return csrf_token({"request": request})


@pytest.fixture
async def opened_pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url) as pool:
        yield pool


@pytest.fixture
async def browser_for(opened_pool: Pool, settings: Settings) -> AsyncIterator[BrowserFor]:
    """A new browser on a site of these routes; each one is another person's."""
    async with AsyncExitStack() as stack:
        clients: list[httpx.AsyncClient] = []

        def browser(routes: Sequence[ControllerRouterHandler]) -> Browser:
            site = make_application(settings=settings, pool=opened_pool, routes=[*routes, sign_in_as, show_token])
            client = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://test")
            clients.append(client)
            stack.push_async_callback(client.aclose)
            return Browser(client)

        yield browser


@pytest.fixture
async def caller_for(opened_pool: Pool, settings: Settings) -> AsyncIterator[CallerFor]:
    """A new program of a person's, on a site of these routes with its door; all share one site."""
    async with AsyncExitStack() as stack:
        site = make_application(settings=settings, pool=opened_pool, routes=[sign_in_as, show_token])
        door = Door(site, routes=hot_routes(site.state), settings=settings)

        async def caller(person_id: PersonId | None = None, **how: Any) -> Caller:
            client = httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://test")  # type: ignore[arg-type]
            stack.push_async_callback(client.aclose)
            made = Caller(Browser(client))
            if person_id is not None:
                await made.browser.sign_in(person_id, **how)
            return made

        yield caller

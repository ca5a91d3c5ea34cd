"""A site with the catalogue's and capacity's pages, Kuwait loaded, and a door through which a test signs anybody in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Request, get

from dawr.capacity import pages as capacity
from dawr.catalogue import pages as catalogue
from dawr.db.pool import Pool
from dawr.kernel.identifiers import PersonId
from dawr.settings import Settings
from dawr.web.session import set_visitor
from dawr.web.wiring import make_application

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
async def site(pool: Pool, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = make_application(
        settings=settings, pool=pool, routes=[*catalogue.routes, *capacity.routes, sign_in_as]
    )
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", follow_redirects=True) as client:
        yield client


@get("/test/sign-in/{person_id:uuid}")
async def sign_in_as(request: Request[Any, Any, Any], person_id: UUID) -> str:
    set_visitor(request, person_id=PersonId(person_id), authenticated_at=datetime.now(UTC), assurance=3)
    return "signed in"


@pytest.fixture
def post(site: httpx.AsyncClient) -> Post:
    """Post a form as a page of ours would, with the token that stands in the sign-out form of every page."""

    async def post(path: str, **fields: str) -> httpx.Response:
        shown = re.search(r'name="_csrf_token" value="([^"]+)"', (await site.get("/services")).text)
        assert shown, "whoever posts has signed in"
        return await site.post(path, data=fields | {"_csrf_token": shown[1]})

    return post

"""A site with the tickets' pages alone, an invented office, and a door through which a test signs anybody in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Request, get

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.settings import Settings
from dawr.tickets import pages
from dawr.web.session import set_visitor
from dawr.web.wiring import make_application
from tests.store.tickets.invented_office import Office, load_office


@pytest.fixture
async def office(pool: Pool, settings: Settings, tmp_path: Path) -> Office:
    async with transaction(pool) as tx:
        await load_office(tx, tmp_path)
    return Office(settings=settings)


@pytest.fixture
def starts_at() -> datetime:
    """This very minute: the pages ask the clock, and the gate is open from half an hour before."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture
async def site(pool: Pool, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = make_application(settings=settings, pool=pool, routes=[*pages.routes, sign_in_as])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", follow_redirects=True) as client:
        yield client


@get("/test/sign-in/{person_id:uuid}")
async def sign_in_as(request: Request[Any, Any, Any], person_id: UUID, assurance: int = 3, age: int = 0) -> str:
    """`age` seconds ago."""
    signed_in_at = datetime.now(UTC) - timedelta(seconds=age)
    set_visitor(request, person_id=PersonId(person_id), authenticated_at=signed_in_at, assurance=assurance)
    return "signed in"

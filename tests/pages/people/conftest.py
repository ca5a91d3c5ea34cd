"""The site with this feature's pages, a browser that reaches it and a real national ID, and a lying one."""

import re
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest

from dawr.db.pool import Pool, make_pool, transaction
from dawr.demo.national_id import READY, invented_people, node_command
from dawr.kernel.identifiers import PersonId
from dawr.people import actions, pages
from dawr.people.model import Country
from dawr.settings import Settings, read_settings
from dawr.web.wiring import make_application
from tests.pages.people.forging_provider import ForgingProvider, forging_provider

SignIn = Callable[..., Awaitable[httpx.Response]]
Everybody = dict[str, PersonId]


@pytest.fixture(scope="session")
def national_id() -> Iterator[Settings]:
    """The demonstration's provider, running; yields the settings that it was started for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = read_settings(
        {"DAWR_ROOT_SECRET": "11" * 32, "DAWR_OIDC_ISSUER": f"http://localhost:{port}", "DAWR_DEMONSTRATION": "yes"}
    )
    process = subprocess.Popen(node_command(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        while said[-1] and not said[-1].startswith(READY):
            said.append(process.stdout.readline())
        assert said[-1].startswith(READY), "".join(said)
        yield settings
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def settings(national_id: Settings) -> Settings:
    return national_id


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url) as pool:
        yield pool


@pytest.fixture
def browser(opened: Pool, settings: Settings) -> Callable[[], httpx.AsyncClient]:
    """A new browser at the site, each time it is called."""
    return lambda: site_with(settings, opened)


@pytest.fixture
async def client(browser: Callable[[], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with browser() as opened_browser:
        yield opened_browser


@pytest.fixture
def sign_in(settings: Settings) -> SignIn:
    """Walks the whole way through the real provider by its own forms, up to the page after the sign-in."""

    async def walk(client: httpx.AsyncClient, hint: str, *, path: str = "/sign-in") -> httpx.Response:
        at = str(httpx.URL(path, params={**httpx.URL(path).params, "as": hint}))
        choice = await client.get(at, follow_redirects=True)
        assert choice.status_code == 200, choice.text
        answer = await client.post(form_action(choice, "/sign-in"), data={"person": hint})
        while str(answer.next_request.url if answer.next_request else "").startswith(settings.sign_in.issuer):
            answer = await client.send(answer.next_request)
        return await client.get(answer.headers["location"])

    return walk


@pytest.fixture
async def everybody(opened: Pool, settings: Settings) -> Everybody:
    """The invented people with the roles that they hold."""
    now, found = datetime.now(UTC), {}
    async with transaction(opened) as tx:
        for person in invented_people():
            found[person.hint] = await actions.register_person(
                tx,
                civil_number=person.civil_number,
                country=Country.KUWAIT,
                name_ar=person.name_ar,
                name_latin=person.name,
                settings=settings,
                now=now,
            )
            for role in person.roles:
                await actions.grant_role(
                    tx,
                    person_id=found[person.hint],
                    role=role.role,
                    authority_id=role.authority_id,
                    office_id=role.office_id,
                    granted_by=None,
                    now=now,
                )
    return found


@pytest.fixture
def forger() -> Iterator[ForgingProvider]:
    with forging_provider() as provider:
        yield provider


@pytest.fixture
async def deceived(forger: ForgingProvider, opened: Pool, national_id: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a site whose national ID is the forger."""
    sign_in = replace(national_id.sign_in, issuer=forger.issuer)
    async with site_with(replace(national_id, sign_in=sign_in), opened) as client:
        yield client


def site_with(settings: Settings, pool: Pool) -> httpx.AsyncClient:
    """A browser that reaches this feature's pages in this process, and everything else over the network."""
    application = make_application(settings=settings, pool=pool, routes=pages.routes)
    mounts = {settings.public_url: httpx.ASGITransport(application)}
    return httpx.AsyncClient(base_url=settings.public_url, mounts=mounts, trust_env=False)


def form_action(answer: httpx.Response, ending: str) -> str:
    """Where the form of a page is posted to."""
    found = re.search(rf'action="([^"]*{ending})"', answer.text)
    assert found, answer.text
    return str(answer.url.join(unescape(found[1])))

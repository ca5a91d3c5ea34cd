"""The gate's page as it is served: the same for everybody, whole, light, and nobody's."""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.gates.pages import app
from dawr.kernel.identifiers import PersonId
from dawr.people import actions as people
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Country
from dawr.settings import Settings
from dawr.web.page import static_folder
from tests.pages.conftest import Browser, BrowserFor
from tests.store.tickets.invented_office import STARTS_AT

PAGE_BYTES_MAX = 50_000
PATHS = ("/gate/app", "/gate/app.webmanifest", "/gate/sw.js")


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for(app.routes)


async def registered(pool: Pool, settings: Settings) -> PersonId:
    async with transaction(pool) as tx:
        return await people.register_person(
            tx,
            civil_number=invented_kuwaiti_number(STARTS_AT.date(), 1),
            country=Country.KUWAIT,
            name_ar="ناصر فهد المخترع",
            name_latin="NASSER ALMUKHTARA",
            settings=settings,
            now=STARTS_AT,
        )


async def files_of(browser: Browser) -> list[str]:
    """What the service worker keeps."""
    listed = re.search(r"const FILES = (\[.*\]);", (await browser.get("/gate/sw.js")).text)
    assert listed is not None
    return re.findall(r'"([^"]+)"', listed[1])


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_kept_for_a_page_without_network_is_the_same_for_everybody(
    browser: Browser, opened_pool: Pool, settings: Settings, path: str
) -> None:
    to_nobody = await browser.get(path)
    await browser.sign_in(await registered(opened_pool, settings))
    to_somebody = await browser.get(path)
    assert to_nobody.status_code == 200
    assert to_nobody.text == to_somebody.text
    assert "set-cookie" not in to_nobody.headers
    assert to_nobody.headers["cache-control"] == "public, max-age=60"
    assert "المخترع" not in to_somebody.text


async def test_the_worker_keeps_every_file_of_the_page_under_its_version(browser: Browser) -> None:
    shell, files = await browser.get("/gate/app"), await files_of(browser)
    named = re.findall(r'(?:href|src|data-reader|data-wasm)="(/static/[^"]+)"', shell.text)
    assert set(named) <= set(files)
    for address in files:
        assert (static_folder().parent / address.removeprefix("/")).is_file(), address
    worker = await browser.get("/gate/sw.js")
    assert shell.headers["etag"].strip('"') in worker.text
    assert worker.headers["service-worker-allowed"] == "/gate/app"
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_every_module_of_the_page_is_there_at_the_first_visit(browser: Browser) -> None:
    shell = await browser.get("/gate/app")
    folder = Path(__file__).parents[3] / "src/dawr/gates/static/gate"
    preloaded = {Path(address).name for address in re.findall(r'rel="modulepreload" href="([^"]+)"', shell.text)}
    assert preloaded == {file.name for file in folder.glob("*.js")}


async def test_the_page_is_light(browser: Browser) -> None:
    own = [address for address in await files_of(browser) if "woff2" not in address and "zxing" not in address]
    files = [(static_folder().parent / address.removeprefix("/")).read_bytes() for address in own]
    shell = (await browser.get("/gate/app")).content
    assert sum(len(gzip.compress(each)) for each in [shell, *files]) <= PAGE_BYTES_MAX


async def test_the_manifest_installs_the_page_and_nothing_else(browser: Browser) -> None:
    described = (await browser.get("/gate/app.webmanifest")).json()
    assert (described["start_url"], described["scope"]) == ("/gate/app", "/gate/app")
    [icon] = described["icons"]
    assert icon["src"] in await files_of(browser)


async def test_who_is_signed_in_is_told_his_own_name_and_nobody_any(
    browser: Browser, opened_pool: Pool, settings: Settings
) -> None:
    assert (await browser.get("/gate/officer")).json() == {"name": None}
    await browser.sign_in(await registered(opened_pool, settings))
    answer: httpx.Response = await browser.get("/gate/officer")
    assert answer.json() == {"name": {"ar": "ناصر فهد المخترع", "en": "NASSER ALMUKHTARA"}}
    assert answer.headers["cache-control"] == "no-store"
    assert "csrftoken" in browser.client.cookies

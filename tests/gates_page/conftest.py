"""A browser with a blank page at an address of its own, where the gate's modules lie, under Dawr's own policy."""

import mimetypes
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from dawr.settings import read_settings
from dawr.web.headers import security_headers
from tests.journeys import browser as browsers

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
ADDRESS = "https://gate.example/"
FOLDERS = {
    "gate": ROOT / "src/dawr/gates/static/gate",
    "tickets": ROOT / "src/dawr/tickets/static",
    "zxing": ROOT / "node_modules/zxing-wasm/dist",
    "asking": HERE,
}
POLICY = security_headers(read_settings({"DAWR_ROOT_SECRET": "11" * 32}))
BLANK = "<!doctype html><title>Gate</title>"

Asked = Callable[[str, Any], Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All share one browser and so one process."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("gates_page"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with browsers.running(browsers.obtain()) as opened:
        yield opened


@pytest.fixture(scope="package")
def gate_page(chromium: Browser) -> Iterator[Page]:
    """A page at ADDRESS that may import `/gate/NAME.js` and zxing's module, and reaches nothing else."""
    context = chromium.new_context()
    yield blank_page(context)
    context.close()


@pytest.fixture(scope="package")
def ask(gate_page: Page) -> Asked:
    """What a function of asking.js makes of its one argument, in the page: `ask("verdicts", corpus)`."""
    return asking(gate_page)


def asking(page: Page) -> Asked:
    def ask(name: str, argument: Any) -> Any:
        call = "([name, argument]) => import('/asking/asking.js').then((asking) => asking[name](argument))"
        return page.evaluate(call, [name, argument])

    return ask


def blank_page(context: BrowserContext, *, shell: str = BLANK, changed: Mapping[str, str] | None = None) -> Page:
    """A page of this content, with the text of some files changed: what another rule would be."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        folder, _, within = name.partition("/")
        file = FOLDERS.get(folder, HERE) / within
        if not name:
            route.fulfill(content_type="text/html", body=shell, headers=POLICY)
        elif folder in FOLDERS and file.is_file():
            text = (changed or {}).get(name)
            body = file.read_bytes() if text is None else text
            route.fulfill(content_type=mimetypes.guess_type(file.name)[0], body=body)
        else:
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(ADDRESS)
    return page

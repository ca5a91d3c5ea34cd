"""The ground of the journeys: the whole demonstration, started as a newcomer does it, and a browser before it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.journeys import browser as browsers
from tests.journeys.demonstration import Demonstration, running_demonstration

HERE = Path(__file__).parent

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one demonstration and so one process."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="package")
def demonstration() -> Iterator[Demonstration]:
    with running_demonstration() as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsers.running(browsers.obtain()) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, demonstration: Demonstration) -> Iterator[Visit]:
    """A new visitor with a browser of his own: `visit("en", path="/draws", width=1280, with_scripts=True)`.

    A script of ours that throws, or a script or style that our own policy refuses, fails the test.
    """
    contexts, complaints = [], []

    def listen(said: ConsoleMessage) -> None:
        is_ours = said.page is not None and said.page.url.startswith(demonstration.address)
        if is_ours and "Content Security Policy" in said.text:
            complaints.append(said.text)

    def arrive(language: str = "ar", *, path: str = "/", width: int = 1280, with_scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=demonstration.address,
            viewport={"width": width, "height": 900},
            java_script_enabled=with_scripts,
        )
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", listen)
        page = context.new_page()
        page.goto(f"/language/{language}?back={path}")
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []

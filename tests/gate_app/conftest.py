"""One browser, a served office of its own for each test, and a guard with the gate's page in his hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect

from dawr.settings import read_settings
from tests.gate_app.ground import Ground, serving_ground
from tests.gate_app.hand import Hand
from tests.journeys import browser as browsers

HERE = Path(__file__).parent

# The page looks at its clock every two seconds, and a day pack of a hundred tickets takes some.
expect.set_options(timeout=30_000)

Hands = Callable[..., Hand]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All share one browser and so one process."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("gate_app"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsers.running(browsers.obtain()) as opened:
        yield opened


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Ground]:
    settings = read_settings(
        {"DAWR_DATA_DIR": str(tmp_path), "DAWR_ROOT_SECRET": "11" * 32, "DAWR_DEMONSTRATION": "yes"}
    )
    with serving_ground(database_url, settings=settings, folder=tmp_path) as served:
        yield served


@pytest.fixture
def hand(browser: Browser, ground: Ground) -> Iterator[Hands]:
    """A device in a guard's hand: `hand("en", width=320, height=568)`; a script that throws fails the test.

    So does whatever our own policy refuses, and every request to anywhere else.
    """
    contexts, complaints = [], []

    def listen(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            complaints.append(said.text)

    def take(language: str = "ar", *, width: int = 360, height: int = 640) -> Hand:
        context = browser.new_context(base_url=ground.url, viewport={"width": width, "height": height}, has_touch=True)
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", listen)
        context.on(
            "request",
            lambda asked: None if asked.url.startswith((ground.url, "data:")) else complaints.append(asked.url),
        )
        return Hand(page=context.new_page(), ground=ground, language=language)

    yield take
    for context in contexts:
        context.close()
    assert complaints == []

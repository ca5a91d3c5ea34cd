"""One site for the tests of this folder, each of which kills something else of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dawr.bench.openings import OpenDraw, announce_draw
from tests import database_folder
from tests.faults.site import Site, whole_site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one site and so one process."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture(scope="package")
def standing_site() -> Iterator[Site]:
    with database_folder("dawr-faults-") as folder, whole_site(folder) as site:
        yield site


@pytest.fixture(scope="package")
def draw(standing_site: Site) -> OpenDraw:
    """A draw that takes entries for a day."""
    return announce_draw(standing_site.server.url, settings=standing_site.settings, now=datetime.now(UTC))


@pytest.fixture
def site(standing_site: Site) -> Site:
    """Everything of it runs, whatever a test before has left dead."""
    standing_site.start_what_is_dead()
    return standing_site

"""The pages of draws and turns on a database with Kuwait's catalogue."""

import pytest

from dawr.app import show_own
from dawr.booking import pages as booking_pages
from dawr.db.pool import Pool
from dawr.releases import pages as releases_pages
from dawr.settings import Settings
from tests.pages.conftest import Browser, BrowserFor
from tests.pages.releases.invented_draw import with_beacon


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_beacon(settings)


@pytest.fixture
def kuwait(opened_pool: Pool) -> Pool:
    return opened_pool


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for([show_own, *releases_pages.routes, *booking_pages.routes])

"""The pages of lines and turns on a database with Kuwait's catalogue."""

from uuid import uuid4

import pytest

from dawr.booking import pages as booking_pages
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.lines import pages as lines_pages
from tests.pages.conftest import Browser, BrowserFor
from tests.store.catalogue.officials import load_kuwait


@pytest.fixture
async def kuwait(opened_pool: Pool) -> Pool:
    async with transaction(opened_pool) as tx:
        await load_kuwait(tx)
    return opened_pool


@pytest.fixture
def browser(browser_for: BrowserFor) -> Browser:
    return browser_for([*lines_pages.routes, *booking_pages.routes])


@pytest.fixture
async def person(browser: Browser) -> PersonId:
    """Somebody who has just signed in, in English."""
    person_id = PersonId(uuid4())
    await browser.sign_in(person_id)
    return person_id

"""The invented draw, inside a transaction that is rolled back or in a database of its own."""

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.settings import Settings
from tests.store.catalogue.officials import load_kuwait
from tests.store.releases.invented_draw import Draws, drawing_settings


@pytest.fixture
async def draws(tx: Transaction, settings: Settings) -> Draws:
    """Inside the transaction that is rolled back."""
    await load_kuwait(tx)
    return Draws(settings=drawing_settings(settings))


@pytest.fixture
async def standing_draws(pool: Pool, settings: Settings) -> Draws:
    """In a database of this test's own, for races and for what is committed on the way."""
    async with transaction(pool) as tx:
        await load_kuwait(tx)
    return Draws(settings=drawing_settings(settings))

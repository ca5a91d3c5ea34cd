"""The invented line, inside a transaction that is rolled back or in a database of its own."""

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.settings import Settings
from tests.store.catalogue.officials import load_kuwait
from tests.store.lines.invented_line import Lines


@pytest.fixture
async def lines(tx: Transaction, settings: Settings) -> Lines:
    """Inside the transaction that is rolled back."""
    await load_kuwait(tx)
    return Lines(settings=settings)


@pytest.fixture
async def standing_lines(pool: Pool, settings: Settings) -> Lines:
    """In a database of this test's own, for races and for what is committed on the way."""
    async with transaction(pool) as tx:
        await load_kuwait(tx)
    return Lines(settings=settings)

"""The invented office, inside a transaction that is rolled back or standing in a database of its own."""

from pathlib import Path

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.settings import Settings
from tests.store.tickets.invented_office import Office, load_office


@pytest.fixture
async def office(tx: Transaction, settings: Settings, tmp_path: Path) -> Office:
    """The office inside the transaction that is rolled back."""
    await load_office(tx, tmp_path)
    return Office(settings=settings)


@pytest.fixture
async def standing_office(pool: Pool, settings: Settings, tmp_path: Path) -> Office:
    """The office committed in a database of this test's own, for races."""
    async with transaction(pool) as tx:
        await load_office(tx, tmp_path)
    return Office(settings=settings)

"""An invented office whose tickets can be shown in a tip."""

from pathlib import Path

import pytest

from dawr.db.pool import Transaction
from dawr.settings import Settings
from tests.store.tickets.invented_office import Office, load_office


@pytest.fixture
async def office(tx: Transaction, settings: Settings, tmp_path: Path) -> Office:
    await load_office(tx, tmp_path)
    return Office(settings=settings)

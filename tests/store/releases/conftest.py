"""The invented draw, inside a transaction that is rolled back or in a database of its own."""

import pytest

from dawr.db.pool import Pool, Transaction
from dawr.settings import Settings
from tests.store.releases.invented_draw import Draws, drawing_settings


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
def draws(tx: Transaction, settings: Settings) -> Draws:
    """Inside the transaction that is rolled back."""
    return Draws(settings=drawing_settings(settings))


@pytest.fixture
def standing_draws(pool: Pool, settings: Settings) -> Draws:
    """In a database of this test's own, for races and for what is committed on the way."""
    return Draws(settings=drawing_settings(settings))

"""The invented office, inside a transaction that is rolled back."""

from tests.store.tickets.conftest import office, standing_office

__all__ = ["office", "standing_office"]

"""The invented office, standing in a database of the test's own."""

from tests.pages.tickets.conftest import office

__all__ = ["office"]

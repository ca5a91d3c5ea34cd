"""The board on the wall: what one process shows everybody alike of the lines, never older than a second."""

import time
from datetime import UTC, datetime

from litestar.datastructures import State

from dawr.db.pool import Pool, transaction
from dawr.lines import actions
from dawr.lines.pages.address import AskedLine
from dawr.lines.views import LineCard, LineView
from dawr.web.door import once_per_application
from dawr.web.snapshots import Snapshots


class Board:
    """However many people look, each line and the list of lines are read once a second at most."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lines: Snapshots[AskedLine, LineView] = Snapshots(self._read_line)
        self._cards: Snapshots[None, list[LineCard]] = Snapshots(self._read_cards)

    async def line(self, asked: AskedLine) -> LineView:
        """Everything public about one line; NotFound."""
        return await self._lines.value(asked, at=time.monotonic())

    async def cards(self) -> list[LineCard]:
        """All lines: those that are not over first."""
        return await self._cards.value(None, at=time.monotonic())

    async def _read_line(self, asked: AskedLine) -> LineView:
        async with transaction(self._pool) as tx:
            return await actions.view_line(tx, asked.service_id, asked.line_id, now=datetime.now(UTC))

    async def _read_cards(self, _: None) -> list[LineCard]:
        async with transaction(self._pool) as tx:
            return await actions.view_lines(tx, now=datetime.now(UTC))


def board(state: State) -> Board:
    """The one of this application."""
    return once_per_application(state, "lines_board", make=lambda made_in: Board(made_in.pool))

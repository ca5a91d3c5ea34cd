"""now.json: up to which number a line serves, the same for everybody, and no query for most who ask."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import cast

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide

from dawr.db.pool import Pool, transaction
from dawr.lines import actions
from dawr.lines.model import LineId, NowServing
from dawr.lines.pages.address import LINE, AskedLine, asked_line

KEPT_SECONDS = 1.0
KEPT_MAX = 1000
CACHED = {"Cache-Control": "public, max-age=2"}

Read = Callable[[], Awaitable[NowServing]]


class Board:
    """What this process last read of each line, for at most a second; who asks meanwhile waits for the same reading.

    Whatever is lost with it is read again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[LineId, tuple[float, asyncio.Task[bytes]]] = OrderedDict()

    async def shown(self, line_id: LineId, *, read: Read, at: float) -> bytes:
        """now.json as it was at most a second before `at`, in monotonic seconds."""
        kept = self._kept.get(line_id)
        if kept is None or at - kept[0] >= KEPT_SECONDS:
            kept = (at, asyncio.create_task(_written(read)))
            self._kept[line_id] = kept
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        try:
            # Shielded, so that one reader who goes away does not take the others' answer with him.
            return await asyncio.shield(kept[1])
        except Exception:
            # A fault is told to those who waited for it and is not kept.
            if self._kept.get(line_id) is kept:
                del self._kept[line_id]
            raise


async def _written(read: Read) -> bytes:
    now = await read()
    return msgspec.json.encode(
        {
            "serving": now.serving,
            "per_minute": now.per_minute,
            "open": now.is_open,
            "closed": now.is_closed,
            "at": now.at,
        }
    )


@get("/now.json")
async def send_now(pool: Pool, state: State, asked: AskedLine) -> Response[bytes]:
    """Whom the line serves now, for the waiting page; may be cached for two seconds by anybody."""

    async def read() -> NowServing:
        async with transaction(pool) as tx:
            return await actions.now_serving(tx, asked.service_id, asked.line_id, now=datetime.now(UTC))

    board = cast(Board, state.setdefault("lines_board", Board()))
    shown = await board.shown(asked.line_id, read=read, at=time.monotonic())
    return Response(shown, media_type=MediaType.JSON, headers=CACHED)


routes = [
    Router(
        path=LINE,
        route_handlers=[send_now],
        dependencies={"asked": Provide(asked_line, sync_to_thread=False)},
        opt={"skip_session": True, "exclude_from_csrf": True},
    )
]

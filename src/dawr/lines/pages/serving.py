"""now.json: up to which number a line serves, the same for everybody, and no query for most who ask."""

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide

from dawr.lines.pages.address import LINE, AskedLine, asked_line
from dawr.lines.pages.board import board

CACHED = {"Cache-Control": "public, max-age=2"}


@get("/now.json")
async def send_now(state: State, asked: AskedLine) -> Response[bytes]:
    """Whom the line serves now, for the waiting page; may be cached for two seconds by anybody."""
    now = (await board(state).line(asked)).serving
    shown = {
        "serving": now.serving,
        "per_minute": now.per_minute,
        "open": now.is_open,
        "closed": now.is_closed,
        "at": now.at,
    }
    return Response(msgspec.json.encode(shown), media_type=MediaType.JSON, headers=CACHED)


routes = [
    Router(
        path=LINE,
        route_handlers=[send_now],
        dependencies={"asked": Provide(asked_line, sync_to_thread=False)},
        opt={"skip_session": True, "exclude_from_csrf": True},
    )
]

"""What anybody may see: the lines, one line with its rules, and the files with which its order can be checked."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from litestar import MediaType, Response, Router, get
from litestar.di import Provide

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound
from dawr.lines import actions
from dawr.lines.model import NotInLine, Place, StatusAsk
from dawr.lines.pages.address import LINE, AnyRequest, AskedLine, asked_line
from dawr.lines.pages.api import hot_work
from dawr.lines.pages.assured import is_sure
from dawr.lines.pages.board import board
from dawr.lines.slots_file import slots_text
from dawr.web.page import page
from dawr.web.session import Visitor

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/lines")
async def show_lines(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """One's own places, then every line: those that are not over first."""
    cards, own = await board(request.app.state).cards(), []
    if visitor.person_id:
        async with transaction(pool) as tx:
            own = await actions.view_own(tx, visitor.person_id, now=datetime.now(UTC))
    return page(
        request,
        "lines/lines.html",
        own_places=[each for each in own if each.is_pending],
        coming=[card for card in cards if card.is_coming],
        past=[card for card in cards if not card.is_coming],
    )


@get("/")
async def show_line(request: AnyRequest, visitor: Visitor, asked: AskedLine) -> Response[str]:
    """One line: what it gives out, where it stands, its rules, and how its order can be checked."""
    return page(
        request,
        "lines/line.html",
        view=await board(request.app.state).line(asked),
        place=await _own_place(request, asked, person_id=visitor.person_id),
        is_sure=is_sure(visitor, now=datetime.now(UTC)),
        has_left="left" in request.query_params,
        script=citizen_script(),
    )


@get("/slots.csv")
async def send_slots(pool: Pool, asked: AskedLine) -> Response[bytes]:
    """What the line gives out; public with the rules, which name its hash."""
    async with transaction(pool) as tx:
        offered = await actions.offered_slots(tx, await actions.line(tx, asked.service_id, asked.line_id))
    return Response(slots_text(offered), media_type="text/csv", headers=FOR_EVER)


@get("/line.json")
async def send_record(pool: Pool, asked: AskedLine) -> Response[bytes]:
    """What the order was made of; NotFound before the opening."""
    async with transaction(pool) as tx:
        line = await actions.line(tx, asked.service_id, asked.line_id)
    if line.key is None:
        raise NotFound
    record = {
        "format": "dawr-line-v1",
        "line_id": line.line_id,
        "key_sha256": line.rules.key_sha256,
        "key": line.key.hex(),
        "gathered": line.gathered,
        "gathered_root": line.gathered_root,
    }
    text = json.dumps(record, indent=2, sort_keys=True) + "\n"
    return Response(text.encode(), media_type=MediaType.JSON, headers=FOR_EVER)


@get("/labels.txt")
async def send_labels(pool: Pool, asked: AskedLine) -> Response[str]:
    """Who was there at the opening, by label; NotFound before it."""
    async with transaction(pool) as tx:
        labels = await actions.gathered_labels(tx, await actions.line(tx, asked.service_id, asked.line_id))
    return Response(labels, media_type=MediaType.TEXT, headers=FOR_EVER)


@get("/citizen_check.py")
async def send_script() -> Response[str]:
    """The check itself."""
    return Response(citizen_script(), media_type="text/x-python")


async def _own_place(request: AnyRequest, asked: AskedLine, *, person_id: PersonId | None) -> Place | None:
    if person_id is None:
        return None
    ask = StatusAsk(service_id=asked.service_id, line_id=asked.line_id, person_id=person_id)
    with suppress(NotInLine):
        return await hot_work(request.app.state).watching.ask(ask)
    return None


@cache
def citizen_script() -> str:
    """The check, letter by letter."""
    return files("dawr.lines").joinpath("citizen_check.py").read_text(encoding="utf-8")


routes = [
    show_lines,
    Router(path=LINE, route_handlers=[show_line], dependencies={"asked": Provide(asked_line, sync_to_thread=False)}),
    Router(
        path=f"{LINE}/order",
        route_handlers=[send_slots, send_record, send_labels, send_script],
        dependencies={"asked": Provide(asked_line, sync_to_thread=False)},
        # What anybody may cache says nothing about who asked for it.
        opt={"skip_session": True, "exclude_from_csrf": True},
    ),
]

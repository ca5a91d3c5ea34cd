"""A person's own place: take a number, wait, and when his turn comes choose a seat."""

import re
import secrets
from datetime import UTC, datetime

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.response import Redirect

from dawr.booking.model import QuotaExceeded, SlotBegun, SlotFull, SlotId
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.lines import actions
from dawr.lines.model import ASKED_KEY_BYTES, SlotNotInLine, Standing, StatusAsk, TakeAsk, standing_of
from dawr.lines.pages.address import LINE, SLOT_LENGTH_MAX, AnyRequest, AskedLine, asked_line, asked_slot
from dawr.lines.pages.api import hot_work
from dawr.lines.pages.assured import require_sure
from dawr.lines.pages.board import board
from dawr.lines.views import minutes_to_wait, slot_groups, time_left
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

GROUP_LENGTH_MAX = 80
ASKED_KEY = re.compile(r"[0-9a-f]{32}")

CHOOSE_ANOTHER = (SlotFull, QuotaExceeded, SlotBegun, SlotNotInLine)
"""After these a person whose turn runs chooses another slot."""


@get("/join")
async def sign_in_to_join(visitor: Visitor, asked: AskedLine) -> Redirect:
    """Over the sign-in, if need be, back to the line's page, where the number is taken."""
    _require_sure(visitor)
    return redirect(asked.path)


@post("/join")
async def join(request: AnyRequest, settings: Settings, visitor: Visitor, asked: AskedLine) -> Redirect:
    """Take one's number; sent twice it is taken once."""
    person_id = _require_sure(visitor)
    ask = actions.join_ask(asked.service_id, asked.line_id, person_id=person_id, settings=settings)
    await hot_work(request.app.state).joining.ask(ask)
    return redirect(f"{asked.path}/mine")


@get("/mine")
async def show_place(request: AnyRequest, visitor: Visitor, asked: AskedLine, group: str = "") -> Response[str]:
    """Where one stands: the number and the wait, or the seats to choose from, or how it ended."""
    return await _place_page(request, asked, person_id=visitor.require_person(), visitor=visitor, group=group)


@post("/take")
async def take(request: AnyRequest, visitor: Visitor, asked: AskedLine, form: Form) -> Response[str] | Redirect:
    """Take a seat while one's turn runs; the form's own key makes the same click twice one request."""
    person_id = _require_sure(visitor)
    key = form.text("key", length_max=2 * ASKED_KEY_BYTES)
    ask = TakeAsk(
        service_id=asked.service_id,
        line_id=asked.line_id,
        person_id=person_id,
        slot_id=asked_slot(form.raw("slot", length_max=SLOT_LENGTH_MAX)),
        asked_key=bytes.fromhex(key) if ASKED_KEY.fullmatch(key) else secrets.token_bytes(ASKED_KEY_BYTES),
    )
    try:
        taken = await hot_work(request.app.state).taking.ask(ask)
    except CHOOSE_ANOTHER as full:
        group = form.text("group", length_max=GROUP_LENGTH_MAX)
        return await _place_page(
            request, asked, person_id=person_id, visitor=visitor, group=group, refused=(ask.slot_id, full)
        )
    return redirect(f"/my/bookings/{asked.service_id}/{taken}")


@post("/extend")
async def extend(pool: Pool, visitor: Visitor, asked: AskedLine) -> Redirect:
    """More time, once."""
    person_id, now = _require_sure(visitor), datetime.now(UTC)
    async with transaction(pool) as tx:
        await actions.extend(tx, service_id=asked.service_id, line_id=asked.line_id, person_id=person_id, now=now)
    return redirect(f"{asked.path}/mine")


@get("/leave")
async def ask_leave(request: AnyRequest, visitor: Visitor, asked: AskedLine) -> Response[str]:
    """Asks once before a place is given up."""
    visitor.require_person()
    return page(request, "lines/leave.html", view=await board(request.app.state).line(asked))


@post("/leave")
async def leave(pool: Pool, visitor: Visitor, asked: AskedLine) -> Redirect:
    """Give up one's place; sent twice it is given up once."""
    person_id = _require_sure(visitor)
    async with transaction(pool) as tx:
        await actions.leave(tx, service_id=asked.service_id, line_id=asked.line_id, person_id=person_id)
    return redirect(f"{asked.path}?left=yes")


async def _place_page(
    request: AnyRequest,
    asked: AskedLine,
    *,
    person_id: PersonId,
    visitor: Visitor,
    group: str,
    refused: tuple[SlotId, Refusal] | None = None,
) -> Response[str]:
    """At opening time everybody looks at this: one's own place comes by the batch, everything else from the board."""
    state = request.app.state
    ask = StatusAsk(service_id=asked.service_id, line_id=asked.line_id, person_id=person_id)
    place = await hot_work(state).watching.ask(ask)
    view, now = await board(state).line(asked), datetime.now(UTC)
    standing = standing_of(place, stage=view.stage, now=now)
    groups = []
    if standing is Standing.ACTING:
        # Asked before he chooses, so that nothing that he filled in is lost on the way to the sign-in.
        _require_sure(visitor)
        groups = slot_groups(view, without=refused[0] if refused else None)
    return page(
        request,
        "lines/mine.html",
        status_code=refused[1].status if refused else None,
        errors={"slot": refused[1]} if refused else None,
        view=view,
        place=place,
        standing=standing.value,
        wait=minutes_to_wait(place.number or 0, serving=view.serving),
        minutes_left=time_left(place, now=now),
        groups=groups,
        chosen=next((each for each in groups if each.name == group or len(groups) == 1), None),
        key=secrets.token_hex(ASKED_KEY_BYTES),
    )


def _require_sure(visitor: Visitor) -> PersonId:
    return require_sure(visitor, now=datetime.now(UTC))


routes = [
    Router(
        path=LINE,
        route_handlers=[sign_in_to_join, join, show_place, take, extend, ask_leave, leave],
        dependencies={"asked": Provide(asked_line, sync_to_thread=False)},
    )
]

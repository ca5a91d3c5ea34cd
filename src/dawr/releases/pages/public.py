"""What anybody may see: the draws, one draw, its result, and why a label got what it got."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.params import Parameter
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound
from dawr.kernel.text import clean_code
from dawr.releases import actions
from dawr.releases.entry_line import LABEL
from dawr.releases.model import Entry, LabelUnknown, Stage
from dawr.releases.pages.address import DRAW, AnyRequest, AskedDraw, asked_draw
from dawr.releases.views import ReleaseView, chance, demand_by_hour, demand_by_office
from dawr.web.address import typed_service
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

RANKS_SHOWN = 50
LABEL_TYPED_MAX = 40

After = Annotated[int, Parameter(ge=0, le=2**31 - 1)]


@get("/draws")
async def show_draws(request: AnyRequest, pool: Pool, service: str = "") -> Response[str]:
    """Every draw, or those of one service: what can be entered now, then the others."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        wanted = await catalogue.service(tx, typed_service(service)) if service else None
        cards = await actions.view_releases(tx, service_id=wanted.service_id if wanted else None, now=now)
    return page(
        request,
        "releases/draws.html",
        open_now=[card for card in cards if card.stage is Stage.OPEN],
        others=[card for card in cards if card.stage is not Stage.OPEN],
        wanted=wanted,
    )


@get("/")
async def show_draw(request: AnyRequest, pool: Pool, visitor: Visitor, asked: AskedDraw) -> Response[str]:
    """One draw: what it is for, where it stands, its rules, the odds, and how much each place is wanted."""
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=datetime.now(UTC))
        entry = await _entry_of(tx, asked, visitor=visitor)
    first_choices = view.demand.first_choices
    return page(
        request,
        "releases/draw.html",
        view=view,
        entry=entry,
        odds=chance(entrants=view.entrants, seats=view.release.rules.seats),
        by_office=demand_by_office(view.places, first_choices=first_choices),
        by_hour=demand_by_hour(view.places, first_choices=first_choices),
    )


@get("/result")
async def show_result(request: AnyRequest, pool: Pool, asked: AskedDraw, after: After = 0) -> Response[str] | Redirect:
    """The result, its files, and how anybody can draw again."""
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=datetime.now(UTC))
        return await _result_page(request, tx, view, after=after) if view.is_drawn else redirect(asked.path)


@get("/result/find")
async def find_label(request: AnyRequest, pool: Pool, asked: AskedDraw, label: str = "") -> Response[str] | Redirect:
    """From a label, typed with or without spaces and hyphens, to its reasons."""
    typed = clean_code(label[:LABEL_TYPED_MAX])
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=datetime.now(UTC))
        if LABEL.fullmatch(typed.encode()) and await actions.is_known(tx, view.release, label=typed):
            return redirect(f"{asked.path}/why/{typed}")
        if not view.is_drawn:
            return redirect(asked.path)
        return await _result_page(request, tx, view, typed=label[:LABEL_TYPED_MAX], fault=LabelUnknown())


@get("/why/{label:str}")
async def show_why(request: AnyRequest, pool: Pool, asked: AskedDraw, label: str) -> Response[str]:
    """One label: its line and the proof that it was in the list; after the draw its rank and what was free.

    Of a label that left the draw: which receipt that ended, when, and where the log says so.
    """
    if not LABEL.fullmatch(label.encode()):
        raise NotFound
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=datetime.now(UTC))
        ended = await actions.view_ended(tx, view.release, label=label)
        if ended and ended[-1].receipt.is_withdrawal:
            return page(request, "releases/withdrawn.html", view=view, label=label, ended=ended)
        line = await actions.view_line(tx, view.release, label=label)
    return page(request, "releases/why.html", view=view, line=line, ended=ended)


async def _entry_of(tx: Transaction, asked: AskedDraw, *, visitor: Visitor) -> Entry | None:
    if visitor.person_id is None:
        return None
    return await actions.entry_of(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=visitor.person_id)


async def _result_page(
    request: AnyRequest,
    tx: Transaction,
    view: ReleaseView,
    *,
    after: int = 0,
    typed: str = "",
    fault: LabelUnknown | None = None,
) -> Response[str]:
    return page(
        request,
        "releases/result.html",
        status_code=fault.status if fault else None,
        errors={"label": fault} if fault else None,
        view=view,
        result=await actions.view_result(tx, view.release, after=after, count_max=RANKS_SHOWN),
        record=await actions.draw_record_of(tx, view.release),
        typed=typed,
        after=after,
        ranks_shown=RANKS_SHOWN,
        script=citizen_script(),
    )


def citizen_script() -> str:
    """The ten-line check, letter by letter."""
    return files("dawr.releases").joinpath("citizen_check.py").read_text(encoding="utf-8")


routes = [
    show_draws,
    Router(
        path=DRAW,
        route_handlers=[show_draw, show_result, find_label, show_why],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
    ),
]

"""The composition root of the web: settings, pool and every feature's routes meet here and nowhere else."""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.types import ASGIApp

from dawr.booking import pages as booking
from dawr.capacity import pages as capacity
from dawr.catalogue import actions as catalogue_actions
from dawr.catalogue import pages as catalogue
from dawr.db.migrate import missing_migrations
from dawr.db.pool import Pool, Transaction, make_pool, transaction
from dawr.gates import pages as gates
from dawr.kernel.identifiers import OfficeId
from dawr.lines import actions as lines_actions
from dawr.lines import pages as lines
from dawr.people import pages as people
from dawr.releases import actions as releases
from dawr.releases import pages as releases_pages
from dawr.releases.model import Release, Stage, stage_of
from dawr.settings import Settings, read_settings
from dawr.statistics import actions as statistics_actions
from dawr.statistics import pages as statistics
from dawr.statistics.model import Part
from dawr.tickets import pages as tickets
from dawr.tips import pages as tips
from dawr.transparency import pages as transparency
from dawr.web.door import Door, HotRoute, once_per_application
from dawr.web.flood import pages as flood_pages
from dawr.web.flood.keeping import keep_counts, measure
from dawr.web.flood.middleware import Flood, guarded
from dawr.web.logs import configure_logs
from dawr.web.metrics import show_metrics
from dawr.web.openapi import openapi
from dawr.web.page import page
from dawr.web.serving import collect_rarely
from dawr.web.session import Visitor
from dawr.web.snapshots import Snapshots
from dawr.web.wiring import make_application

HOME_CARDS_MAX = 6
"""Of draws, and of lines."""


def create_app() -> ASGIApp:
    """The whole site, with settings from the environment; what `dawr serve` gives to uvicorn."""
    configure_logs()
    site = make_site(read_settings())
    collect_rarely()
    return site


def make_site(settings: Settings) -> ASGIApp:
    """The whole site on the database of `settings`, behind its flood guard."""
    flood = Flood(settings, clock=time.time)
    features = (
        booking,
        capacity,
        catalogue,
        gates,
        lines,
        people,
        releases_pages,
        statistics,
        tickets,
        tips,
        transparency,
        flood_pages,
    )
    routes = [route for feature in features for route in feature.routes]
    application = make_application(
        settings=settings,
        pool=make_pool(settings.database_url, size_max=settings.pool_size),
        routes=[home, show_own, alive, ready, show_metrics, describe_api, *routes],
        background=[
            partial(measure, pressure=flood.pressure),
            partial(keep_counts, guard=flood.guard, clock=_now),
            partial(statistics_actions.keep_beating, part=Part.WEB, clock=_now),
        ],
    )
    door = Door(application, routes=hot_routes(application.state), settings=settings)
    return guarded(door, flood=flood)


def hot_routes(state: State) -> list[HotRoute]:
    """What the door answers by itself, of every feature that has such."""
    return [*releases_pages.hot_routes(state), *lines.hot_routes(state)]


def _now() -> datetime:
    return datetime.now(UTC)


@get("/")
async def home(request: Request[Any, Any, Any]) -> Response[str]:
    """What Dawr is, and the draws and lines that one may enter now: the same for everybody, read once a second."""
    shown = once_per_application(request.app.state, "open_now", make=_open_now)
    return page(request, "web/home.html", **await shown.value(None, at=time.monotonic()))


@get("/my")
async def show_own(request: Request[Any, Any, Any], pool: Pool, visitor: Visitor) -> Response[str]:
    """Offers that wait for an answer, places in line, turns to come, draws, and what is over."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        own = await releases.view_own(tx, person_id, now=now)
        own_places = [each for each in await lines_actions.view_own(tx, person_id, now=now) if each.is_pending]
    return page(request, "releases/my.html", own=own, own_places=own_places, also=["lines/own_places.html"])


@get("/api/v1/openapi.json", opt={"skip_session": True, "exclude_from_csrf": True})
async def describe_api(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """What the JSON API takes, gives and refuses, as OpenAPI 3.1."""
    return Response(openapi(hot_routes(request.app.state)), media_type=MediaType.JSON)


@get("/healthz", media_type=MediaType.TEXT)
async def alive() -> str:
    """The process answers."""
    return "alive\n"


@get("/readyz", media_type=MediaType.TEXT)
async def ready(request: Request[Any, Any, Any]) -> Response[str]:
    """The database answers and has every migration of this version, or had a second ago, however many ask."""
    migrations = once_per_application(request.app.state, "migrations", make=_migrations_missing)
    if missing := await migrations.value(None, at=time.monotonic()):
        return Response(f"migrations missing: {' '.join(missing)}; run dawr migrate\n", status_code=503)
    return Response("ready\n")


def _migrations_missing(state: State) -> Snapshots[None, list[str]]:
    async def read(_: None) -> list[str]:
        async with transaction(state.pool) as tx:
            return await missing_migrations(tx)

    return Snapshots(read)


def _open_now(state: State) -> Snapshots[None, dict[str, Any]]:
    async def read(_: None) -> dict[str, Any]:
        now = datetime.now(UTC)
        async with transaction(state.pool) as tx:
            draws = [each for each in await releases.all_releases(tx) if stage_of(each, now=now) is Stage.OPEN]
            coming = [card for card in await lines_actions.view_lines(tx, now=now) if card.is_joinable]
            return {
                "draws": [await _card(tx, release, now=now) for release in draws[:HOME_CARDS_MAX]],
                "lines": coming[:HOME_CARDS_MAX],
                "open_now": ["releases/open_cards.html"] * bool(draws) + ["lines/open_cards.html"] * bool(coming),
            }

    return Snapshots(read)


async def _card(tx: Transaction, release: Release, *, now: datetime) -> dict[str, object]:
    service = await catalogue_actions.service(tx, release.service_id)
    places = await releases.places(tx, release)
    office = await catalogue_actions.office(tx, OfficeId(places[0].office))
    demand = await releases.demand(tx, release, now=now)
    return {
        "href": f"/draws/{release.draw_id}",
        "service": service,
        "closes_at": release.rules.freezes_at,
        "timezone": office.timezone,
        "seats": release.rules.seats,
        "entrants": demand.entrants,
    }

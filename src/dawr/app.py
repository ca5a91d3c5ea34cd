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
from dawr.kernel.identifiers import OfficeId
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
from dawr.transparency import pages as transparency
from dawr.web.door import Door, HotRoute
from dawr.web.flood import pages as flood_pages
from dawr.web.flood.keeping import keep_counts, measure
from dawr.web.flood.middleware import Flood, guarded
from dawr.web.logs import configure_logs
from dawr.web.metrics import show_metrics
from dawr.web.openapi import openapi
from dawr.web.page import page
from dawr.web.session import Visitor
from dawr.web.wiring import make_application

HOME_RELEASES_MAX = 6


def create_app() -> ASGIApp:
    """The whole site, with settings from the environment; what `dawr serve` gives to uvicorn."""
    configure_logs()
    return make_site(read_settings())


def make_site(settings: Settings) -> ASGIApp:
    """The whole site on the database of `settings`, behind its flood guard."""
    flood = Flood(settings, clock=time.time)
    features = (
        booking,
        capacity,
        catalogue,
        lines,
        people,
        releases_pages,
        statistics,
        tickets,
        transparency,
        flood_pages,
    )
    routes = [route for feature in features for route in feature.routes]
    application = make_application(
        settings=settings,
        pool=make_pool(settings.database_url, size_max=settings.pool_size),
        routes=[home, alive, ready, show_metrics, describe_api, *routes],
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
async def home(request: Request[Any, Any, Any], pool: Pool, visitor: Visitor) -> Response[str]:
    """What Dawr is, and the draws that are open now."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        listed = await releases.all_releases(tx)
        open_now = [release for release in listed if stage_of(release, now=now) is Stage.OPEN]
        cards = [await _card(tx, release, visitor=visitor, now=now) for release in open_now[:HOME_RELEASES_MAX]]
    return page(request, "web/home.html", open_releases=cards)


@get("/api/v1/openapi.json", opt={"skip_session": True, "exclude_from_csrf": True})
async def describe_api(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """What the JSON API takes, gives and refuses, as OpenAPI 3.1."""
    return Response(openapi(hot_routes(request.app.state)), media_type=MediaType.JSON)


@get("/healthz", media_type=MediaType.TEXT)
async def alive() -> str:
    """The process answers."""
    return "alive\n"


@get("/readyz", media_type=MediaType.TEXT)
async def ready(pool: Pool) -> Response[str]:
    """The database answers and has every migration of this version."""
    async with transaction(pool) as tx:
        missing = await missing_migrations(tx)
    if missing:
        return Response(f"migrations missing: {' '.join(missing)}; run dawr migrate\n", status_code=503)
    return Response("ready\n")


async def _card(tx: Transaction, release: Release, *, visitor: Visitor, now: datetime) -> dict[str, object]:
    service = await catalogue_actions.service(tx, release.service_id)
    places = await releases.places(tx, release)
    office = await catalogue_actions.office(tx, OfficeId(places[0].office))
    demand = await releases.demand(tx, release, now=now)
    return {
        "href": f"/draws/{release.draw_id}",
        "name": service.name_ar if visitor.language == "ar" else service.name_en,
        "closes_at": release.rules.freezes_at,
        "timezone": office.timezone,
        "seats": release.rules.seats,
        "entrants": demand.entrants,
    }

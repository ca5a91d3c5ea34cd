"""Figures for Prometheus: of every process of one `dawr serve`, without anything about a person.

`dawr serve` names the folder in which its processes keep them (PROMETHEUS_MULTIPROC_DIR) before this module is
imported, as the client library wants it; without it they are of this process alone.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import same_bytes
from dawr.settings import Settings
from dawr.web.flood.addresses import parsed
from dawr.web.flood.pressure import Pressure
from dawr.web.flood.reading import read_headers

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REGISTRY = CollectorRegistry()

REQUESTS = Counter("dawr_requests", "Requests answered", ["route", "method", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "dawr_request_seconds", "From its headers to the end of the answer", ["route"], buckets=SECONDS, registry=REGISTRY
)
REFUSED = Counter("dawr_flood_refused", "Requests stopped by the flood guard", ["layer"], registry=REGISTRY)
BATCH_SIZE = Histogram("dawr_batch_size", "Callers in one batch", ["batch"], buckets=SIZES, registry=REGISTRY)
BATCH_SECONDS = Histogram("dawr_batch_seconds", "One batch", ["batch"], buckets=SECONDS, registry=REGISTRY)
QUEUE = Gauge(
    "dawr_batch_waiting", "Callers who wait for a batch", ["batch"], registry=REGISTRY, multiprocess_mode="livesum"
)
IN_FLIGHT = Gauge("dawr_in_flight", "Requests being worked on", registry=REGISTRY, multiprocess_mode="livesum")
LAG = Gauge("dawr_loop_lag_seconds", "How late the loop runs", registry=REGISTRY, multiprocess_mode="livemax")
POOL_WAITING = Gauge(
    "dawr_pool_waiting", "Requests that wait for a connection", registry=REGISTRY, multiprocess_mode="livesum"
)
LEVEL = Gauge("dawr_pressure_level", "0 calm to 3 full", registry=REGISTRY, multiprocess_mode="livemax")

_queues: dict[str, Callable[[], int]] = {}


def observe_request(route: str, *, method: str, status: int, seconds: float) -> None:
    """One request, by the template of its route."""
    _requests(route, method=method if method in METHODS else "other", status=status).inc()
    _request_seconds(route).observe(seconds)


def observe_refused(layer: str) -> None:
    """One request that the guard stopped."""
    _refused(layer).inc()


def observe_batch(name: str, size: int, seconds: float) -> None:
    """One batch of a batcher; has the shape of `dawr.db.batcher.Observer`."""
    sizes, took = _batch(name)
    sizes.observe(size)
    took.observe(seconds)


def watch_queue(name: str, waiting: Callable[[], int]) -> None:
    """Show from now on what `waiting` says, read ten times a second."""
    _queues[name] = waiting


def show_pressure(pressure: Pressure) -> None:
    """Put the measure of this process, and the length of its queues, where a scraper finds them."""
    IN_FLIGHT.set(pressure.in_flight)
    LAG.set(pressure.lag_seconds)
    POOL_WAITING.set(pressure.pool_waiting)
    LEVEL.set(pressure.level)
    for name, waiting in _queues.items():
        _queue(name).set(waiting())


@get("/metrics", opt={"skip_session": True, "exclude_from_csrf": True})
async def show_metrics(request: Request[Any, Any, Any], settings: Settings) -> Response[bytes]:
    """For a scraper on this machine, or for one that has the token; for anybody else there is nothing here."""
    if not _may_scrape(request, token=settings.metrics_token):
        raise NotFound
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def exposition() -> bytes:
    """The figures of all processes, in the text format."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return generate_latest(REGISTRY)
    _forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _may_scrape(request: Request[Any, Any, Any], *, token: str) -> bool:
    given = request.headers.get("authorization", "")
    if token and same_bytes(given.encode(), f"Bearer {token}".encode()):
        return True
    peer = parsed(request.client.host) if request.client else None
    return peer is not None and peer.is_loopback and not read_headers(request.scope["headers"]).is_forwarded


def _forget_the_dead(folder: Path) -> None:
    """What is so at this moment is not so of a process that is gone; what it has counted stays."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]


@cache
def _requests(route: str, *, method: str, status: int) -> Counter:
    return REQUESTS.labels(route, method, str(status))


@cache
def _request_seconds(route: str) -> Histogram:
    return REQUEST_SECONDS.labels(route)


@cache
def _refused(layer: str) -> Counter:
    return REFUSED.labels(layer)


@cache
def _batch(name: str) -> tuple[Histogram, Histogram]:
    return BATCH_SIZE.labels(name), BATCH_SECONDS.labels(name)


@cache
def _queue(name: str) -> Gauge:
    return QUEUE.labels(name)

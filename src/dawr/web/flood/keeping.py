"""What a web process does beside answering: it measures itself, and tells the database what it stopped."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from psycopg import OperationalError

from dawr.db.pool import Pool, transaction
from dawr.web.flood import store
from dawr.web.flood.guard import FloodGuard
from dawr.web.flood.pressure import Pressure, watch
from dawr.web.metrics import show_pressure

FLUSH_SECONDS = 1.0
FORGET_EVERY = 300

log = structlog.get_logger(__name__)


async def measure(pool: Pool, *, pressure: Pressure) -> None:
    """Keep `pressure` up to date for as long as the process lives."""
    await watch(
        pressure,
        pool_waiting=lambda: pool.get_stats().get("requests_waiting", 0),
        after_tick=lambda: show_pressure(pressure),
    )


async def keep_counts(pool: Pool, *, guard: FloodGuard, clock: Callable[[], datetime]) -> None:
    """Once a second add what this process has stopped, in one statement; where nothing was, nothing is written."""
    rounds = 0
    stopped: dict[str, int] = {}
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        rounds += 1
        for layer, requests in guard.take_stopped().items():
            stopped[layer] = stopped.get(layer, 0) + requests
        try:
            if stopped:
                await flush(pool, stopped, now=clock())
                stopped = {}
            if rounds % FORGET_EVERY == 0:
                async with transaction(pool) as tx:
                    await store.forget_expired(tx, now=clock())
        except OperationalError as lost:
            log.warning("flood.counts_kept_for_later", reason=type(lost).__name__)


async def flush(pool: Pool, stopped: dict[str, int], *, now: datetime) -> None:
    """Add `stopped` to the day's figures."""
    async with transaction(pool) as tx:
        await store.add_stopped(tx, day_on=now.date(), requests=stopped)

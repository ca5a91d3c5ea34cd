"""What happens by itself: the log is sequenced and witnessed, draws advance, offers move.

Every step looks for what is due in the database and does it in its own transaction under row locks, so any number of
workers may run, each may be killed at any instant, and a step done twice is done once.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from psycopg import OperationalError

from dawr.booking import actions as booking
from dawr.db.pool import Pool, make_pool, transaction
from dawr.gates import actions as gates
from dawr.lines import actions as lines
from dawr.releases import actions as releases
from dawr.settings import Settings
from dawr.statistics import actions as statistics
from dawr.statistics.model import BEAT_SECONDS, Part
from dawr.tickets import actions as tickets
from dawr.tips import actions as tips
from dawr.transparency import actions as transparency

log = structlog.get_logger(__name__)

PROCESS_ID = uuid4()

NICENESS = 5
FIRST_PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 10.0
"""Between two looks for a database that is not there, the first pause and the longest."""

Work = Callable[[Pool, Settings, datetime], Awaitable[None]]

Pause = Callable[[float], Awaitable[bool]]
"""Waits so many seconds; False, at once, where the worker is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One kind of work and the pause after it, in seconds."""

    name: str
    work: Work
    pause_seconds: float


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; a database that is not there yet is waited for."""
    # On a machine with both, whoever waits for an answer comes before what may be done a moment later.
    os.nice(NICENESS)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with make_pool(settings.database_url, size_max=len(STEPS) + 2) as pool:
        pause = partial(_pause, stopping)
        if await publish_key_when_reached(pool, settings, pause=pause):
            await asyncio.gather(*(_repeat(step, pool, settings=settings, pause=pause) for step in STEPS))


async def publish_key_when_reached(pool: Pool, settings: Settings, *, pause: Pause) -> bool:
    """Publish the ticket key as soon as the database answers; False where the worker is to stop before that.

    The pause doubles up to its longest, and each length is told once: who waits for an hour fills no log.
    """
    told, seconds = 0.0, FIRST_PAUSE_SECONDS
    while True:
        try:
            async with transaction(pool) as tx:
                await tickets.publish_key(tx, settings=settings, now=datetime.now(UTC))
        except OperationalError as lost:
            if seconds > told:
                log.warning("database.awaited", reason=str(lost).splitlines()[:1], pause_seconds=seconds)
        else:
            return True
        if not await pause(seconds):
            return False
        told, seconds = seconds, min(2 * seconds, PAUSE_SECONDS_MAX)


async def _pause(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return True
    return False


async def _repeat(step: Step, pool: Pool, *, settings: Settings, pause: Pause) -> None:
    is_working = True
    while is_working:
        try:
            await step.work(pool, settings, datetime.now(UTC))
        except Exception:
            log.exception("step.failed", step=step.name)
        is_working = await pause(step.pause_seconds)


async def _keep_log(pool: Pool, settings: Settings, now: datetime) -> None:
    has_more = True
    while has_more:
        async with transaction(pool) as tx:
            has_more = await booking.log_taken_seats(tx, now=now) == booking.LOGGED_COUNT_MAX
    async with transaction(pool) as tx:
        await transparency.sequence(tx, settings=settings, now=now)
    await transparency.cosign(pool, settings=settings, now=now)


async def _draw(pool: Pool, settings: Settings, now: datetime) -> None:
    await releases.advance_draws(pool, settings=settings, now=now)


async def _offer(pool: Pool, _: Settings, now: datetime) -> None:
    await releases.advance_offers(pool, now=now)


async def _serve_lines(pool: Pool, _: Settings, now: datetime) -> None:
    await lines.advance_lines(pool, now=now)


async def _prepare(pool: Pool, settings: Settings, now: datetime) -> None:
    await gates.prepare_packs(pool, settings=settings, now=now)


async def _reveal(pool: Pool, settings: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        await tickets.reveal_secrets(tx, settings=settings, now=now)


async def _renew(pool: Pool, settings: Settings, now: datetime) -> None:
    await tickets.renew_tickets(pool, settings=settings, now=now)


async def _merge(pool: Pool, settings: Settings, now: datetime) -> None:
    await gates.merge_records(pool, settings=settings, now=now)


async def _count(pool: Pool, _: Settings, now: datetime) -> None:
    await releases.count_demand(pool, now=now)


async def _miss(pool: Pool, _: Settings, now: datetime) -> None:
    # A day everywhere on earth is over fourteen hours after it ended in London.
    async with transaction(pool) as tx:
        await booking.mark_missed(tx, before_on=(now - timedelta(hours=14)).date(), now=now)


async def _log_tips(pool: Pool, _: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        await tips.log_received(tx, now=now)


async def _beat(pool: Pool, _: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        await statistics.beat(tx, part=Part.WORKER, process_id=PROCESS_ID, now=now)


async def _forget(pool: Pool, _: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        await statistics.forget_beats(tx, now=now)


STEPS = (
    Step(name="log", work=_keep_log, pause_seconds=1),
    Step(name="draws", work=_draw, pause_seconds=1),
    Step(name="offers", work=_offer, pause_seconds=1),
    Step(name="lines", work=_serve_lines, pause_seconds=1),
    Step(name="demand", work=_count, pause_seconds=5),
    Step(name="day packs", work=_prepare, pause_seconds=60),
    Step(name="secrets", work=_reveal, pause_seconds=600),
    Step(name="renewals", work=_renew, pause_seconds=30),
    Step(name="gate records", work=_merge, pause_seconds=30),
    Step(name="missed", work=_miss, pause_seconds=600),
    Step(name="tips", work=_log_tips, pause_seconds=60),
    Step(name="heartbeat", work=_beat, pause_seconds=BEAT_SECONDS),
    Step(name="old beats", work=_forget, pause_seconds=3600),
)

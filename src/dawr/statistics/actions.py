"""The verbs of the status page: say that one is alive, and tell everybody how things stand."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from psycopg import OperationalError

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.statistics import store
from dawr.statistics.model import BEAT_SECONDS, KEPT, SHOWN, Part, QuotaLeft, Status, down_now, outages
from dawr.web.flood.store import stopped_on

log = structlog.get_logger(__name__)


async def beat(tx: Transaction, *, part: Part, process_id: UUID, now: datetime) -> None:
    """This process works and reaches the database; after too long a silence a new stretch begins."""
    await store.beat(tx, part=part, process_id=process_id, now=now)


async def keep_beating(pool: Pool, *, part: Part, clock: Callable[[], datetime]) -> None:
    """Beat for as long as the process lives; what could not be said stays a gap."""
    process_id = uuid4()
    while True:
        try:
            async with transaction(pool) as tx:
                await beat(tx, part=part, process_id=process_id, now=clock())
        except OperationalError as lost:
            log.warning("heartbeat.not_heard", part=part.value, reason=type(lost).__name__)
        await asyncio.sleep(BEAT_SECONDS)


async def forget_beats(tx: Transaction, *, now: datetime) -> int:
    """What is older than the status page shows is not kept."""
    return await store.forget_beats(tx, before=now - KEPT)


async def status(tx: Transaction, *, now: datetime) -> Status:
    """How things stand at `now`."""
    since = now - SHOWN
    stretches = await store.stretches(tx, since=since)
    found = [each for part in Part for each in outages(stretches, part=part, since=since, now=now)]
    return Status(
        at=now,
        down=down_now(found),
        quotas=await _quotas(tx, now=now),
        stopped=await stopped_on(tx, day_on=now.date()),
        outages=tuple(sorted(found, key=lambda each: each.starts_at, reverse=True)),
    )


async def _quotas(tx: Transaction, *, now: datetime) -> tuple[QuotaLeft, ...]:
    """What each service has left of the day that it is now where its authority sits."""
    authorities = {each.authority_id: each for each in await catalogue.authorities(tx)}
    today = {key: now.astimezone(ZoneInfo(each.timezone)).date() for key, each in authorities.items()}
    services = {each.service_id: each for each in await catalogue.services(tx)}
    quotas = await booking.quotas_on(tx, days_on=sorted(set(today.values())))
    return tuple(
        QuotaLeft(service=service, quota=quota)
        for quota in quotas
        if (service := services.get(quota.service_id)) and today.get(service.authority_id) == quota.day_on
    )

"""Every due release has its try, whatever becomes of the others."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import structlog

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.releases import store
from dawr.releases.model import DrawId

log = structlog.get_logger(__name__)


Advance = Callable[[ServiceId, DrawId], Coroutine[Any, Any, None]]
"""Takes one release a step further, in transactions of its own."""


async def advance_each(pool: Pool, advance: Advance, *, now: datetime) -> None:
    """Advance each unfinished release in turn; what stops one is noted, and the next one goes on."""
    async with transaction(pool) as tx:
        due = await store.unfinished(tx, now=now)
    for service_id, draw_id in due:
        outcomes = await asyncio.gather(advance(service_id, draw_id), return_exceptions=True)
        error: BaseException | None = outcomes[0]
        if isinstance(error, Refusal):
            log.warning("release.waits", draw_id=draw_id, reason=str(error))
        elif error is not None:
            log.error("release.failed", draw_id=draw_id, exc_info=error)

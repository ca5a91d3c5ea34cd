"""The status page, for people and for programs; one look at the database serves everybody for two seconds."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get

from dawr.db.pool import Pool, transaction
from dawr.statistics import actions
from dawr.statistics.model import Outage, Status
from dawr.web.page import page

KEPT_SECONDS = 2.0


class Latest:
    """The last status of this process; while one request looks, the others wait for what it sees."""

    def __init__(self) -> None:
        self._looking = asyncio.Lock()
        self._seen: tuple[float, Status] | None = None

    async def status(self, pool: Pool) -> Status:
        async with self._looking:
            if self._seen is None or time.monotonic() - self._seen[0] > KEPT_SECONDS:
                async with transaction(pool) as tx:
                    self._seen = (time.monotonic(), await actions.status(tx, now=datetime.now(UTC)))
            return self._seen[1]


@get("/status")
async def show_status(request: Request[Any, Any, Any], pool: Pool) -> Response[str]:
    """Up or down, what is left today, what was stopped, and when we were down."""
    seen = await _latest(request).status(pool)
    return page(request, "statistics/status.html", status=seen)


@get("/status.json", opt={"skip_session": True})
async def tell_status(request: Request[Any, Any, Any], pool: Pool) -> Response[dict[str, object]]:
    """The same for programs; may be kept for a few seconds by anybody."""
    seen = await _latest(request).status(pool)
    return Response(_told(seen), headers={"Cache-Control": f"public, max-age={int(KEPT_SECONDS)}"})


def _latest(request: Request[Any, Any, Any]) -> Latest:
    latest: Latest = request.app.state.setdefault("latest_status", Latest())
    return latest


def _told(seen: Status) -> dict[str, object]:
    return {
        "at": seen.at.isoformat(timespec="seconds"),
        "is_up": not seen.down,
        "down": [part.value for part in seen.down],
        "quota_today": [
            {
                "service": each.service.service_id,
                "day": each.quota.day_on.isoformat(),
                "quota": each.quota.quota,
                "left": each.quota.left,
            }
            for each in seen.quotas
        ],
        "stopped_today": seen.stopped,
        "outages": [_outage(each) for each in seen.outages],
    }


def _outage(outage: Outage) -> dict[str, object]:
    return {
        "part": outage.part.value,
        "from": outage.starts_at.isoformat(timespec="seconds"),
        "to": outage.ends_at.isoformat(timespec="seconds") if outage.ends_at else None,
    }


routes = [show_status, tell_status]

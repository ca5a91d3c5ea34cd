"""What offices publish of their gates; for everybody, and the same for everybody."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get
from litestar.datastructures import State

from dawr.catalogue import actions as catalogue
from dawr.db.pool import transaction
from dawr.gates.actions import figures
from dawr.gates.guard_statistics import GUARDS_PUBLISHED_MIN
from dawr.gates.model.board import SUPPRESSED_BELOW
from dawr.kernel.periods import Period
from dawr.web.door import once_per_application
from dawr.web.page import AnyRequest, page
from dawr.web.snapshots import Snapshots

PUBLISHED_DAYS = 28


@get("/offices-at-the-gate")
async def show_published(request: AnyRequest) -> Response[str]:
    """The last four whole weeks of each office whose figures name nobody."""
    shown = once_per_application(request.app.state, "offices_at_the_gate", make=_published)
    return page(request, "gates/offices.html", **await shown.value(None, at=time.monotonic()))


def _published(state: State) -> Snapshots[None, dict[str, Any]]:
    async def read(_: None) -> dict[str, Any]:
        ends_at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        period = Period(starts_at=ends_at - timedelta(days=PUBLISHED_DAYS), ends_at=ends_at)
        async with transaction(state.pool) as tx:
            offices = await figures.offices_at_the_gate(tx, period=period)
            return {
                "period": period,
                "offices": [(each, await catalogue.office(tx, each.office_id)) for each in offices],
                "guards_min": GUARDS_PUBLISHED_MIN,
                "suppressed_below": SUPPRESSED_BELOW,
            }

    return Snapshots(read)


routes = [show_published]

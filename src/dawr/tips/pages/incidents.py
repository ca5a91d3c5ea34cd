"""Where and when sellers stand: for those who read tips, and a list without words for those who keep a front clear."""

import csv
from datetime import UTC, datetime
from io import StringIO

from litestar import Response, get

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.tips import actions
from dawr.tips.actions import Incidents
from dawr.tips.pages.telling import quiet
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

COLUMNS = ("office", "day", "hour", "kind", "amount", "currency", "state")


@get("/tips/incidents")
async def heat(request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str = "") -> Response[str]:
    """The authority's offices by the hours of which something was told."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        officer = await actions.reader_of(tx, visitor, authority=authority, now=now)
        hours, counts, offices = await actions.heat_of(tx, officer, now=now)
    return quiet(
        page(
            request,
            "tips/heat.html",
            hours=hours,
            counts=counts,
            offices=offices,
            days=actions.INCIDENT_DAYS,
        )
    )


@get("/tips/incidents/{authority:str}/{code:str}")
async def incidents(request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, code: str) -> Response[str]:
    """One office's front: what was told, by day and hour; to be printed and handed over."""
    listed = await _incidents(pool, visitor=visitor, authority=authority, code=code)
    return quiet(page(request, "tips/incidents.html", incidents=listed, office=listed.office))


@get("/tips/incidents/{authority:str}/{code:str}/list.csv")
async def incidents_file(pool: Pool, *, visitor: Visitor, authority: str, code: str) -> Response[str]:
    """The same list as a file."""
    listed = await _incidents(pool, visitor=visitor, authority=authority, code=code)
    written = StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for tip in listed.tips:
        amount = (str(tip.amount.amount), tip.amount.currency) if tip.amount else ("", "")
        day = tip.happened_on.isoformat() if tip.happened_on else ""
        hour = "" if tip.hour is None else f"{tip.hour:02}:00"
        rows.writerow((listed.office.office_id, day, hour, tip.kind.value, *amount, tip.state.value))
    name = f"incidents-{listed.office.office_id.replace('/', '-')}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return quiet(Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers))


async def _incidents(pool: Pool, *, visitor: Visitor, authority: str, code: str) -> Incidents:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        officer = await actions.reader_of(tx, visitor, authority=authority, now=now)
        return await actions.incidents_at(tx, officer, OfficeId(f"{authority}/{code}"), now=now)


routes = [heat, incidents, incidents_file]

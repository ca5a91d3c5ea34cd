"""For the auditor: every second look of a day, recomputed from the secret that was committed to before it."""

from datetime import UTC, date, datetime

from litestar import Response, get

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions
from dawr.gates.actions.second_looks import AuditedDay
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.gates.second_looks import written
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.people.model import Role
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

AUDITORS = (Role.AUDITOR,)


@get("/gate/second-looks")
async def show_second_looks(
    request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "", day: str = ""
) -> Response[str]:
    """The days of an office, and what one of them comes to."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=AUDITORS, now=now)
        if not office:
            return choose_among(request, offices, path="/gate/second-looks")
        place = await _office(tx, visitor, office=office, now=now)
        days = await actions.audited_days(tx, place, now=now)
        shown = await _day(tx, place, day=day) if day else None
        return page(
            request,
            "gates/second_looks.html",
            office=await catalogue.office(tx, place),
            days=days,
            shown=shown,
        )


@get("/gate/second-looks/file")
async def send_second_looks(pool: Pool, visitor: Visitor, office: str, day: str) -> Response[str]:
    """A day as a file that can be recomputed elsewhere (`dawr verify second-looks`)."""
    async with transaction(pool) as tx:
        place = await _office(tx, visitor, office=office, now=datetime.now(UTC))
        shown = await _day(tx, place, day=day)
    if shown.looks is None:
        raise NotFound
    name = f"second-looks-{place.replace('/', '-')}-{shown.known.day_on.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(written(shown.looks), media_type="text/csv", headers=headers)


async def _office(tx: Transaction, visitor: Visitor, *, office: str, now: datetime) -> OfficeId:
    """The office that the address names, for an auditor of its authority alone."""
    await officer_among(tx, visitor, roles=AUDITORS, office=office, now=now)
    return (await catalogue.office(tx, OfficeId(office))).office_id


async def _day(tx: Transaction, office_id: OfficeId, *, day: str) -> AuditedDay:
    try:
        day_on = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound from error
    found = await actions.audited_day(tx, office_id, day_on=day_on)
    if found is None:
        raise NotFound
    return found


routes = [show_second_looks, send_second_looks]

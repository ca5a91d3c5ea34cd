"""The hall: the display on its wall, the slip with a token, and the day's history for the branch head."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.datastructures import State

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office, Service
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import Called, HallDay, ScanId, VisitLine, day_of, office_of
from dawr.tickets.pages.workplace import choose_place, officer_at, places_of_work
from dawr.tickets.paper import printed_token
from dawr.web.address import plain_part
from dawr.web.door import once_per_application
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor
from dawr.web.snapshots import Snapshots

KEPT = {"Cache-Control": "public, max-age=1"}
COLUMNS = (
    *("token", "service", "appointment", "let_in", "first_called", "calls", "desk", "opened", "closed", "outcome"),
    *("reason", "corrected", "by_proxy"),
)


@get(
    "/display/{authority:str}/{code:str}",
    # What a screen in a hall shows says nothing about who looks at it.
    opt={"skip_session": True, "exclude_from_csrf": True},
)
async def display(request: AnyRequest, authority: str, code: str) -> Response[str]:
    """Which token is called to which desk; nobody's name."""
    office_id = OfficeId(f"{plain_part(authority)}/{plain_part(code)}")
    shown = once_per_application(request.app.state, "hall_display", make=_display)
    office, called = await shown.value(office_id, at=time.monotonic())
    answer = page(request, "tickets/display.html", office=office, called=called)
    answer.headers.update(KEPT)
    return answer


@get("/gate/token/{authority:str}/{code:str}/{scan_id:uuid}")
async def token_slip(
    pool: Pool, settings: Settings, *, visitor: Visitor, authority: str, code: str, scan_id: UUID
) -> Response[bytes]:
    """The slip with the token of somebody whom this guard has just let in, for a receipt printer."""
    place = f"{plain_part(authority)}/{plain_part(code)}"
    async with transaction(pool) as tx:
        guard = await officer_at(tx, visitor, role=Role.GUARD, office=place, now=datetime.now(UTC))
        shown = await actions.shown_scan(tx, guard=guard, scan_id=ScanId(scan_id))
        if shown.token is None or shown.ticket is None:
            raise NotFound
        office = await catalogue.office(tx, shown.scan.office_id)
        service = await catalogue.service(tx, shown.ticket.service_id)
    content = printed_token(
        shown.token, service=service, office=office, starts_at=shown.ticket.starts_at, data_dir=settings.data_dir
    )
    headers = {"Content-Disposition": f'inline; filename="{shown.token}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


@get("/counter/day")
async def day(
    request: AnyRequest, pool: Pool, visitor: Visitor, *, office: str = "", on: date | None = None
) -> Response[str]:
    """For the branch head: how long people waited and what became of them, by service; without names."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_of_work(tx, visitor, role=Role.BRANCH_HEAD)
        if not office and len(offices) > 1:
            return choose_place(request, offices, path="/counter/day")
        head = await officer_at(tx, visitor, role=Role.BRANCH_HEAD, office=office or offices[0].office_id, now=now)
        shown_office, today_on, found = await _day(tx, head, on=on, now=now)
        return page(
            request,
            "tickets/hall_day.html",
            office=shown_office,
            found=found,
            services=await _named(tx, found),
            day_at=_noon(found.day_on),
            before_on=found.day_on - timedelta(days=1) if found.day_on > date.min else None,
            after_on=found.day_on + timedelta(days=1) if found.day_on < today_on else None,
            here=f"/counter/day?office={quote(shown_office.office_id, safe='')}",
        )


@get("/counter/day.csv")
async def day_file(pool: Pool, visitor: Visitor, *, office: str, on: date | None = None) -> Response[str]:
    """Every visit of a day, one a line, without names; instants in UTC."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        head = await officer_at(tx, visitor, role=Role.BRANCH_HEAD, office=office, now=now)
        shown_office, _, found = await _day(tx, head, on=on, now=now)
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    writer.writerows(_row(visit) for visit in found.visits)
    name = f"{shown_office.office_id.replace('/', '-')}-{found.day_on.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made.getvalue(), media_type="text/csv", headers=headers)


async def _day(tx: Transaction, head: Officer, *, on: date | None, now: datetime) -> tuple[Office, date, HallDay]:
    office = await catalogue.office(tx, office_of(head))
    today_on = day_of(now, timezone=office.timezone)
    return office, today_on, await actions.hall_day(tx, head=head, day_on=min(on or today_on, today_on))


async def _named(tx: Transaction, found: HallDay) -> dict[ServiceId, Service]:
    return {each.service_id: await catalogue.service(tx, each.service_id) for each in found.by_service}


def _noon(day_on: date) -> datetime:
    """An instant of that day in every timezone of ours, for the words of a date."""
    return datetime(day_on.year, day_on.month, day_on.day, 9, tzinfo=UTC)


def _row(visit: VisitLine) -> Iterator[str]:
    instants = (visit.starts_at, visit.admitted_at, visit.called_at)
    yield from (str(visit.token), visit.service_id, *(_instant(each) for each in instants), str(visit.calls))
    yield from (_plain(visit.desk), _instant(visit.opened_at), _instant(visit.closed_at), visit.outcome or "")
    yield from (_plain(visit.reason), "yes" if visit.is_corrected else "no", "yes" if visit.has_proxy else "no")


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def _plain(typed: str | None) -> str:
    """Typed words, so that no spreadsheet takes them for a formula."""
    return f"'{typed}" if typed and typed[0] in "=+-@" else typed or ""


def _display(state: State) -> Snapshots[OfficeId, tuple[Office, tuple[Called, ...]]]:
    async def read(office_id: OfficeId) -> tuple[Office, tuple[Called, ...]]:
        async with transaction(state.pool) as tx:
            office = await catalogue.office(tx, office_id)
            return office, await actions.called_now(tx, office_id, now=datetime.now(UTC))

    return Snapshots(read)


routes = [display, token_slip, day, day_file]

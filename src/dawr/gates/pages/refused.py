"""Not let in: what it means, the way to the right office, and helping oneself after a scan that was refused."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.gates.actions import helping
from dawr.gates.actions.refused_views import sketch_between
from dawr.gates.model.refused import Reason, reason_of
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.people.model import SHIFT_MAX, Assurance, require_fresh_person
from dawr.tickets import actions as tickets
from dawr.tickets.model import ScanId
from dawr.web.address import plain_part
from dawr.web.forms import Form
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor


@get("/refused")
async def front(request: AnyRequest) -> Response[str]:
    """For whoever stands outside: what to do now, and what each reason means."""
    return page(request, "gates/refused.html", reasons=[reason.value for reason in Reason])


@get("/refused/way")
async def way(request: AnyRequest, pool: Pool) -> Response[str]:
    """The way from one office to another, drawn and told; `from` and `to` are their ids."""
    asked = request.query_params
    async with transaction(pool) as tx:
        here = await catalogue.office(tx, _office_named(asked.get("from", "")))
        there = await catalogue.office(tx, _office_named(asked.get("to", "")))
        view = await catalogue.view_office(tx, there.office_id, now=datetime.now(UTC))
    return page(request, "gates/refused_way.html", here=here, there=there, view=view, way=sketch_between(here, there))


@get("/refused/mine")
async def own_scans(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The scans of the visitor's own tickets that were refused in the last hours."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        scans = await tickets.refused_scans_of(tx, person_id, after=now - helping.SCANNED_WITHIN)
        shown = [
            (
                scan,
                reason_of(scan.verdict, is_bearer=True),
                await catalogue.office(tx, scan.office_id),
                await catalogue.service(tx, scan.service_id),
            )
            for scan in scans
        ]
    return page(request, "gates/refused_mine.html", scans=shown)


@post("/refused/mine")
async def help_oneself(pool: Pool, visitor: Visitor, form: Form) -> Redirect:
    """On to what can be done about one of them."""
    now = datetime.now(UTC)
    person_id = require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SHIFT_MAX, now=now)
    async with transaction(pool) as tx:
        of = await helping.help_oneself(tx, person_id=person_id, scan_id=asked_scan(form.text("scan")), now=now)
    return redirect(f"/refused/{of.office_id}/{of.refused_id}")


def _office_named(text: str) -> OfficeId:
    """The office that a parameter names, AUTHORITY/CODE; refuses what no office is called."""
    authority, _, code = text.partition("/")
    return OfficeId(f"{plain_part(authority)}/{plain_part(code)}")


def asked_scan(text: str) -> ScanId:
    """The scan that a form or an address names; refuses what is none."""
    try:
        return ScanId(UUID(text))
    except ValueError as error:
        raise NotFound from error


routes = [front, way, own_scans, help_oneself]

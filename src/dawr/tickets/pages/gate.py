"""The gate's screen: scan, read the verdict, type the card's digits."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import EARLY, ReferenceOfSeveral, ScanId, office_of
from dawr.tickets.pages.workplace import choose_place, officer_at, places_of_work
from dawr.tickets.payload import CODE_CHARACTERS_MAX
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

TYPED_LENGTH_MAX = 2 * CODE_CHARACTERS_MAX
REASON_LENGTH_MAX = 200


@get("/gate")
async def gate(request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "", door: str = "") -> Response[str]:
    """The field that a scanner types into, or the way to the devices; `door` names the one service of this gate."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_of_work(tx, visitor, role=Role.GUARD)
        if not office and len(offices) > 1:
            return choose_place(request, offices, path="/gate")
        place = office or offices[0].office_id
        guard = await officer_at(tx, visitor, role=Role.GUARD, office=place, now=now)
        if not (await actions.online_gate(tx, office_of(guard))).is_open(now=now):
            return page(request, "tickets/gate_on_devices.html", office=await catalogue.office(tx, office_of(guard)))
        return await _gate_page(tx, request, guard, door=door)


@post("/gate/scan")
async def scan(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Record what was scanned or typed; its own page then shows the verdict, and a reload changes nothing."""
    now = datetime.now(UTC)
    shown, door = form.raw("code", length_max=TYPED_LENGTH_MAX).strip("\t\r\n"), form.text("door")
    async with transaction(pool) as tx:
        guard = await officer_at(tx, visitor, role=Role.GUARD, office=form.text("office"), now=now)
        await actions.require_online_gate(tx, office_of(guard), now=now)
        if not shown.strip():
            say = translations(visitor.language).gettext
            errors = {"code": say("Scan the code, or type the reference that is printed beneath it")}
            return await _gate_page(tx, request, guard, door=door, errors=errors)
        service_ids = frozenset({ServiceId(door)}) if door else None
        try:
            made = await actions.scan_code(
                tx, guard=guard, shown=shown, service_ids=service_ids, settings=settings, now=now
            )
        except ReferenceOfSeveral as refusal:
            return await _gate_page(tx, request, guard, door=door, typed=shown, errors={"door": refusal})
    return redirect(_scan_path(made.office_id, made.scan_id, door=door))


@get("/gate/scan/{authority:str}/{code:str}/{scan_id:uuid}")
async def shown_scan(
    request: AnyRequest,
    pool: Pool,
    settings: Settings,
    *,
    visitor: Visitor,
    authority: str,
    code: str,
    scan_id: UUID,
    door: str = "",
) -> Response[str]:
    """The verdict, or the digits to type; the signed name and nothing that was printed."""
    place, now = f"{authority}/{code}", datetime.now(UTC)
    async with transaction(pool) as tx:
        guard = await officer_at(tx, visitor, role=Role.GUARD, office=place, now=now)
        shown = await actions.shown_scan(tx, guard=guard, scan_id=ScanId(scan_id))
        ticket = shown.ticket
        return page(
            request,
            "tickets/scan.html",
            shown=shown,
            photograph=await actions.shown_face(tx, shown, guard=guard, settings=settings, now=now),
            verdict=shown.scan.verdict,
            gate=await catalogue.office(tx, shown.scan.office_id),
            office=await catalogue.office(tx, ticket.office_id) if ticket else None,
            service=await catalogue.service(tx, ticket.service_id) if ticket else None,
            gate_opens_at=ticket.starts_at - EARLY if ticket else None,
            door=door,
        )


@post("/gate/answer")
async def answer(pool: Pool, settings: Settings, visitor: Visitor, form: Form) -> Redirect:
    """Hold the typed digits against the card."""
    scan_id, typed, now = _scan_id(form), form.code("digits", length_max=20), datetime.now(UTC)
    async with transaction(pool) as tx:
        guard = await officer_at(tx, visitor, role=Role.GUARD, office=form.text("office"), now=now)
        await actions.require_online_gate(tx, office_of(guard), now=now)
        decided = await actions.answer_challenge(
            tx, guard=guard, scan_id=scan_id, typed=typed, settings=settings, now=now
        )
    return redirect(_scan_path(decided.office_id, decided.scan_id, door=form.text("door")))


@get("/gate/mismatches")
async def mismatches(request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "") -> Response[str]:
    """For the branch head: today's mismatches at the gate, and what the counter found of each guard."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_of_work(tx, visitor, role=Role.BRANCH_HEAD)
        if not office and len(offices) > 1:
            return choose_place(request, offices, path="/gate/mismatches")
        place = office or offices[0].office_id
        head = await officer_at(tx, visitor, role=Role.BRANCH_HEAD, office=place, now=now)
        return await _mismatches_page(tx, request, head, now=now)


@post("/gate/mismatches")
async def allow(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Let a guard try once more with other digits; an override, so it needs a reason."""
    scan_id, reason, now = _scan_id(form), form.text("reason", length_max=REASON_LENGTH_MAX), datetime.now(UTC)
    place = form.text("office")
    async with transaction(pool) as tx:
        head = await officer_at(tx, visitor, role=Role.BRANCH_HEAD, office=place, now=now)
        if not reason:
            say = translations(visitor.language).gettext
            errors = {f"reason-{scan_id}": say("Write why the guard may try once more")}
            return await _mismatches_page(tx, request, head, now=now, errors=errors)
        await actions.allow_another_round(tx, head=head, scan_id=scan_id, reason=reason, settings=settings, now=now)
    return redirect(f"/gate/mismatches?office={quote(place, safe='')}")


async def _gate_page(
    tx: Transaction,
    request: AnyRequest,
    guard: Officer,
    *,
    door: str,
    typed: str = "",
    errors: Mapping[str, str | Refusal] | None = None,
) -> Response[str]:
    office_id = office_of(guard)
    return page(
        request,
        "tickets/gate.html",
        office=await catalogue.office(tx, office_id),
        services=await catalogue.services_at(tx, office_id),
        door=door,
        typed=typed,
        errors=errors,
    )


async def _mismatches_page(
    tx: Transaction, request: AnyRequest, head: Officer, *, now: datetime, errors: dict[str, str] | None = None
) -> Response[str]:
    found = await actions.mismatches_at(tx, head=head, now=now)
    guards = {guard_id for each, _ in found.at_gate for guard_id in each.guard_ids} | found.by_guard.keys()
    return page(
        request,
        "tickets/mismatches.html",
        office=await catalogue.office(tx, office_of(head)),
        today=found,
        guards={guard_id: await people.person(tx, guard_id) for guard_id in guards},
        errors=errors,
    )


def _scan_path(office_id: OfficeId, scan_id: ScanId, *, door: str) -> str:
    path = f"/gate/scan/{office_id}/{scan_id}"
    return f"{path}?door={quote(door, safe='')}" if door else path


def _scan_id(form: Form) -> ScanId:
    try:
        return ScanId(UUID(form.text("scan", length_max=40)))
    except ValueError as error:
        raise NotFound from error


routes = [gate, scan, shown_scan, answer, mismatches, allow]

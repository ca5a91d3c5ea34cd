"""Helping a visitor who was not let in: his card, his reason, what he may have, his report, and his slip."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates.actions import helping
from dawr.gates.actions.refused_views import RefusedView, view_refused
from dawr.gates.model.refused import (
    Reason,
    ReasonNeeded,
    Refused,
    RemedyGiven,
    chosen,
)
from dawr.gates.pages.refused import asked_scan
from dawr.gates.pages.report import read_report
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.gates.slip import printed_slip
from dawr.kernel.identifiers import OfficeId, ServiceId, grouped
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import SHIFT_MAX, Assurance, Officer, require_fresh_person
from dawr.settings import Settings
from dawr.tickets.model import CardNotKnown, office_of
from dawr.tickets.text_message import turn_by_text
from dawr.tips import actions as tips
from dawr.tips.model import ONCE_BYTES, currency_at, is_receipt, once_of
from dawr.web.forms import FIELD_LENGTH_MAX, Form
from dawr.web.language import sentence
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

REPORT_FIELDS = ("amount", "place", "how", "name")

Asked = tuple[OfficeId, UUID]


def asked_visitor(*, authority: str, code: str, refused_id: UUID) -> Asked:
    """Which refused visitor an address means."""
    return OfficeId(f"{authority}/{code}"), refused_id


@get("/refused/help")
async def ask_card(
    request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "", scan: str = ""
) -> Response[str]:
    """The card's number and, where nothing was scanned, why he was not let in."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=helping.HELPERS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/refused/help")
        place = office or offices[0].office_id
        officer = await officer_among(tx, visitor, roles=helping.HELPERS, office=place, now=now)
        return await _card_page(tx, request, officer, scan=scan, typed={"reason": "", "service": ""}, now=now)


@post("/refused/help")
async def read_card(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Begin to help whoever has this card; a wrong number comes back beside its field."""
    now, scan, reason = datetime.now(UTC), form.text("scan"), form.text("reason")
    async with transaction(pool) as tx:
        officer = await officer_among(tx, visitor, roles=helping.HELPERS, office=form.text("office"), now=now)
        try:
            of = await helping.help_by_card(
                tx,
                officer=officer,
                number=form.code("number"),
                reason=Reason(reason) if reason in set(Reason) else None,
                scan_id=asked_scan(scan) if scan else None,
                service_id=await _service_at(tx, officer, form.text("service")),
                settings=settings,
                now=now,
            )
        except (CardNotKnown, ReasonNeeded) as refusal:
            field = "number" if isinstance(refusal, CardNotKnown) else "reason"
            typed = {"reason": reason, "service": form.text("service")}
            return await _card_page(tx, request, officer, scan=scan, typed=typed, now=now, errors={field: refusal})
    return redirect(f"/refused/{of.office_id}/{of.refused_id}")


@get("/")
async def show(request: AnyRequest, pool: Pool, visitor: Visitor, asked: Asked) -> Response[str]:
    """Why, what is still his, the way there, and what he may have instead."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        of = await _helped(tx, visitor, asked, now=now)
        return await _page_of(tx, request, of, visitor=visitor, now=now)


@post("/give")
async def give(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, asked: Asked, form: Form
) -> Response[str] | Redirect:
    """Give him what was chosen, in one tap; what has gone meanwhile is told, with what is left."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        of = await _helped(tx, visitor, asked, now=now)
        try:
            async with tx.transaction():
                await helping.give(tx, of, wanted=chosen(form.text("wanted")), settings=settings, now=now)
        except RemedyGiven:
            return redirect(_path(of))
        except Refusal as refusal:
            return await _page_of(tx, request, of, visitor=visitor, now=now, errors={"offers": refusal})
    return redirect(_path(of))


@post("/paid")
async def report(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, asked: Asked, form: Form
) -> Response[str]:
    """Keep his report that he was asked to pay; its receipt is shown now and stands on the slip, nowhere else.

    He tells it for himself alone: on the screen of an officer there is no such form.
    """
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        of = await _helped(tx, visitor, asked, now=now)
        if visitor.person_id != of.person_id:
            raise NotFound
        view = await view_refused(tx, of, now=now)
        code = await helping.shown_code(tx, of) if "yes" in form.choices("keep-code") else ""
        reported, faults = read_report(form, here=view.here, code=code)
        if faults or reported is None:
            return await _page_of(tx, request, of, visitor=visitor, now=now, errors=faults, typed=form)
        receipt = await tips.record_tip(tx, reported, once=once_of(form.text("once")), settings=settings, now=now)
    return page(request, "gates/refused_paid.html", view=view, path=_path(of), receipt=receipt, shown=grouped(receipt))


@post("/slip")
async def slip(pool: Pool, *, settings: Settings, visitor: Visitor, asked: Asked, form: Form) -> Response[bytes]:
    """The slip for a receipt printer."""
    now, receipt = datetime.now(UTC), form.code("receipt")
    async with transaction(pool) as tx:
        of = await _helped(tx, visitor, asked, now=now)
        view = await view_refused(tx, of, now=now)
        code = await helping.code_of_turn(tx, view, settings=settings, now=now)
    content = printed_slip(
        view,
        code=code,
        receipt=receipt if is_receipt(receipt) else "",
        public_url=settings.public_url,
        data_dir=settings.data_dir,
    )
    headers = {"Content-Disposition": 'inline; filename="slip-80mm.pdf"', "Cache-Control": "no-store"}
    return Response(content, status_code=200, media_type="application/pdf", headers=headers)


async def _helped(tx: Transaction, visitor: Visitor, asked: Asked, *, now: datetime) -> Refused:
    """The visitor's page for himself, surely signed in, or for the officer who helps him and still may."""
    office_id, refused_id = asked
    person_id = visitor.require_person()
    of = await helping.helped(tx, person_id, office_id=office_id, refused_id=refused_id, now=now)
    if person_id == of.officer_id:
        await officer_among(tx, visitor, roles=helping.HELPERS, office=office_id, now=now)
    else:
        require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SHIFT_MAX, now=now)
    return of


async def _card_page(
    tx: Transaction,
    request: AnyRequest,
    officer: Officer,
    *,
    scan: str,
    typed: Mapping[str, str],
    now: datetime,
    errors: Mapping[str, Refusal] | None = None,
) -> Response[str]:
    office_id = office_of(officer)
    shown = await helping.refused_scan(tx, officer=officer, scan_id=asked_scan(scan), now=now) if scan else None
    return page(
        request,
        "gates/refused_help.html",
        office=await catalogue.office(tx, office_id),
        services=await catalogue.services_at(tx, office_id),
        reasons=[reason.value for reason in Reason],
        scan=scan,
        verdict=shown.scan.verdict if shown else None,
        has_service=shown is not None and shown.ticket is not None,
        typed=typed,
        errors=errors,
    )


async def _page_of(
    tx: Transaction,
    request: AnyRequest,
    of: Refused,
    *,
    visitor: Visitor,
    now: datetime,
    errors: Mapping[str, str | Refusal] | None = None,
    typed: Form | None = None,
) -> Response[str]:
    view = await view_refused(tx, of, now=now)
    return page(
        request,
        "gates/refused_visitor.html",
        view=view,
        path=_path(of),
        is_own=visitor.person_id == of.person_id,
        withheld=sentence(view.offers.withheld, language=visitor.language) if view.offers.withheld else "",
        text_message=_text_message(view),
        currency=currency_at(view.here.office_id),
        once=secrets.token_hex(ONCE_BYTES),
        typed={name: typed.text(name, length_max=FIELD_LENGTH_MAX) if typed else "" for name in REPORT_FIELDS},
        errors=errors,
    )


async def _service_at(tx: Transaction, officer: Officer, text: str) -> ServiceId | None:
    """The service that he came for, of those that this office offers; None where nobody knows."""
    offered = {each.service_id for each in await catalogue.services_at(tx, office_of(officer))}
    return ServiceId(text) if text in offered else None


def _text_message(view: RefusedView) -> str | None:
    if view.turn is None or not view.turn.booking.is_live:
        return None
    turn = view.turn
    return turn_by_text(starts_at=turn.booking.starts_at, office=turn.office, reference=turn.booking.reference)


def _path(of: Refused) -> str:
    return f"/refused/{of.office_id}/{of.refused_id}"


routes: list[ControllerRouterHandler] = [
    ask_card,
    read_card,
    Router(
        path="/refused/{authority:str}/{code:str}/{refused_id:uuid}",
        route_handlers=[show, give, report, slip],
        dependencies={"asked": Provide(asked_visitor, sync_to_thread=False)},
    ),
]

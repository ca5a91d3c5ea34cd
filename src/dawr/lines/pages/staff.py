"""Announcing a line: choose the service, say when and how many at a time, check, publish."""

from collections.abc import Mapping
from datetime import UTC, datetime

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.booking.model import QuotaBelowGiven, SlotPromised
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service
from dawr.db.pool import Pool, transaction
from dawr.kernel.refusal import Refusal
from dawr.lines import actions
from dawr.lines.model import LineAlreadyAnnounced, LineRulesUnsafe, QuotaSmallerThanLine
from dawr.lines.pages.address import AnyRequest
from dawr.lines.pages.assured import require_sure
from dawr.people import actions as people
from dawr.web.address import typed_service
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

FIELD_LENGTH_MAX = 20
USUAL = {"inside-max": "50"}

DAYS = ("from", "until", "gathers", "opens", "closes")
TIMES = ("gathers", "opens", "closes")
FIELDS = (
    *(f"{name}-{part}" for name in DAYS for part in ("day", "month", "year")),
    *(f"{name}-time" for name in TIMES),
    "inside-max",
)

BESIDE: Mapping[type[Refusal], str] = {
    LineAlreadyAnnounced: "opens-day",
    LineRulesUnsafe: "opens-day",
    QuotaBelowGiven: "from-day",
    QuotaSmallerThanLine: "from-day",
    SlotPromised: "from-day",
}
"""Beside which field the refusal of an announcement is told."""


@get("/staff/lines")
async def show_announced(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The services that the officer may announce lines for, and their lines."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        services = await catalogue.services_to_announce(tx, visitor, now=now)
        cards = await actions.view_lines(tx, now=now)
    named = {service.service_id for service in services}
    own = [card for card in cards if card.line.service_id in named]
    return page(request, "lines/staff.html", services=services, cards=own)


@get("/staff/lines/new")
async def new_announcement(request: AnyRequest, pool: Pool, visitor: Visitor, service: str = "") -> Response[str]:
    """The empty form for one service."""
    require_sure(visitor, now=datetime.now(UTC))
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(service))
        await people.announcer_at(tx, visitor, authority_id=found.authority_id, now=datetime.now(UTC))
    return _form_page(request, found, fields=dict.fromkeys(FIELDS, "") | USUAL)


@post("/staff/lines/new", status_code=200)
async def change_announcement(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str]:
    """Back from the check page, with everything as it was typed."""
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(form.text("service")))
        await people.announcer_at(tx, visitor, authority_id=found.authority_id, now=datetime.now(UTC))
    return _form_page(request, found, fields=_fields(form))


@post("/staff/lines/check", status_code=200)
async def check_announcement(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str]:
    """What would be announced, in numbers; or the form with what is wrong beside each field."""
    require_sure(visitor, now=datetime.now(UTC))
    fields = _fields(form)
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(form.text("service")))
        announcement, supply, faults = await actions.plan(
            tx, visitor, service_id=found.service_id, fields=fields, now=datetime.now(UTC)
        )
        timezone = (await catalogue.authority(tx, found.authority_id)).timezone
    if faults:
        return _form_page(request, found, fields=fields, faults=faults)
    return page(
        request,
        "lines/announce_check.html",
        service=found,
        fields=fields,
        announcement=announcement,
        supply=supply,
        timezone=timezone,
    )


@post("/staff/lines")
async def announce(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """Publish the rules; what the rules refuse comes back beside its field."""
    require_sure(visitor, now=datetime.now(UTC))
    now, fields, service_id = datetime.now(UTC), _fields(form), typed_service(form.text("service"))
    try:
        async with transaction(pool) as tx:
            announcement, supply, faults = await actions.plan(
                tx, visitor, service_id=service_id, fields=fields, now=now
            )
            if supply:
                await actions.announce_planned(tx, announcement, service_id=service_id, supply=supply, now=now)
                return redirect(f"/lines/{announcement.line_id}")
    except tuple(BESIDE) as refusal:
        faults = {BESIDE[type(refusal)]: refusal}
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, service_id)
    return _form_page(request, found, fields=fields, faults=faults)


def _form_page(
    request: AnyRequest, service: Service, *, fields: Mapping[str, str], faults: Mapping[str, Refusal] | None = None
) -> Response[str]:
    return page(request, "lines/announce.html", errors=faults, service=service, fields=fields)


def _fields(form: Form) -> dict[str, str]:
    return {name: form.text(name, length_max=FIELD_LENGTH_MAX) for name in FIELDS}


routes = [show_announced, new_announcement, change_announcement, check_announcement, announce]

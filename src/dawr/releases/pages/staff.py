"""Announcing a draw: choose the service, say when and how much, check, publish."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.booking.model import QuotaBelowGiven, SlotPromised
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service, ServiceClosed
from dawr.db.pool import Pool, transaction
from dawr.kernel.refusal import Refusal
from dawr.people import actions as people
from dawr.people.model import Assurance, require_fresh_person
from dawr.releases import actions
from dawr.releases.announcement import CLASSES
from dawr.releases.model import AlreadyAnnounced, QuotaSmallerThanSeats, RulesUnsafe, WitnessesMissing, eligibility_of
from dawr.releases.pages.address import AnyRequest
from dawr.settings import Settings
from dawr.web.address import typed_service
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

SIGNED_IN_MAX = timedelta(hours=2)
FIELD_LENGTH_MAX = 20
USUAL = {"confirm-hours": "24", "travel-hours": "2"}

DAYS = ("draw", "from", "until", "opens", "freezes")
FIELDS = (
    *(f"{name}-{part}" for name in DAYS for part in ("day", "month", "year")),
    "opens-time",
    "freezes-time",
    "suffix",
    "confirm-hours",
    "travel-hours",
    *(f"share-{draw_class}" for draw_class in CLASSES),
)

BESIDE: Mapping[type[Refusal], str] = {
    AlreadyAnnounced: "draw-day",
    QuotaBelowGiven: "from-day",
    QuotaSmallerThanSeats: "from-day",
    ServiceClosed: "from-day",
    SlotPromised: "from-day",
    RulesUnsafe: "freezes-day",
    WitnessesMissing: "freezes-day",
}
"""Beside which field the refusal of an announcement is told."""


@get("/staff/releases")
async def show_announced(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The services that the officer may announce draws for, and their draws."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        services = await catalogue.services_to_announce(tx, visitor, now=now)
        cards = await actions.view_releases(tx, now=now)
    named = {service.service_id for service in services}
    own = [card for card in cards if card.release.service_id in named]
    return page(request, "releases/staff.html", services=services, cards=own)


@get("/staff/releases/new")
async def new_announcement(request: AnyRequest, pool: Pool, visitor: Visitor, service: str = "") -> Response[str]:
    """The empty form for one service."""
    _require_sure(visitor)
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(service))
        await people.announcer_at(tx, visitor, authority_id=found.authority_id, now=datetime.now(UTC))
    return _form_page(request, found, fields=dict.fromkeys(FIELDS, "") | USUAL)


@post("/staff/releases/new", status_code=200)
async def change_announcement(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str]:
    """Back from the check page, with everything as it was typed."""
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(form.text("service")))
        await people.announcer_at(tx, visitor, authority_id=found.authority_id, now=datetime.now(UTC))
    return _form_page(request, found, fields=_fields(form))


@post("/staff/releases/check", status_code=200)
async def check_announcement(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str]:
    """What would be announced, in numbers; or the form with what is wrong beside each field."""
    _require_sure(visitor)
    fields = _fields(form)
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, typed_service(form.text("service")))
        announcement, supply, faults = await actions.plan(
            tx, visitor, service_id=found.service_id, fields=fields, settings=settings, now=datetime.now(UTC)
        )
        timezone = (await catalogue.authority(tx, found.authority_id)).timezone
    if faults:
        return _form_page(request, found, fields=fields, faults=faults)
    return page(
        request,
        "releases/announce_check.html",
        service=found,
        fields=fields,
        announcement=announcement,
        supply=supply,
        eligible=eligibility_of(found),
        timezone=timezone,
    )


@post("/staff/releases")
async def announce(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Publish the rules; what the rules refuse comes back beside its field."""
    _require_sure(visitor)
    now, fields, service_id = datetime.now(UTC), _fields(form), typed_service(form.text("service"))
    try:
        async with transaction(pool) as tx:
            announcement, supply, faults = await actions.plan(
                tx, visitor, service_id=service_id, fields=fields, settings=settings, now=now
            )
            if supply:
                await actions.announce_planned(
                    tx, announcement, service_id=service_id, supply=supply, settings=settings, now=now
                )
                return redirect(f"/draws/{announcement.draw_id}")
    except tuple(BESIDE) as refusal:
        faults = {BESIDE[type(refusal)]: refusal}
    async with transaction(pool) as tx:
        found = await catalogue.service(tx, service_id)
    return _form_page(request, found, fields=fields, faults=faults)


def _form_page(
    request: AnyRequest, service: Service, *, fields: Mapping[str, str], faults: Mapping[str, Refusal] | None = None
) -> Response[str]:
    return page(request, "releases/announce.html", errors=faults, service=service, fields=fields, classes=CLASSES)


def _fields(form: Form) -> dict[str, str]:
    return {name: form.text(name, length_max=FIELD_LENGTH_MAX) for name in FIELDS}


def _require_sure(visitor: Visitor) -> None:
    require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SIGNED_IN_MAX, now=datetime.now(UTC))


routes = [show_announced, new_announcement, change_announcement, check_announcement, announce]

"""Who comes in one's place: declared and taken back on the person's own pages."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.response import Redirect

from dawr.booking.model import BookingId
from dawr.catalogue.model import Actor
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.people import actions as people
from dawr.people.model import SHIFT_MAX, Assurance, require_fresh_person
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import OwnProxy, only_choice, proxies_of
from dawr.web.address import asked_service
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

NAME_LENGTH_MAX = 120


@get("/")
async def show_proxy(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, code: str, booking_id: UUID
) -> Response[str]:
    """Who comes: the person himself, the proxy whom he declared, or why nobody else may."""
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        return await _proxy_page(tx, request, person_id, authority=authority, code=code, booking_id=booking_id)


@post("/")
async def declare(
    request: AnyRequest,
    pool: Pool,
    settings: Settings,
    *,
    visitor: Visitor,
    form: Form,
    authority: str,
    code: str,
    booking_id: UUID,
) -> Response[str] | Redirect:
    """Declare the proxy; the ticket is then his, and the old one opens nothing."""
    person_id = _sure(visitor)
    service_id, name, number = asked_service(authority, code), form.text("name", length_max=300), form.code("number")
    async with transaction(pool) as tx:
        shown = await actions.who_comes(
            tx, service_id=service_id, booking_id=BookingId(booking_id), person_id=person_id, now=datetime.now(UTC)
        )
        acts_as = _chosen(form, only=only_choice(proxies_of(shown.service)))
        errors = _faults(visitor, name=name, number=number, acts_as=acts_as, settings=settings)
        if not errors and acts_as is not None:
            try:
                await actions.declare_proxy(
                    tx,
                    service_id=service_id,
                    booking_id=BookingId(booking_id),
                    person_id=person_id,
                    civil_number=number,
                    name=name,
                    acts_as=acts_as,
                    settings=settings,
                    now=datetime.now(UTC),
                )
            except OwnProxy as refusal:
                errors = {"number": refusal}
        if errors:
            return await _proxy_page(
                tx, request, person_id, authority=authority, code=code, booking_id=booking_id, errors=errors, form=form
            )
    return redirect(request.url.path)


@post("/take-back")
async def take_back(
    request: AnyRequest,
    pool: Pool,
    settings: Settings,
    *,
    visitor: Visitor,
    authority: str,
    code: str,
    booking_id: UUID,
) -> Redirect:
    """The person comes himself; sent twice it is taken back once."""
    person_id = _sure(visitor)
    async with transaction(pool) as tx:
        await actions.revoke_proxy(
            tx,
            service_id=asked_service(authority, code),
            booking_id=BookingId(booking_id),
            person_id=person_id,
            settings=settings,
            now=datetime.now(UTC),
        )
    return redirect(request.url.path.removesuffix("/take-back"))


def _sure(visitor: Visitor) -> PersonId:
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SHIFT_MAX, now=datetime.now(UTC))


def _chosen(form: Form, *, only: Actor | None) -> Actor | None:
    typed = form.text("acts_as")
    return only or (Actor(typed) if typed in set(Actor) else None)


def _faults(
    visitor: Visitor, *, name: str, number: str, acts_as: Actor | None, settings: Settings
) -> dict[str, str | Refusal]:
    say = translations(visitor.language).gettext
    faults: dict[str, str | Refusal] = {}
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        faults["name"] = say("Write the name as it stands on the card")
    if not people.is_civil_number(number, settings=settings):
        faults["number"] = say("This cannot be a civil number. Read it off the card once more")
    if acts_as is None:
        faults["acts_as"] = say("Choose as what this person comes for you")
    return faults


async def _proxy_page(
    tx: Transaction,
    request: AnyRequest,
    person_id: PersonId,
    *,
    authority: str,
    code: str,
    booking_id: UUID,
    errors: dict[str, str | Refusal] | None = None,
    form: Form | None = None,
) -> Response[str]:
    service_id = asked_service(authority, code)
    shown = await actions.who_comes(
        tx, service_id=service_id, booking_id=BookingId(booking_id), person_id=person_id, now=datetime.now(UTC)
    )
    return page(
        request,
        "tickets/proxy.html",
        shown=shown,
        actors=proxies_of(shown.service),
        address=f"/my/bookings/{service_id}/{booking_id}",
        typed={each: form.text(each, length_max=300) if form else "" for each in ("name", "number", "acts_as")},
        errors=errors,
    )


routes = [
    Router(
        path="/my/bookings/{authority:str}/{code:str}/{booking_id:uuid}/proxy",
        route_handlers=[show_proxy, declare, take_back],
    )
]

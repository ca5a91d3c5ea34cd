"""A clerk grants a reserved class to the person at his desk, after he has seen the evidence, and takes grants back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people import actions as people
from dawr.people.model import NotRegistered, Officer, Role
from dawr.releases import actions
from dawr.releases.announcement import CLASSES
from dawr.releases.class_grant import (
    ClassGrantId,
    GrantRevoked,
    NotServedHere,
    RevocationUnexplained,
    read_class_grant,
)
from dawr.releases.model import GrantToSelf
from dawr.releases.pages.address import AnyRequest
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

FIELDS = ("office", "service", "class", "evidence", "until-day", "until-month", "until-year")
"""What comes back after a mistake; a civil number never does."""

BESIDE: Mapping[type[Refusal], str] = {
    NotRegistered: "civil_number",
    GrantToSelf: "civil_number",
    NotServedHere: "service",
}
"""Beside which field the refusal of a grant is told."""


@get("/staff/classes")
async def ask_class(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The form, for the services of the clerk's offices, and what they have granted."""
    fields, done = dict.fromkeys(FIELDS, ""), request.query_params.get("done", "")
    async with transaction(pool) as tx:
        return await _classes_page(tx, request, visitor, fields=fields, done=done)


@post("/staff/classes")
async def grant_class(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Grant it; the number is looked up last, so that a wrong form tells nobody who is registered."""
    now, fields = datetime.now(UTC), {name: form.text(name) for name in FIELDS}
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, office=fields["office"], now=now)
        office = await catalogue.office(tx, OfficeId(fields["office"]))
        grant, faults = read_class_grant(fields, timezone=office.timezone, today_on=_today_at(office, now=now))
        if faults:
            return await _classes_page(tx, request, visitor, fields=fields, faults=faults)
        try:
            async with tx.transaction():
                await actions.grant_class_at_desk(
                    tx,
                    form.text("civil_number"),
                    service_id=ServiceId(fields["service"]),
                    grant=grant,
                    clerk=clerk,
                    settings=settings,
                    now=now,
                )
        except tuple(BESIDE) as refusal:
            faults = {BESIDE[type(refusal)]: refusal}
            return await _classes_page(tx, request, visitor, fields=fields, faults=faults)
    return redirect("/staff/classes?done=granted")


@post("/staff/classes/revoke")
async def revoke_class(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """Take a grant back, for a reason; sent twice it is taken back once."""
    now, grant_id = datetime.now(UTC), _grant_id(form)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, office=form.text("office"), now=now)
        try:
            async with tx.transaction():
                await actions.revoke_class(
                    tx,
                    service_id=ServiceId(form.text("service")),
                    grant_id=grant_id,
                    clerk=clerk,
                    reason=form.text("reason"),
                    now=now,
                )
        except RevocationUnexplained as refusal:
            faults: dict[str, Refusal] = {f"reason-{grant_id}": refusal}
            return await _classes_page(tx, request, visitor, fields=dict.fromkeys(FIELDS, ""), faults=faults)
        except GrantRevoked:
            pass
    return redirect("/staff/classes?done=revoked")


async def _clerk(tx: Transaction, visitor: Visitor, *, office: str, now: datetime) -> Officer:
    """The visitor as a clerk of the office that a form names; refuses everybody else."""
    authority, _, _ = office.partition("/")
    return await people.acting_officer(
        tx, visitor, role=Role.CLERK, authority_id=AuthorityId(authority), office_id=OfficeId(office), now=now
    )


def _today_at(office: Office, *, now: datetime) -> date:
    return now.astimezone(ZoneInfo(office.timezone)).date()


async def _classes_page(
    tx: Transaction,
    request: AnyRequest,
    visitor: Visitor,
    *,
    fields: Mapping[str, str],
    faults: Mapping[str, Refusal] | None = None,
    done: str = "",
) -> Response[str]:
    now = datetime.now(UTC)
    desks = await actions.desks_of(tx, visitor, now=now)
    offices = {office_id: await catalogue.office(tx, office_id) for office_id in desks}
    grants = [
        grant
        for office in offices.values()
        for grant in await actions.grants_at(tx, office.office_id, day_on=_today_at(office, now=now))
    ]
    named = {person_id for grant in grants for person_id in (grant.person_id, grant.granted_by)}
    return page(
        request,
        "releases/classes.html",
        errors=faults,
        offices=offices,
        services={service.service_id: service for services in desks.values() for service in services},
        grants=grants,
        people={person_id: await people.person(tx, person_id) for person_id in named},
        fields=fields,
        classes=CLASSES,
        done=done,
    )


def _grant_id(form: Form) -> ClassGrantId:
    try:
        return ClassGrantId(UUID(form.text("grant", length_max=40)))
    except ValueError as error:
        raise NotFound from error


routes = [ask_class, grant_class, revoke_class]

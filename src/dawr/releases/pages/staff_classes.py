"""A clerk grants a reserved class to the person at his desk, after he has seen the evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.people.model import NotRegistered, Role, RoleMissing
from dawr.releases import actions
from dawr.releases.announcement import CLASSES
from dawr.releases.class_grant import read_class_grant
from dawr.releases.pages.address import AnyRequest
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.language import sentence
from dawr.web.page import page, redirect
from dawr.web.session import Visitor, visitor_of

FIELDS = ("civil_number", "service", "class", "evidence", "until-day", "until-month", "until-year")


@get("/staff/classes")
async def ask_class(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The form, for the services of the clerk's authority."""
    async with transaction(pool) as tx:
        services = await actions.services_in_care(tx, visitor, roles=(Role.CLERK,), now=datetime.now(UTC))
    fields = dict.fromkeys(FIELDS, "")
    return _form_page(request, services, fields=fields, is_granted="granted" in request.query_params)


@post("/staff/classes")
async def grant_class(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Grant it; the number is looked up last, so that a wrong form tells nobody who is registered."""
    now, fields = datetime.now(UTC), {name: form.text(name) for name in FIELDS}
    async with transaction(pool) as tx:
        services = await actions.services_in_care(tx, visitor, roles=(Role.CLERK,), now=now)
        service = _chosen(services, fields["service"])
        timezone = (await catalogue.authority(tx, service.authority_id)).timezone
        today_on = now.astimezone(ZoneInfo(timezone)).date()
        grant, faults = read_class_grant(fields, timezone=timezone, today_on=today_on)
        if faults:
            return _form_page(request, services, fields=fields, faults=faults)
        try:
            await actions.grant_class_at_desk(
                tx,
                fields["civil_number"],
                service_id=service.service_id,
                grant=grant,
                granted_by=visitor.require_person(),
                settings=settings,
                now=now,
            )
        except NotRegistered as refusal:
            return _form_page(request, services, fields=fields, faults={"civil_number": refusal})
    return redirect("/staff/classes?granted=yes")


def _chosen(services: list[Service], typed: str) -> Service:
    for service in services:
        if service.service_id == ServiceId(typed):
            return service
    raise RoleMissing(role=Role.CLERK.value, place=typed or "Dawr")


def _form_page(
    request: AnyRequest,
    services: list[Service],
    *,
    fields: Mapping[str, str],
    faults: Mapping[str, Refusal] | None = None,
    is_granted: bool = False,
) -> Response[str]:
    language = visitor_of(request).language
    return page(
        request,
        "releases/classes.html",
        status_code=422 if faults else 200,
        errors={field: sentence(refusal, language=language) for field, refusal in (faults or {}).items()},
        services=services,
        fields=fields,
        classes=CLASSES,
        is_granted=is_granted,
    )


routes = [ask_class, grant_class]

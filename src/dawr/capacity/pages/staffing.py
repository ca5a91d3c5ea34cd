"""The working of an office's capacity for everybody, and the form by which its head sets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from dawr.capacity import actions
from dawr.capacity.model import DayPassed, NothingToPublish, OfficeShut, Staffing
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.people.model import Assurance, require_fresh_person
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

SET_AGE_MAX = timedelta(hours=1)
STAFF_MAX = 999
VIEW_MAX = 9999
DAYS_MAX = 31
REASON_LENGTH_MAX = 200
FIELDS = (
    "staff_on_roster",
    "share_percent",
    "department_view",
    "from-day",
    "from-month",
    "from-year",
    "days",
    "reason",
)
REFUSED_BY: dict[type[Refusal], str] = {
    DayPassed: "from-day",
    OfficeShut: "from-day",
    NothingToPublish: "staff_on_roster",
}
"""Beside which field of the form a refusal is told."""

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form as it was understood."""

    staffing: Staffing
    from_on: date
    days_count: int
    reason: str


@get("/offices/{authority:str}/{code:str}/capacity")
async def working(request: AnyRequest, pool: Pool, *, authority: str, code: str) -> Response[str]:
    """People an hour for each service and day ahead, and how the numbers came about."""
    async with transaction(pool) as tx:
        office, plans = await actions.plans_ahead(tx, OfficeId(f"{authority}/{code}"), now=datetime.now(UTC))
        services = {each.service_id: each for each in await catalogue.services_at(tx, office.office_id)}
    return page(
        request, "capacity/working.html", office=office, plans=plans, services=services, timezone=office.timezone
    )


@get("/staff/capacity")
async def offices(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """The offices that the visitor heads, with their services."""
    async with transaction(pool) as tx:
        headed = await actions.offices_headed(tx, visitor, now=datetime.now(UTC))
    return page(request, "capacity/offices.html", headed=headed)


@get("/staff/capacity/{authority:str}/{office:str}/{service:str}")
async def form_page(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, office: str, service: str
) -> Response[str]:
    """The form: how many are on the roster, what share of them comes, from when."""
    visitor.require_person()
    place = (OfficeId(f"{authority}/{office}"), ServiceId(f"{authority}/{service}"))
    answer = await _form_page(request, pool, visitor=visitor, place=place)
    # Now rather than after he has typed: a step-up would lose the form.
    require_sure(visitor, now=datetime.now(UTC))
    return answer


@post("/staff/capacity/{authority:str}/{office:str}/{service:str}", status_code=200)
async def set_capacity(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, form: Form, authority: str, office: str, service: str
) -> Response[str] | Redirect:
    """First the working to look at, then the slots."""
    now = datetime.now(UTC)
    require_sure(visitor, now=now)
    place = (OfficeId(f"{authority}/{office}"), ServiceId(f"{authority}/{service}"))
    wanted = _read(form, visitor)
    if not isinstance(wanted, Wanted) or form.text("step") == "change":
        errors = {} if isinstance(wanted, Wanted) else wanted
        return await _form_page(request, pool, visitor=visitor, place=place, form=form, errors=errors)
    try:
        if form.text("step") == "publish":
            await _publish(pool, visitor, place=place, wanted=wanted, now=now)
            return redirect(f"/offices/{authority}/{office}/capacity")
        return await _check_page(request, pool, visitor=visitor, place=place, form=form, wanted=wanted)
    except tuple(REFUSED_BY) as refusal:
        faults = {REFUSED_BY[type(refusal)]: refusal}
        return await _form_page(request, pool, visitor=visitor, place=place, form=form, errors=faults)


def require_sure(visitor: Visitor, *, now: datetime) -> None:
    """Whoever changes what people may hold has proved himself within the hour."""
    require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SET_AGE_MAX, now=now)


async def _publish(
    pool: Pool, visitor: Visitor, *, place: tuple[OfficeId, ServiceId], wanted: Wanted, now: datetime
) -> None:
    async with transaction(pool) as tx:
        await actions.set_capacity(
            tx,
            visitor,
            office_id=place[0],
            service_id=place[1],
            from_on=wanted.from_on,
            days_count=wanted.days_count,
            staffing=wanted.staffing,
            reason=wanted.reason,
            now=now,
        )


async def _check_page(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    place: tuple[OfficeId, ServiceId],
    form: Form,
    wanted: Wanted,
) -> Response[str]:
    async with transaction(pool) as tx:
        days = await actions.preview_capacity(
            tx,
            visitor,
            office_id=place[0],
            service_id=place[1],
            from_on=wanted.from_on,
            days_count=wanted.days_count,
            staffing=wanted.staffing,
            reason=wanted.reason,
            now=datetime.now(UTC),
        )
        office, service = await catalogue.office(tx, place[0]), await catalogue.service(tx, place[1])
    return page(
        request,
        "capacity/check.html",
        office=office,
        service=service,
        timezone=office.timezone,
        days=days,
        wanted=wanted,
        typed=_typed(form),
    )


async def _form_page(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    place: tuple[OfficeId, ServiceId],
    form: Form | None = None,
    errors: Mapping[str, str | Refusal] | None = None,
) -> Response[str]:
    async with transaction(pool) as tx:
        office, service = await actions.office_to_staff(
            tx, visitor, office_id=place[0], service_id=place[1], now=datetime.now(UTC)
        )
    return page(
        request,
        "capacity/form.html",
        errors=errors,
        office=office,
        service=service,
        typed=_typed(form),
    )


def _typed(form: Form | None) -> dict[str, str]:
    return {name: form.text(name, length_max=REASON_LENGTH_MAX) if form else "" for name in FIELDS}


def _read(form: Form, visitor: Visitor) -> Wanted | dict[str, str]:
    """What the form says, or what is wrong with it beside each field."""
    _ = translations(visitor.language).gettext
    staff, share = form.whole("staff_on_roster", most=STAFF_MAX), form.whole("share_percent", most=100)
    view, days = form.whole("department_view", most=VIEW_MAX), form.whole("days", most=DAYS_MAX)
    from_on, reason = form.date("from"), form.text("reason", length_max=REASON_LENGTH_MAX)
    errors: dict[str, str] = {}
    if staff is None:
        errors["staff_on_roster"] = _("Write how many work on this service, as a whole number")
    if share is None:
        errors["share_percent"] = _("Write a share from 0 to 100")
    if view is None and form.text("department_view"):
        errors["department_view"] = _("Write a whole number of people an hour, or leave it empty")
    if from_on is None:
        errors["from-day"] = _("Write a day that is in the calendar, such as 27 3 2027")
    if not days:
        errors["days"] = _("Write a number of days from 1 to 31")
    if not reason:
        errors["reason"] = _("Say by which decision, or why")
    if errors or staff is None or share is None or from_on is None or days is None:
        return errors
    staffing = Staffing(staff_on_roster=staff, share_percent=share, department_view=view)
    return Wanted(staffing=staffing, from_on=from_on, days_count=days, reason=reason)


routes = [working, offices, form_page, set_capacity]

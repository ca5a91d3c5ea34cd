"""Services and offices for everybody, and the form by which an authority gives a quota order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions
from dawr.catalogue.quota import PEOPLE_A_DAY_MAX, QuotaOrder, QuotaOrderBackdated
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.people.model import Assurance, require_fresh_person
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.language import sentence, translations
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

ORDER_AGE_MAX = timedelta(minutes=15)
DECISION_LENGTH_MAX = 200

AnyRequest = Request[Any, Any, Any]


@get("/services")
async def services(request: AnyRequest, pool: Pool) -> Response[str]:
    """Every service by authority, or those that hold the words of `q`."""
    query = request.query_params.get("q", "")[:100]
    async with transaction(pool) as tx:
        listings = await actions.list_services(tx, query=query, now=datetime.now(UTC))
    return page(request, "catalogue/services.html", listings=listings, query=query)


@get("/services/{authority:str}/{code:str}")
async def service(request: AnyRequest, pool: Pool, *, authority: str, code: str) -> Response[str]:
    """One service: what it is, what it costs and needs, where, how many a day, and by whose decision."""
    async with transaction(pool) as tx:
        view = await actions.view_service(tx, ServiceId(f"{authority}/{code}"), now=datetime.now(UTC))
    return page(request, "catalogue/service.html", view=view, timezone=view.authority.timezone)


@get("/services/{authority:str}/{code:str}/orders.json")
async def orders(pool: Pool, *, authority: str, code: str) -> dict[str, Any]:
    """The quota orders as they were signed, for whoever wants to check the signatures."""
    async with transaction(pool) as tx:
        view = await actions.view_service(tx, ServiceId(f"{authority}/{code}"), now=datetime.now(UTC))
    return {
        "algorithm": "Ed25519 over the UTF-8 bytes of each statement",
        "public_key": view.key.public_key.hex() if view.key else None,
        "orders": [{"statement": order.statement().decode(), "signature": order.signature} for order in view.orders],
    }


@get("/offices/{authority:str}/{code:str}")
async def office(request: AnyRequest, pool: Pool, *, authority: str, code: str) -> Response[str]:
    """One office: where it is, when it is open, what it offers."""
    async with transaction(pool) as tx:
        view = await actions.view_office(tx, OfficeId(f"{authority}/{code}"), now=datetime.now(UTC))
    return page(request, "catalogue/office.html", view=view, timezone=view.office.timezone)


@get("/staff/quota")
async def quota_services(request: AnyRequest, pool: Pool, *, visitor: Visitor) -> Response[str]:
    """The services whose daily number the visitor may order."""
    async with transaction(pool) as tx:
        found = await actions.services_to_order(tx, visitor, now=datetime.now(UTC))
    return page(request, "catalogue/quota_services.html", services=found)


@get("/staff/quota/{authority:str}/{code:str}")
async def quota_form(request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, code: str) -> Response[str]:
    """The form for a new order, beside the orders that stand; who may give one proves himself before he types."""
    form = await _quota_page(request, pool, visitor=visitor, service_id=ServiceId(f"{authority}/{code}"))
    _require_sure(visitor)
    return form


@post("/staff/quota/{authority:str}/{code:str}", status_code=200)
async def order_quota(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form, authority: str, code: str
) -> Response[str] | Redirect:
    """First the answers to check, then the order: signed, numbered, public and in the log."""
    _require_sure(visitor)
    service_id = ServiceId(f"{authority}/{code}")
    errors = _faults(form, visitor)
    if errors or form.text("step") != "order":
        step = "form" if errors or form.text("step") == "change" else "check"
        return await _quota_page(
            request, pool, visitor=visitor, service_id=service_id, form=form, errors=errors, step=step
        )
    try:
        order = await _order(pool, form, settings=settings, visitor=visitor, service_id=service_id)
    except QuotaOrderBackdated as refusal:
        backdated = {"from": sentence(refusal, language=visitor.language)}
        return await _quota_page(
            request, pool, visitor=visitor, service_id=service_id, form=form, errors=backdated, step="form"
        )
    return redirect(f"/staff/quota/{service_id}?given={order.number}")


async def _order(pool: Pool, form: Form, *, settings: Settings, visitor: Visitor, service_id: ServiceId) -> QuotaOrder:
    people_a_day, from_on = form.whole("people_a_day", most=PEOPLE_A_DAY_MAX), form.date("from")
    assert people_a_day is not None, "the form was checked"
    assert from_on is not None, "the form was checked"
    async with transaction(pool) as tx:
        return await actions.order_quota(
            tx,
            visitor,
            settings=settings,
            service_id=service_id,
            people_a_day=people_a_day,
            from_on=from_on,
            until_on=None,
            decision=form.text("decision", length_max=DECISION_LENGTH_MAX),
            now=datetime.now(UTC),
        )


async def _quota_page(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    service_id: ServiceId,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    step: str = "form",
) -> Response[str]:
    async with transaction(pool) as tx:
        view = await actions.view_service_to_order(tx, visitor, service_id, now=datetime.now(UTC))
    names = ("people_a_day", "from-day", "from-month", "from-year", "decision")
    return page(
        request,
        "catalogue/quota_check.html" if step == "check" else "catalogue/quota.html",
        status_code=422 if errors else 200,
        errors=errors,
        view=view,
        timezone=view.authority.timezone,
        typed={name: form.text(name) if form else "" for name in names},
        people_a_day=form.whole("people_a_day", most=PEOPLE_A_DAY_MAX) if form else None,
        from_on=form.date("from") if form else None,
        given=request.query_params.get("given", ""),
    )


def _require_sure(visitor: Visitor) -> None:
    """An order binds everybody, so whoever gives one has just proved himself at the highest level."""
    require_fresh_person(visitor, assurance=Assurance.HIGH, age_max=ORDER_AGE_MAX, now=datetime.now(UTC))


def _faults(form: Form, visitor: Visitor) -> dict[str, str]:
    """What is missing or cannot be read, beside the field that it is about."""
    _ = translations(visitor.language).gettext
    found: dict[str, str] = {}
    if form.whole("people_a_day", most=PEOPLE_A_DAY_MAX) is None:
        found["people_a_day"] = _("Write a whole number of people a day, 0 or more")
    if form.date("from") is None:
        found["from"] = _("Write a day that is in the calendar, such as 27 3 2027")
    if not form.text("decision", length_max=DECISION_LENGTH_MAX):
        found["decision"] = _("Name the decision on which the order rests")
    return found


routes = [services, service, orders, office, quota_services, quota_form, order_quota]

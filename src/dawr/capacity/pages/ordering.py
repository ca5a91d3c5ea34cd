"""The form by which an authority orders how many people a day a service takes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from dawr.capacity import actions
from dawr.catalogue import actions as catalogue
from dawr.catalogue.quota import PEOPLE_A_DAY_MAX, QuotaOrder, QuotaOrderBackdated, QuotaOrderBreaksPromise
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.people.model import Assurance, require_fresh_person
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.language import next_step, sentence, translations
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

ORDER_AGE_MAX = timedelta(minutes=15)
DECISION_LENGTH_MAX = 200

FIELDS = ("people_a_day", "from-day", "from-month", "from-year", "decision")

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form as it was understood."""

    people_a_day: int
    from_on: date
    decision: str


@get("/staff/quota")
async def quota_services(request: AnyRequest, pool: Pool, *, visitor: Visitor) -> Response[str]:
    """The services whose daily number the visitor may order."""
    async with transaction(pool) as tx:
        found = await catalogue.services_to_order(tx, visitor, now=datetime.now(UTC))
    return page(request, "capacity/quota_services.html", services=found)


@get("/staff/quota/{authority:str}/{code:str}")
async def quota_form(request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, code: str) -> Response[str]:
    """The form for a new order, beside the orders that stand; who may give one proves himself before he types."""
    form = await _form_page(request, pool, visitor=visitor, service_id=ServiceId(f"{authority}/{code}"))
    _require_sure(visitor)
    return form


@post("/staff/quota/{authority:str}/{code:str}", status_code=200)
async def order_quota(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form, authority: str, code: str
) -> Response[str] | Redirect:
    """First the answers to check, then the order: signed, numbered, public and in the log."""
    _require_sure(visitor)
    service_id, wanted = ServiceId(f"{authority}/{code}"), _read(form, visitor)
    if not isinstance(wanted, Wanted) or form.text("step") == "change":
        errors = {} if isinstance(wanted, Wanted) else wanted
        return await _form_page(request, pool, visitor=visitor, service_id=service_id, form=form, errors=errors)
    try:
        if form.text("step") == "order":
            order = await _order(pool, visitor, settings=settings, service_id=service_id, wanted=wanted)
            return redirect(f"/staff/quota/{service_id}?given={order.number}")
        return await _check_page(request, pool, visitor=visitor, service_id=service_id, form=form, wanted=wanted)
    except (QuotaOrderBackdated, QuotaOrderBreaksPromise) as refusal:
        said = f"{sentence(refusal, language=visitor.language)} {next_step(refusal, language=visitor.language)}"
        errors = {"from-day": said}
        return await _form_page(request, pool, visitor=visitor, service_id=service_id, form=form, errors=errors)


async def _order(
    pool: Pool, visitor: Visitor, *, settings: Settings, service_id: ServiceId, wanted: Wanted
) -> QuotaOrder:
    async with transaction(pool) as tx:
        return await actions.order_quota(
            tx,
            visitor,
            settings=settings,
            service_id=service_id,
            people_a_day=wanted.people_a_day,
            from_on=wanted.from_on,
            decision=wanted.decision,
            now=datetime.now(UTC),
        )


async def _check_page(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, service_id: ServiceId, form: Form, wanted: Wanted
) -> Response[str]:
    async with transaction(pool) as tx:
        order, promised = await actions.preview_quota_order(
            tx,
            visitor,
            service_id=service_id,
            people_a_day=wanted.people_a_day,
            from_on=wanted.from_on,
            decision=wanted.decision,
            now=datetime.now(UTC),
        )
        view = await catalogue.view_service_to_order(tx, visitor, service_id, now=datetime.now(UTC))
    return page(
        request,
        "capacity/quota_check.html",
        view=view,
        timezone=view.authority.timezone,
        order=order,
        promised=promised,
        typed=_typed(form),
    )


async def _form_page(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    service_id: ServiceId,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    async with transaction(pool) as tx:
        view = await catalogue.view_service_to_order(tx, visitor, service_id, now=datetime.now(UTC))
    return page(
        request,
        "capacity/quota.html",
        errors=errors,
        view=view,
        timezone=view.authority.timezone,
        typed=_typed(form),
        given=request.query_params.get("given", ""),
    )


def _typed(form: Form | None) -> dict[str, str]:
    return {name: form.text(name, length_max=DECISION_LENGTH_MAX) if form else "" for name in FIELDS}


def _require_sure(visitor: Visitor) -> None:
    """An order binds everybody, so whoever gives one has just proved himself at the highest level."""
    require_fresh_person(visitor, assurance=Assurance.HIGH, age_max=ORDER_AGE_MAX, now=datetime.now(UTC))


def _read(form: Form, visitor: Visitor) -> Wanted | dict[str, str]:
    """What the form says, or what is missing or cannot be read beside each field."""
    _ = translations(visitor.language).gettext
    people_a_day, from_on = form.whole("people_a_day", most=PEOPLE_A_DAY_MAX), form.date("from")
    decision = form.text("decision", length_max=DECISION_LENGTH_MAX)
    errors: dict[str, str] = {}
    if people_a_day is None:
        errors["people_a_day"] = _("Write a whole number of people a day, 0 or more")
    if from_on is None:
        errors["from-day"] = _("Write a day that is in the calendar, such as 27 3 2027")
    if not decision:
        errors["decision"] = _("Name the decision on which the order rests")
    if errors or people_a_day is None or from_on is None:
        return errors
    return Wanted(people_a_day=people_a_day, from_on=from_on, decision=decision)


routes = [quota_services, quota_form, order_quota]

"""The counter's screen: call the next person, open with the card, close with an outcome."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import grouped
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import CALLS_MAX, Outcome, VisitState, office_of
from dawr.tickets.pages.workplace import choose_place, officer_at, places_of_work
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

DESK_LENGTH_MAX = 12
REASON_LENGTH_MAX = 300


@get("/counter")
async def counter(
    request: AnyRequest, pool: Pool, visitor: Visitor, *, office: str = "", desk: str = "", told: str = ""
) -> Response[str]:
    """Who waits, who is called, and the visit in this clerk's hand; `told` is what the last step came to."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_of_work(tx, visitor, role=Role.CLERK)
        if not office and len(offices) > 1:
            return choose_place(request, offices, path="/counter")
        clerk = await officer_at(tx, visitor, role=Role.CLERK, office=office or offices[0].office_id, now=now)
        return await _counter_page(tx, request, clerk, desk=desk, now=now, told=told)


@post("/counter/call")
async def call(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """The next admitted person to this desk."""
    desk, now = form.text("desk", length_max=DESK_LENGTH_MAX), datetime.now(UTC)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if not desk:
            say = translations(visitor.language).gettext
            errors = {"desk": say("Write the number of your desk, so that people know where to go")}
            return await _counter_page(tx, request, clerk, desk="", now=now, errors=errors)
        called = await actions.call_next(tx, clerk=clerk, desk=desk, now=now)
    return _back(form, told="" if called else "nobody")


@post("/counter/card")
async def card(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Open the visit with the number on the card; the second wrong card closes it."""
    number, now = form.code("number"), datetime.now(UTC)
    say = translations(visitor.language).gettext
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if not number.isdecimal():
            errors = {"number": say("Type the civil number on the card; nothing has been counted")}
            return await _counter_page(tx, request, clerk, desk=form.text("desk"), now=now, errors=errors)
        state = await actions.open_visit(tx, clerk=clerk, card_number=number, settings=settings, now=now)
        if state is VisitState.CALLED:
            errors = {
                "number": say("This is not the number that the ticket is for. Read it once more: one try is left")
            }
            return await _counter_page(tx, request, clerk, desk=form.text("desk"), now=now, errors=errors)
    return _back(form, told=Outcome.IDENTITY_MISMATCH if state is VisitState.CLOSED else "")


@post("/counter/absent")
async def absent(pool: Pool, visitor: Visitor, form: Form) -> Redirect:
    """Who was called did not come."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        state = await actions.put_back(tx, clerk=await _clerk(tx, visitor, form, now=now), now=now)
    return _back(form, told=Outcome.NOT_THERE if state is VisitState.CLOSED else "put_back")


@post("/counter/close")
async def close(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """Served, or not served and why."""
    now = datetime.now(UTC)
    chosen, reason = form.text("outcome"), form.text("reason", length_max=REASON_LENGTH_MAX)
    say = translations(visitor.language).gettext
    errors: dict[str, str] = {}
    if chosen not in {Outcome.SERVED, Outcome.NOT_SERVED}:
        errors["outcome"] = say("Choose how the visit ended")
    elif chosen == Outcome.NOT_SERVED and not reason:
        errors["reason"] = say("Write why, in words that the person can use")
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if errors:
            return await _counter_page(tx, request, clerk, desk=form.text("desk"), now=now, errors=errors, form=form)
        outcome = Outcome(chosen)
        why = reason if outcome is Outcome.NOT_SERVED else None
        await actions.close_visit(tx, clerk=clerk, outcome=outcome, reason=why, now=now)
    return _back(form, told=outcome)


async def _clerk(tx: Transaction, visitor: Visitor, form: Form, *, now: datetime) -> Officer:
    return await officer_at(tx, visitor, role=Role.CLERK, office=form.text("office"), now=now)


async def _counter_page(
    tx: Transaction,
    request: AnyRequest,
    clerk: Officer,
    *,
    desk: str,
    now: datetime,
    told: str = "",
    errors: dict[str, str] | None = None,
    form: Form | None = None,
) -> Response[str]:
    hall = await actions.hall_of(tx, clerk=clerk, now=now)
    visit = hall.in_hand
    return page(
        request,
        "tickets/counter.html",
        office=await catalogue.office(tx, office_of(clerk)),
        hall=hall,
        visit=visit,
        holder=await people.person(tx, visit.person_id) if visit else None,
        service=await catalogue.service(tx, visit.service_id) if visit else None,
        reference=grouped((await booking.booking(tx, visit.service_id, visit.booking_id)).reference) if visit else "",
        desk=visit.desk if visit else desk,
        calls_left=CALLS_MAX - visit.calls if visit else 0,
        typed={name: form.text(name, length_max=REASON_LENGTH_MAX) if form else "" for name in ("outcome", "reason")},
        told=told if told in {*Outcome, "nobody", "put_back"} else "",
        errors=errors,
    )


def _back(form: Form, *, told: str) -> Redirect:
    where = {"office": form.text("office"), "desk": form.text("desk", length_max=DESK_LENGTH_MAX), "told": told}
    return redirect("/counter?" + urlencode({name: value for name, value in where.items() if value}))


routes = [counter, call, card, absent, close]

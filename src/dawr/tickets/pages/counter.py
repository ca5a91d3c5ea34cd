"""The counter's screen: call the next person, open with the card, close with an outcome."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import grouped
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import fold_digits
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import (
    CalledElsewhere,
    CardUnreadable,
    CorrectionOver,
    NotCalledYet,
    NoTicketShown,
    NotLetIn,
    OriginalsUnseen,
    Outcome,
    Visit,
    VisitOver,
    VisitState,
    office_of,
)
from dawr.tickets.pages.workplace import choose_place, officer_at, places_of_work
from dawr.tickets.payload import CODE_CHARACTERS_MAX
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

DESK_LENGTH_MAX = 12
REASON_LENGTH_MAX = 300
CARD_LENGTH_MAX = 200
TYPED_LENGTH_MAX = 2 * CODE_CHARACTERS_MAX
TOLD = {*Outcome, "nobody", "put_back", "recalled", "seen", "corrected"}
NOT_AT_THIS_COUNTER = (NoTicketShown, NotLetIn, NotCalledYet, CalledElsewhere, VisitOver)

Faults = Mapping[str, str | Refusal]


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
    desk, now = fold_digits(form.text("desk", length_max=DESK_LENGTH_MAX)), datetime.now(UTC)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if not desk:
            say = translations(visitor.language).gettext
            errors = {"desk": say("Write the number of your desk, so that people know where to go")}
            return await _counter_page(tx, request, clerk, desk="", now=now, errors=errors)
        called = await actions.call_next(tx, clerk=clerk, desk=desk, now=now)
    return _back(form, told="" if called else "nobody")


@post("/counter/recall")
async def recall(pool: Pool, visitor: Visitor, form: Form) -> Redirect:
    """The called token once more on the display."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        await actions.recall(tx, clerk=await _clerk(tx, visitor, form, now=now), now=now)
    return _back(form, told="recalled")


@post("/counter/ticket")
async def ticket(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """The second scan: whether the ticket at this desk is the called one, and if not, what to do."""
    shown, now = form.raw("code", length_max=TYPED_LENGTH_MAX).strip("\t\r\n"), datetime.now(UTC)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        try:
            await actions.see_ticket(tx, clerk=clerk, shown=shown, now=now)
        except NOT_AT_THIS_COUNTER as refusal:
            errors = {"code": refusal}
            return await _counter_page(tx, request, clerk, desk=form.text("desk"), now=now, errors=errors)
    return _back(form, told="seen")


@post("/counter/card")
async def card(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Open the visit with the number on the card; the second wrong card closes it."""
    typed, now = form.raw("number", length_max=CARD_LENGTH_MAX), datetime.now(UTC)
    say = translations(visitor.language).gettext
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        errors: Faults = {
            "number": say("This is not the number that the ticket is for. Read it once more: one try is left")
        }
        try:
            state = await actions.open_visit(tx, clerk=clerk, card=typed, settings=settings, now=now)
        except CardUnreadable as refusal:
            state, errors = VisitState.CALLED, {"number": refusal}
        if state is VisitState.CALLED:
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
    now, ending = datetime.now(UTC), _ending(form)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if errors := await _faults(visitor, ending, done=partial(actions.close_visit, tx, clerk=clerk, now=now)):
            return await _counter_page(tx, request, clerk, desk=form.text("desk"), now=now, errors=errors, form=form)
    return _back(form, told=ending["outcome"])


@get("/counter/correct")
async def ask_correction(
    request: AnyRequest, pool: Pool, visitor: Visitor, *, office: str = "", desk: str = ""
) -> Response[str]:
    """The visit that this clerk closed a moment ago, and the other way in which it may have ended."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        clerk = await officer_at(tx, visitor, role=Role.CLERK, office=office, now=now)
        return await _correction_page(tx, request, clerk, desk=desk, now=now)


@post("/counter/correct")
async def correct(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """A second entry that stands beside the first."""
    now, ending = datetime.now(UTC), _ending(form)
    async with transaction(pool) as tx:
        clerk = await _clerk(tx, visitor, form, now=now)
        if errors := await _faults(visitor, ending, done=partial(actions.correct_outcome, tx, clerk=clerk, now=now)):
            desk = form.text("desk", length_max=DESK_LENGTH_MAX)
            return await _correction_page(tx, request, clerk, desk=desk, now=now, errors=errors, form=form)
    return _back(form, told="corrected")


async def _clerk(tx: Transaction, visitor: Visitor, form: Form, *, now: datetime) -> Officer:
    return await officer_at(tx, visitor, role=Role.CLERK, office=form.text("office"), now=now)


def _ending(form: Form) -> dict[str, Any]:
    """How the clerk says that a visit ended; whatever is not "served" needs a reason."""
    return {
        "outcome": Outcome.SERVED if form.text("outcome") == Outcome.SERVED else Outcome.NOT_SERVED,
        "reason": form.text("reason", length_max=REASON_LENGTH_MAX),
        "originals_seen": frozenset(form.choices("originals")),
    }


async def _faults(
    visitor: Visitor, ending: Mapping[str, Any], *, done: Callable[..., Awaitable[None]]
) -> dict[str, str | Refusal]:
    """What stands against this ending, beside its field; without a fault it has been `done`."""
    if ending["outcome"] is not Outcome.SERVED and not ending["reason"]:
        return {"reason": translations(visitor.language).gettext("Write why, in words that the person can use")}
    try:
        await done(**ending)
    except OriginalsUnseen as refusal:
        return {"originals": refusal}
    return {}


async def _counter_page(
    tx: Transaction,
    request: AnyRequest,
    clerk: Officer,
    *,
    desk: str,
    now: datetime,
    told: str = "",
    errors: Faults | None = None,
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
        desk=visit.desk if visit else desk,
        told=told if told in TOLD else "",
        typed=_typed(form),
        errors=errors,
        **(await _shown(tx, visit, now=now) if visit else {}),
    )


async def _correction_page(
    tx: Transaction,
    request: AnyRequest,
    clerk: Officer,
    *,
    desk: str,
    now: datetime,
    errors: Faults | None = None,
    form: Form | None = None,
) -> Response[str]:
    visit = (await actions.hall_of(tx, clerk=clerk, now=now)).correctable
    if visit is None:
        raise CorrectionOver
    return page(
        request,
        "tickets/correction.html",
        office=await catalogue.office(tx, office_of(clerk)),
        visit=visit,
        desk=desk,
        typed=_typed(form),
        errors=errors,
        **await _shown(tx, visit, now=now),
    )


async def _shown(tx: Transaction, visit: Visit, *, now: datetime) -> dict[str, Any]:
    """Who sits at the desk, for what, and with which papers."""
    documents, asked = await actions.documents_to_see(tx, visit, now=now)
    held = await booking.booking(tx, visit.service_id, visit.booking_id)
    return {
        "holder": await people.person(tx, visit.person_id),
        "proxy": await actions.proxy_of(tx, visit) if visit.has_proxy else None,
        "service": await catalogue.service(tx, visit.service_id),
        "reference": grouped(held.reference),
        "documents": documents,
        "originals_asked": asked,
    }


def _typed(form: Form | None) -> dict[str, Any]:
    reason = form.text("reason", length_max=REASON_LENGTH_MAX) if form else ""
    return {"reason": reason, "originals": form.choices("originals") if form else ()}


def _back(form: Form, *, told: str) -> Redirect:
    where = {"office": form.text("office"), "desk": form.text("desk", length_max=DESK_LENGTH_MAX), "told": told}
    return redirect("/counter?" + urlencode({name: value for name, value in where.items() if value}))


routes = [counter, call, recall, ticket, card, absent, close, ask_correction, correct]

"""Entering a draw: say what suits you, check it, send it, keep the receipt; change or leave until the freeze."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.response import Redirect

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.people.model import Assurance, require_fresh_person
from dawr.releases import actions
from dawr.releases.entry_line import read_entry_line
from dawr.releases.model import AlreadyEntered, receipt_text, require_open
from dawr.releases.pages.address import DRAW, AnyRequest, Asked, asked_draw
from dawr.releases.pages.wishes import Asking, faults_of, read_asking
from dawr.releases.views import EnteringView
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.language import sentence
from dawr.web.page import page, redirect
from dawr.web.session import Visitor, visitor_of

ENTER_AGE_MAX = timedelta(hours=2)


@get("/enter")
async def ask(request: AnyRequest, pool: Pool, visitor: Visitor, asked: Asked) -> Response[str] | Redirect:
    """Which places suit you; who has entered already sees his entry, unless he came to change it."""
    entering = await _entering(pool, asked, person_id=_require_sure(visitor))
    if entering.entry and not request.query_params:
        return redirect(f"{asked.path}/entry")
    return _form_page(request, entering, asking=read_asking(_queried(request)))


@get("/enter/check")
async def check(request: AnyRequest, pool: Pool, visitor: Visitor, asked: Asked) -> Response[str]:
    """The answers once more before they are sent; what cannot be taken comes back beside its field."""
    entering = await _entering(pool, asked, person_id=_require_sure(visitor))
    asking = read_asking(_queried(request))
    if faults := faults_of(asking, places=entering.view.places, classes=entering.classes):
        return _form_page(request, entering, asking=asking, faults=faults)
    is_change = entering.entry is not None
    return page(request, "releases/check.html", view=entering.view, asking=asking, is_change=is_change)


@post("/enter")
async def enter(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, asked: Asked, form: Form
) -> Response[str] | Redirect:
    """Enter, or change an entry; sending it twice is sending it once."""
    person_id = _require_sure(visitor)
    entering = await _entering(pool, asked, person_id=person_id)
    asking = read_asking(form)
    if faults := faults_of(asking, places=entering.view.places, classes=entering.classes):
        return _form_page(request, entering, asking=asking, faults=faults)
    try:
        await _save(pool, entering, asking=asking, person_id=person_id, settings=settings)
    except AlreadyEntered:
        # Sent twice at once, the other one was first and said the same; who is in another draw is refused here again.
        await _entering(pool, asked, person_id=person_id)
    return redirect(f"{asked.path}/entry")


@get("/entry")
async def show_entry(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, asked: Asked
) -> Response[str]:
    """You are in: the label, what was asked for, when lots are drawn, the receipt to keep."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=now)
        entry = await actions.own_entry(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id)
        receipt = await actions.receipt_for(
            tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id, settings=settings
        )
    entrant = read_entry_line(entry.line.encode())
    return page(
        request, "releases/entry.html", view=view, entry=entry, entrant=entrant, receipt_text=receipt_text(receipt)
    )


@get("/entry/withdraw")
async def ask_withdraw(request: AnyRequest, pool: Pool, visitor: Visitor, asked: Asked) -> Response[str]:
    """Asks once before an entry is taken out."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=now)
        entry = await actions.own_entry(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id)
    require_open(view.release, now=now)
    return page(request, "releases/withdraw.html", view=view, entry=entry)


@post("/entry/withdraw")
async def withdraw(pool: Pool, visitor: Visitor, asked: Asked) -> Redirect:
    """Leave the draw; who has left already is taken to the same page."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        if await actions.entry_of(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id):
            await actions.withdraw(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id, now=now)
    return redirect(f"{asked.path}?left=yes")


async def _save(pool: Pool, entering: EnteringView, *, asking: Asking, person_id: PersonId, settings: Settings) -> None:
    release = entering.view.release
    save = actions.change_entry if entering.entry else actions.enter
    async with transaction(pool) as tx:
        await save(
            tx,
            service_id=release.service_id,
            draw_id=release.draw_id,
            person_id=person_id,
            wishes=asking.wanted,
            draw_class=asking.draw_class,
            settings=settings,
            now=datetime.now(UTC),
        )


def _form_page(
    request: AnyRequest, entering: EnteringView, *, asking: Asking, faults: Mapping[str, Refusal] | None = None
) -> Response[str]:
    language = visitor_of(request).language
    return page(
        request,
        "releases/enter.html",
        status_code=422 if faults else 200,
        errors={field: sentence(refusal, language=language) for field, refusal in (faults or {}).items()},
        view=entering.view,
        asking=asking,
        is_change=entering.entry is not None,
        classes=entering.classes,
    )


async def _entering(pool: Pool, asked: Asked, *, person_id: PersonId) -> EnteringView:
    async with transaction(pool) as tx:
        return await actions.view_entering(
            tx, asked.service_id, asked.draw_id, person_id=person_id, now=datetime.now(UTC)
        )


def _require_sure(visitor: Visitor) -> PersonId:
    """One chance for one person rests on knowing which person it is."""
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=ENTER_AGE_MAX, now=datetime.now(UTC))


def _queried(request: AnyRequest) -> Form:
    """The answers of a form that changes nothing and therefore travels in the address."""
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in request.query_params.multi_items():
        fields[name] = (*fields.get(name, ()), value)
    return Form(fields)


routes = [
    Router(
        path=DRAW,
        route_handlers=[ask, check, enter, show_entry, ask_withdraw, withdraw],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
    )
]

"""Entering a draw: say what suits you, check it, send it, keep the receipt; change or leave until the freeze."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.response import Redirect

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import Assurance, require_fresh_person
from dawr.releases import actions
from dawr.releases.actions import EntryAsked
from dawr.releases.entry_line import LABEL, read_entry_line
from dawr.releases.model import AlreadyEntered, receipt_text, require_open
from dawr.releases.pages.address import DRAW, AnyRequest, AskedDraw, asked_draw
from dawr.releases.pages.api import ENTER_AGE_MAX, hot_work
from dawr.releases.pages.wishes import Asking, asking_of, faults_of, read_asking
from dawr.releases.views import EnteringView
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor, draft_of, forget_draft, keep_draft


@get("/enter")
async def ask(request: AnyRequest, pool: Pool, visitor: Visitor, asked: AskedDraw) -> Response[str] | Redirect:
    """Which places suit you; who has entered already sees his entry, unless he came to change it.

    What was typed and not sent stands in the form, unless `change=anew`; else a change begins from the present wishes.
    """
    entering = await _entering(pool, asked, person_id=_require_sure(visitor))
    if entering.entry and not request.query_params:
        return redirect(f"{asked.path}/entry")
    typed = None if request.query_params.get("change") == "anew" else _unsent(request, asked)
    asking = typed or asking_of(entering.entry, places=entering.view.places)
    return _form_page(request, entering, asking=asking, is_unsent=typed is not None)


@post("/enter/check")
async def keep_answers(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, asked: AskedDraw, form: Form
) -> Response[str] | Redirect:
    """Keep the answers and show them once more; what cannot be taken comes back beside its field."""
    entering = await _entering(pool, asked, person_id=_require_sure(visitor))
    asking = read_asking(form)
    if faults := faults_of(asking, places=entering.view.places, classes=entering.classes):
        return _form_page(request, entering, asking=asking, faults=faults)
    keep_draft(request, path=asked.path, fields=asking.fields)
    return redirect(f"{asked.path}/enter/check")


@get("/enter/check")
async def check(request: AnyRequest, pool: Pool, visitor: Visitor, asked: AskedDraw) -> Response[str] | Redirect:
    """The answers once more before they are sent; they stand in no address, and a reload changes nothing."""
    entering = await _entering(pool, asked, person_id=_require_sure(visitor))
    asking = _unsent(request, asked)
    if asking is None:
        return redirect(f"{asked.path}/enter")
    if faults := faults_of(asking, places=entering.view.places, classes=entering.classes):
        return _form_page(request, entering, asking=asking, faults=faults)
    is_change = entering.entry is not None
    return page(request, "releases/check.html", view=entering.view, asking=asking, is_change=is_change)


@post("/enter")
async def enter(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, asked: AskedDraw, form: Form
) -> Response[str] | Redirect:
    """Enter, or change an entry; sending it twice is sending it once."""
    person_id = _require_sure(visitor)
    entering = await _entering(pool, asked, person_id=person_id)
    asking = read_asking(form)
    if faults := faults_of(asking, places=entering.view.places, classes=entering.classes):
        return _form_page(request, entering, asking=asking, faults=faults)
    try:
        await _save(request, entering, asking=asking, person_id=person_id, settings=settings)
    except AlreadyEntered:
        # Sent twice at once, the other one was first and said the same; who is in another draw is refused here again.
        await _entering(pool, asked, person_id=person_id)
    forget_draft(request)
    return redirect(f"{asked.path}/entry")


@get("/entry")
async def show_entry(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, asked: AskedDraw
) -> Response[str]:
    """You are in: the label, what was asked for, when lots are drawn, the receipt to keep, those that it replaced."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=now)
        entry = await actions.own_entry(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id)
        receipt = await actions.receipt_for(
            tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id, settings=settings
        )
        ended = await actions.view_ended(tx, view.release, label=entry.label)
    return page(
        request,
        "releases/entry.html",
        view=view,
        entry=entry,
        entrant=read_entry_line(entry.line.encode()),
        receipt_text=receipt_text(receipt),
        ended=ended,
    )


@get("/entry/withdraw")
async def ask_withdraw(request: AnyRequest, pool: Pool, visitor: Visitor, asked: AskedDraw) -> Response[str]:
    """Asks once before an entry is taken out."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        view = await actions.view_release(tx, asked.service_id, asked.draw_id, now=now)
        entry = await actions.own_entry(tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id)
    require_open(view.release, now=now)
    return page(request, "releases/withdraw.html", view=view, entry=entry)


@post("/entry/withdraw")
async def withdraw(pool: Pool, *, settings: Settings, visitor: Visitor, asked: AskedDraw, form: Form) -> Redirect:
    """Leave the draw, and on to what everybody can read of it; who has left already is taken there too."""
    person_id, label = _require_sure(visitor), form.code("label")
    try:
        async with transaction(pool) as tx:
            label = await actions.withdraw(
                tx,
                service_id=asked.service_id,
                draw_id=asked.draw_id,
                person_id=person_id,
                settings=settings,
                now=datetime.now(UTC),
            )
    except NotFound:
        if not LABEL.fullmatch(label.encode()):
            raise
    return redirect(f"{asked.path}/why/{label}")


async def _save(
    request: AnyRequest, entering: EnteringView, *, asking: Asking, person_id: PersonId, settings: Settings
) -> None:
    """A change goes by itself; entering goes together with everybody else who enters at this moment."""
    release, state = entering.view.release, request.app.state
    if entering.entry is None:
        await hot_work(state).entering.ask(
            EntryAsked(
                service_id=release.service_id,
                draw_id=release.draw_id,
                person_id=person_id,
                wishes=tuple(asking.wanted),
                draw_class=asking.draw_class,
                asked_key=secrets.token_bytes(16),
            )
        )
        return
    async with transaction(state.pool) as tx:
        await actions.change_entry(
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
    request: AnyRequest,
    entering: EnteringView,
    *,
    asking: Asking,
    faults: Mapping[str, Refusal] | None = None,
    is_unsent: bool = False,
) -> Response[str]:
    return page(
        request,
        "releases/enter.html",
        errors=faults,
        view=entering.view,
        asking=asking,
        is_change=entering.entry is not None,
        is_unsent=is_unsent,
        classes=entering.classes,
    )


async def _entering(pool: Pool, asked: AskedDraw, *, person_id: PersonId) -> EnteringView:
    async with transaction(pool) as tx:
        return await actions.view_entering(
            tx, asked.service_id, asked.draw_id, person_id=person_id, now=datetime.now(UTC)
        )


def _require_sure(visitor: Visitor) -> PersonId:
    """One chance for one person rests on knowing which person it is."""
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=ENTER_AGE_MAX, now=datetime.now(UTC))


def _unsent(request: AnyRequest, asked: AskedDraw) -> Asking | None:
    """What this visitor has typed for this draw and not sent."""
    fields = draft_of(request, path=asked.path)
    return None if fields is None else read_asking(Form({name: (value,) for name, value in fields.items()}))


routes = [
    Router(
        path=DRAW,
        route_handlers=[ask, keep_answers, check, enter, show_entry, ask_withdraw, withdraw],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
    )
]

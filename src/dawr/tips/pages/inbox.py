"""The inbox of those who read tips: the authority's inspectors and investigators, and nobody of an office."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_text
from dawr.people import actions as people
from dawr.settings import Settings
from dawr.tips import actions
from dawr.tips.model import (
    NotToBeAsked,
    SaidEnough,
    StateUnchanged,
    StepTaken,
    TipId,
    TipKind,
    TipState,
    Wanted,
    WordsNeeded,
    WordsTooLong,
)
from dawr.tips.pages.telling import quiet
from dawr.transparency import actions as transparency
from dawr.web.forms import FIELD_LENGTH_MAX, Form
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor


@get("/tips/inbox")
async def inbox(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    authority: str = "",
    office: str = "",
    kind: str = "",
    tip_state: str = "",
) -> Response[str]:
    """The authority's tips, all or by office, kind and state."""
    wanted = Wanted(
        office_id=OfficeId(office) if office else None,
        kind=TipKind(kind) if kind in TipKind.__members__.values() else None,
        state=TipState(tip_state) if tip_state in TipState.__members__.values() else None,
    )
    async with transaction(pool) as tx:
        officer = await actions.reader_of(tx, visitor, authority=authority, now=datetime.now(UTC))
        listed = await actions.inbox_of(tx, officer, wanted=wanted)
    return quiet(
        page(request, "tips/inbox.html", inbox=listed, wanted=wanted, kinds=list(TipKind), states=list(TipState))
    )


@get("/tips/inbox/{tip_id:uuid}")
async def show_tip(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, tip_id: UUID
) -> Response[str]:
    """One tip with everything that was told; the look is kept."""
    return await _tip_page(request, pool, tip_id=TipId(tip_id), settings=settings, visitor=visitor)


@get("/tips/inbox/{tip_id:uuid}/photographs/{number:int}")
async def show_photograph(
    pool: Pool, *, settings: Settings, visitor: Visitor, tip_id: UUID, number: int
) -> Response[bytes]:
    """One photograph; the look at it is kept by itself."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        officer = await actions.reader_for(tx, visitor, TipId(tip_id), now=now)
        content = await actions.photograph_of(tx, officer, TipId(tip_id), number=number, settings=settings, now=now)
    return quiet(Response(content, media_type="image/jpeg"))


@post("/tips/inbox/{tip_id:uuid}/answer", status_code=200)
async def answer(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form, tip_id: UUID
) -> Response[str] | Redirect:
    """Ask or tell its author something; he reads it with his receipt."""
    words, now = clean_text(form.raw("words", length_max=FIELD_LENGTH_MAX + 1)), datetime.now(UTC)
    try:
        async with transaction(pool) as tx:
            officer = await actions.reader_for(tx, visitor, TipId(tip_id), now=now)
            await actions.answer_tip(tx, officer, TipId(tip_id), words=words, settings=settings, now=now)
    except (WordsNeeded, WordsTooLong, NotToBeAsked, SaidEnough, StepTaken) as refusal:
        return await _tip_page(
            request,
            pool,
            tip_id=TipId(tip_id),
            settings=settings,
            visitor=visitor,
            typed={"words": words},
            errors={"words": refusal},
        )
    return redirect(f"/tips/inbox/{tip_id}")


@post("/tips/inbox/{tip_id:uuid}/step", status_code=200)
async def step(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form, tip_id: UUID
) -> Response[str] | Redirect:
    """Take the tip onward: looked at, passed on, closed with what came of it."""
    words, now = clean_text(form.raw("outcome", length_max=FIELD_LENGTH_MAX + 1)), datetime.now(UTC)
    typed = form.text("tip_state")
    try:
        state = _state(typed)
        async with transaction(pool) as tx:
            officer = await actions.reader_for(tx, visitor, TipId(tip_id), now=now)
            await actions.take_step(tx, officer, TipId(tip_id), state=state, words=words, now=now)
    except (StateUnchanged, WordsNeeded, WordsTooLong, StepTaken) as refusal:
        field = "tip_state" if isinstance(refusal, StateUnchanged | StepTaken) else "outcome"
        return await _tip_page(
            request,
            pool,
            tip_id=TipId(tip_id),
            settings=settings,
            visitor=visitor,
            typed={"outcome": words, "tip_state": typed},
            errors={field: refusal},
        )
    return redirect(f"/tips/inbox/{tip_id}")


def _state(typed: str) -> TipState:
    if typed not in TipState.__members__.values():
        raise StateUnchanged
    return TipState(typed)


async def _tip_page(
    request: AnyRequest,
    pool: Pool,
    *,
    tip_id: TipId,
    settings: Settings,
    visitor: Visitor,
    typed: dict[str, str] | None = None,
    errors: dict[str, Refusal] | None = None,
) -> Response[str]:
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        officer = await actions.reader_for(tx, visitor, tip_id, now=now)
        opened = await actions.open_tip(tx, officer, tip_id, settings=settings, now=now)
        tip, tied = opened.tip, await actions.tied_to(tx, officer, opened.tip)
        shown = page(
            request,
            "tips/tip.html",
            opened=opened,
            tip=tip,
            officer=officer,
            office=await catalogue.office(tx, tip.office_id) if tip.office_id else None,
            authority=await catalogue.authority(tx, tip.authority_id) if tip.authority_id else None,
            tied=tied,
            tied_office=await catalogue.office(tx, tied.ticket.office_id) if tied else None,
            tied_service=await catalogue.service(tx, tied.ticket.service_id) if tied else None,
            guard=await people.person(tx, tied.guard_id) if tied and tied.guard_id else None,
            lookers={
                officer_id: await people.person(tx, officer_id)
                for officer_id in {look.officer_id for look in opened.looks}
            },
            log_index=await transparency.index_of(tx, opened.logged.log_entry_id) if opened.logged else None,
            states=[state for state in TipState if state not in (TipState.NEW, tip.state)],
            typed={"words": "", "outcome": "", "tip_state": ""} | (typed or {}),
            errors=errors,
        )
    return quiet(shown)


routes = [inbox, show_tip, show_photograph, answer, step]

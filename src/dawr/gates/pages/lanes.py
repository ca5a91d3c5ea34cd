"""The branch head's gate today: open lanes, the rota, who is on shift, and what he overrode."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions
from dawr.gates.model.devices import LANES_MAX, REASON_LENGTH_MAX
from dawr.gates.model.shifts import ShiftId
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets.model import office_of
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

HEADS = (Role.BRANCH_HEAD,)
REVISIONS_MAX = 10_000


@get("/gate/lanes")
async def show_lanes(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, office: str = ""
) -> Response[str]:
    """Today's lanes and guards."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=HEADS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/lanes")
        head = await officer_among(tx, visitor, roles=HEADS, office=office or offices[0].office_id, now=now)
        return await _lanes_page(tx, request, head, settings=settings, now=now)


@post("/gate/lanes")
async def change_lanes(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Open more or fewer lanes for the rest of the day."""
    now, reason = datetime.now(UTC), form.text("reason", length_max=REASON_LENGTH_MAX)
    lanes_open, revision = form.whole("lanes", most=LANES_MAX), form.whole("revision", most=REVISIONS_MAX)
    say = translations(visitor.language).gettext
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        faults = {} if lanes_open else {"lanes": say("Write how many lanes are open, from 1 to 20")}
        faults |= _reason_faults(reason, field="lanes-reason", visitor=visitor)
        if faults or lanes_open is None:
            typed = {"lanes": form.text("lanes"), "lanes-reason": reason}
            return await _lanes_page(tx, request, head, settings=settings, now=now, faults=faults, typed=typed)
        await actions.change_lanes(tx, head=head, lanes_open=lanes_open, revision=revision or 0, reason=reason, now=now)
        return _back(head)


@post("/gate/lanes/shifts/{shift_id:uuid}/end")
async def end_shift(
    request: AnyRequest, pool: Pool, settings: Settings, *, visitor: Visitor, form: Form, shift_id: UUID
) -> Response[str] | Redirect:
    """End a guard's shift, so that another takes his device."""
    now, reason = datetime.now(UTC), form.text("reason", length_max=REASON_LENGTH_MAX)
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        if faults := _reason_faults(reason, field=f"end-reason-{shift_id}", visitor=visitor):
            return await _lanes_page(tx, request, head, settings=settings, now=now, faults=faults)
        await actions.end_shift(tx, head=head, shift_id=ShiftId(shift_id), reason=reason, now=now)
        return _back(head)


@post("/gate/lanes/online")
async def reopen_online_gate(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Let the guards work without their devices until the end of the day."""
    now, reason = datetime.now(UTC), form.text("reason", length_max=REASON_LENGTH_MAX)
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        if faults := _reason_faults(reason, field="online-reason", visitor=visitor):
            return await _lanes_page(tx, request, head, settings=settings, now=now, faults=faults)
        await actions.reopen_online_gate(tx, head=head, reason=reason, now=now)
        return _back(head)


async def _lanes_page(
    tx: Transaction,
    request: AnyRequest,
    head: Officer,
    *,
    settings: Settings,
    now: datetime,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    today = await actions.gate_day(tx, head=head, settings=settings, now=now)
    named = {each.guard_id for each in today.shifts} | {each.head_id for each in today.overrides}
    return page(
        request,
        "gates/lanes.html",
        errors=faults,
        office=await catalogue.office(tx, office_of(head)),
        today=today,
        persons={person_id: await people.person(tx, person_id) for person_id in named},
        devices={each.device_id: each for each in today.devices},
        is_online_gate_open=today.online_gate.is_open(now=now),
        typed=defaultdict(str, typed or {}),
    )


async def _head(tx: Transaction, visitor: Visitor, *, form: Form, now: datetime) -> Officer:
    return await officer_among(tx, visitor, roles=HEADS, office=form.text("office"), now=now)


def _back(head: Officer) -> Redirect:
    return redirect(f"/gate/lanes?office={quote(office_of(head), safe='')}")


def _reason_faults(reason: str, *, field: str, visitor: Visitor) -> dict[str, str]:
    say = translations(visitor.language).gettext
    return {} if reason else {field: say("Write why; your name and your reason are recorded")}


routes = [show_lanes, change_lanes, end_shift, reopen_online_gate]

"""The form by which the head of an office withdraws published times that nobody holds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from dawr.booking.model import SeatsSpokenFor, SlotId, SlotsHeld, require_nobodys
from dawr.capacity import actions
from dawr.capacity.pages.staffing import REASON_LENGTH_MAX, require_sure
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.web.forms import Form
from dawr.web.language import next_step, sentence, translations
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form as it was understood; one without times or without a reason is not ready to be checked."""

    day_on: date | None
    slot_ids: frozenset[SlotId]
    reason: str


@get("/staff/capacity/{authority:str}/{office:str}/{service:str}/withdraw")
async def withdraw_form(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, authority: str, office: str, service: str
) -> Response[str]:
    """The days with published times, and the times of the one that was chosen."""
    visitor.require_person()
    place = (OfficeId(f"{authority}/{office}"), ServiceId(f"{authority}/{service}"))
    wanted = Wanted(day_on=_day(request.query_params.get("day", "")), slot_ids=frozenset(), reason="")
    answer = await _page(request, pool, visitor=visitor, place=place, wanted=wanted)
    require_sure(visitor, now=datetime.now(UTC))
    return answer


@post("/staff/capacity/{authority:str}/{office:str}/{service:str}/withdraw", status_code=200)
async def withdraw(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, form: Form, authority: str, office: str, service: str
) -> Response[str] | Redirect:
    """First what would be withdrawn, to look at; then it is, with its reason, for everybody to read."""
    now = datetime.now(UTC)
    require_sure(visitor, now=now)
    place = (OfficeId(f"{authority}/{office}"), ServiceId(f"{authority}/{service}"))
    wanted = Wanted(
        day_on=_day(form.text("day")),
        slot_ids=frozenset(SlotId(slot_id) for slot_id in form.choices("slot")),
        reason=form.text("reason", length_max=REASON_LENGTH_MAX),
    )
    errors = _faults(wanted, visitor)
    if errors or form.text("step") == "change":
        return await _page(request, pool, visitor=visitor, place=place, wanted=wanted, errors=errors)
    try:
        if form.text("step") == "withdraw":
            await _withdraw(pool, visitor, place=place, wanted=wanted, now=now)
            return redirect(f"/offices/{authority}/{office}/capacity")
        return await _page(request, pool, visitor=visitor, place=place, wanted=wanted, is_check=True)
    except (SlotsHeld, SeatsSpokenFor) as refusal:
        said = f"{sentence(refusal, language=visitor.language)} {next_step(refusal, language=visitor.language)}"
        return await _page(request, pool, visitor=visitor, place=place, wanted=wanted, errors={"slot": said})


async def _withdraw(
    pool: Pool, visitor: Visitor, *, place: tuple[OfficeId, ServiceId], wanted: Wanted, now: datetime
) -> None:
    if wanted.day_on is None:
        raise NotFound
    async with transaction(pool) as tx:
        await actions.withdraw_slots(
            tx,
            visitor,
            office_id=place[0],
            service_id=place[1],
            day_on=wanted.day_on,
            slot_ids=sorted(wanted.slot_ids),
            reason=wanted.reason,
            now=now,
        )


async def _page(
    request: AnyRequest,
    pool: Pool,
    *,
    visitor: Visitor,
    place: tuple[OfficeId, ServiceId],
    wanted: Wanted,
    errors: dict[str, str] | None = None,
    is_check: bool = False,
) -> Response[str]:
    """The form, or what was chosen in it; the check refuses times that somebody holds, as the act itself does."""
    async with transaction(pool) as tx:
        now = datetime.now(UTC)
        days = await actions.published_days(tx, visitor, office_id=place[0], service_id=place[1], now=now)
        office, service = await catalogue.office(tx, place[0]), await catalogue.service(tx, place[1])
    slots = days.get(wanted.day_on, []) if wanted.day_on else []
    chosen = [slot for slot in slots if slot.slot_id in wanted.slot_ids]
    if is_check:
        if len(chosen) < len(wanted.slot_ids):
            raise NotFound
        require_nobodys(chosen)
    return page(
        request,
        "capacity/withdraw_check.html" if is_check else "capacity/withdraw.html",
        errors=errors,
        office=office,
        service=service,
        timezone=office.timezone,
        days=days,
        slots=slots,
        chosen=chosen,
        wanted=wanted,
    )


def _faults(wanted: Wanted, visitor: Visitor) -> dict[str, str]:
    _ = translations(visitor.language).gettext
    found: dict[str, str] = {}
    if not wanted.slot_ids:
        found["slot"] = _("Choose at least one time")
    if not wanted.reason:
        found["reason"] = _("Say by which decision, or why")
    return found


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


routes = [withdraw_form, withdraw]

"""A ticket printed for whoever holds up his card."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, get, post

from dawr.booking.model import BookingId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import Officer, Person, Role
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.model import Appointment, CardNotKnown, office_of
from dawr.tickets.pages.workplace import choose_place, officer_at, places_of_work
from dawr.tickets.paper import Paper, printed_ticket
from dawr.tickets.text_message import turn_by_text
from dawr.web.forms import Form
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

PAPERS: dict[str, Paper] = {"a5": "a5", "roll": "roll"}


@get("/desk/print")
async def ask_card(request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "") -> Response[str]:
    """The field for the card's number."""
    async with transaction(pool) as tx:
        offices = await places_of_work(tx, visitor, role=Role.CLERK)
        if not office and len(offices) > 1:
            return choose_place(request, offices, path="/desk/print")
        place = office or offices[0].office_id
        clerk = await officer_at(tx, visitor, role=Role.CLERK, office=place, now=datetime.now(UTC))
        return await _printing_page(tx, request, clerk)


@post("/desk/print")
async def find_turns(
    request: AnyRequest, pool: Pool, *, settings: Settings, visitor: Visitor, form: Form
) -> Response[str]:
    """His turns at this office from today on, each to be printed; the number itself stands in no address."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        clerk = await officer_at(tx, visitor, role=Role.CLERK, office=form.text("office"), now=now)
        try:
            holder, turns = await actions.turns_by_card(
                tx, clerk=clerk, number=form.code("number"), settings=settings, now=now
            )
        except CardNotKnown as refusal:
            return await _printing_page(tx, request, clerk, errors={"number": refusal})
        return await _printing_page(tx, request, clerk, holder=holder, turns=turns)


@post("/desk/print/paper")
async def print_ticket(pool: Pool, *, settings: Settings, visitor: Visitor, form: Form) -> Response[bytes]:
    """One of them on A5 or on a roll of 80 mm."""
    now, paper = datetime.now(UTC), PAPERS.get(form.text("paper"), "a5")
    async with transaction(pool) as tx:
        clerk = await officer_at(tx, visitor, role=Role.CLERK, office=form.text("office"), now=now)
        shown = await actions.ticket_to_print(
            tx,
            clerk=clerk,
            service_id=ServiceId(form.text("service")),
            booking_id=_booking_id(form.text("booking")),
            settings=settings,
            now=now,
        )
    content = printed_ticket(shown, paper=paper, public_url=settings.public_url, data_dir=settings.data_dir)
    headers = {
        "Content-Disposition": f'inline; filename="{shown.booking.reference}-{paper}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(content, status_code=200, media_type="application/pdf", headers=headers)


async def _printing_page(
    tx: Transaction,
    request: AnyRequest,
    clerk: Officer,
    *,
    holder: Person | None = None,
    turns: Sequence[Appointment] = (),
    errors: Mapping[str, Refusal] | None = None,
) -> Response[str]:
    return page(
        request,
        "tickets/printing.html",
        office=await catalogue.office(tx, office_of(clerk)),
        holder=holder,
        turns=[(turn, _text_message(turn)) for turn in turns],
        errors=errors,
    )


def _text_message(turn: Appointment) -> str:
    return turn_by_text(starts_at=turn.booking.starts_at, office=turn.office, reference=turn.booking.reference)


def _booking_id(text: str) -> BookingId:
    try:
        return BookingId(UUID(text))
    except ValueError as error:
        raise NotFound from error


routes = [ask_card, find_turns, print_ticket]

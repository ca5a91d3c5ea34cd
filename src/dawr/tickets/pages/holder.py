"""A holder's own ticket: page, paper, picture and calendar."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from markupsafe import Markup

from dawr.booking.model import BookingId
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import ServiceId, grouped
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.calendar_file import calendar_file
from dawr.tickets.model import EARLY, Appointment
from dawr.tickets.paper import PICTURE_DOTS_PER_INCH, Paper, printed_ticket
from dawr.tickets.qr import qr_svg
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

PAPERS: dict[str, Paper] = {
    "ticket-a4.pdf": "a4",
    "ticket-a5.pdf": "a5",
    "ticket-80mm.pdf": "roll",
    "ticket.png": "picture",
}


@get("/")
async def ticket(
    request: AnyRequest,
    pool: Pool,
    settings: Settings,
    *,
    visitor: Visitor,
    authority: str,
    code: str,
    booking_id: UUID,
) -> Response[str]:
    """The ticket on a screen; it can be shown at the gate as it is."""
    shown = await _own(pool, settings, visitor=visitor, service=f"{authority}/{code}", booking_id=booking_id)
    return page(
        request,
        "tickets/ticket.html",
        shown=shown,
        reference=grouped(shown.booking.reference),
        gate_opens_at=shown.booking.starts_at - EARLY,
        qr=Markup(qr_svg(shown.ticket.code)),  # noqa: S704 - drawn by us from base45 text
        paths={name: f"{request.url.path.rstrip('/')}/{name}" for name in (*PAPERS, "appointment.ics")},
    )


@get("/{name:str}")
async def ticket_file(
    pool: Pool, settings: Settings, *, visitor: Visitor, authority: str, code: str, booking_id: UUID, name: str
) -> Response[bytes]:
    """The ticket to print (A4, A5, a roll of 80 mm), to keep among pictures, or the appointment for a calendar."""
    if name not in PAPERS and name != "appointment.ics":
        raise NotFoundException
    shown = await _own(pool, settings, visitor=visitor, service=f"{authority}/{code}", booking_id=booking_id)
    if name in PAPERS:
        is_picture = PAPERS[name] == "picture"
        content = printed_ticket(
            shown,
            paper=PAPERS[name],
            public_url=settings.public_url,
            data_dir=settings.data_dir,
            dots_per_inch=PICTURE_DOTS_PER_INCH if is_picture else None,
        )
        kind = "image/png" if is_picture else "application/pdf"
    else:
        content, kind = _calendar(shown, settings=settings, visitor=visitor), "text/calendar; charset=utf-8"
    headers = {
        "Content-Disposition": f'attachment; filename="{shown.booking.reference}-{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=kind, headers=headers)


async def _own(pool: Pool, settings: Settings, *, visitor: Visitor, service: str, booking_id: UUID) -> Appointment:
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        return await actions.appointment_of(
            tx,
            service_id=ServiceId(service),
            booking_id=BookingId(booking_id),
            person_id=person_id,
            settings=settings,
            now=datetime.now(UTC),
        )


def _calendar(shown: Appointment, *, settings: Settings, visitor: Visitor) -> bytes:
    say = translations(visitor.language).gettext
    is_arabic = visitor.language == "ar"
    office, service = shown.office, shown.service
    said = [
        say("Reference: %(reference)s") % {"reference": grouped(shown.booking.reference)},
        say("Bring your original civil ID card."),
        say("It is free. Nobody may sell you a turn."),
        say("The only official address is %(address)s") % {"address": settings.public_url},
    ]
    return calendar_file(
        shown,
        host=urlsplit(settings.public_url).hostname or "dawr",
        summary=service.name_ar if is_arabic else service.name_en,
        location=f"{office.name_ar}، {office.place_ar}" if is_arabic else f"{office.name_en}, {office.place_en}",
        description="\n".join(said),
    )


routes = [
    Router("/my/tickets/{authority:str}/{code:str}/{booking_id:uuid}", route_handlers=[ticket, ticket_file]),
]

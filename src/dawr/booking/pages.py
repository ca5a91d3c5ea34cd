"""A person's own turn: what it is, confirm it, give it back, and the proof that the log holds."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import Provide
from litestar.response import Redirect

from dawr.booking import actions
from dawr.booking.model import Booking, BookingId, BookingState, cancelled
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people.model import SHIFT_MAX, Assurance, require_fresh_person
from dawr.web.page import page, redirect
from dawr.web.session import Visitor

AnyRequest = Request[Any, Any, Any]


def booking_key(authority: str, code: str, booking_id: UUID) -> tuple[ServiceId, BookingId]:
    """Which booking an address means; refuses what no service is called."""
    service_id = f"{authority}/{code}"
    if not (service_id.isascii() and service_id.isprintable()):
        raise NotFound
    return ServiceId(service_id), BookingId(booking_id)


Key = tuple[ServiceId, BookingId]


@get("/")
async def show_booking(request: AnyRequest, pool: Pool, visitor: Visitor, key: Key) -> Response[str]:
    """The turn: where, when, its state in words, and what its person can do now."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        own = await _own(tx, key, person_id)
        facts = await _facts(tx, own)
        openings = await actions.openings_of(tx, own)
    return page(request, "booking/booking.html", **facts, openings=openings, now=now)


@post("/confirm")
async def confirm(pool: Pool, visitor: Visitor, key: Key) -> Redirect:
    """Take the seat that is held; then on to the ticket. Sent twice it confirms once."""
    person_id, (service_id, booking_id) = _sure(visitor), key
    async with transaction(pool) as tx:
        await actions.confirm(
            tx, service_id=service_id, booking_id=booking_id, person_id=person_id, now=datetime.now(UTC)
        )
    return redirect(f"/my/tickets/{service_id}/{booking_id}")


@get("/cancel")
async def ask_cancel(request: AnyRequest, pool: Pool, visitor: Visitor, key: Key) -> Response[str] | Redirect:
    """Asks once before a turn is given back."""
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        own = await _own(tx, key, person_id)
        facts = await _facts(tx, own)
    if own.state is BookingState.CANCELLED:
        return redirect(_path(key))
    cancelled(own, now=datetime.now(UTC))
    return page(request, "booking/cancel.html", **facts)


@post("/cancel")
async def cancel(pool: Pool, visitor: Visitor, key: Key) -> Redirect:
    """Give the turn back; its seat goes down the waiting list. Sent twice it is given back once."""
    person_id, (service_id, booking_id) = _sure(visitor), key
    async with transaction(pool) as tx:
        if (await _own(tx, key, person_id)).state is not BookingState.CANCELLED:
            await actions.cancel(
                tx, service_id=service_id, booking_id=booking_id, person_id=person_id, now=datetime.now(UTC)
            )
    return redirect(_path(key))


@get("/proof")
async def send_proof(pool: Pool, visitor: Visitor, key: Key) -> Response[str]:
    """What opens the log's sealed entries of this turn, with their receipts, as a file to keep."""
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        own = await _own(tx, key, person_id)
        proof = await actions.proof_text(tx, own)
    headers = {
        "Content-Disposition": f'attachment; filename="dawr-turn-{own.reference}.txt"',
        "Cache-Control": "no-store",
    }
    return Response(proof, media_type=MediaType.TEXT, headers=headers)


def _sure(visitor: Visitor) -> PersonId:
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=SHIFT_MAX, now=datetime.now(UTC))


async def _own(tx: Transaction, key: Key, person_id: PersonId) -> Booking:
    service_id, booking_id = key
    return await actions.own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)


async def _facts(tx: Transaction, own: Booking) -> dict[str, Any]:
    return {
        "booking": own,
        "service": await catalogue.service(tx, own.service_id),
        "office": await catalogue.office(tx, own.office_id),
        "address": _path((own.service_id, own.booking_id)),
    }


def _path(key: Key) -> str:
    service_id, booking_id = key
    return f"/my/bookings/{service_id}/{booking_id}"


routes = [
    Router(
        path="/my/bookings/{authority:str}/{code:str}/{booking_id:uuid}",
        route_handlers=[show_booking, confirm, ask_cancel, cancel, send_proof],
        dependencies={"key": Provide(booking_key, sync_to_thread=False)},
    )
]

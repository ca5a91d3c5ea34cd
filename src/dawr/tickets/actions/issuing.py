"""Signing keys, and a ticket for each confirmed booking."""

import secrets
from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from dawr.booking import actions as booking
from dawr.booking.model import Booking, BookingId, BookingState
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.text import clean_line
from dawr.people import actions as people
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.keys import TicketKey, jwk_set, public_bytes, public_from_bytes, ticket_key
from dawr.tickets.model import (
    EARLY,
    TICKET_ID_BYTES,
    Appointment,
    NotConfirmed,
    Ticket,
    TicketId,
    TicketStatus,
    day_of,
    is_for,
    live_status,
)
from dawr.tickets.payload import Claims, day_key, identity_commitment, ticket_code
from dawr.transparency import actions as transparency


async def publish_key(tx: Transaction, *, settings: Settings, now: datetime) -> TicketKey:
    """The key that signs tickets today; the first time it is published, in the log as well."""
    key = ticket_key(settings.key_for("ticket signing"))
    if public_bytes(key.public) in await store.published_keys(tx):
        return key
    await store.lock_key_publication(tx)
    if public_bytes(key.public) not in await store.published_keys(tx):
        facts = {"use": "tickets", **jwk_set([key.public])["keys"][0]}
        entry_id = await transparency.append_public(tx, "key.published", facts=facts, now=now)
        await store.publish_key(tx, key=key, log_entry_id=entry_id, now=now)
    return key


async def published_keys(tx: Transaction) -> list[ec.EllipticCurvePublicKey]:
    """Every key that ever signed tickets here, oldest first: a new one does not undo tickets that are out."""
    return [public_from_bytes(stored) for stored in await store.published_keys(tx)]


async def ticket_for(tx: Transaction, *, wanted: Booking, settings: Settings, now: datetime) -> Ticket:
    """The ticket of a booking with its status as it stands; a confirmed booking without one gets one.

    Refuses with NotConfirmed a booking that never had a ticket and is not confirmed.
    """
    newest = await store.newest_ticket(tx, service_id=wanted.service_id, booking_id=wanted.booking_id)
    if wanted.state is BookingState.CONFIRMED:
        return await issue_ticket(tx, confirmed=wanted, settings=settings, now=now)
    if newest is None:
        raise NotConfirmed
    return replace(newest, status=live_status(newest, wanted))


async def appointment_of(
    tx: Transaction,
    *,
    service_id: ServiceId,
    booking_id: BookingId,
    person_id: PersonId,
    settings: Settings,
    now: datetime,
) -> Appointment:
    """A person's own turn with its ticket; anybody else's does not exist."""
    held = await booking.own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    ticket = await ticket_for(tx, wanted=held, settings=settings, now=now)
    view = await catalogue.view_service(tx, service_id, now=now)
    return Appointment(
        ticket=ticket,
        booking=held,
        holder=await people.person(tx, person_id),
        service=view.service,
        office=await catalogue.office(tx, held.office_id),
        authority=view.authority,
        documents=view.documents,
    )


async def issue_ticket(tx: Transaction, *, confirmed: Booking, settings: Settings, now: datetime) -> Ticket:
    """The one live ticket of a confirmed booking; asking twice gives the same, a moved booking gets a new one."""
    if confirmed.state is not BookingState.CONFIRMED:
        raise NotConfirmed
    newest = await store.newest_ticket(tx, service_id=confirmed.service_id, booking_id=confirmed.booking_id)
    if newest and newest.status is not TicketStatus.CANCELLED:
        if is_for(newest, confirmed) or newest.status is TicketStatus.USED:
            return newest
        await store.set_status(tx, ticket=newest, status=TicketStatus.CANCELLED)
    office = await catalogue.office(tx, confirmed.office_id)
    made = await _signed_ticket(
        tx, confirmed, office=office, sequence=newest.sequence + 1 if newest else 0, settings=settings, now=now
    )
    await store.add_ticket(tx, ticket=made, day_on=day_of(made.starts_at, timezone=office.timezone))
    standing = await store.newest_ticket(tx, service_id=confirmed.service_id, booking_id=confirmed.booking_id)
    assert standing is not None, "a ticket was just added, or stood already"
    return standing


async def _signed_ticket(
    tx: Transaction, confirmed: Booking, *, office: Office, sequence: int, settings: Settings, now: datetime
) -> Ticket:
    key = await publish_key(tx, settings=settings, now=now)
    claims = await _claims(tx, confirmed, office=office, settings=settings, now=now)
    return Ticket(
        service_id=confirmed.service_id,
        ticket_id=claims.ticket_id,
        booking_id=confirmed.booking_id,
        person_id=confirmed.person_id,
        office_id=confirmed.office_id,
        starts_at=confirmed.starts_at,
        status=TicketStatus.VALID,
        status_index=claims.status_index,
        sequence=sequence,
        code=ticket_code(claims, key=key),
        issued_at=now,
    )


async def _claims(tx: Transaction, confirmed: Booking, *, office: Office, settings: Settings, now: datetime) -> Claims:
    holder = await people.person(tx, confirmed.person_id)
    number = await people.reveal_civil_number(
        tx, confirmed.person_id, settings=settings, looked_by=None, reason="tickets.look.issued", now=now
    )
    day_on = day_of(confirmed.starts_at, timezone=office.timezone)
    open_periods = await catalogue.opening_periods(tx, office.office_id, day_on=day_on)
    closes_at = [confirmed.ends_at, *(period.ends_at for period in open_periods)]
    return Claims(
        issuer=office.authority_id,
        not_before_at=confirmed.starts_at - EARLY,
        expires_at=max(closes_at),
        ticket_id=TicketId(secrets.token_bytes(TICKET_ID_BYTES)),
        service_id=confirmed.service_id,
        office_id=confirmed.office_id,
        starts_at=confirmed.starts_at,
        minutes=int((confirmed.ends_at - confirmed.starts_at).total_seconds()) // 60,
        identity=identity_commitment(
            day_key(settings.key_for("ticket identity"), confirmed.office_id, day_on=day_on), number
        ),
        name=clean_line(holder.name_ar),
        status_index=await store.next_status_index(tx, office_id=confirmed.office_id, day_on=day_on),
    )

"""A ticket for each confirmed booking."""

import secrets
from dataclasses import replace
from datetime import datetime

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
from dawr.tickets.actions.day_secrets import commit_day_secret
from dawr.tickets.actions.keys import publish_key, revocation_of
from dawr.tickets.keys import TicketKey
from dawr.tickets.model import (
    EARLY,
    TICKET_ID_BYTES,
    Appointment,
    Bearer,
    NotConfirmed,
    Revocation,
    Ticket,
    TicketId,
    TicketStatus,
    day_of,
    is_for,
    live_status,
)
from dawr.tickets.payload import Claims, Flag, day_key, identity_commitment, key_id_in, ticket_code
from dawr.tickets.status_places import place_in_list


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
    declared = await store.delegation(tx, service_id=service_id, booking_id=booking_id)
    return Appointment(
        ticket=ticket,
        booking=held,
        holder=await people.person(tx, person_id),
        service=view.service,
        office=await catalogue.office(tx, held.office_id),
        authority=view.authority,
        documents=view.documents,
        proxy=declared,
        proxy_tail=(await people.person(tx, declared.proxy_id)).civil_number_tail if declared else "",
        token=await store.token_of(tx, ticket=ticket),
        renewed_after=await _renewed_after(tx, ticket),
    )


async def issue_ticket(tx: Transaction, *, confirmed: Booking, settings: Settings, now: datetime) -> Ticket:
    """The one live ticket of a confirmed booking; asking twice gives the same.

    A moved booking gets a new one, and so does one whose ticket was signed with a key that was revoked since. What is
    signed is the booking as it stands, which may have moved since `confirmed` was read; refuses with NotConfirmed.
    """
    if standing := await _standing_ticket(tx, confirmed):
        return standing
    confirmed = await booking.locked_booking(tx, confirmed.service_id, confirmed.booking_id)
    if standing := await _standing_ticket(tx, confirmed):
        return standing
    newest = await store.newest_ticket(tx, service_id=confirmed.service_id, booking_id=confirmed.booking_id)
    if newest:
        await store.set_status(tx, ticket=newest, status=TicketStatus.CANCELLED)
    bearer = await _bearer(tx, confirmed)
    office = await catalogue.office(tx, confirmed.office_id)
    day_on = day_of(confirmed.starts_at, timezone=office.timezone)
    # The key first, as a day pack does, so that neither waits for the other.
    key = await publish_key(tx, settings=settings, now=now)
    await commit_day_secret(tx, office.office_id, day_on=day_on, settings=settings, now=now)
    made = await _signed_ticket(
        tx,
        confirmed,
        key=key,
        bearer=bearer,
        office=office,
        sequence=newest.sequence + 1 if newest else 0,
        settings=settings,
        now=now,
    )
    await store.add_ticket(tx, ticket=made, day_on=day_on)
    return made


async def _standing_ticket(tx: Transaction, confirmed: Booking) -> Ticket | None:
    """The ticket that is as good as a new one; refuses with NotConfirmed."""
    if confirmed.state is not BookingState.CONFIRMED:
        raise NotConfirmed
    newest = await store.newest_ticket(tx, service_id=confirmed.service_id, booking_id=confirmed.booking_id)
    if newest is None or newest.status is TicketStatus.CANCELLED:
        return None
    if newest.status is TicketStatus.USED:
        return newest
    # What is suspended stays so: a new ticket would lift the suspension.
    is_proven = newest.status is TicketStatus.SUSPENDED or await _revocation_under(tx, newest) is None
    is_good = is_proven and is_for(newest, confirmed, bearer=await _bearer(tx, confirmed))
    return newest if is_good else None


async def _renewed_after(tx: Transaction, ticket: Ticket) -> Revocation | None:
    """The revocation that undid the ticket before this one."""
    before = await store.ticket_before(tx, ticket=ticket) if ticket.sequence else None
    return await _revocation_under(tx, before) if before else None


async def _revocation_under(tx: Transaction, ticket: Ticket) -> Revocation | None:
    return await revocation_of(tx, key_id_in(ticket.code))


async def _bearer(tx: Transaction, confirmed: Booking) -> Bearer:
    """Whose card opens the gate, and the name that is signed: the register's, or the one that the person wrote."""
    declared = await store.delegation(tx, service_id=confirmed.service_id, booking_id=confirmed.booking_id)
    if declared is not None:
        return Bearer(person_id=declared.proxy_id, name=declared.proxy_name, delegation=declared.number)
    holder = await people.person(tx, confirmed.person_id)
    return Bearer(person_id=holder.person_id, name=holder.name_ar, delegation=None)


async def _signed_ticket(
    tx: Transaction,
    confirmed: Booking,
    *,
    key: TicketKey,
    bearer: Bearer,
    office: Office,
    sequence: int,
    settings: Settings,
    now: datetime,
) -> Ticket:
    claims = await _claims(tx, confirmed, bearer=bearer, office=office, settings=settings, now=now)
    return Ticket(
        service_id=confirmed.service_id,
        ticket_id=claims.ticket_id,
        booking_id=confirmed.booking_id,
        person_id=confirmed.person_id,
        bearer_id=bearer.person_id,
        delegation=bearer.delegation,
        office_id=confirmed.office_id,
        starts_at=confirmed.starts_at,
        status=TicketStatus.VALID,
        status_index=claims.status_index,
        sequence=sequence,
        code=ticket_code(claims, key=key),
        issued_at=now,
    )


async def _claims(
    tx: Transaction, confirmed: Booking, *, bearer: Bearer, office: Office, settings: Settings, now: datetime
) -> Claims:
    number = await people.reveal_civil_number(
        tx, bearer.person_id, settings=settings, looked_by=None, reason="tickets.look.issued", now=now
    )
    day_on = day_of(confirmed.starts_at, timezone=office.timezone)
    open_periods = await catalogue.opening_periods(tx, office.office_id, day_on=day_on)
    closes_at = [confirmed.ends_at, *(period.ends_at for period in open_periods)]
    places_key = day_key(settings.key_for("ticket status places"), confirmed.office_id, day_on=day_on)
    counted_before = await store.count_ticket(tx, office_id=confirmed.office_id, day_on=day_on)
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
        name=clean_line(bearer.name),
        flags=Flag.PROXY if bearer.is_proxy else Flag.NONE,
        status_index=place_in_list(places_key, counted_before),
    )

"""Printing the ticket of whoever holds up his card: free of charge, for people without a screen (D1.15)."""

from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import BookingId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer, Person
from dawr.settings import Settings
from dawr.tickets.actions.issuing import appointment_of
from dawr.tickets.model import Appointment, CardNotKnown, day_of, office_of, turns_to_print


async def turns_by_card(
    tx: Transaction, *, clerk: Officer, number: str, settings: Settings, now: datetime
) -> tuple[Person, list[Appointment]]:
    """Whoever has this card, with his turns at the clerk's office from today on; he can read that he was looked up.

    Refuses with CardNotKnown.
    """
    person_id = await people.find_by_civil_number(tx, number, settings=settings)
    if person_id is None:
        raise CardNotKnown
    await people.record_look(tx, person_id, looked_by=clerk.person_id, reason="tickets.look.by_card", now=now)
    office = await catalogue.office(tx, office_of(clerk))
    turns = turns_to_print(
        await booking.bookings_of(tx, person_id),
        office_id=office.office_id,
        timezone=office.timezone,
        today=day_of(now, timezone=office.timezone),
    )
    shown = [
        await appointment_of(
            tx,
            service_id=turn.service_id,
            booking_id=turn.booking_id,
            person_id=person_id,
            settings=settings,
            now=now,
        )
        for turn in turns
    ]
    return await people.person(tx, person_id), shown


async def ticket_to_print(
    tx: Transaction,
    *,
    clerk: Officer,
    service_id: ServiceId,
    booking_id: BookingId,
    settings: Settings,
    now: datetime,
) -> Appointment:
    """A turn at the clerk's own office, for its holder's paper; any other does not exist there. One look each."""
    turn = await booking.booking(tx, service_id, booking_id)
    office = await catalogue.office(tx, office_of(clerk))
    today = day_of(now, timezone=office.timezone)
    if not turns_to_print([turn], office_id=office.office_id, timezone=office.timezone, today=today):
        raise NotFound
    await people.record_look(tx, turn.person_id, looked_by=clerk.person_id, reason="tickets.look.printed", now=now)
    return await appointment_of(
        tx, service_id=service_id, booking_id=booking_id, person_id=turn.person_id, settings=settings, now=now
    )

"""What a refused visitor is told: why, what is still his, the way there, and what he may have instead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dawr.booking import actions as booking
from dawr.booking.model import Booking, Slot
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office, Service
from dawr.db.pool import Transaction
from dawr.gates.actions.chances import Draw, Line, draws_to_enter, lines_to_join
from dawr.gates.model.refused import Refused, Remedy, is_missed, may_be_given_a_turn, seats_to_offer, standing_turn
from dawr.gates.sketch_map import Way, way_between
from dawr.gates.store import refused as store
from dawr.kernel.periods import Period
from dawr.kernel.refusal import Refusal
from dawr.people import actions as people
from dawr.people.model import Person
from dawr.releases.model import eligibility_of, require_eligible
from dawr.tickets import actions as tickets
from dawr.tickets.model import day_of

SEATS_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn with its service and office, and when that is open on the turn's day."""

    booking: Booking
    service: Service
    office: Office
    hours: tuple[Period, ...]
    is_missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A seat that is left over, with its office."""

    slot: Slot
    office: Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What he may have; `withheld` says why there is nothing, where the service itself stands in the way.

    With `needs_ticket` there would be a seat, and his turn could be moved to it, had he shown its ticket here.
    """

    seats: tuple[Seat, ...] = ()
    lines: tuple[Line, ...] = ()
    draws: tuple[Draw, ...] = ()
    withheld: Refusal | None = None
    needs_ticket: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedView:
    """`own` is his live turn of the service, `given` what he was given, with its turn where it is one."""

    of: Refused
    visitor: Person
    here: Office
    service: Service | None
    own: Turn | None
    given: Remedy | None
    given_turn: Turn | None
    offers: Offers

    @property
    def turn(self) -> Turn | None:
        """The turn that he comes to next; none that went by."""
        if self.given_turn is not None:
            return self.given_turn
        return self.own if self.own is not None and not self.own.is_missed else None

    @property
    def way(self) -> Way | None:
        """From this office to the one of his turn."""
        return sketch_between(self.here, self.turn.office) if self.turn is not None else None


def sketch_between(here: Office, there: Office) -> Way | None:
    """The sketch from one office to another; None where both are one place."""
    return way_between((here.latitude, here.longitude), (there.latitude, there.longitude))


async def view_refused(tx: Transaction, of: Refused, *, now: datetime) -> RefusedView:
    """Everything that the visitor is told now."""
    held = standing_turn(await booking.bookings_of(tx, of.person_id), service_id=of.service_id, now=now)
    own = await _turn(tx, held, now=now) if held else None
    service = await catalogue.service(tx, of.service_id) if of.service_id else None
    here = await catalogue.office(tx, of.office_id)
    given = await store.remedy(tx, of=of)
    offers = Offers()
    if given is None and service is not None:
        offers = await _offers(tx, of, here=here, service=service, own=held, now=now)
    return RefusedView(
        of=of,
        visitor=await people.person(tx, of.person_id),
        here=here,
        service=service,
        own=own,
        given=given,
        given_turn=await _given_turn(tx, given, now=now) if given else None,
        offers=offers,
    )


async def _turn(tx: Transaction, held: Booking, *, now: datetime) -> Turn:
    office = await catalogue.office(tx, held.office_id)
    day_on = day_of(held.starts_at, timezone=office.timezone)
    return Turn(
        booking=held,
        service=await catalogue.service(tx, held.service_id),
        office=office,
        hours=tuple(await catalogue.opening_periods(tx, office.office_id, day_on=day_on)),
        is_missed=is_missed(held, now=now),
    )


async def _given_turn(tx: Transaction, given: Remedy, *, now: datetime) -> Turn | None:
    if given.booking_id is None:
        return None
    return await _turn(tx, await booking.booking(tx, given.service_id, given.booking_id), now=now)


async def _offers(
    tx: Transaction, of: Refused, *, here: Office, service: Service, own: Booking | None, now: datetime
) -> Offers:
    """Seats left over; and, for whoever has no turn, the lines and draws that everybody may enter."""
    today = day_of(now, timezone=here.timezone)
    try:
        await catalogue.require_offered(tx, service, day_on=today)
        if own is None:
            held = await booking.turns_held(tx, service_id=service.service_id, person_id=of.person_id)
            require_eligible(eligibility_of(service), held=held, from_on=today, until_on=today)
    except Refusal as refusal:
        return Offers(withheld=refusal)
    seats: tuple[Slot, ...] = ()
    is_held_back = own is not None and await tickets.is_held_back(tx, own, now=now)
    if may_be_given_a_turn(of.reason, own=own, is_held_back=is_held_back):
        left_over = await booking.left_over(tx, service.service_id, after=now, until=now + SEATS_AHEAD)
        seats = seats_to_offer(left_over, here=here.office_id, today=today, own=own, now=now)
    if seats and own is not None and not await _is_his_to_move(tx, of, own, now=now):
        return Offers(needs_ticket=True)
    shown = [Seat(slot=slot, office=await catalogue.office(tx, slot.office_id)) for slot in seats]
    if own is not None:
        return Offers(seats=tuple(shown))
    return Offers(
        seats=tuple(shown),
        lines=tuple(await lines_to_join(tx, service.service_id, person_id=of.person_id, now=now)),
        draws=tuple(await draws_to_enter(tx, service.service_id, person_id=of.person_id, here=here, now=now)),
    )


async def _is_his_to_move(tx: Transaction, of: Refused, own: Booking, *, now: datetime) -> bool:
    """Whether a turn may be moved: by himself, or where its ticket was scanned, or because its time has gone by.

    A civil number stands on many papers, and by it alone nobody takes an absent person's turn to another hour.
    """
    if of.officer_id is None or is_missed(own, now=now):
        return True
    if of.scan_id is None:
        return False
    scan = await tickets.scan_of(tx, office_id=of.office_id, scan_id=of.scan_id)
    if scan.service_id is None or scan.ticket_id is None:
        return False
    ticket = await tickets.known_ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    return (ticket.service_id, ticket.booking_id) == (own.service_id, own.booking_id)

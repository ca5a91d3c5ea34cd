"""Which tickets a clerk prints for somebody without a screen, by his card."""

from collections.abc import Sequence
from datetime import date

from dawr.booking.model import Booking, BookingState
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import Refusal
from dawr.tickets.model.tickets import day_of


class CardNotKnown(Refusal):
    """Nobody with the number on this card has ever signed in."""

    code = "tickets.card_not_known"
    status = 422


def turns_to_print(bookings: Sequence[Booking], *, office_id: OfficeId, timezone: str, today: date) -> list[Booking]:
    """The confirmed turns at this office, today's and later ones, the soonest first."""
    confirmed = [each for each in bookings if each.state is BookingState.CONFIRMED and each.office_id == office_id]
    ahead = [each for each in confirmed if day_of(each.starts_at, timezone=timezone) >= today]
    return sorted(ahead, key=lambda each: each.starts_at)

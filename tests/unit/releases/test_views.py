"""The small sums that people want to see."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.booking.model import Booking, BookingId, BookingState, SlotId
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.releases.assignment import Place
from dawr.releases.views import OwnBooking, chance, demand_by_hour, demand_by_office, own_view

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
PLACES = [
    Place(place_id="HAW-0900", office="KW-MOI/HAW", starts_at="2027-02-04T09:00+03:00", count=2),
    Place(place_id="FAR-0930", office="KW-MOI/FAR", starts_at="2027-02-04T09:30+03:00", count=1),
    Place(place_id="HAW-1200", office="KW-MOI/HAW", starts_at="2027-02-04T12:00+03:00", count=3),
]


@pytest.mark.parametrize(
    ("entrants", "seats", "expected"),
    [
        (0, 5, None),
        (5, 5, None),
        (6, 5, (8, 10)),
        (100, 79, (7, 10)),
        (10, 5, (1, 2)),
        (12, 4, (1, 3)),
        (2000, 500, (1, 4)),
        (7, 1, (1, 7)),
    ],
)
def test_the_odds_are_in_small_whole_numbers(entrants: int, seats: int, expected: tuple[int, int] | None) -> None:
    assert chance(entrants=entrants, seats=seats) == expected


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_odds_are_never_far_from_the_truth(entrants: int, seats: int) -> None:
    odds = chance(entrants=entrants, seats=seats)
    if odds is None:
        assert entrants <= seats
    else:
        assert abs(odds[0] / odds[1] - seats / entrants) <= 0.1
        assert odds[0] < odds[1]


def test_demand_is_counted_per_office_in_the_order_of_the_places() -> None:
    bars = demand_by_office(PLACES, first_choices={"HAW-1200": 4, "FAR-0930": 9, "": 100})
    assert [(bar.place.office, bar.wishes, bar.seats) for bar in bars] == [("KW-MOI/HAW", 4, 5), ("KW-MOI/FAR", 9, 1)]


def test_demand_is_counted_per_hour_of_the_clock() -> None:
    bars = demand_by_hour(PLACES[::-1], first_choices={"HAW-0900": 2, "FAR-0930": 3})
    assert [(bar.place.starts_at[11:13], bar.wishes, bar.seats) for bar in bars] == [("09", 5, 3), ("12", 0, 3)]


def booked(state: BookingState, *, starts_in: int, until_in: int | None = None) -> OwnBooking:
    starts_at = NOW + timedelta(hours=starts_in)
    booking = Booking(
        service_id=ServiceId("KW-MOI/18"),
        booking_id=BookingId(uuid4()),
        person_id=PersonId(uuid4()),
        slot_id=SlotId("HAW-0900"),
        office_id=OfficeId("KW-MOI/HAW"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        state=state,
        reference="4K7P2M",
        offered_until=None if until_in is None else NOW + timedelta(hours=until_in),
        made_at=NOW,
    )
    return OwnBooking(booking=booking, service=None, office=None)  # type: ignore[arg-type]


def test_what_waits_for_an_answer_comes_first_and_the_most_urgent_before_the_others() -> None:
    later = booked(BookingState.OFFERED, starts_in=90, until_in=9)
    sooner = booked(BookingState.OFFERED, starts_in=99, until_in=2)
    assert own_view([later, sooner], entries=[], now=NOW).offered == (sooner, later)


def test_an_offer_past_its_end_is_past_before_anybody_took_it_back() -> None:
    ended = booked(BookingState.OFFERED, starts_in=90, until_in=0)
    view = own_view([ended], entries=[], now=NOW)
    assert (view.offered, view.past) == ((), (ended,))


def test_a_turn_of_this_morning_stays_in_sight_and_one_of_yesterday_does_not() -> None:
    morning = booked(BookingState.CONFIRMED, starts_in=-3)
    yesterday = booked(BookingState.CONFIRMED, starts_in=-27)
    view = own_view([morning, yesterday], entries=[], now=NOW)
    assert (view.confirmed, view.past) == ((morning,), (yesterday,))


def test_who_has_nothing_has_an_empty_view() -> None:
    assert own_view([], entries=[], now=NOW).is_empty
    assert not own_view([booked(BookingState.MISSED, starts_in=-90)], entries=[], now=NOW).is_empty

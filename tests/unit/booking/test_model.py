"""What may become of a booking, decided without a server."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from dawr.booking.model import (
    Booking,
    BookingId,
    BookingState,
    MovedTooOften,
    NotLive,
    OfferEnded,
    SeatWaitedFor,
    Slot,
    SlotBegun,
    SlotFull,
    SlotId,
    TooLateToCancel,
    attended,
    cancelled,
    confirmed,
    require_left_over,
    require_movable,
)
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=6)
STARTS_AT = NOW + timedelta(days=3)
OFFERED = Booking(
    service_id=ServiceId("KW-MOI/18"),
    booking_id=BookingId(UUID(int=1)),
    person_id=PersonId(UUID(int=2)),
    slot_id=SlotId("HAW-20270204-0900"),
    office_id=OfficeId("KW-MOI/HAW"),
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(minutes=30),
    state=BookingState.OFFERED,
    reference="7QK2M9",
    offered_until=UNTIL,
    made_at=NOW,
)
ENDED = [state for state in BookingState if state not in {BookingState.OFFERED, BookingState.CONFIRMED}]


def in_state(state: BookingState) -> Booking:
    return replace(OFFERED, state=state)


def test_an_offer_is_confirmed_up_to_its_end() -> None:
    assert confirmed(OFFERED, now=NOW) is BookingState.CONFIRMED
    assert confirmed(OFFERED, now=UNTIL - timedelta(microseconds=1)) is BookingState.CONFIRMED
    with pytest.raises(OfferEnded):
        confirmed(OFFERED, now=UNTIL)


def test_confirming_again_changes_nothing_even_after_the_offers_end() -> None:
    assert confirmed(in_state(BookingState.CONFIRMED), now=UNTIL) is BookingState.CONFIRMED


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_is_not_confirmed_and_says_how_it_ended(state: BookingState) -> None:
    refusal = OfferEnded if state is BookingState.LAPSED else NotLive
    for now in (NOW, UNTIL):
        with pytest.raises(refusal):
            confirmed(in_state(state), now=now)


@pytest.mark.parametrize("state", [BookingState.OFFERED, BookingState.CONFIRMED])
def test_a_live_booking_is_cancelled_until_its_turn_begins(state: BookingState) -> None:
    assert cancelled(in_state(state), now=STARTS_AT - timedelta(microseconds=1)) is BookingState.CANCELLED
    with pytest.raises(TooLateToCancel):
        cancelled(in_state(state), now=STARTS_AT)


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_is_not_cancelled(state: BookingState) -> None:
    with pytest.raises(NotLive):
        cancelled(in_state(state), now=NOW)


@pytest.mark.parametrize("state", BookingState)
def test_only_who_confirmed_is_served(state: BookingState) -> None:
    if state in {BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.MISSED}:
        assert attended(in_state(state)) is BookingState.ATTENDED
    else:
        with pytest.raises(NotLive):
            attended(in_state(state))


@pytest.mark.parametrize(
    ("seats", "taken", "promised", "free", "promised_free"),
    [(5, 0, 0, 5, 0), (5, 2, 0, 3, 0), (5, 2, 5, 3, 3), (9, 2, 5, 7, 3), (9, 6, 5, 3, 0)],
)
def test_what_a_draw_may_give_is_what_was_promised_and_not_taken(
    seats: int, taken: int, promised: int, free: int, promised_free: int
) -> None:
    slot = Slot(
        service_id=OFFERED.service_id,
        slot_id=OFFERED.slot_id,
        office_id=OFFERED.office_id,
        day_on=date(2027, 2, 4),
        starts_at=OFFERED.starts_at,
        ends_at=OFFERED.ends_at,
        seats=seats,
        taken=taken,
        promised=promised,
    )
    assert (slot.free, slot.promised_free) == (free, promised_free)


@pytest.mark.parametrize("state", list(BookingState))
def test_a_confirmed_turn_alone_is_moved_and_three_times_at_most(state: BookingState) -> None:
    if state is not BookingState.CONFIRMED:
        with pytest.raises(NotLive):
            require_movable(in_state(state), moves=0)
        return
    for moves in range(3):
        require_movable(in_state(state), moves=moves)
    with pytest.raises(MovedTooOften):
        require_movable(in_state(state), moves=3)


def test_a_seat_is_given_on_the_spot_when_nobody_waits_for_it_and_it_has_not_begun() -> None:
    left = Slot(
        service_id=OFFERED.service_id,
        slot_id=OFFERED.slot_id,
        office_id=OFFERED.office_id,
        day_on=date(2027, 2, 4),
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(minutes=30),
        seats=1,
        is_left_over=True,
    )
    require_left_over(left, now=STARTS_AT - timedelta(microseconds=1))
    for slot, now, refusal in (
        (replace(left, is_left_over=False), NOW, SeatWaitedFor),
        (left, STARTS_AT, SlotBegun),
        (replace(left, taken=1), NOW, SlotFull),
    ):
        with pytest.raises(refusal):
            require_left_over(slot, now=now)

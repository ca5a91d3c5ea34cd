"""The life of a booking on the real server: every way through it, and what is counted on the way."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from dawr.booking import actions
from dawr.booking.actions import giving
from dawr.booking.model import (
    BookingId,
    BookingState,
    NotLive,
    OfferEnded,
    QuotaBelowGiven,
    QuotaExceeded,
    SeatsSpokenFor,
    SlotFull,
    SlotId,
    SlotPromised,
    TooLateToCancel,
)
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound
from dawr.transparency import actions as transparency
from tests.store.booking.slots import (
    HALF_PAST,
    NINE,
    NOW,
    OFFICE,
    OTHER_SERVICE,
    SERVICE,
    THURSDAY,
    UNTIL,
    bind,
    cancel,
    confirm,
    confirmed,
    offer,
    one_offer,
    people,
    publish,
    quota_taken,
    slot,
    taken,
)

FRIDAY = THURSDAY + timedelta(days=1)


async def test_an_offer_holds_a_seat_until_its_end(tx: Transaction) -> None:
    await publish(tx)
    offered = await one_offer(tx)
    assert (offered.state, offered.offered_until) == (BookingState.OFFERED, UNTIL)
    assert await taken(tx) == 1
    assert [turn.is_live for turn in await actions.turns_held(tx, service_id=SERVICE, person_id=offered.person_id)] == [
        True
    ]


async def test_confirming_makes_it_his_and_says_so_in_the_log_once(tx: Transaction) -> None:
    await publish(tx)
    offered = await one_offer(tx)
    first = await confirm(tx, offered)
    again = await confirm(tx, offered, now=UNTIL + timedelta(days=1))
    assert first.state is again.state is BookingState.CONFIRMED
    assert (first.log_entry_id, first.log_salt) == (again.log_entry_id, again.log_salt)
    assert first.log_salt is not None
    assert await taken(tx) == 1


async def test_an_offer_past_its_end_is_not_confirmed(tx: Transaction) -> None:
    await publish(tx)
    offered = await one_offer(tx)
    with pytest.raises(OfferEnded):
        await confirm(tx, offered, now=UNTIL)
    await actions.lapse_offers(tx, now=UNTIL)
    with pytest.raises(OfferEnded):
        await confirm(tx, offered, now=UNTIL)


async def test_nobody_confirms_or_cancels_or_sees_for_another(tx: Transaction) -> None:
    await publish(tx)
    offered = await one_offer(tx)
    (stranger,) = people(1)
    for verb in (actions.confirm, actions.cancel):
        with pytest.raises(NotFound):
            await verb(tx, service_id=SERVICE, booking_id=offered.booking_id, person_id=stranger, now=NOW)
    with pytest.raises(NotFound):
        await actions.own_booking(tx, service_id=SERVICE, booking_id=offered.booking_id, person_id=stranger)
    assert await taken(tx) == 1


@pytest.mark.parametrize("is_confirmed", [True, False])
async def test_cancelling_gives_the_seat_back_and_can_be_shown_from_the_log(
    tx: Transaction, is_confirmed: bool
) -> None:
    await publish(tx)
    await bind(tx, 5)
    held = await (confirmed(tx) if is_confirmed else one_offer(tx))
    assert await quota_taken(tx, quota=5) == 1
    ended = await cancel(tx, held)
    assert ended.state is BookingState.CANCELLED
    assert await taken(tx) == await quota_taken(tx, quota=5) == 0
    assert ended.cancel_entry_id is not None
    assert ended.cancel_salt not in (None, ended.log_salt)
    assert ended.log_entry_id == held.log_entry_id
    with pytest.raises(NotLive):
        await cancel(tx, held)
    with pytest.raises(NotLive):
        await confirm(tx, held)
    assert await taken(tx) == 0


async def test_a_turn_that_has_begun_is_not_cancelled(tx: Transaction) -> None:
    await publish(tx)
    held = await confirmed(tx)
    with pytest.raises(TooLateToCancel):
        await cancel(tx, held, now=held.starts_at)
    assert await taken(tx) == 1


async def test_a_served_person_keeps_his_seat_and_may_enter_again(tx: Transaction) -> None:
    await publish(tx)
    held = await confirmed(tx)
    for _ in range(2):
        served = await actions.attend(tx, service_id=SERVICE, booking_id=held.booking_id, now=held.starts_at)
        assert served.state is BookingState.ATTENDED
    assert await taken(tx) == 1
    assert not any(turn.is_live for turn in await actions.turns_held(tx, service_id=SERVICE, person_id=held.person_id))
    with pytest.raises(NotLive):
        await cancel(tx, held)


async def test_nobody_is_served_without_having_confirmed(tx: Transaction) -> None:
    await publish(tx)
    offered = await one_offer(tx)
    with pytest.raises(NotLive):
        await actions.attend(tx, service_id=SERVICE, booking_id=offered.booking_id, now=NOW)


async def test_an_offer_lapses_at_its_end_and_not_before(tx: Transaction) -> None:
    await publish(tx)
    await bind(tx, 5)
    offered = await one_offer(tx)
    kept = await confirmed(tx)
    assert await actions.lapse_offers(tx, now=UNTIL - timedelta(seconds=1)) == 0
    assert await actions.lapse_offers(tx, now=UNTIL) == 1
    assert await actions.lapse_offers(tx, now=UNTIL) == 0
    assert (await actions.booking(tx, SERVICE, offered.booking_id)).state is BookingState.LAPSED
    assert (await actions.booking(tx, SERVICE, kept.booking_id)).state is BookingState.CONFIRMED
    assert await taken(tx) == await quota_taken(tx, quota=5) == 1


async def test_who_came_to_a_gate_without_a_network_has_not_missed_his_turn_whenever_that_is_known(
    tx: Transaction,
) -> None:
    await publish(tx)
    held = await confirmed(tx)
    await actions.mark_missed(tx, before_on=FRIDAY, now=NOW)
    served = await actions.attend(tx, service_id=SERVICE, booking_id=held.booking_id, now=NOW)
    assert served.state is BookingState.ATTENDED
    assert await taken(tx) == 1
    assert await actions.mark_missed(tx, before_on=FRIDAY, now=NOW) == 0


async def test_a_confirmed_turn_that_nobody_came_to_is_missed_after_its_day(tx: Transaction) -> None:
    await publish(tx)
    held = await confirmed(tx)
    offered = await one_offer(tx)
    assert await actions.mark_missed(tx, before_on=THURSDAY, now=NOW) == 0
    assert await actions.mark_missed(tx, before_on=FRIDAY, now=NOW) == 1
    assert (await actions.booking(tx, SERVICE, held.booking_id)).state is BookingState.MISSED
    assert (await actions.booking(tx, SERVICE, offered.booking_id)).state is BookingState.OFFERED
    assert await taken(tx) == 2


async def test_more_people_than_seats_get_none_of_them(tx: Transaction) -> None:
    await publish(tx, slot(seats=2))
    with pytest.raises(SlotFull):
        async with tx.transaction():
            await offer(tx, *people(3))
    assert await taken(tx) == 0


async def test_more_people_than_the_days_quota_get_nothing(tx: Transaction) -> None:
    await publish(tx, slot(seats=300), slot(HALF_PAST, seats=300, minute=30))
    await bind(tx, 600, NINE, HALF_PAST)
    await tx.execute("update booking.daily_quota set quota = 500")
    await offer(tx, *people(300))
    with pytest.raises(QuotaExceeded):
        async with tx.transaction():
            await offer(tx, *people(201), slot_id=HALF_PAST)
    await offer(tx, *people(200), slot_id=HALF_PAST)
    assert await quota_taken(tx, quota=500) == 500


async def test_who_has_a_live_booking_gets_no_second_and_costs_no_seat(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, minute=30))
    live, other = await one_offer(tx), people(1)[0]
    wanted = [(live.person_id, HALF_PAST), (other, HALF_PAST), (other, NINE)]
    offered = await actions.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=UNTIL, now=NOW)
    assert list(offered) == [other]
    assert await taken(tx) + await taken(tx, HALF_PAST) == 2


async def test_a_person_may_hold_turns_of_two_services(tx: Transaction) -> None:
    await publish(tx, slot(), slot(service_id=OTHER_SERVICE))
    (person_id,) = people(1)
    await offer(tx, person_id)
    await offer(tx, person_id, service_id=OTHER_SERVICE)
    assert len(await actions.bookings_of(tx, person_id)) == 2


async def test_an_offer_ends_in_time_to_travel(tx: Transaction) -> None:
    await publish(tx)
    (person_id,) = people(1)
    starts_at = slot().starts_at
    offered = await actions.offer_seats(
        tx,
        service_id=SERVICE,
        wanted=[(person_id, NINE)],
        until=starts_at + timedelta(days=3),
        before_start=timedelta(hours=2),
        now=NOW,
    )
    found = await actions.booking(tx, SERVICE, offered[person_id])
    assert found.offered_until == starts_at - timedelta(hours=2)


async def test_seats_of_a_published_slot_change_down_to_what_is_spoken_for(tx: Transaction) -> None:
    await publish(tx, slot(seats=3))
    await offer(tx, *people(2))
    await publish(tx, slot(seats=2))
    with pytest.raises(SeatsSpokenFor):
        async with tx.transaction():
            await publish(tx, slot(seats=1))
    await publish(tx, slot(seats=9))
    await bind(tx, 100)
    with pytest.raises(SeatsSpokenFor):
        async with tx.transaction():
            await publish(tx, slot(seats=8))
    assert (await actions.slot(tx, SERVICE, NINE)).seats == 9


async def test_a_slots_seats_are_promised_to_one_draw_at_a_time(tx: Transaction) -> None:
    await publish(tx, slot(seats=3), slot(HALF_PAST, seats=2, minute=30))
    await offer(tx, *people(1))
    (promised,) = await bind(tx, 100)
    assert (promised.free, promised.promised, promised.promised_free) == (2, 3, 2)
    with pytest.raises(SlotPromised):
        async with tx.transaction():
            await bind(tx, 100, HALF_PAST, NINE)
    assert (await actions.slot(tx, SERVICE, HALF_PAST)).promised == 0
    await actions.end_promise(tx, SERVICE, slot_ids=[NINE])
    await bind(tx, 100, HALF_PAST, NINE)


async def test_what_is_spoken_for_counts_promises_and_what_was_given_otherwise(tx: Transaction) -> None:
    await publish(tx, slot(seats=30), slot(HALF_PAST, seats=20, minute=30))
    await offer(tx, *people(4), slot_id=HALF_PAST)
    await bind(tx, 100)
    await offer(tx, *people(5))
    assert await actions.seats_spoken_for(tx, SERVICE, days_on=[THURSDAY, FRIDAY]) == {THURSDAY: 34}
    assert await actions.quota_left(tx, SERVICE, days_on=[THURSDAY]) == {THURSDAY: 91}


async def test_a_full_slot_has_nothing_to_promise(tx: Transaction) -> None:
    await publish(tx, slot(seats=1))
    await one_offer(tx)
    assert await bind(tx, 100) == []
    assert (await actions.slot(tx, SERVICE, NINE)).promised == 0


async def test_a_slot_that_is_not_there_is_not_promised(tx: Transaction) -> None:
    await publish(tx)
    with pytest.raises(NotFound):
        await bind(tx, 100, NINE, SlotId("NOWHERE"))


async def test_a_day_is_not_bound_below_what_was_given(tx: Transaction) -> None:
    await publish(tx, slot(seats=10))
    await offer(tx, *people(4))
    with pytest.raises(QuotaBelowGiven) as refused:
        async with tx.transaction():
            await bind(tx, 3)
    assert refused.value.facts["quota"] == 3
    await bind(tx, 4)
    assert await quota_taken(tx, quota=4) == 4


async def test_lists_are_of_the_right_people_and_days(tx: Transaction) -> None:
    await publish(tx, slot(), slot(HALF_PAST, day_on=FRIDAY))
    one, two = await one_offer(tx), await one_offer(tx, slot_id=HALF_PAST)
    assert await actions.bookings_at(tx, OFFICE, day_on=THURSDAY) == [one]
    assert await actions.bookings_at(tx, OFFICE, day_on=FRIDAY) == [two]
    assert await actions.bookings_of(tx, one.person_id) == [one]
    assert await actions.bookings_by_reference(tx, one.reference, office_id=OFFICE) == [one]
    assert await actions.bookings_by_reference(tx, one.reference, office_id=OfficeId("KW-MOI/FAR-R")) == []
    with pytest.raises(NotFound):
        await actions.booking(tx, SERVICE, BookingId(uuid4()))
    with pytest.raises(NotFound):
        await actions.slot(tx, SERVICE, SlotId("NOWHERE"))
    found = await actions.slots_between(tx, SERVICE, starts_at=one.starts_at, ends_at=two.starts_at)
    assert [each.slot_id for each in found] == [NINE]


@pytest.mark.parametrize(
    ("until_on", "timezone", "found"),
    [
        (THURSDAY, "Asia/Kuwait", [NINE]),
        (FRIDAY, "Asia/Kuwait", [NINE, HALF_PAST]),
        (THURSDAY, "Pacific/Honolulu", [HALF_PAST]),
    ],
)
async def test_days_are_counted_in_to_the_last_by_the_clocks_of_the_place(
    tx: Transaction, until_on: date, timezone: str, found: list[SlotId]
) -> None:
    """Six in London is nine in Kuwait; in Honolulu it is eight in the evening of the day before."""
    await publish(tx, slot(), slot(HALF_PAST, day_on=FRIDAY))
    slots = await actions.slots_on_days(tx, SERVICE, from_on=THURSDAY, until_on=until_on, timezone=timezone)
    assert [each.slot_id for each in slots] == found


async def test_seats_are_kept_until_cancelled_or_lapsed(tx: Transaction) -> None:
    await publish(tx, slot(seats=4))
    kept, gone, lapsed = await confirmed(tx), await confirmed(tx), await one_offer(tx)
    await cancel(tx, gone)
    await actions.lapse_offers(tx, now=UNTIL)
    ids = [each.booking_id for each in (kept, gone, lapsed)]
    assert await actions.seats_kept_among(tx, service_id=SERVICE, booking_ids=ids) == {kept.booking_id}


async def test_the_states_of_many_are_told_in_one_answer_each_under_its_own_service(tx: Transaction) -> None:
    await publish(tx, slot(seats=4))
    kept, gone, offered = await confirmed(tx), await confirmed(tx), await one_offer(tx)
    await cancel(tx, gone)
    asked = [(SERVICE, each.booking_id) for each in (kept, gone, offered)]
    told = await actions.states_of(tx, [*asked, (OTHER_SERVICE, kept.booking_id)])
    states = [BookingState.CONFIRMED, BookingState.CANCELLED, BookingState.OFFERED]
    assert told == dict(zip(asked, states, strict=True))
    assert await actions.states_of(tx, []) == {}


async def test_a_reference_that_was_used_is_drawn_again(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(tx)
    first = await one_offer(tx)
    same = bytes("23456789ABCDEFGHJKLMNPQRSTUVWXYZ".index(character) for character in first.reference)
    drawn = iter([same, same, b"\x01" * 6])
    monkeypatch.setattr(giving.secrets, "token_bytes", lambda _length: next(drawn))
    second = await one_offer(tx)
    assert second.reference == "333333"


async def test_what_is_published_stands_in_the_log_day_by_day(tx: Transaction) -> None:
    await publish(tx, slot(seats=7), slot(HALF_PAST, day_on=FRIDAY, seats=8))
    rows = await (await tx.execute("select leaf from transparency.entry order by entry_id desc limit 2")).fetchall()
    friday, thursday = (row["leaf"] for row in rows)
    assert f'"{NINE}":7' in thursday
    assert '"day":"2027-02-04"' in thursday
    assert f'"{HALF_PAST}":8' in friday
    assert await transparency.latest_checkpoint(tx) is None

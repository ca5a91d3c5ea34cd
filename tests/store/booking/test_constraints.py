"""What the tables of booking refuse by themselves, whatever the program says."""

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from tests.store.booking.slots import (
    ENDED,
    NINE,
    NOW,
    SERVICE,
    THURSDAY,
    bind,
    confirmed,
    forbidden,
    one_offer,
    people,
    publish,
    refused_by,
    slot,
)

INSERT_SLOT = """
insert into booking.slot
(service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, taken, promised, published_at)
values ('KW-MOI/18', %s, 'KW-MOI/HAW-R', '2027-02-04', %s, %s, %s, %s, %s, now())
"""
INSERT_BOOKING = """
insert into booking.booking (service_id, person_id, slot_id, state, reference, offered_until, made_at, changed_at)
values ('KW-MOI/18', %s, %s, %s, %s, %s, now(), now())
"""
NINE_TO_TEN = ("2027-02-04 09:00+03", "2027-02-04 10:00+03")


@pytest.mark.parametrize("taken", [3, -1])
async def test_a_slot_is_never_overfilled(tx: Transaction, taken: int) -> None:
    await publish(tx, slot(seats=2))
    await refused_by(tx, "slot_never_overfilled", "update booking.slot set taken = %s", taken)


async def test_a_slot_does_not_shrink_below_what_is_taken(tx: Transaction) -> None:
    await publish(tx)
    await confirmed(tx)
    await one_offer(tx)
    await refused_by(tx, "slot_never_overfilled", "update booking.slot set seats = 1")


@pytest.mark.parametrize("promised", [3, -1])
async def test_a_slot_does_not_promise_what_it_has_not(tx: Transaction, promised: int) -> None:
    await publish(tx, slot(seats=2))
    await refused_by(tx, "slot_keeps_its_promise", "update booking.slot set promised = %s", promised)


@pytest.mark.parametrize("seats", [-1, 100_001])
async def test_a_slot_has_a_countable_number_of_seats(tx: Transaction, seats: int) -> None:
    await refused_by(tx, "slot_has_countable_seats", INSERT_SLOT, "X", *NINE_TO_TEN, seats, 0, 0)


async def test_a_slot_ends_after_it_starts(tx: Transaction) -> None:
    await refused_by(tx, "slot_ends_after_it_starts", INSERT_SLOT, "X", NINE_TO_TEN[0], NINE_TO_TEN[0], 1, 0, 0)


async def test_a_slot_is_known_once(tx: Transaction) -> None:
    await publish(tx)
    await refused_by(tx, "slot_is_known_once", INSERT_SLOT, NINE, *NINE_TO_TEN, 1, 0, 0)


async def test_a_days_quota_is_never_exceeded(tx: Transaction) -> None:
    await publish(tx)
    await bind(tx, 500)
    await refused_by(tx, "quota_never_exceeded", "update booking.daily_quota set taken = 501")
    await refused_by(tx, "quota_never_exceeded", "update booking.daily_quota set taken = -1")


async def test_a_days_quota_is_set_once(tx: Transaction) -> None:
    await publish(tx)
    await bind(tx, 500)
    again = "insert into booking.daily_quota (service_id, day_on, quota) values (%s, %s, 600)"
    await refused_by(tx, "quota_is_set_once_per_day", again, SERVICE, THURSDAY)


async def test_a_person_has_one_live_booking_of_a_service(tx: Transaction) -> None:
    await publish(tx)
    live = await one_offer(tx)
    rule = "one_live_booking_per_person_and_service"
    await refused_by(tx, rule, INSERT_BOOKING, live.person_id, NINE, "offered", "ZZZZZZ", NOW)
    await refused_by(tx, rule, INSERT_BOOKING, live.person_id, NINE, "confirmed", "ZZZZZZ", None)


async def test_a_reference_is_used_once_in_a_service(tx: Transaction) -> None:
    await publish(tx)
    live = await one_offer(tx)
    (other,) = people(1)
    await refused_by(tx, "reference_is_used_once", INSERT_BOOKING, other, NINE, "offered", live.reference, NOW)


async def test_a_booking_has_a_slot(tx: Transaction) -> None:
    await refused_by(tx, "booking_has_a_slot", INSERT_BOOKING, *people(1), "NOWHERE", "offered", "ZZZZZZ", NOW)


async def test_a_bookings_state_is_known(tx: Transaction) -> None:
    await publish(tx)
    await refused_by(tx, "booking_state_is_known", INSERT_BOOKING, *people(1), NINE, "sold", "ZZZZZZ", NOW)


async def test_an_offer_has_an_end(tx: Transaction) -> None:
    await publish(tx)
    await refused_by(tx, "an_offer_has_an_end", INSERT_BOOKING, *people(1), NINE, "offered", "ZZZZZZ", None)


async def test_a_booking_is_known_once(tx: Transaction) -> None:
    await publish(tx)
    live = await one_offer(tx)
    again = """
    insert into booking.booking (service_id, booking_id, person_id, slot_id, state, reference, made_at, changed_at)
    values (%s, %s, %s, %s, 'missed', 'ZZZZZZ', now(), now())
    """
    await refused_by(tx, "booking_is_known_once", again, SERVICE, live.booking_id, *people(1), NINE)


@pytest.mark.parametrize("ended", ENDED)
async def test_an_ended_booking_stays_ended(tx: Transaction, ended: str) -> None:
    await publish(tx)
    await confirmed(tx)
    await tx.execute("update booking.booking set state = %s", (ended,))
    await refused_by(tx, "an_ended_booking_stays_ended", "update booking.booking set state = 'confirmed'")
    other = "lapsed" if ended == "cancelled" else "cancelled"
    await refused_by(tx, "an_ended_booking_stays_ended", "update booking.booking set state = %s", other)


@pytest.mark.parametrize("table", ["slot", "daily_quota", "booking", "move"])
async def test_the_application_removes_nothing(tx: Transaction, table: str) -> None:
    await forbidden(tx, f"delete from booking.{table}")
    await forbidden(tx, f"truncate booking.{table}")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("slot", "starts_at"),
        ("slot", "office_id"),
        ("slot", "service_id"),
        ("daily_quota", "day_on"),
        ("booking", "person_id"),
        ("move", "to_slot_id"),
        ("booking", "reference"),
        ("booking", "offered_until"),
    ],
)
async def test_the_application_cannot_rewrite_what_was_given(tx: Transaction, table: str, column: str) -> None:
    await forbidden(tx, f"update booking.{table} set {column} = {column}")


async def test_the_reader_counts_and_does_not_learn_whose_a_booking_is(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        await tx.execute("select service_id, seats, taken from booking.slot")
        await tx.execute("select service_id, quota, taken from booking.daily_quota")
        await tx.execute("select state, count(*) from booking.booking group by state")
        for column in ("person_id", "reference", "log_salt", "cancel_salt"):
            await forbidden(tx, f"select {column} from booking.booking")
        await forbidden(tx, "update booking.slot set taken = 0")

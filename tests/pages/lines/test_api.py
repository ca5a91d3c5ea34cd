"""A waiting line as a program sees it: the same rules as on the pages, in JSON."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from dawr.booking import actions as booking
from dawr.booking.model import BookingId, BookingState
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.lines import actions
from dawr.settings import Settings
from tests.pages.conftest import CallerFor
from tests.pages.lines.invented_line import LINE, PATH, SERVICE, gathering, opened, stranger

PLACE, BOOKING = f"{PATH}/place", f"{PATH}/booking"


async def first_slot(pool: Pool) -> str:
    async with transaction(pool) as tx:
        line = await actions.line(tx, SERVICE, LINE)
        return str((await actions.slots_to_take(tx, line, now=datetime.now(UTC)))[0].slot_id)


async def test_a_number_is_taken_once_however_often_it_is_asked_for(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    await opened(kuwait, settings=settings)
    caller = await caller_for(stranger())
    answers = await asyncio.gather(*(caller.post(PLACE) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["number"] for answer in answers} == {1}
    assert (await caller.get(PLACE)).json()["number"] == 1


async def test_before_the_opening_there_is_a_place_and_no_number_yet(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    await gathering(kuwait, settings=settings)
    caller = await caller_for(stranger())
    assert "number" not in (await caller.post(PLACE)).json()


async def test_who_is_not_in_line_is_told_so_and_sees_nobody_elses_place(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    await opened(kuwait, stranger(), settings=settings)
    answer = await (await caller_for(stranger())).get(PLACE)
    assert answer.json()["type"] == "lines.not_in_line"


async def test_whose_turn_has_come_takes_a_seat_and_the_same_request_again_gets_the_same_booking(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    person_id = PersonId(uuid4())
    await opened(kuwait, person_id, settings=settings)
    await actions.advance_lines(kuwait, now=datetime.now(UTC))
    caller, seat = await caller_for(person_id), {"slot": await first_slot(kuwait)}
    answers = await asyncio.gather(*(caller.post(BOOKING, seat, key="one") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    [booking_id] = {answer.json()["booking"] for answer in answers}
    async with transaction(kuwait) as tx:
        made = await booking.own_booking(
            tx, service_id=SERVICE, booking_id=BookingId(UUID(booking_id)), person_id=person_id
        )
    assert made.state is BookingState.CONFIRMED
    assert (await caller.get(PLACE)).json()["booking"] == booking_id


async def test_whose_turn_has_not_come_takes_nothing(caller_for: CallerFor, kuwait: Pool, settings: Settings) -> None:
    person_id = PersonId(uuid4())
    await opened(kuwait, person_id, settings=settings)
    answer = await (await caller_for(person_id)).post(BOOKING, {"slot": await first_slot(kuwait)})
    assert answer.json()["type"] == "lines.not_your_turn"


async def test_a_seat_that_is_not_named_or_not_of_the_line_is_refused(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    person_id = PersonId(uuid4())
    await opened(kuwait, person_id, settings=settings)
    await actions.advance_lines(kuwait, now=datetime.now(UTC))
    caller = await caller_for(person_id)
    assert (await caller.post(BOOKING, {})).status_code == 400
    assert (await caller.post(BOOKING, {"slot": "x" * 65})).status_code == 400
    for nowhere in ("NOWHERE", "a\u0000", "موعد"):
        assert (await caller.post(BOOKING, {"slot": nowhere})).json()["type"] == "lines.slot_not_in_line"


async def test_nobody_joins_or_takes_unknown_or_not_surely_known(
    caller_for: CallerFor, kuwait: Pool, settings: Settings
) -> None:
    await opened(kuwait, settings=settings)
    for caller in (await caller_for(), await caller_for(stranger(), assurance=1)):
        assert (await caller.post(PLACE)).status_code == 401
        assert (await caller.post(BOOKING, {"slot": "any"})).status_code == 401

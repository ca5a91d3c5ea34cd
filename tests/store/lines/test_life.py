"""The life of a line on the real server: announce, join, open, let in, act, extend, leave, close."""

from datetime import timedelta

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import BookingState, HasLiveBooking, SlotFull, SlotPromised, Wanted
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound, Refusal
from dawr.lines import actions
from dawr.lines.model import (
    ExtendedAlready,
    LineAlreadyAnnounced,
    LineClosed,
    LineId,
    LineRulesUnsafe,
    NotGathering,
    NotInLine,
    NotYourTurn,
    Place,
    SlotNotInLine,
    TurnMissed,
    TurnUsed,
)
from dawr.lines.order import commitment, labels_root, ordered
from tests.store.lines.invented_line import (
    ACT,
    ANNOUNCED_AT,
    CLOSES_AT,
    ELEVEN,
    EXTEND,
    GATHERS_AT,
    JOINS_AT,
    LINE,
    NINE,
    OPENS_AT,
    SERVICE,
    TEN,
    Lines,
    asked_key,
    person,
    slot,
)

SECOND = timedelta(seconds=1)


async def test_the_rules_stand_in_the_log_with_the_commitment_to_the_key(tx: Transaction, lines: Lines) -> None:
    line = await lines.announce(tx, {NINE: 5, TEN: 2})
    rows = await (
        await tx.execute("select leaf from transparency.entry where entry_id = %s", (line.rules_entry_id,))
    ).fetchall()
    leaf = rows[0]["leaf"]
    assert "line.rules" in leaf
    assert line.rules.key_sha256 in leaf
    assert line.rules.seats == 7
    assert line.key is None


async def test_a_line_has_its_seats_for_itself(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    with pytest.raises(LineAlreadyAnnounced):
        async with tx.transaction():
            await lines.announce(tx, {TEN: 1})
    with pytest.raises(SlotPromised):
        await lines.announce(tx, line_id=LineId(f"{LINE}-2"))


async def test_who_holds_a_turn_of_the_service_is_told_so_and_takes_no_number(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    served, other = person(), person()
    await booking.publish_slots(tx, slots=[slot(ELEVEN, seats=1)], now=ANNOUNCED_AT)
    wanted = Wanted(service_id=SERVICE, person_id=served, slot_id=ELEVEN, asked_key=asked_key())
    await booking.take_seats(tx, [wanted], now=JOINS_AT)
    asks = [actions.join_ask(SERVICE, LINE, person_id=each, settings=lines.settings) for each in (served, other)]
    refused, place = await actions.join_many(tx, asks, now=JOINS_AT)
    assert isinstance(refused, HasLiveBooking)
    assert isinstance(place, Place)
    assert await actions.places_of(tx, served) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"gathers_at": ANNOUNCED_AT - SECOND},
        {"opens_at": GATHERS_AT - SECOND},
        {"closes_at": OPENS_AT + ACT - SECOND},
        {"inside_max": 0},
        {"act_seconds": 0},
        {"slot_ids": []},
    ],
)
async def test_rules_of_no_use_are_refused(tx: Transaction, lines: Lines, changes: dict[str, object]) -> None:
    with pytest.raises(LineRulesUnsafe):
        await lines.announce(tx, **changes)


async def test_nobody_joins_before_it_gathers_or_a_line_that_is_not_there(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    with pytest.raises(NotGathering):
        await lines.join(tx, now=GATHERS_AT - SECOND)
    with pytest.raises(NotFound):
        await lines.join(tx, line_id=LineId("KW-MOI/18/other"))


async def test_a_second_join_is_the_first_place_even_in_one_batch(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    one, other = person(), person()
    places = await lines.join_all(tx, [one, other, one])
    assert places[0] == places[2] != places[1]
    assert await lines.join(tx, one, now=JOINS_AT + ACT) == places[0]


async def test_the_opening_orders_those_who_were_there_by_the_published_key(tx: Transaction, lines: Lines) -> None:
    announced = await lines.announce(tx)
    people = await lines.opened_with(tx, 30)
    line = await actions.line(tx, SERVICE, LINE)
    assert line.key is not None
    assert commitment(line.key) == announced.rules.key_sha256
    labels = [(await lines.place(tx, each)).label for each in people]
    assert ordered(labels, key=line.key) == labels
    assert line.gathered == line.last_number == 30
    published = (await actions.gathered_labels(tx, line)).split()
    assert published == sorted(labels)
    assert labels_root(published) == line.gathered_root


async def test_opening_again_changes_nothing(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    people = await lines.opened_with(tx, 5)
    before = [await lines.place(tx, each) for each in people]
    line = await actions.line(tx, SERVICE, LINE)
    assert await lines.open(tx, now=OPENS_AT + ACT) == line
    assert [await lines.place(tx, each) for each in people] == before


async def test_a_line_never_opens_before_its_time(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    assert (await lines.open(tx, now=OPENS_AT - SECOND)).opened_at is None


async def test_who_comes_between_the_time_and_the_opening_stands_behind_the_gathered(
    tx: Transaction, lines: Lines
) -> None:
    await lines.announce(tx)
    gathered = [person() for _ in range(8)]
    await lines.join_all(tx, gathered)
    late = [await lines.join(tx, now=OPENS_AT + number * SECOND) for number in (2, 0, 1)]
    assert [place.number for place in late] == [None] * 3
    line = await lines.open(tx, now=OPENS_AT + 3 * SECOND)
    assert line.gathered == 8
    assert sorted([(await lines.place(tx, each)).number for each in gathered], key=lambda number: number or 0) == list(
        range(1, 9)
    )
    assert [(await lines.place(tx, place.person_id)).number for place in late] == [11, 9, 10]


async def test_who_comes_after_the_opening_is_numbered_by_arrival(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    await lines.opened_with(tx, 3)
    places = await lines.join_all(tx, [person() for _ in range(4)], now=OPENS_AT + SECOND)
    assert [place.number for place in places if isinstance(place, Place)] == [4, 5, 6, 7]
    assert (await lines.join(tx, now=OPENS_AT + SECOND)).number == 8


async def test_a_turn_begins_with_its_wave_and_ends_after_its_time(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, inside_max=2)
    first, second, third = await lines.opened_with(tx, 3)
    assert await lines.let_in(tx) == 2
    assert (await lines.place(tx, first)).turn_ends_at == OPENS_AT + ACT
    assert (await lines.place(tx, second)).turn_ends_at == OPENS_AT + ACT
    assert (await lines.place(tx, third)).turn_ends_at is None
    assert await lines.let_in(tx, now=OPENS_AT + SECOND) is None
    await lines.take(tx, first, now=OPENS_AT + SECOND)
    assert await lines.let_in(tx, now=OPENS_AT + 2 * SECOND) == 3


async def test_no_more_turns_run_than_seats_are_left(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 2}, inside_max=10)
    people = await lines.opened_with(tx, 6)
    assert await lines.let_in(tx) == 2
    assert await lines.let_in(tx, now=OPENS_AT + SECOND) is None
    await lines.take(tx, people[0], now=OPENS_AT + SECOND)
    assert await lines.let_in(tx, now=OPENS_AT + 2 * SECOND) is None
    assert await lines.let_in(tx, now=OPENS_AT + ACT) == 3


async def test_those_who_left_do_not_hold_up_the_line(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, inside_max=1)
    people = await lines.opened_with(tx, 4)
    for each in people[:2]:
        await actions.leave(tx, service_id=SERVICE, line_id=LINE, person_id=each)
    assert await lines.let_in(tx) == 3


async def test_only_he_whose_turn_runs_takes_a_seat(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 5, TEN: 1}, inside_max=1)
    first, second = await lines.opened_with(tx, 2)
    await lines.let_in(tx)
    for refused, who, slot_id, at in (
        (NotYourTurn, second, NINE, OPENS_AT),
        (NotInLine, person(), NINE, OPENS_AT),
        (SlotNotInLine, first, ELEVEN, OPENS_AT),
        (TurnMissed, first, NINE, OPENS_AT + ACT),
    ):
        with pytest.raises(refused):
            await lines.take(tx, who, slot_id, now=at)
    booking_id = await lines.take(tx, first, TEN)
    taken = await booking.booking(tx, SERVICE, booking_id)
    assert (taken.state, taken.person_id, taken.slot_id) == (BookingState.CONFIRMED, first, TEN)
    with pytest.raises(TurnUsed):
        await lines.take(tx, first, NINE)


async def test_the_same_request_gets_the_first_answer_even_after_the_turn(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    [first] = await lines.opened_with(tx, 1)
    await lines.let_in(tx)
    key = asked_key()
    ask = lines.take_ask(first, key=key)
    once, again = await actions.take_many(tx, [ask, ask], now=OPENS_AT)
    assert once == again == await lines.take(tx, first, key=key, now=CLOSES_AT + ACT)


async def test_each_of_a_batch_has_his_own_answer(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 1, TEN: 2}, inside_max=3)
    people = await lines.opened_with(tx, 4)
    await lines.let_in(tx)
    answers = await actions.take_many(tx, [lines.take_ask(each) for each in people], now=OPENS_AT)
    assert [type(answer) for answer in answers[1:]] == [SlotFull, SlotFull, NotYourTurn]
    assert not isinstance(answers[0], Refusal)
    await lines.take(tx, people[1], TEN)
    with pytest.raises(TurnUsed):
        await lines.take(tx, people[0], TEN)


async def test_a_person_with_a_live_turn_of_the_service_gets_no_other(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    [first] = await lines.opened_with(tx, 1)
    await lines.let_in(tx)
    wanted = [(first, ELEVEN)]
    await booking.publish_slots(tx, slots=[slot(ELEVEN, seats=1)], now=ANNOUNCED_AT)
    await booking.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=CLOSES_AT, now=OPENS_AT)
    with pytest.raises(HasLiveBooking):
        await lines.take(tx, first)


async def test_a_turn_is_extended_once(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    [first] = await lines.opened_with(tx, 1)
    key = {"service_id": SERVICE, "line_id": LINE, "person_id": first}
    with pytest.raises(NotYourTurn):
        await actions.extend(tx, **key, now=OPENS_AT)  # type: ignore[arg-type]
    await lines.let_in(tx)
    extended = await actions.extend(tx, **key, now=OPENS_AT + ACT - SECOND)  # type: ignore[arg-type]
    assert extended.turn_ends_at == OPENS_AT + ACT + EXTEND
    with pytest.raises(ExtendedAlready):
        await actions.extend(tx, **key, now=OPENS_AT + ACT)  # type: ignore[arg-type]
    await lines.take(tx, first, now=OPENS_AT + ACT + SECOND)


async def test_who_missed_his_turn_gets_a_number_at_the_end_and_a_whole_turn(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, inside_max=1)
    first, second = await lines.opened_with(tx, 2)
    await lines.let_in(tx)
    await actions.extend(tx, service_id=SERVICE, line_id=LINE, person_id=first, now=OPENS_AT)
    missed_at = OPENS_AT + ACT + EXTEND
    assert (await lines.join(tx, first, now=missed_at - SECOND)).number == 1
    assert (await lines.join(tx, first, now=missed_at)).number == 3
    assert await lines.let_in(tx, now=missed_at) == 2
    await lines.take(tx, second, now=missed_at)
    assert await lines.let_in(tx, now=missed_at + SECOND) == 3
    again = await lines.place(tx, first)
    assert (again.extended_at, again.turn_ends_at) == (None, missed_at + SECOND + ACT)


async def test_who_leaves_is_gone_and_comes_back_at_the_end(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    first, second = await lines.opened_with(tx, 2)
    for _ in range(2):
        await actions.leave(tx, service_id=SERVICE, line_id=LINE, person_id=first)
    with pytest.raises(NotInLine):
        await lines.place(tx, first)
    assert (await lines.join(tx, first, now=OPENS_AT + SECOND)).number == 3
    await lines.let_in(tx)
    await lines.take(tx, second)
    with pytest.raises(TurnUsed):
        await actions.leave(tx, service_id=SERVICE, line_id=LINE, person_id=second)


async def test_the_line_closes_when_its_seats_are_gone(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 1})
    first, second = await lines.opened_with(tx, 2)
    assert (await lines.close(tx, now=OPENS_AT)).closed_at is None
    await lines.let_in(tx)
    await lines.take(tx, first)
    closed = await lines.close(tx, now=OPENS_AT + SECOND)
    assert closed.closed_at == OPENS_AT + SECOND
    assert await lines.close(tx, now=OPENS_AT + ACT) == closed
    assert (await booking.slot(tx, SERVICE, NINE)).promised == 0
    with pytest.raises(LineClosed):
        await lines.join(tx, now=OPENS_AT + ACT)
    with pytest.raises(LineClosed):
        await lines.take(tx, second, now=OPENS_AT + ACT)
    assert (await lines.join(tx, second, now=OPENS_AT + ACT)).number == 2


async def test_the_line_closes_when_its_time_is_over_and_what_is_left_is_free(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 3})
    [first] = await lines.opened_with(tx, 1)
    await lines.let_in(tx, now=CLOSES_AT - SECOND)
    assert (await lines.place(tx, first)).turn_ends_at == CLOSES_AT
    assert await lines.let_in(tx, now=CLOSES_AT) is None
    await lines.close(tx, now=CLOSES_AT)
    await lines.announce(tx, {NINE: 3}, line_id=LineId(f"{LINE}-2"))


async def test_few_who_come_let_more_be_called(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 100}, inside_max=20)
    await lines.opened_with(tx, 80)
    assert await lines.let_in(tx) == 20
    assert await lines.let_in(tx, now=OPENS_AT + ACT) == 60


async def test_now_serving_says_the_number_and_the_pace(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx, {NINE: 100}, inside_max=20)
    await lines.opened_with(tx, 50)
    before = await actions.now_serving(tx, await actions.line(tx, SERVICE, LINE), now=OPENS_AT)
    assert (before.serving, before.is_open, before.is_closed) == (0, True, False)
    await lines.let_in(tx)
    line = await actions.line(tx, SERVICE, LINE)
    now = await actions.now_serving(tx, line, now=OPENS_AT + 2 * timedelta(minutes=1))
    assert (now.serving, now.per_minute) == (20, 10)


async def test_the_worker_opens_lets_in_and_closes(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx, {NINE: 1})
        one = await standing_lines.join(tx)
    await actions.advance_lines(pool, now=OPENS_AT)
    async with transaction(pool) as tx:
        assert (await standing_lines.place(tx, one.person_id)).turn_ends_at == OPENS_AT + ACT
        await standing_lines.take(tx, one.person_id)
    await actions.advance_lines(pool, now=OPENS_AT + SECOND)
    async with transaction(pool) as tx:
        assert (await actions.line(tx, SERVICE, LINE)).closed_at == OPENS_AT + SECOND


async def test_a_worker_that_was_away_opens_and_closes_in_one_go(pool: Pool, standing_lines: Lines) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx)
        await standing_lines.join(tx)
    await actions.advance_lines(pool, now=CLOSES_AT + ACT)
    async with transaction(pool) as tx:
        line = await actions.line(tx, SERVICE, LINE)
    assert line.key is not None
    assert line.closed_at is not None

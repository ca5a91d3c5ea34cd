"""The machine's clock jumps by an hour, forwards or backwards.

No clock of a real machine is turned for this: every act is told the time, and here it is told a wrong one. What is
shown: an answer that was given stays the answer; what was frozen, drawn, opened or signed never opens again; a line
goes on letting people in; a session is not longer than its life but for the jump; and what is counted against a
flood does not look at the clock at all. What a clock that runs ahead does end early is a turn to act, as if its hour
had passed; its person takes a later number.
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Refusal
from dawr.releases import actions as releases
from dawr.releases.actions import EntryAsked
from dawr.releases.model import ListFrozen, Receipt, Stage, stage_of
from dawr.settings import Settings
from dawr.statistics import actions as statistics
from dawr.statistics.model import Part
from dawr.transparency import actions as transparency
from dawr.web.flood.middleware import Flood, guarded
from dawr.web.session import SESSION_LIFE, visitor_from
from tests.store.lines.invented_line import NINE, OPENS_AT, Lines, asked_key
from tests.store.releases import invented_draw as drawn
from tests.store.releases.invented_draw import DRAW, ENTERS_AT, FREEZES_AT, Draws, drawing_settings, person

HOUR = timedelta(hours=1)
JUMPS = (-HOUR, HOUR)


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
def draws(settings: Settings) -> Draws:
    return Draws(settings=drawing_settings(settings))


@pytest.fixture
def lines(settings: Settings) -> Lines:
    return Lines(settings=settings)


@pytest.mark.parametrize("jump", JUMPS)
async def test_an_entry_sent_again_at_another_time_gets_its_first_receipt(
    tx: Transaction, draws: Draws, jump: timedelta
) -> None:
    await draws.announce(tx, {drawn.NINE: 2})
    ask = EntryAsked(
        service_id=drawn.SERVICE, draw_id=DRAW, person_id=person(), wishes=(), draw_class="", asked_key=uuid4().bytes
    )
    key = releases.receipt_key(draws.settings)
    [first] = await releases.enter_many(tx, [ask], key=key, now=ENTERS_AT)
    [again] = await releases.enter_many(tx, [ask], key=key, now=ENTERS_AT + jump / 2)
    assert isinstance(first, Receipt)
    assert again == first


async def test_a_frozen_list_never_reopens_however_early_it_seems_to_be(tx: Transaction, draws: Draws) -> None:
    announced = await draws.announce(tx, {drawn.NINE: 2})
    await draws.enter(tx)
    frozen = await draws.freeze(tx)
    before = FREEZES_AT - HOUR
    with pytest.raises(ListFrozen):
        await draws.enter(tx, now=before)
    assert await draws.freeze(tx, now=before) == frozen
    assert stage_of(frozen, now=before) is Stage.FROZEN
    assert frozen.round == announced.round, "and nobody chose another round for it"


async def test_offers_made_before_the_jump_stand_after_it(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {drawn.NINE: 2})
    people = [person() for _ in range(4)]
    for each in people:
        await draws.enter(tx, each)
    _, places = await draws.run(tx)
    await draws.offer(tx, now=drawn.DRAWS_AT - HOUR)
    turns = await (await booking.ask_turns_held_by(tx, [(drawn.SERVICE, each) for each in people])).answer()
    held = [person_id for (_, person_id), theirs in turns.items() if any(turn.is_live for turn in theirs)]
    assert set(held) == {each for each, place in places.items() if place}


async def test_an_open_line_stays_open_and_lets_people_in_though_it_seems_too_early(
    tx: Transaction, lines: Lines
) -> None:
    await lines.announce(tx, {NINE: 6}, inside_max=2)
    first, second, third, *_ = await lines.opened_with(tx, 6)
    assert await lines.let_in(tx, now=OPENS_AT + HOUR / 2) == 2
    before = OPENS_AT - HOUR / 2
    key = asked_key()
    taken = [await lines.take(tx, each, key=key, now=before) for each in (first, second)]
    assert await lines.let_in(tx, now=before) == 4
    assert (await lines.place(tx, third)).has_turn(now=before)
    assert not isinstance(await lines.take(tx, third, now=before), Refusal)
    assert await lines.take(tx, first, key=key, now=OPENS_AT + 3 * HOUR) == taken[0]
    assert (await lines.join(tx, now=before)).number == 7


async def test_the_log_goes_on_growing(pool: Pool, settings: Settings) -> None:
    now = datetime(2027, 2, 1, tzinfo=UTC)
    for at in (now, now - HOUR, now + HOUR):
        async with transaction(pool) as tx:
            await transparency.append_public(tx, "override", facts={"said": at.isoformat()}, now=at)
        async with transaction(pool) as tx:
            assert await transparency.sequence(tx, settings=settings, now=at) > 0


async def test_a_process_goes_on_beating(tx: Transaction) -> None:
    process_id, now = uuid4(), datetime(2027, 2, 1, tzinfo=UTC)
    for at in (now, now - HOUR, now + HOUR):
        await statistics.beat(tx, part=Part.WEB, process_id=process_id, now=at)
    assert Part.WEB not in (await statistics.status(tx, now=now + HOUR)).down


def test_a_session_ends_with_its_life_by_whatever_clock_there_is() -> None:
    signed_in_at = datetime(2027, 2, 1, tzinfo=UTC)
    kept = {"person": str(person()), "at": int(signed_in_at.timestamp()), "assurance": 2}
    assert visitor_from(kept, now=signed_in_at - HOUR).person_id is not None
    assert visitor_from(kept, now=signed_in_at + SESSION_LIFE - HOUR).person_id is not None
    assert visitor_from(kept, now=signed_in_at + SESSION_LIFE + HOUR).person_id is None


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_flood_that_was_stopped_stays_stopped(settings: Settings, jump: timedelta) -> None:
    told = [time.time()]
    flood = Flood(settings, clock=lambda: told[0])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    transport = httpx.ASGITransport(guarded(answer, flood=flood), client=("203.0.113.7", 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://dawr.example") as visitor:
        while (await visitor.get("/")).status_code == 204:
            continue
        told[0] += jump.total_seconds()
        assert (await visitor.get("/")).status_code == 429

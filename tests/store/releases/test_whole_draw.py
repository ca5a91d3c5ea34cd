"""A draw from its announcement to its end, by the steps that the worker takes, whatever goes wrong on the way."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.kernel.signing import SigningKey
from dawr.releases import actions
from dawr.releases.actions.advancing import advance_each
from dawr.releases.bundle import places_text, record_text
from dawr.releases.model import DrawId, Release, Stage, stage_of
from dawr.releases.verify import verify_draw
from dawr.transparency.export import export_log
from tests.store.releases.beacon_server import BeaconServer, running_beacon
from tests.store.releases.invented_draw import (
    CONFIRM,
    DRAW,
    DRAWS_AT,
    ENTERS_AT,
    FREEZES_AT,
    LEAD,
    MOVES_UNTIL,
    NINE,
    SERVICE,
    WITNESS_TIME,
    WITNESSED_AT,
    WITNESSES,
    Draws,
    drawing_settings,
    person,
)

SECOND = timedelta(seconds=1)
FRIEND, OTHER = SigningKey.from_seed(b"f" * 32), SigningKey.from_seed(b"o" * 32)


class DrawWaits(Refusal):
    """A reason to come again later."""

    code = "releases.beacon_refused"


async def write_bundle_of(tx: Transaction, drawn: Release, *, folder: Path) -> None:
    """The bundle as its pages serve it."""
    folder.mkdir()
    (folder / "draw.json").write_bytes(record_text(await actions.draw_record_of(tx, drawn)))
    (folder / "entrants.txt").write_bytes(b"".join([chunk async for chunk in actions.bundle_lines(tx, drawn)]))
    (folder / "places.csv").write_bytes(places_text(await actions.places(tx, drawn)))
    (folder / "results.csv").write_bytes(b"".join([chunk async for chunk in actions.result_chunks(tx, drawn)]))


class World:
    """A committed draw of two seats with six people in it, its beacon, and a worker that comes by when it is told."""

    def __init__(self, pool: Pool, draws: Draws, beacon: BeaconServer) -> None:
        self.pool = pool
        self.draws = draws
        self.beacon = beacon
        self.people = [person() for _ in range(6)]

    async def prepare(self) -> None:
        async with transaction(self.pool) as tx:
            await self.draws.announce(tx, {NINE: 2})
            for person_id in self.people:
                await self.draws.enter(tx, person_id)

    async def work(self, now: datetime) -> Release:
        """Everything that is due at `now`, as one worker does it."""
        await actions.count_demand(self.pool, now=now)
        await actions.advance_draws(self.pool, settings=self.draws.settings, now=now)
        await actions.advance_offers(self.pool, now=now)
        return await self.release()

    async def release(self) -> Release:
        async with transaction(self.pool) as tx:
            return await actions.release(tx, SERVICE, DRAW)

    async def live(self) -> list[PersonId]:
        async with transaction(self.pool) as tx:
            asked = await booking.ask_turns_held_by(tx, [(SERVICE, person_id) for person_id in self.people])
            turns = await asked.answer()
        return [person_id for (_, person_id), held in turns.items() if any(turn.is_live for turn in held)]

    async def log(self, kind: str) -> int:
        async with transaction(self.pool) as tx:
            statement = "select count(*) as n from transparency.entry where leaf like %s"
            row = await (await tx.execute(statement, (f'%"{kind}"%',))).fetchone()
        assert row is not None
        return int(row["n"])


@pytest.fixture
async def world(pool: Pool, standing_draws: Draws) -> AsyncIterator[World]:
    async with running_beacon() as (beacon, url):
        draws = Draws(settings=drawing_settings(standing_draws.settings, beacon_url=url))
        found = World(pool, draws, beacon)
        await found.prepare()
        yield found


async def test_a_draw_goes_its_whole_way(world: World) -> None:
    open_release = await world.work(ENTERS_AT)
    assert stage_of(open_release, now=ENTERS_AT) is Stage.OPEN
    async with transaction(world.pool) as tx:
        assert (await actions.demand(tx, open_release, now=ENTERS_AT)).entrants == 6
    frozen = await world.work(FREEZES_AT)
    assert stage_of(frozen, now=FREEZES_AT) is Stage.FROZEN
    await world.draws.witness(world.pool)
    assert (await world.work(DRAWS_AT - SECOND)).drawn_at is None
    assert world.beacon.asked == [], "nobody asks for a round that is not due"
    drawn = await world.work(DRAWS_AT)
    assert drawn.seed is not None
    assert world.beacon.asked == [drawn.round]
    assert len(await world.live()) == 2
    await world.work(DRAWS_AT + CONFIRM)
    assert len(await world.live()) == 2, "the seats of both lapsed offers have moved on"
    await world.work(DRAWS_AT + 3 * CONFIRM)
    assert len(await world.live()) == 2
    closed = await world.work(MOVES_UNTIL)
    assert stage_of(closed, now=MOVES_UNTIL) is Stage.CLOSED
    assert closed.seed == drawn.seed
    assert await world.live() == []
    for kind, count in {"draw.rules": 1, "draw.freeze": 1, "draw.result": 1, "draw.void": 0}.items():
        assert await world.log(kind) == count


async def test_without_witnesses_the_round_is_void_and_a_later_one_is_announced(world: World) -> None:
    await world.work(FREEZES_AT)
    first = await world.release()
    last_moment = DRAWS_AT - LEAD
    assert (await world.work(last_moment)).round == first.round
    late = last_moment + SECOND
    second = await world.work(late)
    assert second.round > first.round
    assert second.draws_at >= late + LEAD + WITNESS_TIME
    assert (second.list_root, second.frozen_at) == (first.list_root, first.frozen_at)
    assert (await world.work(late)).round == second.round, "it is announced once"
    assert await world.log("draw.void") == 1
    async with transaction(world.pool) as tx:
        assert [each.round for each in await actions.rounds(tx, second)] == [first.round, second.round]
    await world.draws.witness(world.pool, now=late + SECOND)
    assert (await world.work(first.draws_at)).drawn_at is None, "the void round draws nothing"
    drawn = await world.work(second.draws_at)
    assert drawn.drawn_at == second.draws_at
    assert world.beacon.asked == [second.round]


async def test_cosignatures_that_come_too_late_for_the_round_are_as_good_as_none(world: World) -> None:
    await world.work(FREEZES_AT)
    await world.draws.witness(world.pool, now=DRAWS_AT - LEAD + SECOND)
    voided = await world.work(DRAWS_AT)
    assert voided.drawn_at is None
    assert voided.draws_at > DRAWS_AT
    assert await world.log("draw.void") == 1
    await world.draws.witness(world.pool, now=DRAWS_AT + SECOND)
    assert (await world.work(voided.draws_at)).seed is not None


async def test_one_witness_of_two_is_not_enough(world: World) -> None:
    await world.work(FREEZES_AT)
    await world.draws.witness(world.pool, count=1)
    assert (await world.work(DRAWS_AT - LEAD + SECOND)).round > (await _first_round(world))


async def test_witnesses_whom_the_rules_do_not_name_do_not_count(world: World) -> None:
    await world.work(FREEZES_AT)
    await world.draws.witness(world.pool, witnesses={"friend.example/w": FRIEND, "other.example/w": OTHER})
    assert (await world.work(DRAWS_AT - LEAD + SECOND)).round > (await _first_round(world))


async def test_a_namesake_of_a_witness_does_not_count(world: World) -> None:
    await world.work(FREEZES_AT)
    namesakes = dict(zip(WITNESSES, (FRIEND, OTHER), strict=True))
    await world.draws.witness(world.pool, witnesses=namesakes)
    assert (await world.work(DRAWS_AT - LEAD + SECOND)).round > (await _first_round(world))


async def test_a_worker_that_was_away_draws_as_planned_where_the_witnesses_were_in_time(world: World) -> None:
    frozen = await world.work(FREEZES_AT)
    await world.draws.witness(world.pool)
    drawn = await world.work(DRAWS_AT + timedelta(hours=5))
    assert (drawn.round, drawn.drawn_at) == (frozen.round, DRAWS_AT + timedelta(hours=5))
    assert await world.log("draw.void") == 0


async def test_a_round_whose_announcement_nobody_saw_in_time_never_draws(world: World) -> None:
    """The witnesses saw the list early enough for the second round, and its announcement too late."""
    await world.work(FREEZES_AT)
    late = DRAWS_AT - LEAD + SECOND
    await world.draws.witness(world.pool, now=late)
    second = await world.work(late)
    await world.draws.witness(world.pool, now=second.draws_at)
    third = await world.work(second.draws_at)
    assert third.drawn_at is None
    assert third.round > second.round
    await world.draws.witness(world.pool, now=second.draws_at + SECOND)
    assert (await world.work(third.draws_at)).drawn_at == third.draws_at
    assert world.beacon.asked == [third.round]


@pytest.mark.parametrize("witnessed_at", [WITNESSED_AT, DRAWS_AT - LEAD + SECOND, DRAWS_AT + SECOND])
async def test_who_holds_the_log_alone_can_verify_what_the_worker_drew(
    world: World, tmp_path: Path, witnessed_at: datetime
) -> None:
    """Whether the witnesses came in time, too late for the round, or after it was known."""
    await world.work(FREEZES_AT)
    await world.draws.witness(world.pool, now=witnessed_at)
    standing = await world.work(max(witnessed_at, DRAWS_AT - SECOND))
    await world.draws.witness(world.pool, now=witnessed_at + 2 * SECOND)
    drawn = await world.work(standing.draws_at)
    await world.draws.witness(world.pool, now=standing.draws_at + SECOND)
    async with transaction(world.pool) as tx:
        await export_log(tx, tmp_path / "log", settings=world.draws.settings)
        await write_bundle_of(tx, drawn, folder=tmp_path / "bundle")
    checks = verify_draw(str(tmp_path / "bundle"), log=str(tmp_path / "log"))
    assert [check for check in checks if not check.passed] == []


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), DrawWaits()])
async def test_a_release_that_errs_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The first of three is broken in a way that nobody thought of."""
    reached = []

    async def advance(service_id: ServiceId, draw_id: DrawId) -> None:
        reached.append(draw_id)
        if len(reached) == 1:
            raise fault

    async with transaction(world.pool) as tx:
        for hours in (1, 2):
            later = DrawId(f"{DRAW}-{hours}")
            slot_id = SlotId(f"HAW-20270210-1{hours}00")
            await world.draws.announce(tx, {slot_id: 1}, draw_id=later, later=timedelta(hours=hours))
    with structlog.testing.capture_logs() as said:
        await advance_each(world.pool, advance, now=FREEZES_AT + timedelta(hours=3))
    assert reached == [DRAW, f"{DRAW}-1", f"{DRAW}-2"]
    [once] = said
    assert once["draw_id"] == DRAW
    assert (once["log_level"], once.get("exc_info")) in (("warning", None), ("error", fault))
    assert (once["log_level"] == "warning") == isinstance(fault, Refusal)


async def _first_round(world: World) -> int:
    async with transaction(world.pool) as tx:
        return (await actions.rounds(tx, await actions.release(tx, SERVICE, DRAW)))[0].round


async def test_a_list_frozen_after_its_round_was_known_is_never_drawn_by_it(world: World) -> None:
    """The worker was away: who freezes late could have seen the randomness first."""
    await world.work(DRAWS_AT + SECOND)
    await world.draws.witness(world.pool, now=DRAWS_AT + 2 * SECOND)
    voided = await world.work(DRAWS_AT + 3 * SECOND)
    assert voided.drawn_at is None
    assert voided.draws_at >= DRAWS_AT + LEAD


async def test_while_the_beacon_is_down_the_same_round_is_asked_for_again(world: World) -> None:
    await world.work(FREEZES_AT)
    await world.draws.witness(world.pool)
    world.beacon.is_down = True
    assert (await world.work(DRAWS_AT)).drawn_at is None
    assert (await world.work(DRAWS_AT + SECOND)).drawn_at is None
    world.beacon.is_down = False
    drawn = await world.work(DRAWS_AT + timedelta(hours=1))
    assert drawn.drawn_at == DRAWS_AT + timedelta(hours=1)
    assert world.beacon.asked == [drawn.round] * 3


async def test_a_lead_changed_in_the_settings_does_not_change_published_rules(world: World) -> None:
    """A shorter lead for a later round would void that one too, for ever."""
    object.__setattr__(world.draws.settings, "draw_lead_seconds", 1)
    await world.work(FREEZES_AT)
    late = DRAWS_AT - LEAD + SECOND
    second = await world.work(late)
    assert second.draws_at >= late + LEAD + WITNESS_TIME
    await world.draws.witness(world.pool, now=late + SECOND)
    assert (await world.work(second.draws_at)).seed is not None

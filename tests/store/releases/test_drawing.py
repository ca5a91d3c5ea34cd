"""Freeze and draw on the real server: what is fixed, what is published, and that doing it again changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound
from dawr.releases import actions
from dawr.releases.actions.drawing import draw
from dawr.releases.assignment import assign, turn_of
from dawr.releases.beacon import Beacon, BeaconRefused
from dawr.releases.bundle import RESULTS_FILE, places_text, record_text
from dawr.releases.entry_line import entry_line, read_entry_line
from dawr.releases.files import run_draw
from dawr.releases.model import BeaconUnsigned, ListChanged, Release, Stage, stage_of
from dawr.releases.ranking import rank
from dawr.transparency.merkle import leaf_hash, root_of_leaves, verify_inclusion
from tests.store.releases.invented_draw import (
    ANY,
    DRAW,
    DRAWS_AT,
    FAR_NINE,
    FREEZES_AT,
    HALF_PAST,
    IN_FARWANIYA,
    IN_HAWALLI,
    NINE,
    SERVICE,
    Draws,
    person,
    round_of,
)

T = TypeVar("T")


async def _crowd(tx: Transaction, draws: Draws, *, count: int = 12) -> None:
    """A draw of five seats with `count` entrants of all kinds."""
    reserved = {NINE: {"medical": 1}}
    await draws.announce(tx, {NINE: 2, HALF_PAST: 1, FAR_NINE: 2}, reserved=reserved)
    wishes = [(), (IN_HAWALLI,), (IN_FARWANIYA, IN_HAWALLI), (ANY,)]
    for number in range(count):
        person_id = person()
        draw_class = ""
        if number % 4 == 0:
            await draws.grant(tx, person_id)
            draw_class = "medical"
        await draws.enter(tx, person_id, wishes=wishes[number % 4], draw_class=draw_class)


async def _bytes_of(tx: Transaction, release: Release) -> dict[str, bytes]:
    """The bundle as it is published."""
    return {
        "draw.json": record_text(await actions.draw_record_of(tx, release)),
        "entrants.txt": b"".join([chunk async for chunk in actions.bundle_lines(tx, release)]),
        "places.csv": places_text(await actions.places(tx, release)),
        "results.csv": b"".join([chunk async for chunk in actions.result_chunks(tx, release)]),
    }


async def _leaf(tx: Transaction, entry_id: int | None) -> str:
    row = await (await tx.execute("select leaf from transparency.entry where entry_id = %s", (entry_id,))).fetchone()
    assert row is not None
    return str(row["leaf"])


async def test_the_freeze_fixes_the_sorted_list_and_says_so(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws)
    frozen = await draws.freeze(tx)
    rows = await (await tx.execute("select line from releases.entrant")).fetchall()
    lines = sorted(row["line"].encode() for row in rows)
    assert b"".join([chunk async for chunk in actions.bundle_lines(tx, frozen)]) == b"".join(
        line + b"\n" for line in lines
    )
    assert frozen.list_root == root_of_leaves(lines).hex()
    assert frozen.entrants == 12
    assert frozen.entrants_by_class == {"": 9, "medical": 3}
    leaf = await _leaf(tx, frozen.freeze_entry_id)
    for fact in (frozen.list_root, '"medical":3', f'"round":{frozen.round}', frozen.rules.places_sha256):
        assert fact in leaf
    demand = await actions.demand(tx, frozen, now=FREEZES_AT)
    assert (demand.entrants, sum(demand.first_choices.values())) == (12, 12)


async def test_nothing_is_frozen_early_and_nothing_is_frozen_twice(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws)
    early = await draws.freeze(tx, now=FREEZES_AT - timedelta(seconds=1))
    assert early.frozen_at is None
    first = await draws.freeze(tx)
    assert await draws.freeze(tx, now=FREEZES_AT + timedelta(hours=1)) == first


async def test_a_draw_that_nobody_entered_is_over_and_frees_its_slots(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 2})
    closed = await draws.freeze(tx)
    assert stage_of(closed, now=FREEZES_AT) is Stage.CLOSED
    assert closed.entrants == 0
    row = await (await tx.execute("select promised from booking.slot")).fetchone()
    assert row == {"promised": 0}
    assert await draws.draw(tx) == closed


async def test_nobody_sees_the_list_before_the_freeze_or_a_result_before_the_draw(
    tx: Transaction, draws: Draws
) -> None:
    await draws.announce(tx, {NINE: 2})
    label = (await draws.enter(tx)).label
    release = await actions.release(tx, SERVICE, DRAW)
    for refused in (
        actions.proof_of_line(tx, release, label=label),
        actions.draw_record_of(tx, release),
        actions.why(tx, release, label=label),
        anext(actions.bundle_lines(tx, release)),
    ):
        with pytest.raises(NotFound):
            await refused
    frozen = await draws.freeze(tx)
    with pytest.raises(NotFound):
        await actions.draw_record_of(tx, frozen)
    with pytest.raises(NotFound):
        await actions.proof_of_line(tx, frozen, label="UNKNOWN")


async def test_each_entrant_can_prove_his_line(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws, count=9)
    frozen = await draws.freeze(tx)
    text = b"".join([chunk async for chunk in actions.bundle_lines(tx, frozen)])
    assert frozen.list_root is not None
    for number, line in enumerate(text.splitlines()):
        label = line.split(b"\t")[0].decode()
        index, proof = await actions.proof_of_line(tx, frozen, label=label)
        assert index == number
        root = bytes.fromhex(frozen.list_root)
        verify_inclusion(leaf_hash(line), index=index, size=9, proof=proof, root=root)


async def test_the_server_draws_what_the_files_draw(tx: Transaction, draws: Draws, tmp_path: Path) -> None:
    await _crowd(tx, draws, count=40)
    drawn, _ = await draws.run(tx)
    published = await _bytes_of(tx, drawn)
    rows = ["label,class,credit,preferences"]
    for line in published["entrants.txt"].splitlines():
        entrant = read_entry_line(line)
        assert entry_line(entrant) == line
        rows.append(f"{entrant.label},{entrant.draw_class},{entrant.credit},{' '.join(entrant.preferences)}")
    (tmp_path / "entrants.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "places.csv").write_bytes(published["places.csv"])
    (tmp_path / "beacon.json").write_bytes(published["draw.json"])
    run_draw(
        tmp_path / "entrants.csv",
        tmp_path / "places.csv",
        draw_id=DRAW,
        beacon_json=tmp_path / "beacon.json",
        out=tmp_path / "out",
        chain=drawn.rules.beacon,
    )
    for name, content in published.items():
        assert (tmp_path / "out" / name).read_bytes() == content, name
    digest = sha256(published[RESULTS_FILE]).hexdigest()
    leaf = await _leaf(tx, drawn.result_entry_id)
    assert digest in leaf
    assert drawn.seed is not None
    assert drawn.seed in leaf
    assert '"winners":5' in leaf


async def test_why_says_what_was_free_when_the_turn_came(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws, count=40)
    drawn, _ = await draws.run(tx)
    lines = b"".join([chunk async for chunk in actions.bundle_lines(tx, drawn)]).splitlines()
    places = await actions.places(tx, drawn)
    assert drawn.seed is not None
    ranked_lines = [lines[position] for position in rank(bytes.fromhex(drawn.seed), lines)]
    assignment = assign(ranked_lines, places)
    waiting = 0
    for number, line in enumerate(ranked_lines):
        why = await actions.why(tx, drawn, label=line.split(b"\t")[0].decode())
        open_seats = turn_of(number, ranked_lines=ranked_lines, places=places, assignment=assignment).open
        wanted = read_entry_line(line).preferences or [place.place_id for place in places]
        expected = dict(zip((place.place_id for place in places), open_seats, strict=True))
        assert {place: why.free[place] for place in wanted} == {place: expected[place] for place in wanted}
        assert why.ranked.rank == number + 1
        assert why.line == line.decode()
        assert why.waiting_before == (None if why.ranked.place else waiting)
        waiting += why.ranked.place is None


async def test_a_result_is_drawn_once_whoever_asks_again(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws)
    await draws.freeze(tx)
    first = await draws.draw(tx)
    published = await _bytes_of(tx, first)
    again = await draws.draw(tx, now=DRAWS_AT + timedelta(days=1))
    assert again == first
    assert await _bytes_of(tx, again) == published


async def test_only_the_announced_round_signed_by_the_chain_draws(tx: Transaction, draws: Draws) -> None:
    await _crowd(tx, draws)
    frozen = await draws.freeze(tx)
    right = round_of(frozen.round)

    async def drawn_with(beacon: Beacon) -> Release:
        return await draw(tx, service_id=SERVICE, draw_id=DRAW, beacon=beacon, now=DRAWS_AT)

    assert (await drawn_with(round_of(frozen.round + 1))).drawn_at is None
    other = round_of(frozen.round + 1)
    forged = Beacon(round_number=frozen.round, randomness=other.randomness, signature=other.signature)
    chosen = Beacon(round_number=frozen.round, randomness="0" * 64, signature=right.signature)
    for wrong in (forged, chosen):
        with pytest.raises(BeaconRefused):
            await drawn_with(wrong)
    with pytest.raises(BeaconUnsigned):
        await drawn_with(Beacon(round_number=frozen.round, randomness=right.randomness))
    assert (await drawn_with(right)).seed is not None


async def test_a_list_changed_after_the_freeze_is_not_drawn(
    pool: Pool, standing_draws: Draws, database_url: str
) -> None:
    """What only the owner of the database could do, and only behind the triggers' backs."""
    async with transaction(pool) as tx:
        await _crowd(tx, standing_draws)
        await standing_draws.freeze(tx)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("update releases.frozen_list set lines = regexp_replace(lines, '^.', 'Z')")
    with pytest.raises(ListChanged):
        async with transaction(pool) as tx:
            await standing_draws.draw(tx)
    async with transaction(pool) as tx:
        row = await (await tx.execute("select count(*) as n from releases.result")).fetchone()
    assert row == {"n": 0}


async def _killed(pool: Pool, step: Callable[[Transaction], Awaitable[T]]) -> T:
    """What the step had done when its process died, none of which was committed."""
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        return await step(connection)


async def test_each_step_killed_before_its_end_is_done_again_with_the_same_result(
    pool: Pool, standing_draws: Draws
) -> None:
    async with transaction(pool) as tx:
        await _crowd(tx, standing_draws, count=20)

    async def draw_and_publish(tx: Transaction) -> dict[str, bytes]:
        return await _bytes_of(tx, await standing_draws.draw(tx))

    killed = [await _killed(pool, standing_draws.freeze) for _ in range(2)]
    async with transaction(pool) as tx:
        frozen = await standing_draws.freeze(tx)
    assert {each.list_root for each in killed} == {frozen.list_root}
    published = [await _killed(pool, draw_and_publish) for _ in range(2)]
    async with transaction(pool) as tx:
        published.append(await draw_and_publish(tx))
    assert published[0] == published[1] == published[2]
    for _ in range(2):
        await _killed(pool, standing_draws.offer)
    async with transaction(pool) as tx:
        await standing_draws.offer(tx)
        row = await (
            await tx.execute("select count(*) as offers, count(distinct rank) as ranks from releases.offer")
        ).fetchone()
        taken = await (await tx.execute("select sum(taken) as taken from booking.slot")).fetchone()
    assert row == {"offers": 5, "ranks": 5}
    assert taken == {"taken": 5}


async def test_many_workers_at_once_do_each_step_once(pool: Pool, standing_draws: Draws) -> None:
    async with transaction(pool) as tx:
        await _crowd(tx, standing_draws, count=20)

    async def freeze_draw_offer() -> Release:
        async with transaction(pool) as tx:
            await standing_draws.freeze(tx)
        async with transaction(pool) as tx:
            drawn = await standing_draws.draw(tx)
        async with transaction(pool) as tx:
            await standing_draws.offer(tx)
        return drawn

    drawn = await asyncio.gather(*(freeze_draw_offer() for _ in range(6)))
    assert len({each.seed for each in drawn}) == 1
    async with transaction(pool) as tx:
        counts = await (
            await tx.execute(
                "select (select count(*) from releases.result) as results,"
                " (select count(*) from releases.offer) as offers,"
                " (select count(*) from booking.booking) as bookings,"
                " (select count(*) from transparency.entry where leaf like '%%draw.freeze%%') as freezes,"
                " (select count(*) from transparency.entry where leaf like '%%draw.result%%') as draws"
            )
        ).fetchone()
    assert counts == {"results": 20, "offers": 5, "bookings": 5, "freezes": 1, "draws": 1}

"""Freeze, beacon, rank, assign: each step is one transaction, and doing it again changes nothing."""

import asyncio
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.releases import model, store
from dawr.releases.actions.advancing import advance_each
from dawr.releases.actions.announcing import announce_next_round
from dawr.releases.actions.closing import close
from dawr.releases.actions.reading import frozen_lines, places, rounds
from dawr.releases.assignment import NOWHERE, Assignment, Place, assign
from dawr.releases.beacon import Beacon, Standing, check_round
from dawr.releases.beacon_source import fetch_round
from dawr.releases.bundle import DrawRecord, draw_record, results_text
from dawr.releases.entry_line import class_of, label_of
from dawr.releases.frozen_list import frozen_list
from dawr.releases.model import Demand, DrawId, Release, Stage, stage_of
from dawr.releases.ranking import rank
from dawr.releases.witnessed_round import WitnessedRound
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency.merkle import root_of_leaves
from dawr.transparency.model import JSON

LABELS_IN_RANGE = 32

OnStage = Callable[[str], None]
"""Told each stage of a draw as it begins: ranking, assigning, storing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a draw found; `order` are positions in the frozen list by rank, `ranked_lines` the lines there."""

    record: DrawRecord
    order: "array[int]"
    ranked_lines: Sequence[bytes]
    assignment: Assignment
    results_sha256: str


def unheard(_stage: str) -> None:
    """A stage that nobody waits for."""


async def advance_draws(pool: Pool, *, settings: Settings, now: datetime) -> None:
    """Take every due release one step further towards its result."""
    await advance_each(pool, partial(_advance, pool, settings=settings, now=now), now=now)


async def _advance(pool: Pool, service_id: ServiceId, draw_id: DrawId, *, settings: Settings, now: datetime) -> None:
    async with transaction(pool) as tx:
        release = await store.release(tx, service_id=service_id, draw_id=draw_id)
    stage = stage_of(release, now=now)
    if stage is Stage.FREEZING:
        async with transaction(pool) as tx:
            await freeze(tx, service_id=service_id, draw_id=draw_id, now=now)
    if stage is Stage.FROZEN and await _is_ready(pool, release, settings=settings, now=now):
        beacon = await fetch_round(release.rules.beacon_url, release.round)
        async with transaction(pool) as tx:
            await draw(tx, service_id=service_id, draw_id=draw_id, beacon=beacon, now=now)


async def freeze(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, now: datetime) -> Release:
    """Fix the list: its root, the counts per class and the hash of the places go into the log."""
    release = await _locked(tx, service_id=service_id, draw_id=draw_id)
    if stage_of(release, now=now) is not Stage.FREEZING:
        return release
    await store.freeze_list(tx, release=release)
    lines = await frozen_lines(tx, release)
    frozen = await asyncio.to_thread(frozen_list, lines)
    facts: dict[str, JSON] = {
        "draw_id": draw_id,
        "list_root": frozen.list_root,
        "entrants": frozen.entrants,
        "entrants_by_class": frozen.entrants_by_class,
        "places_sha256": release.rules.places_sha256,
        "round": release.round,
    }
    entry_id = await transparency.append_public(tx, "draw.freeze", facts=facts, now=now)
    demand = Demand(counted_at=now, entrants=frozen.entrants, first_choices=frozen.first_choices)
    await store.save_demand(tx, release=release, demand=demand)
    await store.save_freeze(tx, release=release, frozen=frozen, freeze_entry_id=entry_id, now=now)
    if not lines:
        await close(tx, release, now=now)
    return await store.release(tx, service_id=service_id, draw_id=draw_id)


async def draw(
    tx: Transaction,
    *,
    service_id: ServiceId,
    draw_id: DrawId,
    beacon: Beacon,
    now: datetime,
    on_stage: OnStage = unheard,
) -> Release:
    """Rank, assign and store; a second call finds the first one's result.

    Refuses a round that the chain did not sign, and a stored list that is not the one that was frozen.
    """
    release = await _locked(tx, service_id=service_id, draw_id=draw_id)
    if stage_of(release, now=now) is not Stage.FROZEN or beacon.round_number != release.round:
        return release
    if check_round(beacon, chain=release.rules.beacon) is Standing.UNCHECKED:
        raise model.BeaconUnsigned(round=release.round)
    lines, seats = await frozen_lines(tx, release), await places(tx, release)
    drawn = await asyncio.to_thread(_drawn, release, beacon=beacon, lines=lines, places=seats, on_stage=on_stage)
    on_stage("storing")
    await store.insert_results(tx, release=release, results=_results(drawn, places=seats))
    await store.insert_shares(tx, release=release, shares=_shares(drawn, places=seats))
    await store.insert_label_ranges(tx, release=release, ranges=_label_ranges(drawn, lines=lines))
    facts: dict[str, JSON] = {
        "draw_id": draw_id,
        "seed": drawn.record.seed,
        "round": beacon.round_number,
        "randomness": beacon.randomness,
        "results_sha256": drawn.results_sha256,
        "winners": drawn.assignment.winners,
    }
    entry_id = await transparency.append_public(tx, "draw.result", facts=facts, now=now)
    await store.save_draw(tx, release=release, beacon=beacon, seed=drawn.record.seed, result_entry_id=entry_id, now=now)
    return await store.release(tx, service_id=service_id, draw_id=draw_id)


def _drawn(
    release: Release, *, beacon: Beacon, lines: Sequence[bytes], places: Sequence[Place], on_stage: OnStage
) -> Drawn:
    on_stage("ranking")
    list_root = root_of_leaves(lines).hex()
    if list_root != release.list_root:
        raise model.ListChanged(draw_id=release.draw_id)
    record = draw_record(release.draw_id, list_root=list_root, places=places, beacon=beacon, entrants=len(lines))
    order = array("i", rank(bytes.fromhex(record.seed), lines))
    ranked_lines = [lines[position] for position in order]
    on_stage("assigning")
    assignment = assign(ranked_lines, places)
    digest = sha256()
    for chunk in results_text(ranked_lines, assignment=assignment, places=places):
        digest.update(chunk)
    return Drawn(
        record=record,
        order=order,
        ranked_lines=ranked_lines,
        assignment=assignment,
        results_sha256=digest.hexdigest(),
    )


def _results(drawn: Drawn, *, places: Sequence[Place]) -> Iterator[store.ResultRow]:
    """One row per rank, from 1."""
    # NOWHERE is -1, which picks the missing name at the end.
    names = [*(place.place_id for place in places), None]
    waiting = 0
    for number, line in enumerate(drawn.ranked_lines):
        place = names[drawn.assignment.places[number]]
        waiting += place is None
        yield number + 1, label_of(line).decode(), place, _seat_class(drawn, number), waiting if place is None else None


def _shares(drawn: Drawn, *, places: Sequence[Place]) -> Iterator[store.Share]:
    """Each place's winners by the class of their seats."""
    shares: dict[tuple[str, str], list[int]] = {}
    for number, at in enumerate(drawn.assignment.places):
        if at != NOWHERE:
            shares.setdefault((places[at].place_id, _seat_class(drawn, number)), []).append(number + 1)
    yield from sorted(shares.items())


def _seat_class(drawn: Drawn, number: int) -> str:
    is_reserved = drawn.assignment.by_reservation[number]
    return class_of(drawn.ranked_lines[number]).decode() if is_reserved else ""


def _label_ranges(drawn: Drawn, *, lines: Sequence[bytes]) -> Iterator[store.LabelRange]:
    """The ranks of neighbouring labels, in the order of the frozen list."""
    ranks = array("i", bytes(drawn.order.itemsize * len(lines)))
    for number, position in enumerate(drawn.order, 1):
        ranks[position] = number
    for start in range(0, len(lines), LABELS_IN_RANGE):
        yield label_of(lines[start]).decode(), ranks[start : start + LABELS_IN_RANGE]


async def _is_ready(pool: Pool, release: Release, *, settings: Settings, now: datetime) -> bool:
    """Whether the round is due and may draw, by its witnesses; announces a later round where it never will."""
    async with transaction(pool) as tx:
        witnessed = await _witnessed(tx, release)
        if witnessed.is_lost(now=now):
            locked = await _locked(tx, service_id=release.service_id, draw_id=release.draw_id)
            if locked.round == release.round and locked.drawn_at is None:
                await announce_next_round(tx, locked, settings=settings, now=now)
            return False
    return witnessed.may_draw and now >= release.draws_at


async def _witnessed(tx: Transaction, release: Release) -> WitnessedRound:
    """What the witnesses whom the rules name say of the release's current round."""
    assert release.freeze_entry_id is not None, "a frozen release is in the log"
    rules = release.rules
    quorum = transparency.quorum_of(rules.witnesses, count=rules.witness_quorum)
    announced = (await rounds(tx, release))[-1]
    return WitnessedRound(
        draws_at=release.draws_at,
        lead_seconds=rules.lead_seconds,
        announced_at=await transparency.witnessed_at(tx, announced.entry_id, quorum=quorum),
        frozen_at=await transparency.witnessed_at(tx, release.freeze_entry_id, quorum=quorum),
    )


async def _locked(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId) -> Release:
    await store.lock_release(tx, service_id=service_id, draw_id=draw_id)
    return await store.release(tx, service_id=service_id, draw_id=draw_id)

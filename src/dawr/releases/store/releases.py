"""Releases and their rounds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound
from dawr.releases.beacon import Beacon
from dawr.releases.frozen_list import FrozenList
from dawr.releases.model import AlreadyAnnounced, DrawId, Release, Rules
from dawr.releases.store.rows import SQL


async def insert_release(tx: Transaction, *, rules: Rules, places_csv: str, rules_entry_id: int) -> None:
    with constraint_refusals({"draw_id_is_used_once": AlreadyAnnounced(draw_id=rules.draw_id)}):
        await run(
            tx,
            SQL["insert_release"],
            service_id=rules.service_id,
            draw_id=rules.draw_id,
            rules=Jsonb(msgspec.to_builtins(rules)),
            places_csv=places_csv,
            opens_at=rules.opens_at,
            freezes_at=rules.freezes_at,
            moves_until=rules.moves_until,
            rules_entry_id=rules_entry_id,
        )


async def insert_round(tx: Transaction, *, release: Rules, round_number: int, entry_id: int, now: datetime) -> None:
    await run(
        tx,
        SQL["insert_round"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        round=round_number,
        entry_id=entry_id,
        now=now,
    )


async def release(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId) -> Release:
    row = await maybe_one(tx, SQL["release"], service_id=service_id, draw_id=draw_id)
    if row is None:
        raise NotFound
    return release_of_row(row)


async def releases(tx: Transaction, *, service_id: str) -> list[Release]:
    return [release_of_row(row) for row in await many(tx, SQL["releases"], service_id=service_id)]


async def unfinished(tx: Transaction, *, now: datetime) -> list[tuple[ServiceId, DrawId]]:
    rows = await many(tx, SQL["unfinished"], now=now)
    return [(ServiceId(row["service_id"]), DrawId(row["draw_id"])) for row in rows]


async def open_releases(tx: Transaction, *, now: datetime) -> list[tuple[ServiceId, DrawId]]:
    rows = await many(tx, SQL["open_releases"], now=now)
    return [(ServiceId(row["service_id"]), DrawId(row["draw_id"])) for row in rows]


async def rounds(tx: Transaction, *, release: Release) -> list[DictRow]:
    return await many(tx, SQL["rounds"], service_id=release.service_id, draw_id=release.draw_id)


async def places_csv(tx: Transaction, *, release: Release) -> bytes:
    row = await one(tx, SQL["places_csv"], service_id=release.service_id, draw_id=release.draw_id)
    return str(row["places_csv"]).encode()


async def lock_release(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId) -> None:
    await run(tx, SQL["lock_release"], service_id=service_id, draw_id=draw_id)


async def save_freeze(
    tx: Transaction,
    *,
    release: Release,
    frozen: FrozenList,
    freeze_entry_id: int,
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["save_freeze"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        list_root=frozen.list_root,
        part_roots=list(frozen.part_roots),
        entrants=frozen.entrants,
        entrants_by_class=Jsonb(frozen.entrants_by_class),
        freeze_entry_id=freeze_entry_id,
        now=now,
    )


async def save_draw(
    tx: Transaction,
    *,
    release: Release,
    beacon: Beacon,
    seed: str,
    result_entry_id: int,
    now: datetime,
) -> None:
    await run(
        tx,
        SQL["save_draw"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        randomness=beacon.randomness,
        signature=beacon.signature,
        seed=seed,
        result_entry_id=result_entry_id,
        now=now,
    )


async def mark_unwanted(tx: Transaction, *, release: Release, places: Sequence[str]) -> None:
    await run(tx, SQL["mark_unwanted"], service_id=release.service_id, draw_id=release.draw_id, places=list(places))


async def mark_closed(tx: Transaction, *, release: Release, now: datetime) -> None:
    await run(tx, SQL["mark_closed"], service_id=release.service_id, draw_id=release.draw_id, now=now)


def release_of_row(row: dict[str, Any]) -> Release:
    """A release from the columns that its statements select."""
    rules = msgspec.convert(row.pop("rules"), Rules)
    return Release(**row | {"rules": rules, "entrants_by_class": row["entrants_by_class"] or {}})

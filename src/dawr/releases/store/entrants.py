"""Entrants, their lines, and what they want."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.releases.model import (
    Demand,
    DrawId,
    EndedReceipt,
    Entry,
    ListFrozen,
    Release,
    Rules,
)
from dawr.releases.store.rows import SQL


async def lock_entrant(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId) -> None:
    await run(tx, SQL["lock_entrant"], service_id=service_id, draw_id=draw_id, person_id=person_id)


async def insert_ended_receipt(tx: Transaction, ended: EndedReceipt, *, entry: Entry) -> None:
    await run(
        tx,
        SQL["insert_ended_receipt"],
        service_id=entry.service_id,
        draw_id=entry.draw_id,
        label=ended.label,
        version=ended.version,
        receipt_sha256=ended.receipt_sha256,
        is_withdrawal=ended.is_withdrawal,
        now=ended.ended_at,
        entry_id=ended.entry_id,
    )


async def ended_receipts(tx: Transaction, *, release: Release, label: str) -> list[EndedReceipt]:
    rows = await many(tx, SQL["ended_receipts"], service_id=release.service_id, draw_id=release.draw_id, label=label)
    return [EndedReceipt(**row) for row in rows]


async def change_line(tx: Transaction, *, entry: Entry, line: str, now: datetime) -> None:
    """Other wishes under the same label, as its next version."""
    with constraint_refusals({"list_is_frozen": ListFrozen()}):
        await run(
            tx,
            SQL["change_line"],
            service_id=entry.service_id,
            draw_id=entry.draw_id,
            person_id=entry.person_id,
            line=line,
            now=now,
        )


async def delete_entrant(tx: Transaction, *, entry: Entry) -> None:
    with constraint_refusals({"list_is_frozen": ListFrozen()}):
        await run(
            tx,
            SQL["delete_entrant"],
            service_id=entry.service_id,
            draw_id=entry.draw_id,
            person_id=entry.person_id,
        )


async def entry(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId) -> Entry | None:
    row = await maybe_one(tx, SQL["entry"], service_id=service_id, draw_id=draw_id, person_id=person_id)
    return Entry(**row) if row else None


async def line_of(tx: Transaction, *, release: Release, label: str) -> str | None:
    row = await maybe_one(tx, SQL["line_of"], service_id=release.service_id, draw_id=release.draw_id, label=label)
    return str(row["line"]) if row else None


async def entries_of(tx: Transaction, *, person_id: PersonId) -> list[Entry]:
    return [Entry(**row) for row in await many(tx, SQL["entries_of"], person_id=person_id)]


async def count_entrants(tx: Transaction, *, release: Release) -> int:
    row = await one(tx, SQL["count_entrants"], service_id=release.service_id, draw_id=release.draw_id)
    return int(row["entrants"])


async def first_choices(tx: Transaction, *, release: Release) -> dict[str, int]:
    rows = await many(tx, SQL["first_choices"], service_id=release.service_id, draw_id=release.draw_id)
    return {row["place"]: row["entrants"] for row in rows}


async def save_demand(tx: Transaction, *, release: Release, demand: Demand) -> None:
    await run(
        tx,
        SQL["save_demand"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        demand=Jsonb(msgspec.to_builtins(demand)),
    )


async def demand(tx: Transaction, *, release: Release) -> Demand | None:
    row = await one(tx, SQL["demand"], service_id=release.service_id, draw_id=release.draw_id)
    return msgspec.convert(row["demand"], Demand) if row["demand"] else None


async def invent_entrants(
    tx: Transaction, *, release: Rules, entrants: int, places: Sequence[str], classes: Sequence[str], now: datetime
) -> None:
    """People who do not exist, with three preferences each, for `dawr bench draw`."""
    await run(
        tx,
        SQL["invent_entrants"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        entrants=entrants,
        places=list(places),
        classes=list(classes),
        now=now,
    )

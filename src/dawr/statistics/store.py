"""Rows in, nouns out."""

from datetime import datetime
from uuid import UUID

from dawr.db.pool import Transaction, many, run
from dawr.db.statements import load_statements
from dawr.statistics.model import SILENCE, Part, Stretch

SQL = load_statements(__package__)


async def beat(tx: Transaction, *, part: Part, process_id: UUID, now: datetime) -> None:
    await run(tx, SQL["beat"], part=part, process_id=process_id, silent_since=now - SILENCE, now=now)


async def stretches(tx: Transaction, *, since: datetime) -> list[Stretch]:
    """Those that were heard after `since`, by their beginning."""
    return [
        Stretch(part=Part(row["part"]), began_at=row["began_at"], beat_at=row["beat_at"])
        for row in await many(tx, SQL["stretches"], since=since)
    ]


async def forget_beats(tx: Transaction, *, before: datetime) -> int:
    return await run(tx, SQL["forget_beats"], before=before)

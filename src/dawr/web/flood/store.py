"""What every process of a deployment must agree on: challenges that are spent, and how much was stopped."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from dawr.db.pool import Transaction, many, run
from dawr.db.statements import load_statements

SQL = load_statements(__package__)


async def spend(tx: Transaction, *, name: bytes, expires_at: int) -> bool:
    """Whether it was spent now and never before; `expires_at` in Unix seconds is when it may be forgotten."""
    expires = datetime.fromtimestamp(expires_at, UTC)
    return await run(tx, SQL["spend_challenge"], name=name, expires_at=expires) == 1


async def forget_expired(tx: Transaction, *, now: datetime) -> int:
    """Challenges that nobody would take any more are no longer remembered."""
    return await run(tx, SQL["forget_expired"], now=now)


async def add_stopped(tx: Transaction, *, day_on: date, requests: Mapping[str, int]) -> None:
    """Add what one process has stopped, by reason; a crash of the server may lose the last moments of it."""
    await run(tx, SQL["without_waiting_for_the_disk"])
    await run(tx, SQL["add_stopped"], day_on=day_on, reasons=list(requests), requests=list(requests.values()))


async def stopped_on(tx: Transaction, *, day_on: date) -> dict[str, int]:
    """How many requests all processes stopped that day, by reason, the most first."""
    return {row["reason"]: row["requests"] for row in await many(tx, SQL["stopped_on"], day_on=day_on)}

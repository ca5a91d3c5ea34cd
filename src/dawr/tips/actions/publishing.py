"""What everybody may know of tips: that each one is in the log, and how many there are of an office."""

from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Transaction
from dawr.tips import store
from dawr.tips.model import facts_of, published_count, to_the_hour
from dawr.transparency import actions as transparency
from dawr.transparency.model import EntryKind

LOGGED_COUNT_MAX = 500


async def log_received(tx: Transaction, *, now: datetime) -> int:
    """Seal the tips of every hour that is over into the log; how many there were.

    They go in together, in an order of chance and under the hour's own time, so that nobody who watches the log can
    tell when somebody stood before an office with a telephone in his hand.
    """
    hour = to_the_hour(now)
    await store.lock_logging(tx)
    waiting = await store.unlogged(tx, before=hour, count_max=LOGGED_COUNT_MAX)
    facts = [facts_of(tip_id, contents_hash=contents_hash) for tip_id, contents_hash in waiting]
    entries = await transparency.append_all_sealed(tx, EntryKind.TIP_RECEIVED, facts=facts, now=hour) if facts else []
    for (tip_id, _), sealed in zip(waiting, entries, strict=True):
        await store.add_logged(tx, tip_id, sealed=sealed)
    return len(waiting)


async def figures(tx: Transaction) -> list[tuple[Office, int | None]]:
    """Each office of which anything was told, with its count; None for a small one."""
    counts = await store.counts_by_office(tx)
    return [
        (await catalogue.office(tx, office_id), published_count(count)) for office_id, count in sorted(counts.items())
    ]

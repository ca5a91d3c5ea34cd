"""How much open releases are wanted: counted now and then by the worker, so that a page costs one row."""

from datetime import datetime

from dawr.db.pool import Pool, transaction
from dawr.releases import store
from dawr.releases.model import Demand


async def count_demand(pool: Pool, *, now: datetime) -> None:
    """Count entrants and first choices of every open release."""
    async with transaction(pool) as tx:
        open_now = await store.open_releases(tx, now=now)
    for service_id, draw_id in open_now:
        async with transaction(pool) as tx:
            release = await store.release(tx, service_id=service_id, draw_id=draw_id)
            choices = await store.first_choices(tx, release=release)
            demand = Demand(counted_at=now, entrants=sum(choices.values()), first_choices=choices)
            await store.save_demand(tx, release=release, demand=demand)

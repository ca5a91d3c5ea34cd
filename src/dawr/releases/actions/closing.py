"""The end of a release: what is left of its slots may be promised anew."""

from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.db.pool import Transaction
from dawr.releases import store
from dawr.releases.actions.reading import places
from dawr.releases.model import Release


async def close(tx: Transaction, release: Release, *, now: datetime) -> None:
    """Nothing moves in this release any more; a seat freed later goes into the next one.

    Places that it let go before may be another's by now and are left alone.
    """
    held = [place.place_id for place in await places(tx, release) if place.place_id not in release.unwanted_places]
    slot_ids = [SlotId(place_id) for place_id in held]
    await booking.end_promise(tx, release.service_id, slot_ids=slot_ids)
    await store.mark_closed(tx, release=release, now=now)

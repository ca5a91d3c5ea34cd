"""Reading one's own entry, thousands of people a second."""

from collections.abc import Sequence

import msgspec

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.releases import store
from dawr.releases.model import DrawId, WatchedEntry


class EntryWatched(msgspec.Struct, frozen=True, kw_only=True):
    """Whose entry in which draw is looked at."""

    service_id: ServiceId
    draw_id: DrawId
    person_id: PersonId

    @property
    def draw(self) -> tuple[ServiceId, DrawId]:
        return self.service_id, self.draw_id


async def watch_many(tx: Transaction, asks: Sequence[EntryWatched]) -> list[WatchedEntry | Refusal]:
    """Each one's own entry as it stands, or NotFound, in the order of asking."""
    keys = [(ask.service_id, ask.draw_id, ask.person_id) for ask in asks]
    return [watched or NotFound() for watched in await store.watched(tx, keys)]

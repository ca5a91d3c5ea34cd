"""Looking at a release: what anybody may see, and what one person may see of his own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import SigningKey
from dawr.releases import model, store
from dawr.releases.assignment import Place
from dawr.releases.beacon import Beacon
from dawr.releases.bundle import RESULTS_HEADER, DrawRecord, draw_record, read_bundled_places, read_lines
from dawr.releases.entry_line import read_entry_line
from dawr.releases.frozen_list import proof_of_label
from dawr.releases.model import Demand, DrawId, EndedReceipt, Entry, Offer, Ranked, Receipt, Release, Round, Why, Wish
from dawr.settings import Settings

RESULTS_AT_ONCE = 5000
PUBLISHED_MAX = 64
WISHES_MAX = 4096


async def release(tx: Transaction, service_id: ServiceId, draw_id: DrawId) -> Release:
    return await store.release(tx, service_id=service_id, draw_id=draw_id)


async def all_releases(tx: Transaction, *, service_id: ServiceId | None = None) -> list[Release]:
    """Releases, those not over first, then the newest; 200 at most."""
    return await store.releases(tx, service_id=service_id or "")


async def places(tx: Transaction, of: Release) -> list[Place]:
    return list(_places_in(await store.places_csv(tx, release=of)))


@lru_cache(maxsize=64)
def _places_in(csv: bytes) -> tuple[Place, ...]:
    """Published places never change, and reading thousands of them costs more than everything else on a page."""
    return tuple(read_bundled_places(csv))


async def published_places(tx: Transaction, of: Release) -> "PublishedPlaces":
    """The places as they were published, read once per process: their hash stands in the rules and never changes."""
    known = _published.get(of.rules.places_sha256)
    if known is None:
        known = PublishedPlaces(places=_places_in(await store.places_csv(tx, release=of)))
        if len(_published) >= PUBLISHED_MAX:
            _published.clear()
        _published[of.rules.places_sha256] = known
    return known


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishedPlaces:
    """A release's places, and what wishes mean there."""

    places: tuple[Place, ...]
    _meant: dict[tuple[Wish, ...], tuple[str, ...]] = field(default_factory=dict)

    def meant_by(self, wishes: tuple[Wish, ...]) -> tuple[str, ...]:
        """`preferences_of`, remembered: many people want the same, and each look goes through thousands of places."""
        meant = self._meant.get(wishes)
        if meant is None:
            meant = model.preferences_of(wishes, places=self.places)
            if len(self._meant) >= WISHES_MAX:
                self._meant.clear()
            self._meant[wishes] = meant
        return meant


_published: dict[str, PublishedPlaces] = {}


async def rounds(tx: Transaction, of: Release) -> list[Round]:
    """The rounds announced for a draw, the void ones first."""
    return [Round(**row) for row in await store.rounds(tx, release=of)]


async def demand(tx: Transaction, of: Release, *, now: datetime) -> Demand:
    """How the release stands: exact after the freeze, as last counted before it."""
    counted = await store.demand(tx, release=of)
    return counted or Demand(counted_at=now, entrants=await store.count_entrants(tx, release=of), first_choices={})


async def entry_of(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId) -> Entry | None:
    return await store.entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)


async def entries_of(tx: Transaction, person_id: PersonId) -> list[Entry]:
    return await store.entries_of(tx, person_id=person_id)


async def offers_of(tx: Transaction, person_id: PersonId) -> list[Offer]:
    return await store.offers_of(tx, person_id=person_id)


async def receipt_for(
    tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId, settings: Settings
) -> Receipt:
    """The signed receipt of the person's own entry."""
    entry = await store.entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    if entry is None:
        raise NotFound
    return model.receipt_of(entry, key=SigningKey.from_seed(settings.key_for("draw receipts")))


async def draw_record_of(tx: Transaction, of: Release) -> DrawRecord:
    """What draw.json says; refuses before the draw."""
    if of.randomness is None or of.list_root is None:
        raise NotFound
    beacon = Beacon(round_number=of.round, randomness=of.randomness, signature=of.signature or "")
    return draw_record(
        of.draw_id, list_root=of.list_root, places=await places(tx, of), beacon=beacon, entrants=of.entrants or 0
    )


async def bundle_lines(tx: Transaction, of: Release) -> AsyncIterator[bytes]:
    """entrants.txt in chunks of whole lines; refuses before the freeze, when it would tell who entered when."""
    if of.frozen_at is None:
        raise NotFound
    async for part in store.frozen_parts(tx, release=of):
        yield part


async def frozen_lines(tx: Transaction, of: Release) -> list[bytes]:
    """The frozen list, without line ends."""
    return [line async for part in store.frozen_parts(tx, release=of) for line in read_lines(part)]


async def result_chunks(tx: Transaction, of: Release) -> AsyncIterator[bytes]:
    """results.csv in chunks."""
    yield RESULTS_HEADER
    after = 0
    while rows := await store.ranked_page(tx, release=of, after=after, count_max=RESULTS_AT_ONCE):
        yield "".join(f"{row.rank},{row.label},{row.place or ''}\n" for row in rows).encode()
        after = rows[-1].rank


async def ranked_page(tx: Transaction, of: Release, *, after: int, count_max: int) -> list[Ranked]:
    return await store.ranked_page(tx, release=of, after=after, count_max=count_max)


async def granted_classes(tx: Transaction, of: Release, *, person_id: PersonId, day_on: date) -> tuple[str, ...]:
    """The reserved classes of this release that the person may draw on."""
    [brought] = await store.credentials(tx, [(of.service_id, person_id)], day_on=day_on)
    return tuple(draw_class for draw_class in brought.classes if draw_class in of.rules.classes)


async def why(tx: Transaction, of: Release, *, label: str) -> Why:
    """Why a label got what it got: its rank, what was free when its turn came, and where it stands now."""
    ranked = await store.ranked(tx, release=of, label=label)
    if ranked is None:
        raise NotFound
    line = await frozen_line(tx, of, label=label)
    wanted = read_entry_line(line.encode()).preferences
    free = {each.place_id: each.count for each in await places(tx, of) if not wanted or each.place_id in wanted}
    reserved = await store.reserved_in_all(tx, release=of)
    taken = await store.taken_before(tx, release=of, rank=ranked.rank, places=list(free))
    return Why(
        ranked=ranked,
        line=line,
        free={place: seats - reserved.get(place, 0) - taken.get(place, 0) for place, seats in free.items()},
        waiting_before=await store.waiting_before(tx, release=of, rank=ranked.rank),
        offered_place=await store.offered_place(tx, release=of, rank=ranked.rank),
    )


async def proof_of_line(tx: Transaction, of: Release, *, label: str) -> tuple[int, list[bytes]]:
    """Where the label's line stands in the frozen list and the hashes that lead from it to the root (RFC 6962)."""
    if of.frozen_at is None:
        raise NotFound
    found = await store.part_of_label(tx, release=of, label=label)
    proof = proof_of_label(found, label=label) if found else None
    if proof is None:
        raise NotFound
    return proof


async def is_known(tx: Transaction, of: Release, *, label: str) -> bool:
    """Whether the label stands in the frozen list or has left the draw; nobody is told of others before the freeze."""
    if of.frozen_at is not None and await store.line_of(tx, release=of, label=label) is not None:
        return True
    return any(ended.is_withdrawal for ended in await store.ended_receipts(tx, release=of, label=label))


async def ended_receipts(tx: Transaction, of: Release, *, label: str) -> list[EndedReceipt]:
    """The receipts of a label that no longer stand, the first one first."""
    return await store.ended_receipts(tx, release=of, label=label)


async def frozen_line(tx: Transaction, of: Release, *, label: str) -> str:
    """The line of a label in the frozen list; refuses before the freeze, when nobody else may see it."""
    if of.frozen_at is None:
        raise NotFound
    line = await store.line_of(tx, release=of, label=label)
    if line is None:
        raise NotFound
    return line

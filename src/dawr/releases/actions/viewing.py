"""What a page about releases shows, loaded from here and from the features that this one stands on."""

from collections.abc import Sequence
from datetime import datetime

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.releases import store
from dawr.releases.actions import reading
from dawr.releases.actions.entering import require_may_enter
from dawr.releases.entry_line import read_entry_line
from dawr.releases.model import DrawId, Release, Stage, require_open, stage_of
from dawr.releases.views import (
    Card,
    EndedView,
    EnteringView,
    LineView,
    LogPlaces,
    OwnBooking,
    OwnEntry,
    OwnView,
    Proof,
    ReleaseView,
    ResultView,
    own_view,
)
from dawr.transparency import actions as transparency

OWN_ENTRIES_SHOWN = 30


async def view_releases(tx: Transaction, *, service_id: ServiceId | None = None, now: datetime) -> list[Card]:
    """Releases as cards: open ones first, soonest to close first, then the others, newest first."""
    cards = await _cards(tx, await reading.all_releases(tx, service_id=service_id), now=now)
    open_now = [card for card in cards if card.stage is Stage.OPEN]
    others = [card for card in cards if card.stage is not Stage.OPEN]
    return sorted(open_now, key=lambda card: card.release.rules.freezes_at) + others


async def view_release(tx: Transaction, service_id: ServiceId, draw_id: DrawId, *, now: datetime) -> ReleaseView:
    """Everything public about one release."""
    release = await reading.release(tx, service_id, draw_id)
    places = await reading.places(tx, release)
    office_ids = dict.fromkeys(OfficeId(place.office) for place in places)
    offices = {office_id: await catalogue.office(tx, office_id) for office_id in office_ids}
    return ReleaseView(
        release=release,
        stage=stage_of(release, now=now),
        service=await catalogue.service(tx, service_id),
        offices=offices,
        timezone=offices[OfficeId(places[0].office)].timezone,
        places=tuple(places),
        demand=await reading.demand(tx, release, now=now),
        rounds=tuple(await reading.rounds(tx, release)),
        log=LogPlaces(
            rules=await transparency.index_of(tx, release.rules_entry_id),
            freeze=await _log_place(tx, release.freeze_entry_id),
            result=await _log_place(tx, release.result_entry_id),
        ),
    )


async def view_entering(
    tx: Transaction, service_id: ServiceId, draw_id: DrawId, *, person_id: PersonId, now: datetime
) -> EnteringView:
    """What a person may choose from; refuses who could not enter now, before he has filled in anything."""
    view = await view_release(tx, service_id, draw_id, now=now)
    entry = await reading.entry_of(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    if entry is None:
        await require_may_enter(tx, view.release, person_id=person_id, seats=view.places, now=now)
    else:
        require_open(view.release, now=now)
    classes = await reading.granted_classes(tx, view.release, person_id=person_id, day_on=now.date())
    return EnteringView(view=view, entry=entry, classes=classes)


async def view_result(tx: Transaction, of: Release, *, after: int, count_max: int) -> ResultView:
    """Up to `count_max` ranks after the rank `after`."""
    winners, waiting = await store.result_counts(tx, release=of)
    ranked = await reading.ranked_page(tx, of, after=after, count_max=count_max)
    return ResultView(winners=winners, waiting=waiting, ranked=tuple(ranked))


async def view_line(tx: Transaction, of: Release, *, label: str) -> LineView:
    """A label's line and proof, and after the draw the reasons; refuses before the freeze and unknown labels."""
    line = await reading.frozen_line(tx, of, label=label)
    entrant = read_entry_line(line.encode())
    return LineView(
        label=label,
        line=line,
        preferences=entrant.preferences,
        draw_class=entrant.draw_class,
        credit=entrant.credit,
        proof=await _proof(tx, of, label=label),
        why=await reading.why(tx, of, label=label) if of.drawn_at else None,
    )


async def view_ended(tx: Transaction, of: Release, *, label: str) -> tuple[EndedView, ...]:
    """The receipts of a label that no longer stand, the first one first; anybody may know, at any time."""
    return tuple(
        [
            EndedView(receipt=each, log=await transparency.index_of(tx, each.entry_id))
            for each in await reading.ended_receipts(tx, of, label=label)
        ]
    )


async def view_own(tx: Transaction, person_id: PersonId, *, now: datetime) -> OwnView:
    """The person's own offers, turns and draws."""
    bookings = [
        OwnBooking(
            booking=each,
            service=await catalogue.service(tx, each.service_id),
            office=await catalogue.office(tx, each.office_id),
        )
        for each in await booking.bookings_of(tx, person_id)
    ]
    return own_view(bookings, entries=await _own_entries(tx, person_id, now=now), now=now)


async def _own_entries(tx: Transaction, person_id: PersonId, *, now: datetime) -> list[OwnEntry]:
    entries = (await reading.entries_of(tx, person_id))[:OWN_ENTRIES_SHOWN]
    releases = [await reading.release(tx, entry.service_id, entry.draw_id) for entry in entries]
    return [
        OwnEntry(
            card=card,
            entry=entry,
            why=await reading.why(tx, card.release, label=entry.label) if card.release.drawn_at else None,
        )
        for entry, card in zip(entries, await _cards(tx, releases, now=now), strict=True)
    ]


async def _cards(tx: Transaction, releases: Sequence[Release], *, now: datetime) -> list[Card]:
    services = {service.service_id: service for service in await catalogue.services(tx)}
    timezones = {authority.authority_id: authority.timezone for authority in await catalogue.authorities(tx)}
    return [
        Card(
            release=release,
            stage=stage_of(release, now=now),
            service=services[release.service_id],
            timezone=timezones[services[release.service_id].authority_id],
            entrants=await _entrants(tx, release, now=now),
        )
        for release in releases
    ]


async def _entrants(tx: Transaction, release: Release, *, now: datetime) -> int:
    """Exact once the list is frozen, as last counted before."""
    if release.entrants is not None:
        return release.entrants
    return (await reading.demand(tx, release, now=now)).entrants


async def _proof(tx: Transaction, of: Release, *, label: str) -> Proof:
    index, hashes = await reading.proof_of_line(tx, of, label=label)
    return Proof(index=index, hashes=tuple(each.hex() for each in hashes))


async def _log_place(tx: Transaction, entry_id: int | None) -> int | None:
    return None if entry_id is None else await transparency.index_of(tx, entry_id)

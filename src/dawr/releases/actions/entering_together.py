"""Entering a draw at opening time: thousands of people a second, some hundred in one transaction."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from dawr.booking import actions as booking
from dawr.booking.model import TurnHeld
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId, code_from_bytes
from dawr.kernel.refusal import NotFound, Refusal
from dawr.kernel.signing import SigningKey
from dawr.releases import model, store
from dawr.releases.actions.reading import PublishedPlaces, published_places
from dawr.releases.entry_line import Entrant, entry_line
from dawr.releases.model import (
    LABEL_LENGTH,
    AlreadyEntered,
    DrawId,
    Entry,
    Receipt,
    Release,
    Wish,
    receipt_of,
)
from dawr.releases.store import NO_CREDENTIALS, Credentials, Standing

Draw = tuple[ServiceId, DrawId]


class EntryAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What one person sends to enter one draw; by its `asked_key` (16 bytes) the same request, sent again, is known."""

    service_id: ServiceId
    draw_id: DrawId
    person_id: PersonId
    wishes: tuple[Wish, ...]
    draw_class: str
    asked_key: bytes

    @property
    def draw(self) -> Draw:
        return self.service_id, self.draw_id

    @property
    def key(self) -> tuple[ServiceId, DrawId, PersonId]:
        return self.service_id, self.draw_id, self.person_id

    @property
    def turns_of(self) -> tuple[ServiceId, PersonId]:
        return self.service_id, self.person_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A draw that takes entries until the end of this transaction."""

    release: Release
    places: PublishedPlaces
    from_on: date
    until_on: date


async def enter_many(
    tx: Transaction, asks: Sequence[EntryAsked], *, key: SigningKey, now: datetime
) -> list[Receipt | Refusal]:
    """A signed receipt for each who asks, or his own refusal, in the order of asking; `key` signs the receipts.

    The time of entering gives no advantage. The same request sent again gets the first one's receipt. Refuses outside
    the entry period, a second entry, a person who is not eligible by the published rules, and a class that was not
    granted to him.
    """
    draws = sorted({ask.draw for ask in asks})
    # The draws first, kept from their freeze, so that no entry slips in behind the list that was hashed.
    asked_draws = await store.ask_held_open(tx, draws)
    asked_services = await catalogue.ask_services(tx, sorted({ask.service_id for ask in asks}))
    asked_turns = await booking.ask_turns_held_by(tx, sorted({ask.turns_of for ask in asks}))
    asked_standings = await store.ask_standings(tx, [ask.key for ask in asks])
    turns, standings = await asked_turns.answer(), await asked_standings.answer()
    found, services = await asked_draws.answer(), await asked_services.answer()
    opened = await _opened(tx, draws, found=found, services=services, now=now)
    answers: dict[int, Receipt | Refusal] = {}
    for number, ask in enumerate(asks):
        release = opened[ask.draw]
        if isinstance(release, Refusal):
            answers[number] = release
    while waiting := [number for number in range(len(asks)) if number not in answers]:
        entered = await _enter(
            tx,
            [asks[number] for number in waiting],
            standings=[standings[number] for number in waiting],
            opened=opened,
            turns=turns,
            key=key,
            now=now,
        )
        answers |= {number: answer for number, answer in zip(waiting, entered, strict=True) if answer is not None}
        if None in entered:
            # Whose label, or whose person, another process put there at the same moment is looked at once more.
            standings = await (await store.ask_standings(tx, [ask.key for ask in asks])).answer()
    return [answers[number] for number in range(len(asks))]


async def _enter(
    tx: Transaction,
    asks: Sequence[EntryAsked],
    *,
    standings: Sequence[Standing],
    opened: Mapping[Draw, _Open | Refusal],
    turns: Mapping[tuple[ServiceId, PersonId], Sequence[TurnHeld]],
    key: SigningKey,
    now: datetime,
) -> list[Receipt | Refusal | None]:
    """None for whose row could not be put there."""
    credentials = await _credentials(tx, asks, standings=standings, day_on=now.date())
    decided: list[Entry | Refusal] = []
    for ask, standing in zip(asks, standings, strict=True):
        release = opened[ask.draw]
        assert isinstance(release, _Open), "who came too late has his answer"
        brought = credentials.get(ask.turns_of, NO_CREDENTIALS)
        try:
            entry = _decided(ask, standing, release=release, brought=brought, turns=turns[ask.turns_of], now=now)
        except Refusal as refusal:
            decided.append(refusal)
        else:
            decided.append(entry)
    if past := [ask.key for ask, standing in zip(asks, standings, strict=True) if standing.has_past_entry]:
        await store.end_past_entries(tx, past)
    before = [standing.entry for standing in standings]
    new = [
        (entry, ask.asked_key)
        for ask, entry, standing in zip(asks, decided, before, strict=True)
        if isinstance(entry, Entry) and entry is not standing
    ]
    stands = await store.insert_entrants(tx, new) if new else frozenset()
    stands |= {(entry.draw_id, entry.label) for entry in before if entry is not None}
    return [_receipt(each, stands=stands, key=key) if isinstance(each, Entry) else each for each in decided]


def _receipt(entry: Entry, *, stands: frozenset[tuple[DrawId, str]], key: SigningKey) -> Receipt | None:
    return receipt_of(entry, key=key) if (entry.draw_id, entry.label) in stands else None


async def _credentials(
    tx: Transaction, asks: Sequence[EntryAsked], *, standings: Sequence[Standing], day_on: date
) -> dict[tuple[ServiceId, PersonId], Credentials]:
    """Of those alone who entered before, or ask for a class: most people bring nothing."""
    pairs = zip(asks, standings, strict=True)
    people = [ask.turns_of for ask, standing in pairs if ask.draw_class or standing.has_entered_before]
    return dict(zip(people, await store.credentials(tx, people, day_on=day_on), strict=True)) if people else {}


def _decided(
    ask: EntryAsked,
    standing: Standing,
    *,
    release: _Open,
    brought: Credentials,
    turns: Sequence[TurnHeld],
    now: datetime,
) -> Entry:
    """The new entry, or the one that the same request made before."""
    if standing.entry is not None and standing.asked_key == ask.asked_key:
        return standing.entry
    if standing.entry is not None or standing.is_in_another_draw:
        raise AlreadyEntered
    rules = release.release.rules
    model.require_eligible(rules.eligible, held=turns, from_on=release.from_on, until_on=release.until_on)
    model.require_class(ask.draw_class, rules=rules, granted=brought.classes)
    label = code_from_bytes(secrets.token_bytes(LABEL_LENGTH))
    entrant = Entrant(
        label=label,
        draw_class=ask.draw_class,
        credit=brought.losses,
        preferences=release.places.meant_by(ask.wishes),
    )
    return Entry(
        service_id=ask.service_id,
        draw_id=ask.draw_id,
        person_id=ask.person_id,
        label=label,
        line=entry_line(entrant).decode(),
        version=1,
        entered_at=now.replace(microsecond=0),
        is_live=True,
    )


async def _opened(
    tx: Transaction,
    draws: Sequence[Draw],
    *,
    found: Mapping[Draw, Release],
    services: Mapping[ServiceId, Service],
    now: datetime,
) -> dict[Draw, _Open | Refusal]:
    """Each draw that takes entries, or why it takes none."""
    opened: dict[Draw, _Open | Refusal] = {}
    for draw in draws:
        try:
            opened[draw] = await _open(tx, found.get(draw), services=services, now=now)
        except Refusal as refusal:
            opened[draw] = refusal
    return opened


async def _open(
    tx: Transaction, release: Release | None, *, services: Mapping[ServiceId, Service], now: datetime
) -> _Open:
    if release is None:
        raise NotFound
    model.require_open(release, now=now)
    published = await published_places(tx, release)
    from_on, until_on = model.days_of(published.places)
    await catalogue.require_offered(tx, services[release.service_id], day_on=from_on)
    return _Open(release=release, places=published, from_on=from_on, until_on=until_on)

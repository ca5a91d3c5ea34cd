"""Entering a draw, changing one's wishes, and leaving it, all before the freeze."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.releases import model, store
from dawr.releases.actions.announcing import receipt_key
from dawr.releases.actions.entering_together import EntryAsked, enter_many
from dawr.releases.actions.reading import places
from dawr.releases.assignment import Place
from dawr.releases.entry_line import Entrant, entry_line
from dawr.releases.model import (
    AlreadyEntered,
    DrawId,
    EndedReceipt,
    Entry,
    Receipt,
    Release,
    Wish,
    receipt_of,
    receipt_sha256,
)
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON, EntryKind


async def enter(
    tx: Transaction,
    *,
    service_id: ServiceId,
    draw_id: DrawId,
    person_id: PersonId,
    wishes: Sequence[Wish],
    draw_class: str,
    settings: Settings,
    now: datetime,
) -> Receipt:
    """Take part in a draw: `enter_many` for one person, whose refusal is raised."""
    ask = EntryAsked(
        service_id=service_id,
        draw_id=draw_id,
        person_id=person_id,
        wishes=tuple(wishes),
        draw_class=draw_class,
        asked_key=secrets.token_bytes(16),
    )
    [answer] = await enter_many(tx, [ask], key=receipt_key(settings), now=now)
    if isinstance(answer, Refusal):
        raise answer
    return answer


async def change_entry(
    tx: Transaction,
    *,
    service_id: ServiceId,
    draw_id: DrawId,
    person_id: PersonId,
    wishes: Sequence[Wish],
    draw_class: str,
    settings: Settings,
    now: datetime,
) -> Receipt:
    """Other wishes under the same label; the new receipt replaces the old one, and the log says so.

    Who asks for what stands already keeps his receipt.
    """
    release = await _held_open(tx, service_id=service_id, draw_id=draw_id, now=now)
    entry = await _held_entry(tx, release, person_id=person_id)
    seats = await places(tx, release)
    entrant = await _entrant(
        tx, release, person_id=person_id, wishes=wishes, draw_class=draw_class, seats=seats, now=now
    )
    line = entry_line(msgspec.structs.replace(entrant, label=entry.label)).decode()
    if line != entry.line:
        await _end_receipt(tx, entry, is_withdrawal=False, settings=settings, now=now)
        await store.change_line(tx, entry=entry, line=line, now=now.replace(microsecond=0))
    standing = await own_entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    return receipt_of(standing, key=receipt_key(settings))


async def withdraw(
    tx: Transaction,
    *,
    service_id: ServiceId,
    draw_id: DrawId,
    person_id: PersonId,
    settings: Settings,
    now: datetime,
) -> str:
    """Leave a draw before its freeze, and return the label, of which the log says that it left.

    Nothing that is kept tells whose it was.
    """
    release = await _held_open(tx, service_id=service_id, draw_id=draw_id, now=now)
    entry = await _held_entry(tx, release, person_id=person_id)
    await _end_receipt(tx, entry, is_withdrawal=True, settings=settings, now=now)
    await store.delete_entrant(tx, entry=entry)
    return entry.label


async def require_may_enter(
    tx: Transaction, release: Release, *, person_id: PersonId, seats: Sequence[Place], now: datetime
) -> None:
    """Refuses whoever could not enter now, before he has filled in anything; `seats` are the places of the release."""
    model.require_open(release, now=now)
    await _require_eligible(tx, release, person_id=person_id, seats=seats)
    for entry in await store.entries_of(tx, person_id=person_id):
        if entry.is_live and entry.service_id == release.service_id and entry.draw_id != release.draw_id:
            raise AlreadyEntered


async def own_entry(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId) -> Entry:
    entry = await store.entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    if entry is None:
        raise NotFound
    return entry


async def _held_open(tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, now: datetime) -> Release:
    # Who comes too late is sent away before he takes a lock, so that no crowd of them can hold up the freeze.
    model.require_open(await store.release(tx, service_id=service_id, draw_id=draw_id), now=now)
    # The freeze takes this row exclusively, so that no entry slips in behind the list that was hashed.
    asked = await store.ask_held_open(tx, [(service_id, draw_id)])
    [release] = (await asked.answer()).values()
    model.require_open(release, now=now)
    return release


async def _held_entry(tx: Transaction, release: Release, *, person_id: PersonId) -> Entry:
    """The person's entry, which nobody else changes or takes out before this transaction ends."""
    service_id, draw_id = release.service_id, release.draw_id
    await store.lock_entrant(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    return await own_entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)


async def _require_eligible(tx: Transaction, release: Release, *, person_id: PersonId, seats: Sequence[Place]) -> None:
    from_on, until_on = model.days_of(seats)
    await catalogue.require_offered(tx, await catalogue.service(tx, release.service_id), day_on=from_on)
    held = await booking.turns_held(tx, service_id=release.service_id, person_id=person_id)
    model.require_eligible(release.rules.eligible, held=held, from_on=from_on, until_on=until_on)


async def _end_receipt(
    tx: Transaction, entry: Entry, *, is_withdrawal: bool, settings: Settings, now: datetime
) -> None:
    """Say in public which receipt no longer stands, so that whoever holds it sees why its line is not in the list."""
    digest = receipt_sha256(receipt_of(entry, key=receipt_key(settings)))
    facts: dict[str, JSON] = {
        "draw_id": entry.draw_id,
        "label": entry.label,
        "version": entry.version,
        "receipt_sha256": digest,
    }
    kind = EntryKind.DRAW_ENTRY_WITHDRAWN if is_withdrawal else EntryKind.DRAW_ENTRY_CHANGED
    ended = EndedReceipt(
        label=entry.label,
        version=entry.version,
        receipt_sha256=digest,
        is_withdrawal=is_withdrawal,
        ended_at=now,
        entry_id=await transparency.append_public(tx, kind, facts=facts, now=now),
    )
    await store.insert_ended_receipt(tx, ended, entry=entry)


async def _entrant(
    tx: Transaction,
    release: Release,
    *,
    person_id: PersonId,
    wishes: Sequence[Wish],
    draw_class: str,
    seats: Sequence[Place],
    now: datetime,
) -> Entrant:
    """What the person asks for and the credit that he brings, still without a label."""
    [brought] = await store.credentials(tx, [(release.service_id, person_id)], day_on=now.date())
    model.require_class(draw_class, rules=release.rules, granted=brought.classes)
    return Entrant(
        label="",
        draw_class=draw_class,
        credit=brought.losses,
        preferences=model.preferences_of(wishes, places=seats),
    )

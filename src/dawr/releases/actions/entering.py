"""Entering a draw, changing one's wishes, and leaving it, all before the freeze."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from dawr.booking import actions as booking
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId, code_from_bytes
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import NotRegistered
from dawr.releases import model, store
from dawr.releases.actions.announcing import receipt_key
from dawr.releases.actions.reading import places
from dawr.releases.class_grant import ClassGrant
from dawr.releases.entry_line import Entrant, entry_line
from dawr.releases.model import (
    LABEL_LENGTH,
    AlreadyEntered,
    ClassUnknown,
    DrawId,
    Entry,
    HasTurnAlready,
    Receipt,
    Release,
    Wish,
    receipt_of,
)
from dawr.settings import Settings
from dawr.transparency import actions as transparency


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
    """Take part in a draw with ranked wishes (none means any place); the signed receipt is the person's to keep.

    The time of entering gives no advantage. Refuses outside the entry period, a second entry, a person who holds a
    live turn of the service, and a class that was not granted to him.
    """
    release = await _held_open(tx, service_id=service_id, draw_id=draw_id, now=now)
    if await booking.has_live_booking(tx, service_id=service_id, person_id=person_id):
        raise HasTurnAlready
    await store.end_past_entry(tx, service_id=service_id, person_id=person_id)
    entrant = await _entrant(tx, release, person_id=person_id, wishes=wishes, draw_class=draw_class, now=now)
    entry = _entry(release, person_id=person_id, entrant=entrant, now=now)
    # Of a million labels two are sometimes the same by chance; the second is drawn again.
    while not await store.insert_entrant(tx, entry=entry):
        entry = _entry(release, person_id=person_id, entrant=entrant, now=now)
    return receipt_of(entry, key=receipt_key(settings))


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
    """Other wishes under the same label; the new receipt replaces the old one."""
    release = await _held_open(tx, service_id=service_id, draw_id=draw_id, now=now)
    entry = await own_entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    entrant = await _entrant(tx, release, person_id=person_id, wishes=wishes, draw_class=draw_class, now=now)
    line = entry_line(replace(entrant, label=entry.label)).decode()
    await store.change_line(tx, entry=entry, line=line, now=now.replace(microsecond=0))
    changed = await own_entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    return receipt_of(changed, key=receipt_key(settings))


async def withdraw(
    tx: Transaction, *, service_id: ServiceId, draw_id: DrawId, person_id: PersonId, now: datetime
) -> None:
    """Leave a draw before its freeze; nothing remains of the entry."""
    await _held_open(tx, service_id=service_id, draw_id=draw_id, now=now)
    entry = await own_entry(tx, service_id=service_id, draw_id=draw_id, person_id=person_id)
    await store.delete_entrant(tx, entry=entry)


async def grant_class(
    tx: Transaction,
    *,
    service_id: ServiceId,
    person_id: PersonId,
    draw_class: str,
    evidence: str,
    granted_by: PersonId,
    until_on: date,
    now: datetime,
) -> None:
    """An officer saw the evidence that lets a person draw on a reserved share; the log keeps who and when."""
    await store.grant_class(
        tx,
        service_id=service_id,
        person_id=person_id,
        draw_class=draw_class,
        evidence=evidence,
        granted_by=granted_by,
        until_on=until_on,
        now=now,
    )
    facts = {"service": service_id, "person": str(person_id), "class": draw_class, "by": str(granted_by)}
    await transparency.append_sealed(tx, "override", facts=facts, now=now)


async def grant_class_at_desk(
    tx: Transaction,
    civil_number: str,
    *,
    service_id: ServiceId,
    grant: ClassGrant,
    granted_by: PersonId,
    settings: Settings,
    now: datetime,
) -> None:
    """`grant_class` for the number on a card; its holder can read that it was looked up. Raises NotRegistered."""
    person_id = await people.find_by_civil_number(tx, civil_number, settings=settings)
    if person_id is None:
        raise NotRegistered
    await people.record_look(tx, person_id, looked_by=granted_by, reason="releases.look.for_a_class", now=now)
    await grant_class(
        tx,
        service_id=service_id,
        person_id=person_id,
        draw_class=grant.draw_class,
        evidence=grant.evidence,
        granted_by=granted_by,
        until_on=grant.until_on,
        now=now,
    )


async def require_may_enter(tx: Transaction, release: Release, *, person_id: PersonId, now: datetime) -> None:
    """Refuses whoever could not enter now, before he has filled in anything."""
    model.require_open(release, now=now)
    if await booking.has_live_booking(tx, service_id=release.service_id, person_id=person_id):
        raise HasTurnAlready
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
    await store.hold_open(tx, service_id=service_id, draw_id=draw_id)
    release = await store.release(tx, service_id=service_id, draw_id=draw_id)
    model.require_open(release, now=now)
    return release


async def _entrant(
    tx: Transaction,
    release: Release,
    *,
    person_id: PersonId,
    wishes: Sequence[Wish],
    draw_class: str,
    now: datetime,
) -> Entrant:
    """What the person asks for and the credit that he brings, still without a label."""
    granted = await store.classes_of(tx, service_id=release.service_id, person_id=person_id, day_on=now.date())
    if draw_class and (draw_class not in release.rules.classes or draw_class not in granted):
        raise ClassUnknown
    return Entrant(
        label="",
        draw_class=draw_class,
        credit=await store.losses(tx, service_id=release.service_id, person_id=person_id),
        preferences=model.preferences_of(wishes, places=await places(tx, release)),
    )


def _entry(release: Release, *, person_id: PersonId, entrant: Entrant, now: datetime) -> Entry:
    label = code_from_bytes(secrets.token_bytes(LABEL_LENGTH))
    return Entry(
        service_id=release.service_id,
        draw_id=release.draw_id,
        person_id=person_id,
        label=label,
        line=entry_line(replace(entrant, label=label)).decode(),
        entered_at=now.replace(microsecond=0),
        is_live=True,
    )

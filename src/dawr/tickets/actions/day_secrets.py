"""The secret that chooses an office's second looks and decoys of a day: committed to before it, revealed after it."""

import secrets
from datetime import date, datetime, timedelta

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.sealing import NONCE_BYTES, seal, unseal
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.model import AdmittedTicket, DaySecret, day_of
from dawr.tickets.selection import commitment_to
from dawr.transparency import actions as transparency

SECRET_BYTES = 32
DAY_ENDS_FIRST = timedelta(hours=14)
"""So long before midnight in London a day is over where it ends first."""


async def commit_day_secret(
    tx: Transaction, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime
) -> None:
    """Choose the secret of an office's day and publish its commitment; the first time only."""
    if await store.day_secret(tx, office_id=office_id, day_on=day_on):
        return
    await store.lock_day_secret(tx, office_id=office_id, day_on=day_on)
    if await store.day_secret(tx, office_id=office_id, day_on=day_on):
        return
    secret = secrets.token_bytes(SECRET_BYTES)
    facts = {"office": office_id, "day": day_on.isoformat(), "commitment": commitment_to(secret).hex()}
    entry_id = await transparency.append_public(tx, "gate.secret_committed", facts=facts, now=now)
    await store.add_day_secret(
        tx,
        office_id=office_id,
        day_on=day_on,
        sealed=seal(
            _key(settings),
            secret,
            nonce=secrets.token_bytes(NONCE_BYTES),
            belongs_to=_belongs_to(office_id, day_on=day_on),
        ),
        commitment=commitment_to(secret),
        log_entry_id=entry_id,
        now=now,
    )


async def day_secret_of(
    tx: Transaction, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime
) -> bytes:
    """The secret itself, 32 bytes, for the day packs of that office and day; chosen now where none was needed yet."""
    await commit_day_secret(tx, office_id, day_on=day_on, settings=settings, now=now)
    sealed = await store.sealed_day_secret(tx, office_id=office_id, day_on=day_on)
    assert sealed is not None, "the secret was just committed to, or stood already"
    return unseal(_key(settings), sealed, belongs_to=_belongs_to(office_id, day_on=day_on))


async def reveal_secrets(tx: Transaction, *, settings: Settings, now: datetime) -> int:
    """Publish the secrets of every day that is over at its office; how many they were."""
    due = await store.secrets_to_reveal(tx, before_on=(now + DAY_ENDS_FIRST).date())
    revealed = 0
    for office_id, day_on in due:
        office = await catalogue.office(tx, office_id)
        if day_of(now, timezone=office.timezone) > day_on:
            await _reveal(tx, office_id, day_on=day_on, settings=settings, now=now)
            revealed += 1
    return revealed


async def view_day_secret(tx: Transaction, office_id: OfficeId, *, day_on: date) -> DaySecret | None:
    """What is public of the secret of an office's day."""
    return await store.day_secret(tx, office_id=office_id, day_on=day_on)


async def days_with_secrets(tx: Transaction, office_id: OfficeId, *, before_on: date) -> list[date]:
    """The days before `before_on` that had one, the newest first."""
    return await store.days_with_secrets(tx, office_id=office_id, before_on=before_on)


async def admitted_on(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[AdmittedTicket]:
    """The tickets of a day that its office let in, in that order."""
    return await store.admitted_on(tx, office_id=office_id, day_on=day_on)


async def _reveal(tx: Transaction, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime) -> None:
    await store.lock_day_secret(tx, office_id=office_id, day_on=day_on)
    known = await store.day_secret(tx, office_id=office_id, day_on=day_on)
    assert known is not None, "only a secret that is there is due"
    if known.secret is not None:
        return
    secret = await day_secret_of(tx, office_id, day_on=day_on, settings=settings, now=now)
    facts = {"office": office_id, "day": day_on.isoformat(), "secret": secret.hex()}
    entry_id = await transparency.append_public(tx, "gate.secret_revealed", facts=facts, now=now)
    await store.reveal_secret(tx, of=known, secret=secret, log_entry_id=entry_id, now=now)


def _belongs_to(office_id: OfficeId, *, day_on: date) -> bytes:
    return f"day secret|{office_id}|{day_on.isoformat()}".encode()


def _key(settings: Settings) -> bytes:
    return settings.key_for("day secrets at rest")

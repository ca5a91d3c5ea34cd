"""Knowing a person by his number, and telling him who looked."""

import secrets
from datetime import datetime
from uuid import UUID

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.sealing import NONCE_BYTES, seal, unseal
from dawr.kernel.signing import keyed_hash
from dawr.people import store
from dawr.people.civil_number import CivilNumber, NotACivilNumber, parse_civil_number
from dawr.people.model import (
    Country,
    LookNeedsReason,
    LookUp,
    Person,
)
from dawr.settings import Settings

LIST_COUNT_MAX = 500


async def register_person(
    tx: Transaction,
    *,
    civil_number: str,
    country: Country,
    name_ar: str,
    name_latin: str,
    settings: Settings,
    now: datetime,
) -> PersonId:
    """The person with this number, registered now or before; raises NotACivilNumber.

    Whom only another person has named so far has empty names, until he signs in himself; empty names change no others.
    """
    number = parse_civil_number(civil_number, country=country)
    person_id = PersonId(UUID(bytes=secrets.token_bytes(16), version=4))
    return await store.register_person(
        tx,
        person_id=person_id,
        civil_number=number,
        civil_number_hash=_civil_number_hash(number, settings=settings),
        civil_number_sealed=seal(
            civil_number_key(settings),
            number.digits.encode(),
            nonce=secrets.token_bytes(NONCE_BYTES),
            belongs_to=person_id.bytes,
        ),
        name_ar=name_ar,
        name_latin=name_latin,
        now=now,
    )


def is_civil_number(typed: str, *, settings: Settings) -> bool:
    """Whether somebody in the country of these settings could have this number."""
    try:
        parse_civil_number(typed, country=Country(settings.sign_in.country))
    except NotACivilNumber:
        return False
    return True


async def person(tx: Transaction, person_id: PersonId) -> Person:
    """A registered person; raises NotFound."""
    found = await store.person(tx, person_id=person_id)
    if found is None:
        raise NotFound
    return found


async def find_by_civil_number(
    tx: Transaction, number: str, *, settings: Settings, even_unnamed: bool = False
) -> PersonId | None:
    """Who has this number, in the country of these settings; None for nobody and for what is no number at all.

    Whom only another person has named so far is found where he may be `even_unnamed`.
    """
    try:
        civil_number = parse_civil_number(number, country=Country(settings.sign_in.country))
    except NotACivilNumber:
        return None
    return await store.person_with_civil_number(
        tx, civil_number_hash=_civil_number_hash(civil_number, settings=settings), even_unnamed=even_unnamed
    )


async def reveal_civil_number(
    tx: Transaction,
    person_id: PersonId,
    *,
    settings: Settings,
    looked_by: PersonId | None,
    reason: str,
    now: datetime,
) -> str:
    """A person's whole number, and a record of the look that he can read; `reason` is a sentence of the catalogues.

    `looked_by` is None where Dawr itself needs the number. Raises NotFound and LookNeedsReason.
    """
    sealed = await store.sealed_civil_number(tx, person_id=person_id)
    if sealed is None:
        raise NotFound
    await record_look(tx, person_id, looked_by=looked_by, reason=reason, now=now)
    return unseal(civil_number_key(settings), sealed, belongs_to=person_id.bytes).decode()


async def record_look(
    tx: Transaction, person_id: PersonId, *, looked_by: PersonId | None, reason: str, now: datetime
) -> None:
    """Tell a person that somebody looked at him; a look without a reason is refused."""
    if not reason.strip():
        raise LookNeedsReason
    await store.record_look(tx, person_id=person_id, looked_by=looked_by, reason=reason, now=now)


async def looks_at(tx: Transaction, person_id: PersonId) -> list[LookUp]:
    """Who looked at this person's number, newest first."""
    return await store.looks_at(tx, person_id=person_id, count_max=LIST_COUNT_MAX)


def _civil_number_hash(number: CivilNumber, *, settings: Settings) -> bytes:
    message = f"{number.country}:{number.digits}".encode()
    return keyed_hash(settings.key_for("people: civil number hash"), message)


def civil_number_key(settings: Settings) -> bytes:
    """Under which civil numbers lie in their rows."""
    return settings.key_for("people: civil number seal")

"""What else the register says of a person's card: its serial number and the photograph, each look recorded."""

import secrets
from datetime import datetime

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.sealing import NONCE_BYTES, seal, unseal
from dawr.people import store
from dawr.people.actions.persons import civil_number_key, record_look
from dawr.people.model import (
    Card,
    Photograph,
)
from dawr.people.photograph import parse_photograph
from dawr.people.store import SealedCard
from dawr.settings import Settings


async def record_card(
    tx: Transaction,
    person_id: PersonId,
    *,
    settings: Settings,
    serial: str = "",
    photograph: Photograph | None = None,
) -> None:
    """What the register says of the person's card beside his number; what it leaves out stays as it was known."""
    parts = {"serial": serial.encode(), "photograph": photograph.content if photograph else b""}
    sealed = {
        part: seal(_card_key(part, settings), plain, nonce=secrets.token_bytes(NONCE_BYTES), belongs_to=person_id.bytes)
        for part, plain in parts.items()
        if plain
    }
    if sealed:
        await store.save_card(
            tx,
            person_id=person_id,
            card_serial_sealed=sealed.get("serial"),
            photograph_sealed=sealed.get("photograph"),
        )


async def card_of(
    tx: Transaction,
    person_id: PersonId,
    *,
    settings: Settings,
    looked_by: PersonId | None,
    reason: str,
    now: datetime,
) -> Card:
    """All that the register says of a person's card, and a record of the look, as with `reveal_civil_number`."""
    sealed = await store.sealed_card(tx, person_id=person_id)
    if sealed is None:
        raise NotFound
    await record_look(tx, person_id, looked_by=looked_by, reason=reason, now=now)
    return _opened(sealed, belongs_to=person_id, settings=settings)


async def photograph_of(
    tx: Transaction,
    person_id: PersonId,
    *,
    settings: Settings,
    looked_by: PersonId | None,
    reason: str,
    now: datetime,
) -> Photograph | None:
    """The photograph on a person's card, and a record of the look; where the register has none, nobody looked."""
    sealed = await store.sealed_card(tx, person_id=person_id)
    if sealed is None:
        raise NotFound
    if sealed.photograph_sealed is None:
        return None
    await record_look(tx, person_id, looked_by=looked_by, reason=reason, now=now)
    return _opened(sealed, belongs_to=person_id, settings=settings).photograph


def _opened(sealed: SealedCard, *, belongs_to: PersonId, settings: Settings) -> Card:
    number = unseal(civil_number_key(settings), sealed.civil_number_sealed, belongs_to=belongs_to.bytes)
    serial, photograph = (
        unseal(_card_key(part, settings), whole, belongs_to=belongs_to.bytes) if whole else None
        for part, whole in (("serial", sealed.card_serial_sealed), ("photograph", sealed.photograph_sealed))
    )
    return Card(
        civil_number=number.decode(),
        serial=serial.decode() if serial else "",
        photograph=parse_photograph(photograph) if photograph else None,
    )


def _card_key(part: str, settings: Settings) -> bytes:
    return settings.key_for(f"people: card {part} seal")

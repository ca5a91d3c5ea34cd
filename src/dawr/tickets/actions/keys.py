"""The keys that sign tickets: published before they sign, followed by newer ones, revoked for good."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from dawr.db.pool import Transaction
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.keys import (
    KeyId,
    PublishedKey,
    TicketKey,
    jwk_set,
    next_generation,
    public_bytes,
    signs_now,
    ticket_key,
    to_be_revoked,
)
from dawr.tickets.model import Revocation
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON


async def publish_key(tx: Transaction, *, settings: Settings, now: datetime) -> TicketKey:
    """The key that signs tickets today; one that nobody has seen yet is published first, in the log as well."""
    found = _own(await store.signing_keys(tx), settings=settings)
    if found is not None:
        return found
    await store.lock_key_publication(tx)
    published = await store.signing_keys(tx)
    return _own(published, settings=settings) or await _publish_next(tx, published, settings=settings, now=now)


async def rotate_keys(tx: Transaction, *, settings: Settings, now: datetime) -> TicketKey:
    """Publish the next generation, which signs from now on; tickets under the earlier ones stay good."""
    await store.lock_key_publication(tx)
    return await _publish_next(tx, await store.signing_keys(tx), settings=settings, now=now)


async def revoke_key(tx: Transaction, *, name: str, reason: str, settings: Settings, now: datetime) -> PublishedKey:
    """From now on no ticket under this key is ours; `name` is its kid, `reason` is public.

    Where it was the one that signs, the next generation is published at once. Refuses with KeyUnknown,
    KeyRevokedAlready and KeyNeedsReason.
    """
    await store.lock_key_publication(tx)
    found = to_be_revoked(await store.signing_keys(tx), name=name, reason=reason)
    facts = {"use": "tickets", "kid": found.name, "reason": reason.strip()}
    entry_id = await transparency.append_public(tx, "key.revoked", facts=facts, now=now)
    await store.revoke_key(tx, key_id=found.key_id, reason=reason.strip(), log_entry_id=entry_id, now=now)
    await publish_key(tx, settings=settings, now=now)
    return found


async def all_keys(tx: Transaction) -> list[PublishedKey]:
    """Every key that ever signed tickets here, revoked ones too, oldest first."""
    return await store.signing_keys(tx)


async def log_places_of(tx: Transaction, published: Sequence[PublishedKey]) -> dict[int, int | None]:
    """Where in the public log each publication and revocation stands, by its entry; None until it is sequenced."""
    entries = [each.log_entry_id for each in published]
    entries += [each.revocation.log_entry_id for each in published if each.revocation]
    return {entry_id: await transparency.index_of(tx, entry_id) for entry_id in entries}


async def published_keys(tx: Transaction) -> list[ec.EllipticCurvePublicKey]:
    """The keys whose tickets count, oldest first: a new one does not undo tickets that are out, a revoked one does."""
    return [each.public for each in await store.signing_keys(tx) if each.revocation is None]


async def revocation_of(tx: Transaction, key_id: KeyId) -> Revocation | None:
    """Since when and why tickets under this key are not ours any more; None while they are."""
    revocations = {each.key_id: each.revocation for each in await store.signing_keys(tx)}
    return revocations.get(key_id)


def _own(published: list[PublishedKey], *, settings: Settings) -> TicketKey | None:
    """The private half of the key that signs now; None where there is none, or another root secret made it."""
    newest = signs_now(published)
    if newest is None:
        return None
    key = _key_of(newest.generation, settings=settings)
    return key if public_bytes(key.public) == public_bytes(newest.public) else None


async def _publish_next(
    tx: Transaction, published: list[PublishedKey], *, settings: Settings, now: datetime
) -> TicketKey:
    generation = next_generation(published)
    key = _key_of(generation, settings=settings)
    jwk = jwk_set([key.public])["keys"][0]
    facts: dict[str, JSON] = {"use": "tickets", "generation": generation, **jwk}
    entry_id = await transparency.append_public(tx, "key.published", facts=facts, now=now)
    await store.publish_key(tx, key=key, generation=generation, log_entry_id=entry_id, now=now)
    return key


def _key_of(generation: int, *, settings: Settings) -> TicketKey:
    return ticket_key(settings.key_for(f"ticket signing|{generation}"))

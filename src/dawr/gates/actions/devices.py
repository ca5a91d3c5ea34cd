"""A gate's devices: added, enrolled, moved to another lane, revoked."""

import secrets
from datetime import datetime
from uuid import UUID

from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.actions.overrides import override
from dawr.gates.model.devices import (
    ENROLMENT_CODE_LENGTH,
    ENROLMENT_CODE_LIFE,
    ENROLMENT_TRIES_MAX,
    Device,
    DeviceId,
    DeviceState,
    OverrideKind,
)
from dawr.gates.wire import fingerprint, jwk
from dawr.kernel.identifiers import OfficeId, code_from_bytes
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import keyed_hash, same_bytes
from dawr.people.model import Officer
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import office_of
from dawr.transparency import actions as transparency

LOOKUP_LENGTH = ENROLMENT_CODE_LENGTH // 2


async def add_device(tx: Transaction, *, head: Officer, name: str, lane: int, settings: Settings, now: datetime) -> str:
    """Add a device to the head's office; its enrolment code, which nobody is shown again.

    Refuses with LaneTaken and DeviceNameTaken.
    """
    code = code_from_bytes(secrets.token_bytes(ENROLMENT_CODE_LENGTH))
    lookup, proof = _hashes(code, settings=settings)
    await store.add_device(
        tx,
        office_id=office_of(head),
        name=name,
        lane=lane,
        added_by=head.person_id,
        code_lookup=lookup,
        code_hash=proof,
        code_ends_at=now + ENROLMENT_CODE_LIFE,
        now=now,
    )
    return code


async def renew_code(tx: Transaction, *, head: Officer, device_id: DeviceId, settings: Settings, now: datetime) -> str:
    """A new enrolment code for a device that waits; the one before is good no more."""
    device = await own_device(tx, head=head, device_id=device_id)
    code = code_from_bytes(secrets.token_bytes(ENROLMENT_CODE_LENGTH))
    lookup, proof = _hashes(code, settings=settings)
    is_waiting = await store.renew_code(
        tx,
        device_id=device.device_id,
        code_lookup=lookup,
        code_hash=proof,
        code_ends_at=now + ENROLMENT_CODE_LIFE,
    )
    if not is_waiting:
        raise NotFound
    return code


async def enrol(
    tx: Transaction, *, code: str, signing_key: bytes, agreement_key: bytes, settings: Settings, now: datetime
) -> Device | None:
    """The device whose code this is, from now on with its keys; None, and a try counted, for any other code.

    The caller commits in either case: a wrong try that is rolled back is not counted.
    """
    lookup, proof = _hashes(code, settings=settings)
    candidates = await store.code_candidates(tx, code_lookup=lookup, tries_max=ENROLMENT_TRIES_MAX, now=now)
    meant = [each for each in candidates if same_bytes(each.code_hash, proof)]
    for each in candidates:
        await store.count_code_try(tx, device_id=each.device_id)
    if not meant:
        return None
    device_id = meant[0].device_id
    await store.spend_code(tx, device_id=device_id, now=now)
    facts = {
        "use": "gate device",
        "device": str(device_id),
        "fingerprint": fingerprint(signing_key),
        **jwk(signing_key),
    }
    entry_id = await transparency.append_public(tx, "key.published", facts=facts, now=now)
    await store.add_device_key(
        tx,
        device_id=device_id,
        signing_key=signing_key,
        agreement_key=agreement_key,
        log_entry_id=entry_id,
        now=now,
    )
    device = await store.device(tx, device_id)
    await tickets.shut_online_gate(tx, device.office_id, now=now)
    return device


async def revoke_device(tx: Transaction, *, head: Officer, device_id: DeviceId, reason: str, now: datetime) -> None:
    """The device opens nothing any more, and its guard is free for another; what it recorded before is still taken.

    Revoking twice revokes once.
    """
    await store.lock_device(tx, device_id)
    device = await own_device(tx, head=head, device_id=device_id)
    if device.state is DeviceState.REVOKED:
        return
    await store.revoke_device(tx, device_id=device_id, now=now)
    await store.close_shifts_of_device(tx, device_id, now=now)
    await override(tx, head=head, what=OverrideKind.DEVICE_REVOKED, reason=reason, device_id=device_id, now=now)
    if not await working_devices(tx, device.office_id):
        await tickets.open_online_gate(tx, device.office_id)


async def move_device(
    tx: Transaction, *, head: Officer, device_id: DeviceId, lane: int, reason: str, now: datetime
) -> None:
    """The device is another lane's from the next shift on; the one that was open there ends, with its pack and lane."""
    await store.lock_device(tx, device_id)
    device = await own_device(tx, head=head, device_id=device_id)
    if device.lane == lane or device.state is DeviceState.REVOKED:
        return
    await store.move_device(tx, device_id=device_id, lane=lane)
    await store.close_shifts_of_device(tx, device_id, now=now)
    await override(tx, head=head, what=OverrideKind.DEVICE_MOVED, reason=reason, device_id=device_id, now=now)


async def devices_of(tx: Transaction, head: Officer) -> list[Device]:
    """Every device of the head's office, the live ones first."""
    return await store.devices_at(tx, office_of(head))


async def working_devices(tx: Transaction, office_id: OfficeId) -> list[Device]:
    """The devices of an office that are enrolled and not revoked, by lane."""
    return [each for each in await store.devices_at(tx, office_id) if each.state is DeviceState.ENROLLED]


async def own_device(tx: Transaction, *, head: Officer, device_id: DeviceId | UUID) -> Device:
    """A device of the head's own office; any other does not exist for him."""
    device = await store.device(tx, DeviceId(device_id))
    if device.office_id != office_of(head):
        raise NotFound
    return device


def _hashes(code: str, *, settings: Settings) -> tuple[bytes, bytes]:
    """Of the half of a code that finds its device, and of the other half, bound to the first."""
    key = settings.key_for("gate enrolment codes")
    return keyed_hash(key, b"lookup|" + code[:LOOKUP_LENGTH].encode()), keyed_hash(key, b"proof|" + code.encode())

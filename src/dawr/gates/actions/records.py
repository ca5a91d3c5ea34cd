"""Taking what devices recorded: proven, in order, without a gap, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.model.devices import Device, DeviceId, DeviceNotEnrolled, DeviceRevoked
from dawr.gates.model.records import (
    Chain,
    ChainForked,
    ChainState,
    Record,
    RecordNotSigned,
    RecordOfAnotherShift,
    follow,
    happened_at,
    is_signed,
    parse_step,
)
from dawr.gates.model.shifts import ShiftId
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import NotFound, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Up to which number a device's records stand in the books, and why the rest of what it sent does not."""

    taken_until: int
    refusal: Refusal | None


async def take_records(
    tx: Transaction, *, device_id: DeviceId, sent: Sequence[tuple[str, str]], now: datetime
) -> Taken:
    """Keep the records of a device, each a text and its signature, up to the first that does not belong there.

    What was taken before and comes again is passed over. The refusal is handed back, not raised: what came before it
    stands, and a second story under one number is kept as well. Raises NotFound and DeviceNotEnrolled.
    """
    await store.lock_device(tx, device_id)
    device = await store.device(tx, device_id)
    if device.signing_key is None:
        raise DeviceNotEnrolled(name=device.name)
    before = chain = await store.chain(tx, device_id)
    refused: Refusal | None = None
    for text, signature in sent:
        try:
            chain = await _take(tx, device, chain=chain, text=text.encode(), signature=as_bytes(signature), now=now)
        except Refusal as refusal:
            refusal.facts["expected"] = chain.expected
            refused = refusal
            break
    if chain != before:
        await store.see_device(tx, device_id, now=now)
    return Taken(taken_until=chain.taken_until, refusal=refused)


async def chains_at(tx: Transaction, office_id: OfficeId) -> dict[DeviceId, ChainState]:
    """How far the records of each of an office's devices have come."""
    return await store.chains_at(tx, office_id)


async def _take(
    tx: Transaction, device: Device, *, chain: Chain, text: bytes, signature: bytes, now: datetime
) -> Chain:
    step = parse_step(text, device_id=device.device_id)
    record = Record(text=text, signature=signature, step=step)
    is_again = step.n <= chain.taken_until
    if is_again and await store.record_text(tx, device.device_id, n=step.n) == text:
        return chain
    assert device.signing_key is not None, "only an enrolled device's records are taken"
    if not is_signed(text, signature, signing_key=device.signing_key):
        raise RecordNotSigned
    if is_again:
        await store.add_fork(tx, device.device_id, record=record, now=now)
        raise ChainForked(n=step.n)
    longer = follow(chain, record)
    await _keep(tx, device, record=record, previous=chain.head, now=now)
    return longer


async def _keep(tx: Transaction, device: Device, *, record: Record, previous: bytes, now: datetime) -> None:
    try:
        shift = await store.shift(tx, ShiftId(record.step.shift))
    except NotFound as error:
        raise RecordOfAnotherShift from error
    if shift.device_id != device.device_id:
        raise RecordOfAnotherShift
    at = happened_at(record.step, opens_at=shift.opens_at, taken_at=now)
    if device.revoked_at is not None and at >= device.revoked_at:
        raise DeviceRevoked(name=device.name)
    await store.add_record(tx, record, previous=previous, shift=shift, happened_at=at, now=now)

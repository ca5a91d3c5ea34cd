"""What devices recorded, merged into the books: record by record, each in a transaction of its own, each once.

One transaction holds one booking at a time, so that no upload and no holder waits for another in a circle. Whoever is
killed between two records is continued from the next one, by the next upload or by the worker.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid5

import structlog

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import store
from dawr.gates.actions.day_keys import lane_key_of
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.merging import (
    Came,
    Contest,
    Contested,
    Forked,
    contest_of,
    doubt_about_admission,
    doubt_about_code,
)
from dawr.gates.model.records import (
    OPEN_FINDINGS,
    Answered,
    AnyStep,
    CodeRefused,
    Decided,
    Decision,
    DeviceScanId,
    Overruled,
    OverruledStep,
    Round,
    Scanned,
    SecondLook,
    ShiftClosed,
    TakenRecord,
)
from dawr.gates.model.shifts import PackId, Shift
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import BRANCH_ROLES, Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import DeviceAnswer, DeviceDecision, Scan, ScanId, TicketId, Verdict
from dawr.tickets.selection import has_decoy, has_second_look, lane_of
from dawr.transparency import actions as transparency

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """One record on its way into the books."""

    record: TakenRecord
    step: AnyStep
    shift: Shift
    settings: Settings
    now: datetime

    @property
    def scan_id(self) -> ScanId:
        """The device's scan as the books know it: no device can name another's."""
        return ScanId(uuid5(self.record.device_id, f"scan|{self.step.scan}"))

    @property
    def decision(self) -> DeviceDecision:
        return DeviceDecision(
            device_id=self.record.device_id, record_hash=self.record.hash, decided_at=self.record.happened_at
        )


async def merge_records(pool: Pool, *, settings: Settings, now: datetime) -> None:
    """Merge whatever was taken and not merged yet, of every device."""
    async with transaction(pool) as tx:
        waiting = await store.devices_with_unmerged(tx)
    for device_id in waiting:
        await merge_taken(pool, device_id, settings=settings, now=now)


async def merge_taken(pool: Pool, device_id: DeviceId, *, settings: Settings, now: datetime) -> None:
    """Merge what one device sent; where that fails it is logged, waits, and holds up no other device.

    What was taken stands: the device need not send it again because the books could not be written.
    """
    merging = merge_device(pool, device_id, settings=settings, now=now)
    [error] = await asyncio.gather(merging, return_exceptions=True)
    if error is not None:
        log.error("gate.records_not_merged", device=str(device_id), exc_info=error)


async def merge_device(pool: Pool, device_id: DeviceId, *, settings: Settings, now: datetime) -> None:
    """Merge the records of one device that were taken and not merged yet."""
    has_more = True
    while has_more:
        async with transaction(pool) as tx:
            has_more = await merge_next(tx, device_id, settings=settings, now=now)


async def merge_next(tx: Transaction, device_id: DeviceId, *, settings: Settings, now: datetime) -> bool:
    """Merge a device's next record; False where there is none."""
    await store.lock_device(tx, device_id)
    record = await store.next_unmerged(tx, device_id)
    if record is None:
        return False
    shift = await store.shift(tx, record.shift_id)
    came = await _merge(tx, Merging(record=record, step=record.step, shift=shift, settings=settings, now=now))
    await store.add_merged(tx, record, came=came, now=now)
    return True


async def contested_at(tx: Transaction, office_id: OfficeId, *, since: datetime) -> list[Contested]:
    """What does not stand by itself, the newest first."""
    return await store.contested_at(tx, office_id, since=since)


async def forks_at(tx: Transaction, office_id: OfficeId) -> list[Forked]:
    """The devices of an office that told two stories."""
    return await store.forks_at(tx, office_id)


async def _merge(tx: Transaction, at: Merging) -> Came:
    match at.step:
        case Scanned() as step:
            return await _scanned(tx, at, step)
        case Answered() as step:
            return await _answered(tx, at, step)
        case OverruledStep() as step:
            return await _overruled(tx, at, step)
        case SecondLook() | CodeRefused() as step:
            return Came(contested=await _code(tx, at, step))
        case Decided() as step:
            return await _decided(tx, at, step)
        case ShiftClosed():
            await store.close_shift(tx, at.record.shift_id, now=at.record.happened_at)
    return Came()


async def _scanned(tx: Transaction, at: Merging, step: Scanned) -> Came:
    if await _scan(tx, at) is not None:
        return Came(contested=Contest.OUT_OF_ORDER)
    scan = Scan(
        scan_id=at.scan_id,
        office_id=at.record.office_id,
        guard_id=at.record.guard_id,
        scanned_at=at.record.happened_at,
        service_id=ServiceId(step.service) if step.service else None,
        ticket_id=TicketId(as_bytes(step.ticket)) if step.ticket else None,
        verdict=None,
    )
    await tickets.scan_at_device(tx, scan, device_id=at.record.device_id)
    if step.found not in OPEN_FINDINGS:
        verdict = Verdict(step.found.value)
        await tickets.decide_at_device(tx, scan, verdict=verdict, decision=at.decision, now=at.now)
    return Came(ticket_lane=await _lane_of(tx, at, step))


async def _answered(tx: Transaction, at: Merging, step: Answered) -> Came:
    scan = await _scan(tx, at)
    if scan is None or scan.ticket_id is None:
        return Came(contested=Contest.OUT_OF_ORDER)
    answer = DeviceAnswer(
        round=1 if step.round is Round.FIRST else 2,
        attempt=step.attempt,
        is_right=step.right,
        answer_ms=step.seconds_ms,
    )
    await tickets.answer_at_device(tx, scan, answer=answer, at=at.record.happened_at)
    return Came()


async def _overruled(tx: Transaction, at: Merging, step: OverruledStep) -> Came:
    """An override stands in the public log, contested or not."""
    contested = await _code(tx, at, step)
    facts = {
        "what": f"gate.{step.what}",
        "role": Role.BRANCH_HEAD.value,
        "office": at.record.office_id,
        "device": str(at.record.device_id),
        "record": at.record.hash.hex(),
        "contested": contested,
    }
    await transparency.append_public(tx, "override", facts=facts, now=at.now)
    return Came(contested=contested)


async def _decided(tx: Transaction, at: Merging, step: Decided) -> Came:
    scan = await _scan(tx, at)
    if scan is None:
        return Came(contested=Contest.OUT_OF_ORDER)
    if step.verdict is Decision.LEFT:
        return Came()
    if scan.verdict is not None:
        scan = await _further_scan(tx, at, scan)
    if step.verdict is Decision.IDENTITY_MISMATCH:
        await tickets.decide_at_device(tx, scan, verdict=Verdict.IDENTITY_MISMATCH, decision=at.decision, now=at.now)
        return Came()
    return await _admitted(tx, at, scan)


async def _admitted(tx: Transaction, at: Merging, scan: Scan) -> Came:
    """An admission that its own records lead to and that the register knows nothing against opens the visit."""
    assert at.step.scan is not None, "whoever is let in was scanned"
    scan_id = DeviceScanId(at.step.scan)
    steps = await store.steps_of_scan(tx, at.record.device_id, scan_id=scan_id, until=at.record.n)
    scanned = next(step for step in steps if isinstance(step, Scanned))
    doubt = doubt_about_admission(
        steps,
        is_own_lane=await _lane_of(tx, at, scanned) == at.shift.lane,
        is_mismatched=await tickets.is_mismatched(tx, scan, at=at.record.happened_at),
        is_round_allowed=await _is_round_allowed(tx, at, scanned, steps=steps),
    )
    if doubt or scan.ticket_id is None:
        return Came(contested=doubt)
    secret = await tickets.day_secret_of(
        tx, at.shift.office_id, day_on=at.shift.day_on, settings=at.settings, now=at.now
    )
    has_answers = not _has_overruled(steps, Overruled.NO_ANSWERS)
    verdict = await tickets.admit_at_device(tx, scan, at=at.record.happened_at)
    await tickets.decide_at_device(tx, scan, verdict=verdict, decision=at.decision, now=at.now)
    contested = Contest.UNKNOWN_TICKET if verdict is Verdict.NOT_OURS else contest_of(verdict)
    return Came(
        contested=contested,
        # Where there were no answers, there were none to look again with.
        is_second_look_due=has_second_look(secret, scan.ticket_id) if has_answers else None,
        is_decoy_due=has_decoy(secret, scan.ticket_id),
    )


async def _is_round_allowed(tx: Transaction, at: Merging, scanned: Scanned, *, steps: list[AnyStep]) -> bool:
    """By a branch head's code in this scan, or in an earlier one of the ticket at this device."""
    if _has_overruled(steps, Overruled.ANOTHER_ROUND) or scanned.ticket is None:
        return scanned.ticket is not None
    return await store.is_round_allowed(tx, at.record.device_id, ticket=scanned.ticket, n=at.record.n)


async def _lane_of(tx: Transaction, at: Merging, scanned: Scanned) -> int | None:
    """The lane that the pack of a scan sent its ticket to; None for no ticket, and for a pack of another shift."""
    try:
        pack = await store.pack(tx, PackId(scanned.pack))
    except NotFound:
        return None
    if pack.shift_id != at.shift.shift_id or scanned.ticket is None:
        return None
    key = lane_key_of(pack.office_id, day_on=pack.day_on, settings=at.settings)
    return lane_of(key, TicketId(as_bytes(scanned.ticket)), lanes_open=pack.lanes_open)


async def _code(tx: Transaction, at: Merging, step: OverruledStep | SecondLook | CodeRefused) -> Contest | None:
    """Whether the code of an officer's sheet may have done this, and is used up by it; a wrong one uses up none."""
    if isinstance(step, CodeRefused):
        return Contest.CODE_REFUSED
    officer = await _officer(tx, at, PersonId(step.officer))
    if doubt := doubt_about_code(officer, step=step, guard_id=at.record.guard_id, lane=at.shift.lane):
        return doubt
    is_good = await store.use_code(tx, at.record, step=step, day_on=at.shift.day_on)
    return None if is_good else Contest.CODE_USED_BEFORE


async def _officer(tx: Transaction, at: Merging, person_id: PersonId) -> Officer | None:
    """The widest role that this person had at the office when it happened."""
    held = await people.roles_of(tx, person_id, now=at.record.happened_at)
    here = [each for each in held if each.office_id == at.record.office_id and each.role in BRANCH_ROLES]
    heads = [each for each in here if each.role is Role.BRANCH_HEAD]
    return next(iter([*heads, *here]), None)


async def _scan(tx: Transaction, at: Merging) -> Scan | None:
    try:
        return await tickets.scanned_at_device(tx, at.scan_id, office_id=at.record.office_id)
    except NotFound:
        return None


async def _further_scan(tx: Transaction, at: Merging, scan: Scan) -> Scan:
    """A scan has one outcome; what a branch head's code led to afterwards is a scan of its own."""
    further = replace(
        scan,
        scan_id=ScanId(uuid5(scan.scan_id, f"further|{at.record.n}")),
        scanned_at=at.record.happened_at,
        verdict=None,
    )
    await tickets.scan_at_device(tx, further, device_id=at.record.device_id)
    return further


def _has_overruled(steps: list[AnyStep], what: Overruled) -> bool:
    return any(isinstance(step, OverruledStep) and step.what is what for step in steps)

"""A device at the invented office's gate: it signs what it records as the page does, and chains it."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from dawr.db.pool import Transaction
from dawr.gates import actions as gates
from dawr.gates import store
from dawr.gates.actions.records import Taken
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.merging import numbers_of
from dawr.gates.model.shifts import PackId, ShiftId
from dawr.gates.wire import as_text
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.people import actions as people
from dawr.people.model import BRANCH_ROLES, Officer, Role
from dawr.settings import Settings
from dawr.tickets.keys import public_bytes
from dawr.tickets.model import Ticket
from tests.store.tickets.invented_office import OFFICE, STARTS_AT, Office

MERGED_AT = STARTS_AT + timedelta(hours=3)
"""When the network is there again."""
DAY_ON = STARTS_AT.date()
LANES_OPEN = 1
HEX_OF_NOTHING = as_text(sha256(b"").digest())

Sent = tuple[str, str]


@dataclass(slots=True)
class Device:
    """A device in a guard's shift; `records` are all that it ever signed, in their order.

    Its pack has one open lane, the first, so that at any other the branch head's code goes on after it, if he is there.
    """

    device_id: DeviceId
    shift_id: ShiftId
    pack_id: PackId
    head_id: PersonId | None
    guard_id: PersonId
    lane: int
    key: ec.EllipticCurvePrivateKey
    clock: datetime = STARTS_AT
    records: list[Sent] = field(default_factory=list)
    codes_used: int = 0

    @property
    def head(self) -> bytes:
        if not self.records:
            return sha256(f"device|{self.device_id}".encode()).digest()
        return sha256(self.records[-1][0].encode()).digest()

    def text(self, kind: str, *, scan: UUID | None, **facts: object) -> str:
        """The next record's text; a fact of the envelope may be given otherwise."""
        said = {
            "n": len(self.records) + 1,
            "prev": as_text(self.head),
            "device": str(self.device_id),
            "shift": str(self.shift_id),
            "pack": str(self.pack_id),
            "scan": str(scan) if scan else None,
            "at_ms": int(self.clock.timestamp() * 1000),
            "kind": kind,
        }
        return json.dumps(said | facts)

    def sign(self, text: str) -> str:
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(SHA256())))
        return as_text(r.to_bytes(32) + s.to_bytes(32))

    def record(self, kind: str, *, scan: UUID | None = None, **facts: object) -> Sent:
        """One more step, ten seconds after the last."""
        self.clock += timedelta(seconds=10)
        text = self.text(kind, scan=scan, **facts)
        self.records.append((text, self.sign(text)))
        return self.records[-1]

    def scanned(self, ticket: Ticket | None, *, found: str = "ask") -> UUID:
        scan = uuid4()
        is_other_lane = ticket is not None and self.lane != LANES_OPEN and self.head_id is not None
        self.record(
            "scanned",
            scan=scan,
            via="camera",
            ticket=as_text(ticket.ticket_id) if ticket else None,
            service=ticket.service_id if ticket else None,
            index=ticket.status_index if ticket else None,
            code_hash=HEX_OF_NOTHING,
            ticket_lane=LANES_OPEN if ticket else None,
            list_ms=int(STARTS_AT.timestamp() * 1000),
            found="other_lane" if is_other_lane and found == "ask" else found,
        )
        if is_other_lane:
            assert self.head_id is not None
            self.overruled(self.head_id, scan=scan, what="other_lane")
        return scan

    def answered(self, scan: UUID, *, right: bool, attempt: int = 1, round_: str = "first", ms: int = 9_000) -> None:
        self.record("answered", scan=scan, attempt=attempt, round=round_, right=right, seconds_ms=ms)

    def admitted(self, ticket: Ticket, **how: int) -> UUID:
        """The whole of an ordinary admission."""
        scan = self.scanned(ticket)
        self.answered(scan, right=True, **how)
        self.record("decided", scan=scan, verdict="admit")
        return scan

    def mismatched(self, ticket: Ticket) -> UUID:
        """Two wrong tries."""
        scan = self.scanned(ticket)
        for attempt in (1, 2):
            self.answered(scan, right=False, attempt=attempt)
        self.record("decided", scan=scan, verdict="identity_mismatch")
        return scan

    def overruled(
        self, officer_id: PersonId, *, scan: UUID | None, what: str = "another_round", number: int = 0
    ) -> int:
        """An officer's code, the next of this lane's numbers unless `number` says another."""
        number = number or self.next_number()
        self.record("overruled", scan=scan, officer=str(officer_id), number=number, what=what)
        return number

    def looked_again(self, officer_id: PersonId, *, scan: UUID, right: bool, attempt: int = 1, number: int = 0) -> int:
        number = number or self.next_number()
        self.record("second_look", scan=scan, officer=str(officer_id), number=number, attempt=attempt, right=right)
        return number

    def next_number(self) -> int:
        self.codes_used += 1
        return numbers_of(self.lane)[self.codes_used - 1]

    async def send(self, tx: Transaction, sent: list[Sent] | None = None, *, now: datetime = MERGED_AT) -> Taken:
        return await gates.take_records(
            tx, device_id=self.device_id, sent=self.records if sent is None else sent, now=now
        )

    async def merge(self, tx: Transaction, settings: Settings, *, now: datetime = MERGED_AT) -> None:
        while await gates.merge_next(tx, self.device_id, settings=settings, now=now):
            pass

    async def upload(self, tx: Transaction, settings: Settings, *, now: datetime = MERGED_AT) -> None:
        """Send everything, and see it merged."""
        taken = await self.send(tx, now=now)
        assert taken.refusal is None, taken.refusal
        await self.merge(tx, settings, now=now)


async def enrol_device(
    tx: Transaction,
    guard: Officer,
    *,
    lane: int = LANES_OPEN,
    head: Officer | None = None,
    office_id: OfficeId = OFFICE,
) -> Device:
    """A device at a lane, in its guard's shift; `head` stands by with his codes."""
    key = ec.generate_private_key(ec.SECP256R1())
    agreement = ec.generate_private_key(ec.SECP256R1())
    device_id = await store.add_device(
        tx,
        office_id=office_id,
        name=f"البوابة {lane}",
        lane=lane,
        added_by=guard.person_id,
        code_lookup=bytes(32),
        code_hash=bytes(32),
        code_ends_at=STARTS_AT,
        now=STARTS_AT - timedelta(days=1),
    )
    await store.add_device_key(
        tx,
        device_id=device_id,
        signing_key=public_bytes(key.public_key()),
        agreement_key=public_bytes(agreement.public_key()),
        log_entry_id=1,
        now=STARTS_AT - timedelta(days=1),
    )
    shift_id = await store.add_shift(
        tx,
        device=await store.device(tx, device_id),
        day_on=DAY_ON,
        guard_id=guard.person_id,
        lane_proposed=lane,
        opens_at=STARTS_AT - timedelta(hours=1),
        ends_at=STARTS_AT + timedelta(hours=7),
    )
    shift = await store.shift(tx, shift_id)
    return Device(
        device_id=device_id,
        shift_id=shift_id,
        pack_id=await store.add_pack(tx, of=shift, lanes_open=LANES_OPEN, tickets=0, now=STARTS_AT),
        head_id=head.person_id if head else None,
        guard_id=guard.person_id,
        lane=lane,
        key=key,
    )


async def granted(
    tx: Transaction,
    office: Office,
    role: Role,
    *,
    office_id: OfficeId = OFFICE,
    since: datetime = STARTS_AT - timedelta(days=30),
) -> Officer:
    """An officer whose role stands in the register."""
    place = office_id if role in BRANCH_ROLES else None
    officer = replace(await office.officer(tx, role, office_id=office_id), office_id=place)
    await people.grant(tx, officer, granted_by=None, now=since)
    return officer

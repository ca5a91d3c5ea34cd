"""What a device records at the gate: read strictly, signed, and chained without a gap for its whole life."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, NewType
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

from dawr.gates.model.devices import LANES_MAX, DeviceId
from dawr.gates.model.shifts import ShiftId
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import Malformed, Refusal

DeviceScanId = NewType("DeviceScanId", UUID)

RECORD_BYTES_MAX = 4000
SIGNATURE_BYTES = 64
CODES_PER_LANE = 20
DAY_MS = 86_400_000

Whole = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Lane = Annotated[int, Meta(ge=1, le=LANES_MAX)]
Milliseconds = Annotated[int, Meta(ge=0, le=2**42)]
Lasted = Annotated[int, Meta(ge=0, le=DAY_MS)]
Attempt = Annotated[int, Meta(ge=1, le=2)]
CodeNumber = Annotated[int, Meta(ge=1, le=LANES_MAX * CODES_PER_LANE)]
HashText = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]
"""32 bytes as base64url, whose last character carries four bits."""
TicketText = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{13}[AQgw]\Z")]
"""Ten bytes, whose last character carries two."""
ServiceText = Annotated[str, Meta(pattern=r"\A[!-~]{1,40}\Z")]


class Round(StrEnum):
    """Which of a ticket's two challenges was asked."""

    FIRST = "first"
    OTHER = "other"


class Found(StrEnum):
    """What a device made of a code at once: a verdict that is final, or why it asks on."""

    ASK = "ask"
    OTHER_LANE = "other_lane"
    NO_ANSWERS = "no_answers"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG_OFFICE = "wrong_office"
    WRONG_SERVICE = "wrong_service"
    WRONG_DAY = "wrong_day"
    USED = "used"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    NOT_OURS = "not_ours"
    DAMAGED_CODE = "damaged_code"
    IDENTITY_MISMATCH = "identity_mismatch"
    STATUS_LIST_STALE = "status_list_stale"


OPEN_FINDINGS = frozenset({Found.ASK, Found.OTHER_LANE, Found.NO_ANSWERS})


class Overruled(StrEnum):
    """What a branch head's code goes on after."""

    ANOTHER_ROUND = "another_round"
    STALE_LIST = "stale_list"
    OTHER_LANE = "other_lane"
    NO_ANSWERS = "no_answers"
    CLOCK = "clock"


class Decision(StrEnum):
    """How a scan ended; LEFT where the visitor went away."""

    ADMIT = "admit"
    IDENTITY_MISMATCH = "identity_mismatch"
    LEFT = "left"


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every record says: its place in the chain, whose shift, which scan, and when by the device's clock."""

    n: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    prev: HashText
    device: UUID
    shift: UUID
    pack: UUID
    scan: UUID | None
    at_ms: Milliseconds

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class ShiftOpened(Step, frozen=True, kw_only=True, tag="shift_opened"):
    """The guard signed in."""


class ShiftClosed(Step, frozen=True, kw_only=True, tag="shift_closed"):
    """The guard signed out."""


class Scanned(Step, frozen=True, kw_only=True, tag="scanned"):
    """A code was held before the device; `ticket` and `service` are None where nothing is proven."""

    via: Literal["camera", "wedge", "typed", "reference"]
    ticket: TicketText | None
    service: ServiceText | None
    index: Whole | None
    code_hash: HashText
    ticket_lane: Lane | None
    list_ms: Milliseconds
    found: Found


class NameAnswered(Step, frozen=True, kw_only=True, tag="name_answered"):
    """The signed name was shown, and the guard said whether it stands on the card."""

    on_card: bool


class DecoyAnswered(Step, frozen=True, kw_only=True, tag="decoy_answered"):
    """A wrong name was shown; missed where the guard said that it stands on the card."""

    missed: bool


class Answered(Step, frozen=True, kw_only=True, tag="answered"):
    """The guard typed the card's digits; `seconds_ms` since the scan or the last try."""

    attempt: Attempt
    round: Round
    right: bool
    seconds_ms: Lasted


class OverruledStep(Step, frozen=True, kw_only=True, tag="overruled"):
    """A branch head's code went on."""

    officer: UUID
    number: CodeNumber
    what: Overruled


class CodeRefused(Step, frozen=True, kw_only=True, tag="code_refused"):
    """A code was typed that is not the officer's; `what` it was to go on after, or the second look."""

    officer: UUID
    number: CodeNumber
    what: Literal["another_round", "stale_list", "other_lane", "no_answers", "clock", "second_look"]


class SecondLook(Step, frozen=True, kw_only=True, tag="second_look"):
    """Another officer typed other digits of the card."""

    officer: UUID
    number: CodeNumber
    attempt: Attempt
    right: bool


class Decided(Step, frozen=True, kw_only=True, tag="decided"):
    """How the scan ended."""

    verdict: Decision


class ClockMoved(Step, frozen=True, kw_only=True, tag="clock_moved"):
    """The device's clock was set while it ran."""

    moved_ms: Annotated[int, Meta(ge=-(2**42), le=2**42)]


AnyStep = (
    ShiftOpened
    | ShiftClosed
    | Scanned
    | NameAnswered
    | DecoyAnswered
    | Answered
    | OverruledStep
    | CodeRefused
    | SecondLook
    | Decided
    | ClockMoved
)
OUTSIDE_A_SCAN = (ShiftOpened, ShiftClosed, ClockMoved)

_steps = msgspec.json.Decoder(AnyStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A signed text and what it says."""

    text: bytes
    signature: bytes
    step: AnyStep

    @property
    def hash(self) -> bytes:
        return sha256(self.text).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRecord:
    """A record that stands in the books, with whose it is and when it happened."""

    office_id: OfficeId
    device_id: DeviceId
    shift_id: ShiftId
    guard_id: PersonId
    n: int
    text: bytes
    happened_at: datetime

    @property
    def hash(self) -> bytes:
        return sha256(self.text).digest()

    @property
    def step(self) -> AnyStep:
        return parse_step(self.text, device_id=self.device_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How far a device's records have come; `head` is the hash that the next one must name."""

    taken_until: int
    head: bytes

    @property
    def expected(self) -> int:
        return self.taken_until + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """What a branch head is told of a device's records; `forks` counts numbers with two stories."""

    taken_until: int
    unmerged: int
    last_at: datetime | None
    forks: int


class RecordsGap(Refusal):
    """Records are missing before this one; `expected` is the number that must come next."""

    code = "gates.records_gap"


class RecordsDoNotFollow(Refusal):
    """The record names another one before it than the one that stands there."""

    code = "gates.records_do_not_follow"


class RecordNotSigned(Refusal):
    """The signature is not the device's over this text."""

    code = "gates.record_not_signed"
    status = 403


class RecordOfAnotherShift(Refusal):
    """The record names a shift that was not on this device."""

    code = "gates.record_of_another_shift"
    status = 403


class ChainForked(Refusal):
    """The device signed two different records under one number."""

    code = "gates.chain_forked"


def first_link(device_id: DeviceId) -> bytes:
    """What a device's first record names as the one before it."""
    return sha256(f"device|{device_id}".encode()).digest()


def parse_step(text: bytes, *, device_id: DeviceId) -> AnyStep:
    """What a record's text says; refuses with Malformed whatever is not exactly a record of this device."""
    if len(text) > RECORD_BYTES_MAX:
        raise Malformed(reason="a record is longer than any step needs")
    try:
        step: AnyStep = _steps.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(reason="a record is not one of the format") from error
    if step.device != device_id:
        raise Malformed(reason="a record names another device")
    named = [each for each in (step.device, step.shift, step.scan) if each is not None]
    if not all(f'"{each}"'.encode() in text for each in named):
        raise Malformed(reason="an identifier is written otherwise than we write it")
    is_outside = isinstance(step, OUTSIDE_A_SCAN) or _is_of_the_clock(step)
    if is_outside is not (step.scan is None):
        raise Malformed(reason="a record stands in a scan where it should not, or outside where it should")
    if isinstance(step, Scanned) and (step.ticket is None) is not (step.service is None):
        raise Malformed(reason="a ticket is named with its service")
    return step


def is_signed(text: bytes, signature: bytes, *, signing_key: bytes) -> bool:
    """Whether the device signed the text: ECDSA P-256 with SHA-256, the key as x || y, the signature as r || s."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + signing_key)
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        public.verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def follow(chain: Chain, record: Record) -> Chain:
    """The chain with one more record; refuses one that does not follow."""
    if record.step.n != chain.expected:
        raise RecordsGap(expected=chain.expected)
    if as_bytes(record.step.prev) != chain.head:
        raise RecordsDoNotFollow(expected=chain.expected)
    return Chain(taken_until=record.step.n, head=record.hash)


def happened_at(step: AnyStep, *, opens_at: datetime, taken_at: datetime) -> datetime:
    """When it happened by the device's clock, but neither before its shift nor after it was taken."""
    told_at = datetime.fromtimestamp(step.at_ms / 1000, UTC)
    return min(max(told_at, opens_at), taken_at)


def _is_of_the_clock(step: AnyStep) -> bool:
    return isinstance(step, OverruledStep | CodeRefused) and step.what == Overruled.CLOCK.value

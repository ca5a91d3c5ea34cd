"""What happens before the gate: scans, the card's digits, and cards that did not match."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from dawr.booking.model import Booking
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.kernel.signing import keyed_hash
from dawr.tickets.model.tickets import Ticket, TicketId, Verdict, day_of
from dawr.tickets.model.tokens import Token

ScanId = NewType("ScanId", UUID)
CHALLENGE_TRIES_MAX = 2


class MismatchState(StrEnum):
    """What has become of a ticket whose card did not match, as one branch head sees it."""

    AWAITS_DECISION = "awaits_decision"
    OWN = "own"
    ALLOWED = "allowed"
    ADMITTED = "admitted"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Which digits of the card a guard must type, counted from 1; only a keyed hash of the answer is kept.

    `positions` are the civil number's, `serial_positions` the card's own serial number's.
    """

    round: int
    positions: tuple[int, ...]
    serial_positions: tuple[int, ...] = ()
    answer_hash: bytes
    wrong_tries: int

    @property
    def is_spent(self) -> bool:
        return self.wrong_tries >= CHALLENGE_TRIES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Who allowed a further round and why; the public log holds the reason's hash under `reason_key` alone."""

    head_id: PersonId
    reason: str
    reason_key: bytes

    @property
    def reason_hash(self) -> str:
        return keyed_hash(self.reason_key, self.reason.encode()).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A code that a guard held before the gate; `verdict` is None while the card's digits are awaited."""

    scan_id: ScanId
    office_id: OfficeId
    guard_id: PersonId
    scanned_at: datetime
    service_id: ServiceId | None
    ticket_id: TicketId | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """One try at the card's digits at a device that had no network; it took `answer_ms` since the scan or last try."""

    round: int
    attempt: int
    is_right: bool
    answer_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDecision:
    """Which record of a device decided a scan, and when by that device's clock."""

    device_id: UUID
    record_hash: bytes
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedScan:
    """A scan of a person's own ticket that did not let him in."""

    office_id: OfficeId
    scan_id: ScanId
    scanned_at: datetime
    service_id: ServiceId
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownScan:
    """A scan as the gate shows it: `name` is the signed one, `challenge` what is still to be typed."""

    scan: Scan
    ticket: Ticket | None
    name: str | None
    challenge: Challenge | None
    admitted_at: datetime | None
    token: Token | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A ticket whose card did not match at the gate: its newest scan, and who typed how often in vain."""

    service_id: ServiceId
    ticket_id: TicketId
    scan_id: ScanId
    last_at: datetime
    wrong_tries: int
    guard_ids: tuple[PersonId, ...]
    admitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatches:
    """A day's identity mismatches: by ticket at the gate; and, by guard, of how many admissions at the counter."""

    at_gate: tuple[tuple[Mismatch, MismatchState], ...]
    by_guard: Mapping[PersonId, int]


class NotTheSameGuard(Refusal):
    """Whoever scanned looks at the card himself."""

    code = "tickets.not_the_same_guard"
    status = 403


class OwnRound(Refusal):
    """Whoever allows another try and whoever types it are two people."""

    code = "tickets.own_round"
    status = 403


class ReferenceOfSeveral(Refusal):
    """Turns of several services have this reference; only the service tells which is meant."""

    code = "tickets.reference_of_several"
    status = 422


def meant_by_reference(
    found: Sequence[Booking], *, day_on: date, timezone: str, service_ids: frozenset[ServiceId] | None
) -> Booking:
    """The booking that a reference means at a gate: one of its services before others, one of today before others.

    Refuses with ReferenceOfSeveral what only a choice of the service can decide, and with NotFound what means nothing.
    """
    served = [each for each in found if service_ids is None or each.service_id in service_ids] or found
    meant = [each for each in served if day_of(each.starts_at, timezone=timezone) == day_on] or served
    if not meant:
        raise NotFound
    if len(meant) > 1:
        raise ReferenceOfSeveral
    return meant[0]


def require_second_officer(person_id: PersonId, *, others: Collection[PersonId]) -> None:
    """Another round takes two people: who allows it, and who types its digits; refuses one who is both."""
    if person_id in others:
        raise OwnRound


def mismatch_state(mismatch: Mismatch, *, verdict: Verdict, is_spent: bool, head_id: PersonId) -> MismatchState:
    """Whether another round would have an effect, and if not, why; `verdict` is the ticket's worth but for its card."""
    if mismatch.admitted_at is not None:
        return MismatchState.ADMITTED
    if verdict is not Verdict.ADMIT:
        return MismatchState.OVER
    if not is_spent:
        return MismatchState.ALLOWED
    return MismatchState.OWN if head_id in mismatch.guard_ids else MismatchState.AWAITS_DECISION

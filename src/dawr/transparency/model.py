"""The nouns of the log, and what it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from dawr.kernel.refusal import Refusal

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"
"""What facts are made of; no floats, whose text differs from one language to the next."""


class EntryKind(StrEnum):
    """Everything that the log speaks of."""

    DRAW_RULES = "draw.rules"
    DRAW_ENTRY_CHANGED = "draw.entry_changed"
    DRAW_ENTRY_WITHDRAWN = "draw.entry_withdrawn"
    DRAW_FREEZE = "draw.freeze"
    DRAW_RESULT = "draw.result"
    DRAW_VOID = "draw.void"
    LINE_RULES = "line.rules"
    LINE_OPENED = "line.opened"
    LINE_CLOSED = "line.closed"
    SLOT_PUBLISHED = "slot.published"
    SLOT_WITHDRAWN = "slot.withdrawn"
    BOOKING_MADE = "booking.made"
    BOOKING_CANCELLED = "booking.cancelled"
    BOOKING_MOVED = "booking.moved"
    QUOTA_ORDER = "quota.order"
    RULE_ORDER = "rule.order"
    KEY_PUBLISHED = "key.published"
    KEY_REVOKED = "key.revoked"
    GATE_SECRET_COMMITTED = "gate.secret_committed"  # noqa: S105 (a kind of entry, no secret)
    GATE_SECRET_REVEALED = "gate.secret_revealed"  # noqa: S105 (another)
    GATE_OUTCOME = "gate.outcome"
    GATE_REVIEW = "gate.review"
    GATE_REMEDY = "gate.remedy"
    COUNTER_OUTCOME = "counter.outcome"
    PROXY_DECLARED = "proxy.declared"
    PROXY_REVOKED = "proxy.revoked"
    TIP_RECEIVED = "tip.received"
    OVERRIDE = "override"


class ProofBroken(Refusal):
    """A Merkle proof does not show what it claims; `reason` is a short English phrase for the engineer."""

    code = "transparency.proof_broken"
    status = 422


class SignatureBroken(Refusal):
    """A signed note carries no valid signature of the key `name`."""

    code = "transparency.signature_broken"
    status = 403


class LogBroken(Refusal):
    """The log contradicts itself at `where`; nothing is signed or to be believed until that is explained."""

    code = "transparency.log_broken"
    status = 500


class LogUnreachable(Refusal):
    """The file `where` of a log could not be read, or is larger than it may be."""

    code = "transparency.log_unreachable"
    status = 503


class LogMoved(Refusal):
    """The database was restored into a server whose transaction numbers are younger than the log's.

    Entries would be skipped for ever; first the operator raises the server's counter (pg_resetwal, -x and -e).
    """

    code = "transparency.log_moved"
    status = 503


class WitnessRunning(Refusal):
    """Another witness works in the same `folder`; two of them could cosign two trees."""

    code = "transparency.witness_running"


class NotYetCovered(Refusal):
    """The entry is accepted but not yet under a checkpoint that is signed, and witnessed as often as asked."""

    code = "transparency.not_yet_covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What the log keeps of a sealed entry, and the salt that opens it; the salt is stored nowhere else."""

    entry_id: int
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log, as published: its place, and the canonical JSON that was hashed."""

    index: int
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A witness's word that up to `cosigned_at` it saw this tree and no other.

    `witness` is its verifier key, name included; `line` is its signature line.
    """

    witness: str
    cosigned_at: datetime
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed tree head: `size` leaves have the hash `root`; `note` is the text as signed by the log."""

    size: int
    root: bytes
    signed_at: datetime
    note: str
    cosignatures: tuple[Cosignature, ...] = ()

    @property
    def text(self) -> str:
        """The note with all signature lines, as it is served."""
        return self.note + "".join(f"{cosignature.line}\n" for cosignature in self.cosignatures)

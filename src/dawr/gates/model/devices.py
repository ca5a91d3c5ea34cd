"""A gate's devices: added by a branch head, enrolled with a code, each at a lane of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import Refusal

DeviceId = NewType("DeviceId", UUID)
OverrideId = NewType("OverrideId", UUID)

ENROLMENT_CODE_LENGTH = 8
ENROLMENT_CODE_LIFE = timedelta(minutes=30)
ENROLMENT_TRIES_MAX = 5
DEVICE_NAME_LENGTH_MAX = 40
LANES_MAX = 20
REASON_LENGTH_MAX = 200


class DeviceState(StrEnum):
    """How far a device has come."""

    ADDED = "added"
    ENROLLED = "enrolled"
    REVOKED = "revoked"


class OverrideKind(StrEnum):
    """What a branch head does against the usual course, each time for a reason."""

    DEVICE_REVOKED = "device_revoked"
    DEVICE_MOVED = "device_moved"
    LANES_CHANGED = "lanes_changed"
    SHIFT_ENDED = "shift_ended"
    ONLINE_GATE_REOPENED = "online_gate_reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A phone or tablet at a lane; its public keys are 64 bytes each, x and y, and None before it is enrolled.

    `records_waiting` is what it last said that it still has to send, None where it has not said.
    """

    device_id: DeviceId
    office_id: OfficeId
    name: str
    lane: int
    added_at: datetime
    signing_key: bytes | None
    agreement_key: bytes | None
    enrolled_at: datetime | None
    code_ends_at: datetime | None
    last_seen_at: datetime | None
    records_waiting: int | None
    revoked_at: datetime | None

    @property
    def state(self) -> DeviceState:
        if self.revoked_at is not None:
            return DeviceState.REVOKED
        return DeviceState.ADDED if self.enrolled_at is None else DeviceState.ENROLLED


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCandidate:
    """A device whose enrolment code begins like the one that was typed."""

    device_id: DeviceId
    code_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a branch head did, and why."""

    head_id: PersonId
    what: OverrideKind
    device_id: DeviceId | None
    reason: str
    made_at: datetime


class EnrolmentCodeRefused(Refusal):
    """The code is not, or no longer, the one of a device that waits."""

    code = "gates.enrolment_code_refused"
    status = 403


class LaneTaken(Refusal):
    """The lane has a live device already."""

    code = "gates.lane_taken"
    status = 422


class DeviceNameTaken(Refusal):
    """Another live device of the office is called so."""

    code = "gates.device_name_taken"
    status = 422


class KeyTaken(Refusal):
    """These keys are another device's already."""

    code = "gates.key_taken"


class DeviceRevoked(Refusal):
    """The device has been revoked; what it holds opens nothing any more."""

    code = "gates.device_revoked"
    status = 403


class DeviceNotEnrolled(Refusal):
    """The device has been added and has no keys yet."""

    code = "gates.device_not_enrolled"


def open_lanes(devices: Collection[Device]) -> int:
    """How many lanes, counted from 1 without a gap, have a device that works; at least 1."""
    manned = {device.lane for device in devices if device.state is DeviceState.ENROLLED}
    return next(lane for lane in range(1, LANES_MAX + 2) if lane not in manned) - 1 or 1


def require_working(device: Device) -> Device:
    """The device, if it is enrolled and not revoked."""
    if device.state is DeviceState.REVOKED:
        raise DeviceRevoked(name=device.name)
    if device.state is DeviceState.ADDED:
        raise DeviceNotEnrolled(name=device.name)
    return device

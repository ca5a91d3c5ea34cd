"""Officers' codes: made from a key, told to their officer alone, and given to devices as hashes.

A code says that a second person stands at the lane. Each is good once; who asks for it names its number.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import pbkdf2_hmac

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.merging import numbers_of
from dawr.gates.wire import as_text
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.signing import keyed_hash
from dawr.people import actions as people
from dawr.people.model import Officer, OfficerRole, Role
from dawr.settings import Settings
from dawr.tickets.model import day_of, office_of
from dawr.transparency.model import JSON

CODE_DIGITS = 6
SALT_BYTES = 16
HASHES_PER_GUESS = 10_000
WIDEST_FIRST = (Role.BRANCH_HEAD, Role.CLERK, Role.GUARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An officer's codes of one day by lane, each with its number and whether it was used."""

    day_on: date
    lanes: dict[int, list[tuple[int, str, bool]]]


async def sheet_of(tx: Transaction, *, officer: Officer, settings: Settings, now: datetime) -> Sheet:
    """An officer's own codes for today, for the lanes that his office has; the look is recorded."""
    office = await catalogue.office(tx, office_of(officer))
    day_on = day_of(now, timezone=office.timezone)
    used = await store.used_numbers(tx, officer.person_id, office_id=office.office_id, day_on=day_on)
    key = _key(settings, office_id=office.office_id, day_on=day_on, officer_id=officer.person_id)
    lanes = sorted(
        {device.lane for device in await store.devices_at(tx, office.office_id) if device.revoked_at is None}
    )
    await people.record_look(tx, officer.person_id, looked_by=officer.person_id, reason="gates.look.codes", now=now)
    return Sheet(
        day_on=day_on,
        lanes={lane: [(number, code_of(key, number), number in used) for number in numbers_of(lane)] for lane in lanes},
    )


async def codes_for_device(
    tx: Transaction,
    *,
    office_id: OfficeId,
    day_on: date,
    lane: int,
    device_id: DeviceId,
    settings: Settings,
) -> list[dict[str, JSON]]:
    """What a day pack holds of each officer of the office: his name, and his codes for this lane as salted hashes."""
    found: list[dict[str, JSON]] = []
    for staff in await _staff(tx, office_id):
        officer_id = staff.officer.person_id
        key = _key(settings, office_id=office_id, day_on=day_on, officer_id=officer_id)
        salt = keyed_hash(key, b"salt|" + device_id.bytes)[:SALT_BYTES]
        codes = [(number, code_of(key, number)) for number in numbers_of(lane)]
        hashes = await asyncio.to_thread(_hashes, [code for _, code in codes], salt=salt)
        found.append(
            {
                "officer": str(officer_id),
                "role": staff.officer.role.value,
                "name": {"ar": staff.name_ar, "en": staff.name_latin},
                "salt": as_text(salt),
                "codes": [[number, as_text(hashed)] for (number, _), hashed in zip(codes, hashes, strict=True)],
            }
        )
    return found


def code_of(key: bytes, number: int) -> str:
    """Six digits: HMAC-SHA256 of "code|" and the number, as a big-endian number modulo a million."""
    drawn = int.from_bytes(keyed_hash(key, f"code|{number}".encode())) % 10**CODE_DIGITS
    return f"{drawn:0{CODE_DIGITS}}"


@lru_cache(maxsize=16_384)
def code_hash(code: str, salt: bytes) -> bytes:
    """What a device holds of a code: PBKDF2-HMAC-SHA256, 32 bytes; kept, for a pack is made anew every few minutes."""
    return pbkdf2_hmac("sha256", code.encode(), salt, HASHES_PER_GUESS)


def _hashes(codes: Sequence[str], *, salt: bytes) -> list[bytes]:
    return [code_hash(code, salt) for code in codes]


async def _staff(tx: Transaction, office_id: OfficeId) -> list[OfficerRole]:
    """Whoever works at the office now, each once, with his widest role."""
    widest: dict[PersonId, OfficerRole] = {}
    for role in WIDEST_FIRST:
        for staff in await people.officers_at(tx, office_id, role=role):
            widest.setdefault(staff.officer.person_id, staff)
    return list(widest.values())


def _key(settings: Settings, *, office_id: OfficeId, day_on: date, officer_id: PersonId) -> bytes:
    day = f"{office_id}|{day_on.isoformat()}|{officer_id}"
    return keyed_hash(settings.key_for("gate officers' codes"), day.encode())

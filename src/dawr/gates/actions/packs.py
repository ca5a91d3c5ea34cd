"""The day pack: all that a gate's device needs to work without a network, sealed for one device and one shift."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import store
from dawr.gates.actions.codes import codes_for_device
from dawr.gates.actions.day_keys import decoy_key_of, lane_key_of, opening_code_of
from dawr.gates.actions.lanes import lanes_on
from dawr.gates.decoy_names import decoy_names
from dawr.gates.model.devices import Device
from dawr.gates.model.shifts import PackId, Shift, day_bounds
from dawr.gates.sealed_pack import NONCE_BYTES, SALT_BYTES, VERSION, Chance, seal_pack
from dawr.gates.wire import as_text
from dawr.kernel.identifiers import OfficeId
from dawr.people import actions as people
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.keys import jwk_set
from dawr.tickets.model import Challenge, PreparedTicket, day_of
from dawr.tickets.selection import lane_of

PHOTOGRAPHS_AT_ONCE = 100
DAYS_PREPARED = 2
"""Today and tomorrow."""

Facts = Mapping[str, object]


async def sealed_pack(tx: Transaction, shift: Shift, *, device: Device, settings: Settings, now: datetime) -> Facts:
    """The newest pack of a shift under seal; the tickets that are not prepared yet are not in it."""
    plan = await lanes_on(tx, shift.office_id, day_on=shift.day_on, now=now)
    prepared = await tickets.prepared_tickets(tx, shift.office_id, day_on=shift.day_on)
    pack_id = await store.add_pack(tx, of=shift, lanes_open=plan.lanes_open, tickets=len(prepared), now=now)
    head = await _head(tx, shift, device=device, pack_id=pack_id, settings=settings, now=now)
    body = {
        "lanes": {
            "open": plan.lanes_open,
            "key": as_text(lane_key_of(shift.office_id, day_on=shift.day_on, settings=settings)),
        },
        "tickets": [_ticket_row(each) for each in prepared],
        "mismatched": [each.status_index for each in prepared if each.is_mismatched],
        "references": _references(prepared),
        **await _places(tx, shift.office_id),
    }
    return await _sealed(head | body, shift=shift, device=device, settings=settings)


async def sealed_photographs(
    tx: Transaction, shift: Shift, *, device: Device, after: int, settings: Settings, now: datetime
) -> Facts:
    """Photographs of the next tickets of the device's own lane, as far as the register has any, under seal.

    `after` is the status index of the last ticket that was looked at, -1 before the first; `last` in the answer is the
    next such, None at the end. Each look is recorded.
    """
    plan = await lanes_on(tx, shift.office_id, day_on=shift.day_on, now=now)
    key = lane_key_of(shift.office_id, day_on=shift.day_on, settings=settings)
    coming = [
        each
        for each in await tickets.prepared_tickets(tx, shift.office_id, day_on=shift.day_on)
        if each.status_index > after and lane_of(key, each.ticket_id, lanes_open=plan.lanes_open) == shift.lane
    ]
    rows = []
    for each in coming[:PHOTOGRAPHS_AT_ONCE]:
        shown = await people.photograph_of(
            tx,
            each.bearer_id,
            settings=settings,
            looked_by=shift.guard_id,
            reason="gates.look.photograph",
            now=now,
        )
        if shown is not None:
            rows.append([each.status_index, shown.media_type, as_text(shown.content)])
    is_last = len(coming) <= PHOTOGRAPHS_AT_ONCE
    return {
        "sealed": await _sealed({"photographs": rows}, shift=shift, device=device, settings=settings),
        "last": None if is_last else coming[PHOTOGRAPHS_AT_ONCE - 1].status_index,
    }


async def prepare_packs(pool: Pool, *, settings: Settings, now: datetime) -> None:
    """Prepare the tickets of today and tomorrow wherever a gate has a device, so that a shift begins at once."""
    for office_id, days in (await _days_to_prepare(pool, now=now)).items():
        for day_on in days:
            await tickets.prepare_day(pool, office_id, day_on=day_on, settings=settings, now=now)


async def _days_to_prepare(pool: Pool, *, now: datetime) -> dict[OfficeId, list[date]]:
    async with transaction(pool) as tx:
        found = {}
        for office_id in await store.offices_with_devices(tx):
            today = day_of(now, timezone=(await catalogue.office(tx, office_id)).timezone)
            found[office_id] = [date.fromordinal(today.toordinal() + ahead) for ahead in range(DAYS_PREPARED)]
        return found


async def _head(
    tx: Transaction, shift: Shift, *, device: Device, pack_id: PackId, settings: Settings, now: datetime
) -> dict[str, object]:
    """What a pack says of its device, shift and office, and the secrets and lists of the day."""
    office = await catalogue.office(tx, shift.office_id)
    guard = await people.person(tx, shift.guard_id)
    status_list = await tickets.status_list_of(tx, shift.office_id, day_on=shift.day_on, settings=settings, now=now)
    secret = await tickets.day_secret_of(tx, shift.office_id, day_on=shift.day_on, settings=settings, now=now)
    return {
        "version": VERSION,
        "pack": str(pack_id),
        "built_ms": _milliseconds(now),
        "device": {"device": str(device.device_id), "name": device.name, "lane": shift.lane},
        "shift": {
            "shift": str(shift.shift_id),
            "guard": str(shift.guard_id),
            "name": {"ar": guard.name_ar, "en": guard.name_latin},
            "starts_ms": _milliseconds(shift.opens_at),
            "ends_ms": _milliseconds(shift.ends_at),
        },
        "office": _office(office, day_on=shift.day_on),
        "keys": jwk_set(await tickets.published_keys(tx)),
        "status_list": as_text(status_list),
        "secret": as_text(secret),
        "answer_key": as_text(tickets.answer_key_of(shift.office_id, day_on=shift.day_on, settings=settings)),
        "decoy_names": decoy_names(decoy_key_of(shift.office_id, day_on=shift.day_on, settings=settings)),
        "officers": await codes_for_device(
            tx,
            office_id=shift.office_id,
            day_on=shift.day_on,
            lane=shift.lane,
            device_id=device.device_id,
            settings=settings,
        ),
    }


def _office(office: Office, *, day_on: date) -> Facts:
    starts_at, ends_at = day_bounds(day_on, timezone=office.timezone)
    return {
        "office": office.office_id,
        "name": {"ar": office.name_ar, "en": office.name_en},
        "timezone": office.timezone,
        "day": day_on.isoformat(),
        "day_starts_ms": _milliseconds(starts_at),
        "day_ends_ms": _milliseconds(ends_at),
    }


async def _places(tx: Transaction, office_id: OfficeId) -> dict[str, object]:
    """What the office offers, and every office where else a ticket may be for."""
    return {
        "services": {
            each.service_id: {"ar": each.name_ar, "en": each.name_en}
            for each in await catalogue.services_at(tx, office_id)
        },
        "offices": {
            each.office_id: {
                "name": {"ar": each.name_ar, "en": each.name_en},
                "place": {"ar": each.place_ar, "en": each.place_en},
                "latitude": each.latitude,
                "longitude": each.longitude,
            }
            for each in await catalogue.offices(tx)
        },
    }


def _ticket_row(of: PreparedTicket) -> list[object]:
    return [of.status_index, [_challenge(of.first), _challenge(of.other)]]


def _challenge(asked: Challenge) -> list[object]:
    return [asked.positions, asked.serial_positions, as_text(asked.answer_hash)]


def _references(prepared: list[PreparedTicket]) -> list[list[str]]:
    """By lookup; a reference that two of the day's turns have finds neither, and the guard scans the code instead."""
    by_lookup: dict[bytes, list[PreparedTicket]] = {}
    for each in prepared:
        by_lookup.setdefault(each.lookup, []).append(each)
    return [
        [as_text(lookup), as_text(found[0].sealed_code)]
        for lookup, found in sorted(by_lookup.items())
        if len(found) == 1
    ]


async def _sealed(facts: Facts, *, shift: Shift, device: Device, settings: Settings) -> Facts:
    assert device.agreement_key is not None, "a shift is at an enrolled device"
    agreement_key = device.agreement_key
    chance = Chance(
        ephemeral=ec.generate_private_key(ec.SECP256R1()),
        salt=secrets.token_bytes(SALT_BYTES),
        nonce=secrets.token_bytes(NONCE_BYTES),
    )
    return await asyncio.to_thread(
        lambda: seal_pack(
            msgspec.json.encode(facts),
            device_id=device.device_id,
            shift_id=shift.shift_id,
            agreement_key=agreement_key,
            opening_code=opening_code_of(shift.shift_id, settings=settings),
            chance=chance,
        )
    )


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)

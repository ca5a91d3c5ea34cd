"""The branch head's devices: which there are, a code for a new one, another lane, and the end of one."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions
from dawr.gates.model.devices import (
    DEVICE_NAME_LENGTH_MAX,
    ENROLMENT_CODE_LIFE,
    LANES_MAX,
    REASON_LENGTH_MAX,
    DeviceId,
    DeviceNameTaken,
    LaneTaken,
)
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.gates.wire import fingerprint
from dawr.kernel.refusal import Refusal
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets.model import office_of
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

HEADS = (Role.BRANCH_HEAD,)
Faults = Mapping[str, str | Refusal]


@get("/gate/devices")
async def show_devices(request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "") -> Response[str]:
    """Every device of the office, with what is known of it."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=HEADS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/devices")
        head = await officer_among(tx, visitor, roles=HEADS, office=office or offices[0].office_id, now=now)
        return await _devices_page(tx, request, head)


@post("/gate/devices")
async def add_device(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str]:
    """Add a device and show its enrolment code, this once."""
    now = datetime.now(UTC)
    name, lane = form.text("name", length_max=DEVICE_NAME_LENGTH_MAX), form.whole("lane", most=LANES_MAX)
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        faults: Faults = _name_faults(name, visitor=visitor) | _lane_faults(lane, field="lane", visitor=visitor)
        if not faults:
            try:
                async with tx.transaction():
                    code = await actions.add_device(
                        tx, head=head, name=name, lane=lane or 0, settings=settings, now=now
                    )
                return await _devices_page(tx, request, head, code=code, code_name=name, code_at=now)
            except LaneTaken as refusal:
                faults = {"lane": refusal}
            except DeviceNameTaken as refusal:
                faults = {"name": refusal}
        return await _devices_page(tx, request, head, faults=faults, typed={"name": name, "lane": form.text("lane")})


@post("/gate/devices/{device_id:uuid}/code")
async def renew_code(
    request: AnyRequest, pool: Pool, settings: Settings, *, visitor: Visitor, form: Form, device_id: UUID
) -> Response[str]:
    """A new enrolment code for a device that waits, shown this once."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        device = await actions.own_device(tx, head=head, device_id=device_id)
        code = await actions.renew_code(tx, head=head, device_id=device.device_id, settings=settings, now=now)
        return await _devices_page(tx, request, head, code=code, code_name=device.name, code_at=now)


@post("/gate/devices/{device_id:uuid}/move")
async def move_device(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, form: Form, device_id: UUID
) -> Response[str] | Redirect:
    """The device is another lane's from now on."""
    now, reason = datetime.now(UTC), form.text("reason", length_max=REASON_LENGTH_MAX)
    lane, field = form.whole("lane", most=LANES_MAX), f"lane-{device_id}"
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        faults: Faults = _lane_faults(lane, field=field, visitor=visitor) | _reason_faults(
            reason, field=f"move-reason-{device_id}", visitor=visitor
        )
        if not faults:
            try:
                async with tx.transaction():
                    await actions.move_device(
                        tx, head=head, device_id=DeviceId(device_id), lane=lane or 0, reason=reason, now=now
                    )
                return _back(head)
            except LaneTaken as refusal:
                faults = {field: refusal}
        typed = {field: form.text("lane"), f"move-reason-{device_id}": reason}
        return await _devices_page(tx, request, head, faults=faults, typed=typed)


@post("/gate/devices/{device_id:uuid}/revoke")
async def revoke_device(
    request: AnyRequest, pool: Pool, *, visitor: Visitor, form: Form, device_id: UUID
) -> Response[str] | Redirect:
    """The device opens nothing any more."""
    now, reason = datetime.now(UTC), form.text("reason", length_max=REASON_LENGTH_MAX)
    async with transaction(pool) as tx:
        head = await _head(tx, visitor, form=form, now=now)
        if faults := _reason_faults(reason, field=f"revoke-reason-{device_id}", visitor=visitor):
            return await _devices_page(tx, request, head, faults=faults)
        await actions.revoke_device(tx, head=head, device_id=DeviceId(device_id), reason=reason, now=now)
        return _back(head)


async def _devices_page(
    tx: Transaction,
    request: AnyRequest,
    head: Officer,
    *,
    faults: Faults | None = None,
    typed: Mapping[str, str] | None = None,
    code: str = "",
    code_name: str = "",
    code_at: datetime | None = None,
) -> Response[str]:
    devices = await actions.devices_of(tx, head)
    live = [each for each in devices if each.revoked_at is None]
    return page(
        request,
        "gates/devices.html",
        errors=faults,
        office=await catalogue.office(tx, office_of(head)),
        live=live,
        revoked=[each for each in devices if each.revoked_at is not None],
        chains=await actions.chains_at(tx, office_of(head)),
        fingerprints={each.device_id: fingerprint(each.signing_key) for each in devices if each.signing_key},
        lane_next=next(lane for lane in range(1, LANES_MAX + 2) if lane not in {each.lane for each in live}),
        typed=defaultdict(str, typed or {}),
        code=code,
        code_name=code_name,
        code_ends_at=code_at + ENROLMENT_CODE_LIFE if code_at else None,
    )


async def _head(tx: Transaction, visitor: Visitor, *, form: Form, now: datetime) -> Officer:
    return await officer_among(tx, visitor, roles=HEADS, office=form.text("office"), now=now)


def _back(head: Officer) -> Redirect:
    return redirect(f"/gate/devices?office={quote(office_of(head), safe='')}")


def _name_faults(name: str, *, visitor: Visitor) -> dict[str, str | Refusal]:
    say = translations(visitor.language).gettext
    return {} if name else {"name": say("Write what people at the gate call this device")}


def _lane_faults(lane: int | None, *, field: str, visitor: Visitor) -> dict[str, str | Refusal]:
    say = translations(visitor.language).gettext
    return {} if lane else {field: say("Write the number of the lane, from 1 to 20")}


def _reason_faults(reason: str, *, field: str, visitor: Visitor) -> dict[str, str | Refusal]:
    say = translations(visitor.language).gettext
    return {} if reason else {field: say("Write why; your name and your reason are recorded")}


routes = [show_devices, add_device, renew_code, move_device, revoke_device]

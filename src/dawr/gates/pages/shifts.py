"""A guard's shift, as the page on his device asks for it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.status_codes import HTTP_200_OK

from dawr.db.pool import Pool, transaction
from dawr.gates import actions
from dawr.gates.actions.shifts import OpenedShift
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.shifts import ShiftId
from dawr.gates.pages.bodies import body_of
from dawr.settings import Settings
from dawr.web.page import AnyRequest
from dawr.web.session import Visitor

Waiting = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Index = Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)]


class BeginBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """At which device the shift begins."""

    device: UUID


class HeardBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How many records the device has still to send, if it says so."""

    waiting: Waiting | None = None


class PhotographsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """After which status index the next photographs are wanted; -1 before the first."""

    after: Index


@post("/gate/shifts", status_code=HTTP_200_OK)
async def begin_shift(request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor) -> Response[Any]:
    """The guard begins his shift, or goes on with it."""
    body, now = await body_of(request, BeginBody), datetime.now(UTC)
    opened = await actions.begin_shift(pool, visitor, device_id=DeviceId(body.device), settings=settings, now=now)
    return _answer(opened, now=now)


@post("/gate/shifts/{shift_id:uuid}/pack", status_code=HTTP_200_OK)
async def renew_pack(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, shift_id: UUID
) -> Response[Any]:
    """The newest pack of his shift."""
    body, now = await body_of(request, HeardBody), datetime.now(UTC)
    opened = await actions.renew_pack(
        pool, visitor, shift_id=ShiftId(shift_id), records_waiting=body.waiting, settings=settings, now=now
    )
    return _answer(opened, now=now)


@post("/gate/shifts/{shift_id:uuid}/photographs", status_code=HTTP_200_OK)
async def send_photographs(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, shift_id: UUID
) -> Response[Any]:
    """The photographs of his lane's next tickets."""
    body, now = await body_of(request, PhotographsBody), datetime.now(UTC)
    async with transaction(pool) as tx:
        shift, device = await actions.own_shift(tx, visitor, shift_id=ShiftId(shift_id), now=now)
        sealed = await actions.sealed_photographs(
            tx, shift, device=device, after=body.after, settings=settings, now=now
        )
    return _private(sealed)


@post("/gate/shifts/{shift_id:uuid}/close", status_code=HTTP_200_OK)
async def close_shift(request: AnyRequest, pool: Pool, visitor: Visitor, shift_id: UUID) -> Response[Any]:
    """The guard ends his shift; what the device still holds may be sent afterwards."""
    body, now = await body_of(request, HeardBody), datetime.now(UTC)
    async with transaction(pool) as tx:
        await actions.close_shift(tx, visitor, shift_id=ShiftId(shift_id), records_waiting=body.waiting, now=now)
    return _private({"shift": str(shift_id)})


def _answer(opened: OpenedShift, *, now: datetime) -> Response[Any]:
    return _private(
        {
            "shift": str(opened.shift.shift_id),
            "opening_code": opened.opening_code,
            "now_ms": int(now.timestamp() * 1000),
            "pack": opened.pack,
        }
    )


def _private(facts: object) -> Response[Any]:
    return Response(facts, headers={"Cache-Control": "no-store"})


routes = [begin_shift, renew_pack, send_photographs, close_shift]

"""Where a device brings its public keys and the code that it was read; no session, for the code is the proof."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.status_codes import HTTP_200_OK

from dawr.db.pool import Pool, transaction
from dawr.gates import actions
from dawr.gates.model.devices import ENROLMENT_CODE_LENGTH, EnrolmentCodeRefused
from dawr.gates.pages.bodies import body_of
from dawr.gates.wire import fingerprint, public_key
from dawr.kernel.identifiers import CODE_ALPHABET
from dawr.kernel.text import clean_code
from dawr.settings import Settings
from dawr.web.page import AnyRequest

Short = Annotated[str, msgspec.Meta(max_length=64)]


class Jwk(msgspec.Struct, kw_only=True):
    """A public key; what else a browser writes beside its four fields is passed over."""

    kty: Short
    crv: Short
    x: Short
    y: Short


class EnrolBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The code, and the public halves of the two keys that the device made."""

    code: Short
    signing: Jwk
    agreement: Jwk


@post(
    "/gate/devices/enrol",
    status_code=HTTP_200_OK,
    opt={"skip_session": True, "exclude_from_csrf": True},
)
async def enrol(request: AnyRequest, pool: Pool, settings: Settings) -> Response[Any]:
    """The device is enrolled, and told which one it is."""
    body = await body_of(request, EnrolBody)
    keys = [public_key(kty=each.kty, crv=each.crv, x=each.x, y=each.y) for each in (body.signing, body.agreement)]
    code = clean_code(body.code)
    if len(code) != ENROLMENT_CODE_LENGTH or not set(code) <= set(CODE_ALPHABET):
        raise EnrolmentCodeRefused
    async with transaction(pool) as tx:
        device = await actions.enrol(
            tx, code=code, signing_key=keys[0], agreement_key=keys[1], settings=settings, now=datetime.now(UTC)
        )
    if device is None:
        raise EnrolmentCodeRefused
    answer = {
        "device": str(device.device_id),
        "name": device.name,
        "lane": device.lane,
        "office": device.office_id,
        "fingerprint": fingerprint(keys[0]),
    }
    return Response(answer, headers={"Cache-Control": "no-store"})


routes = [enrol]

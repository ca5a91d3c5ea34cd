"""What a device sends of what it recorded; no session, for each record is signed."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.status_codes import HTTP_200_OK

from dawr.db.pool import Pool, transaction
from dawr.gates import actions
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.records import RECORD_BYTES_MAX
from dawr.kernel.refusal import Malformed
from dawr.settings import Settings

RECORDS_PER_POST_MAX = 100

Text = Annotated[str, msgspec.Meta(max_length=RECORD_BYTES_MAX)]
Signature = Annotated[str, msgspec.Meta(max_length=90)]


class RecordsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A device's records in their order: each the very text that was signed, and the signature."""

    device: UUID
    records: Annotated[list[tuple[Text, Signature]], msgspec.Meta(max_length=RECORDS_PER_POST_MAX)]


@post(
    "/gate/records",
    status_code=HTTP_200_OK,
    opt={"skip_session": True, "exclude_from_csrf": True},
)
async def receive(request: Request[Any, Any, Any], pool: Pool, settings: Settings) -> dict[str, int]:
    """Take the records and merge them; a refusal names the number that is expected next."""
    now = datetime.now(UTC)
    try:
        body = msgspec.json.decode(await request.body(), type=RecordsBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(reason="not the records of a device") from error
    device_id = DeviceId(body.device)
    async with transaction(pool) as tx:
        taken = await actions.take_records(tx, device_id=device_id, sent=body.records, now=now)
    await actions.merge_taken(pool, device_id, settings=settings, now=now)
    if taken.refusal is not None:
        raise taken.refusal
    return {"taken_until": taken.taken_until}


routes = [receive]

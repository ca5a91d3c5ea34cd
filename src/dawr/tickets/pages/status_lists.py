"""The status lists of offices and days, for gates and for whoever else verifies tickets."""

from datetime import UTC, date, datetime

from litestar import Response, get

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.settings import Settings
from dawr.tickets import actions
from dawr.tickets.status_list import MEDIA_TYPE
from dawr.tickets.verdict import STATUS_LIST_TTL
from dawr.web.address import plain_part

KEPT = {"Cache-Control": f"public, max-age={int(STATUS_LIST_TTL.total_seconds())}"}


@get(
    "/status-lists/{authority:str}/{code:str}/{day_on:date}",
    # What anybody may cache says nothing about who asked for it.
    opt={"skip_session": True, "exclude_from_csrf": True},
)
async def send_status_list(
    pool: Pool, settings: Settings, *, authority: str, code: str, day_on: date
) -> Response[bytes]:
    """What an office's tickets of one day are worth, signed (IETF Token Status List, as a CWT)."""
    office_id = OfficeId(f"{plain_part(authority)}/{plain_part(code)}")
    async with transaction(pool) as tx:
        token = await actions.status_list_of(tx, office_id, day_on=day_on, settings=settings, now=datetime.now(UTC))
    return Response(token, media_type=MEDIA_TYPE, headers=KEPT)


routes = [send_status_list]

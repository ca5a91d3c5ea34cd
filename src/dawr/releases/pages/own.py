"""/my: the place that a person returns to."""

from datetime import UTC, datetime

from litestar import MediaType, Response, Router, get
from litestar.di import Provide

from dawr.db.pool import Pool, transaction
from dawr.releases import actions
from dawr.releases.model import receipt_text
from dawr.releases.pages.address import AnyRequest, Asked, asked_draw
from dawr.settings import Settings
from dawr.web.page import page
from dawr.web.session import Visitor


@get("/my")
async def show_own(request: AnyRequest, pool: Pool, visitor: Visitor) -> Response[str]:
    """Offers that wait for an answer, turns to come, draws, and what is over."""
    person_id, now = visitor.require_person(), datetime.now(UTC)
    async with transaction(pool) as tx:
        own = await actions.view_own(tx, person_id, now=now)
    return page(request, "releases/my.html", own=own)


@get("/")
async def send_receipt(pool: Pool, settings: Settings, visitor: Visitor, asked: Asked) -> Response[str]:
    """The signed receipt of one's entry, as a file to keep."""
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        receipt = await actions.receipt_for(
            tx, service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id, settings=settings
        )
    headers = {
        "Content-Disposition": f'attachment; filename="dawr-receipt-{receipt.label}.txt"',
        "Cache-Control": "no-store",
    }
    return Response(receipt_text(receipt), media_type=MediaType.TEXT, headers=headers)


routes = [
    show_own,
    Router(
        path="/my/receipts/{authority:str}/{code:str}/{day:str}",
        route_handlers=[send_receipt],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
    ),
]

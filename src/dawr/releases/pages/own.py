"""What a person keeps of his own draws."""

from litestar import MediaType, Response, Router, get
from litestar.di import Provide

from dawr.db.pool import Pool, transaction
from dawr.releases import actions
from dawr.releases.model import receipt_text
from dawr.releases.pages.address import AskedDraw, asked_draw
from dawr.settings import Settings
from dawr.web.session import Visitor


@get("/")
async def send_receipt(pool: Pool, settings: Settings, visitor: Visitor, asked: AskedDraw) -> Response[str]:
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
    Router(
        path="/my/receipts/{authority:str}/{code:str}/{day:str}",
        route_handlers=[send_receipt],
        dependencies={"asked": Provide(asked_draw, sync_to_thread=False)},
    ),
]

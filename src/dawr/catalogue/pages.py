"""Services and offices for everybody."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get

from dawr.catalogue import actions
from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.web.page import page

AnyRequest = Request[Any, Any, Any]


@get("/services")
async def services(request: AnyRequest, pool: Pool) -> Response[str]:
    """Every service by authority, or those that hold the words of `q`."""
    query = request.query_params.get("q", "")[:100]
    async with transaction(pool) as tx:
        listings = await actions.list_services(tx, query=query, now=datetime.now(UTC))
    return page(request, "catalogue/services.html", listings=listings, query=query)


@get("/services/{authority:str}/{code:str}")
async def service(request: AnyRequest, pool: Pool, *, authority: str, code: str) -> Response[str]:
    """One service: what it is, what it costs and needs, where, how many a day, and by whose decision."""
    async with transaction(pool) as tx:
        view = await actions.view_service(tx, ServiceId(f"{authority}/{code}"), now=datetime.now(UTC))
    return page(request, "catalogue/service.html", view=view, timezone=view.authority.timezone)


@get("/services/{authority:str}/{code:str}/orders.json")
async def orders(pool: Pool, *, authority: str, code: str) -> dict[str, Any]:
    """The quota orders as they were signed, for whoever wants to check the signatures."""
    async with transaction(pool) as tx:
        view = await actions.view_service(tx, ServiceId(f"{authority}/{code}"), now=datetime.now(UTC))
    return {
        "algorithm": "Ed25519 over the UTF-8 bytes of each statement",
        "public_key": view.key.public_key.hex() if view.key else None,
        "orders": [{"statement": order.statement().decode(), "signature": order.signature} for order in view.orders],
    }


@get("/offices/{authority:str}/{code:str}")
async def office(request: AnyRequest, pool: Pool, *, authority: str, code: str) -> Response[str]:
    """One office: where it is, when it is open, what it offers."""
    async with transaction(pool) as tx:
        view = await actions.view_office(tx, OfficeId(f"{authority}/{code}"), now=datetime.now(UTC))
    return page(request, "catalogue/office.html", view=view, timezone=view.office.timezone)


routes = [services, service, orders, office]

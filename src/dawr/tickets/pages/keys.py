"""The keys that prove our tickets: for machines as a key set, for people as a page."""

from typing import Any

from litestar import Response, get

from dawr.db.pool import Pool, transaction
from dawr.tickets import actions
from dawr.tickets.keys import published_set, signs_now
from dawr.web.page import AnyRequest, page


@get("/tickets/keys")
async def public_keys(pool: Pool) -> dict[str, Any]:
    """The keys that count, as a JSON Web Key Set, and which are revoked; each of them is in the public log as well."""
    async with transaction(pool) as tx:
        return dict(published_set(await actions.all_keys(tx)))


@get("/keys")
async def shown_keys(request: AnyRequest, pool: Pool) -> Response[str]:
    """Which keys there are, since when, which of them signs now, and which was revoked why."""
    async with transaction(pool) as tx:
        published = await actions.all_keys(tx)
        log_places = await actions.log_places_of(tx, published)
    return page(
        request,
        "tickets/keys.html",
        published=published[::-1],
        signing=signs_now(published),
        log_places=log_places,
    )


routes = [public_keys, shown_keys]

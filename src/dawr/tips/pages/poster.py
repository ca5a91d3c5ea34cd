"""A sheet to be printed and hung up: turns are free, and where to tell who sells them."""

import segno
from litestar import Response, get
from markupsafe import Markup

from dawr.settings import Settings
from dawr.web.page import AnyRequest, page


@get("/tips/poster")
async def show_poster(request: AnyRequest, settings: Settings) -> Response[str]:
    """The sheet, in both languages, with the address as a square code."""
    address = f"{settings.public_url}/tips"
    return page(request, "tips/poster.html", address=address, symbol=_symbol(address))


def _symbol(address: str) -> Markup:
    """The address as a QR symbol that is read from some metres off, as large as its box."""
    symbol = segno.make(address, error="q", micro=False)
    drawn = symbol.svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass="poster__symbol", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - drawn by us from our own address


routes = [show_poster]

"""The ticket's code as a QR symbol that old printers and cheap cameras still carry."""

import segno

VERSION_MAX = 11
QUIET_MODULES = 4


def qr_svg(code: str, *, css_class: str = "ticket__qr", title: str | None = None) -> str:
    """The symbol as one SVG element, level M, at most version 11."""
    symbol = segno.make(code, error="m", boost_error=False, mode="alphanumeric", micro=False)
    assert int(symbol.version) <= VERSION_MAX, "the encoder shortens names so that a code always fits"
    drawn: str = symbol.svg_inline(
        border=QUIET_MODULES, omitsize=True, dark="#000", light="#fff", svgclass=css_class, lineclass=None, title=title
    )
    return drawn

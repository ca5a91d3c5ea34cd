"""The gates over HTTP: for their devices, for guards, for branch heads, and for whoever examines them."""

from litestar.types import ControllerRouterHandler

from dawr.gates.pages import (
    app,
    board,
    codes,
    contested,
    devices,
    enrolment,
    helping,
    lanes,
    published,
    records,
    refused,
    second_looks,
    shifts,
)

routes: list[ControllerRouterHandler] = [
    *app.routes,
    *board.routes,
    *codes.routes,
    *contested.routes,
    *devices.routes,
    *enrolment.routes,
    *helping.routes,
    *lanes.routes,
    *published.routes,
    *records.routes,
    *refused.routes,
    *second_looks.routes,
    *shifts.routes,
]
"""Collected from the modules of this package."""

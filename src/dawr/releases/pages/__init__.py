"""Draws over HTTP: for everybody, for the person himself, for staff, and as files."""

from dawr.releases.pages import bundle, entering, own, public, staff, staff_classes
from dawr.releases.pages.api import hot_routes

__all__ = ["hot_routes", "routes"]

routes = [
    *public.routes,
    *bundle.routes,
    *entering.routes,
    *own.routes,
    *staff.routes,
    *staff_classes.routes,
]

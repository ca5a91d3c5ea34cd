"""Draws over HTTP: for everybody, for the person himself, for staff, and as files."""

from dawr.releases.pages import bundle, entering, own, public, staff, staff_classes

routes = [
    *public.routes,
    *bundle.routes,
    *entering.routes,
    *own.routes,
    *staff.routes,
    *staff_classes.routes,
]

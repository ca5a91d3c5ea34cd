"""Lines over HTTP: for everybody, for the person in line, for staff, and as files."""

from dawr.lines.pages import own, public, serving, staff
from dawr.lines.pages.api import hot_routes

__all__ = ["hot_routes", "routes"]

routes = [*public.routes, *serving.routes, *own.routes, *staff.routes]

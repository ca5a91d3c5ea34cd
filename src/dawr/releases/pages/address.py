"""Which draw an address means: /draws/AUTHORITY/SERVICE/DAY."""

from typing import Any

import msgspec
from litestar import Request

from dawr.kernel.identifiers import ServiceId
from dawr.releases.model import DrawId
from dawr.web.address import asked_service, plain_part

AnyRequest = Request[Any, Any, Any]

DRAW = "/draws/{authority:str}/{code:str}/{day:str}"


class AskedDraw(msgspec.Struct, frozen=True, kw_only=True):
    """The draw that an address names, whether or not there is one."""

    service_id: ServiceId
    draw_id: DrawId

    @property
    def path(self) -> str:
        return f"/draws/{self.draw_id}"


def asked_draw(authority: str, code: str, day: str) -> AskedDraw:
    """From the parts of the address; refuses what no draw is called."""
    service_id = asked_service(authority, code)
    return AskedDraw(service_id=service_id, draw_id=DrawId(f"{service_id}/{plain_part(day)}"))

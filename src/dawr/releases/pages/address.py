"""Which draw an address means: /draws/AUTHORITY/SERVICE/DAY."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound
from dawr.releases.model import DrawId

AnyRequest = Request[Any, Any, Any]

DRAW = "/draws/{authority:str}/{code:str}/{day:str}"
PART_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The draw that an address names, whether or not there is one."""

    service_id: ServiceId
    draw_id: DrawId

    @property
    def path(self) -> str:
        return f"/draws/{self.draw_id}"


def asked_draw(authority: str, code: str, day: str) -> Asked:
    """From the parts of the address; refuses what no draw is called."""
    service_id = asked_service(authority, code)
    _require_plain(day)
    return Asked(service_id=service_id, draw_id=DrawId(f"{service_id}/{day}"))


def asked_service(authority: str, code: str) -> ServiceId:
    """The service that two parts of an address name; refuses what no service is called."""
    _require_plain(authority)
    _require_plain(code)
    return ServiceId(f"{authority}/{code}")


def typed_service(text: str) -> ServiceId:
    """The service that a parameter or a hidden field names, AUTHORITY/SERVICE."""
    authority, _, code = text.partition("/")
    return asked_service(authority, code)


def _require_plain(part: str) -> None:
    """No database needs to be asked for a name that could never be given, or cannot even be sent to it."""
    if not (0 < len(part) <= PART_LENGTH_MAX and part.isascii() and part.isprintable()):
        raise NotFound

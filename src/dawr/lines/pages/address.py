"""Which line an address means: /lines/AUTHORITY/SERVICE/OPENING."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound
from dawr.lines.model import LineId

AnyRequest = Request[Any, Any, Any]

LINE = "/lines/{authority:str}/{code:str}/{opening:str}"
PART_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """The line that an address names, whether or not there is one."""

    service_id: ServiceId
    line_id: LineId

    @property
    def path(self) -> str:
        return f"/lines/{self.line_id}"


def asked_line(*, authority: str, code: str, opening: str) -> AskedLine:
    """From the parts of the address; refuses what no line is called."""
    service_id = asked_service(authority, code)
    _require_plain(opening)
    return AskedLine(service_id=service_id, line_id=LineId(f"{service_id}/{opening}"))


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

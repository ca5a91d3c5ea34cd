"""Which line an address means, /lines/AUTHORITY/SERVICE/OPENING, and which slot is asked for there."""

from typing import Any

import msgspec
from litestar import Request

from dawr.booking.model import SlotId
from dawr.kernel.identifiers import ServiceId
from dawr.lines.model import LineId, SlotNotInLine
from dawr.web.address import asked_service, plain_part

AnyRequest = Request[Any, Any, Any]

LINE = "/lines/{authority:str}/{code:str}/{opening:str}"
SLOT_LENGTH_MAX = 64


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """The line that an address names, whether or not there is one."""

    service_id: ServiceId
    line_id: LineId

    @property
    def path(self) -> str:
        return f"/lines/{self.line_id}"


def asked_line(*, authority: str, code: str, opening: str) -> AskedLine:
    """From the parts of the address; refuses what no line is called."""
    service_id = asked_service(authority, code)
    return AskedLine(service_id=service_id, line_id=LineId(f"{service_id}/{plain_part(opening)}"))


def asked_slot(text: str) -> SlotId:
    """The slot that a request names; refuses what no slot is called, so that one such ask spoils nobody's batch."""
    if not (0 < len(text) <= SLOT_LENGTH_MAX and text.isascii() and text.isprintable()):
        raise SlotNotInLine
    return SlotId(text)

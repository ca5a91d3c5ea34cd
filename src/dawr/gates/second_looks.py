"""The second looks of an office's day, recomputed from its revealed secret by anybody who has the file."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import StringIO

from dawr.kernel.identifiers import OfficeId
from dawr.kernel.refusal import Malformed
from dawr.tickets.model import TICKET_ID_BYTES, TicketId
from dawr.tickets.selection import commitment_to, has_second_look

COLUMNS = ("office", "day", "commitment", "secret", "ticket", "gate", "due", "look")
FILE_CHARACTERS_MAX = 20_000_000


class GateKind(StrEnum):
    """Where a ticket was let in: the gate that needs a network asks for no second look."""

    DEVICE = "device"
    ONLINE = "online"


class Look(StrEnum):
    """What became of a second look."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedRow:
    """A ticket that was let in, and whether the secret asked for a second look at it."""

    ticket_id: TicketId
    gate: GateKind
    is_due: bool
    look: Look

    @property
    def is_left_out(self) -> bool:
        """A second look that a device owed and did not record."""
        return self.is_due and self.gate is GateKind.DEVICE and self.look is Look.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLooks:
    """An office's day with its revealed secret and every ticket that was let in."""

    office_id: OfficeId
    day_on: date
    commitment: bytes
    secret: bytes
    rows: tuple[AdmittedRow, ...]

    @property
    def due(self) -> tuple[AdmittedRow, ...]:
        return tuple(row for row in self.rows if row.is_due)

    @property
    def left_out(self) -> tuple[AdmittedRow, ...]:
        return tuple(row for row in self.rows if row.is_left_out)

    @property
    def is_committed_secret(self) -> bool:
        return commitment_to(self.secret) == self.commitment

    @property
    def misstated(self) -> tuple[AdmittedRow, ...]:
        """Rows that say otherwise than the secret whether a second look was due."""
        return tuple(row for row in self.rows if row.is_due != has_second_look(self.secret, row.ticket_id))


def recomputed(
    secret: bytes, tickets: Iterable[tuple[TicketId, GateKind]], *, looks: dict[TicketId, Look]
) -> tuple[AdmittedRow, ...]:
    """Every admitted ticket with its second look as the secret asks for it and as it was recorded."""
    return tuple(
        AdmittedRow(
            ticket_id=ticket_id,
            gate=gate,
            is_due=has_second_look(secret, ticket_id),
            look=looks.get(ticket_id, Look.NONE),
        )
        for ticket_id, gate in tickets
    )


def written(day: SecondLooks) -> str:
    """The day as a CSV file, which needs nothing beside it to be recomputed."""
    lines = StringIO()
    table = csv.writer(lines)
    table.writerow(COLUMNS)
    same = (day.office_id, day.day_on.isoformat(), day.commitment.hex(), day.secret.hex())
    for row in day.rows:
        table.writerow((*same, row.ticket_id.hex(), row.gate.value, "yes" if row.is_due else "no", row.look.value))
    return lines.getvalue()


def read(text: str) -> SecondLooks:
    """The day of a file that `written` made; refuses every other shape."""
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(reason="a file longer than any day's")
    try:
        header, *lines = list(csv.reader(StringIO(text), strict=True))
        if tuple(header) != COLUMNS or not lines:
            raise Malformed(reason="not a file of second looks")
        days = {tuple(line[:4]) for line in lines}
        if len(days) != 1:
            raise Malformed(reason="more than one office, day or secret")
        office, day, commitment, secret = days.pop()
        return SecondLooks(
            office_id=OfficeId(office),
            day_on=date.fromisoformat(day),
            commitment=bytes.fromhex(commitment),
            secret=bytes.fromhex(secret),
            rows=tuple(_row(line) for line in lines),
        )
    except (ValueError, csv.Error) as error:
        raise Malformed(reason="not a file of second looks") from error


def _row(line: Sequence[str]) -> AdmittedRow:
    *_, ticket, gate, due, look = line
    ticket_id = bytes.fromhex(ticket)
    if len(line) != len(COLUMNS) or len(ticket_id) != TICKET_ID_BYTES or due not in {"yes", "no"}:
        raise ValueError("not a row of second looks")
    return AdmittedRow(ticket_id=TicketId(ticket_id), gate=GateKind(gate), is_due=due == "yes", look=Look(look))

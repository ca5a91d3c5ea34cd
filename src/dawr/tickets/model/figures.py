"""What the books of a period come to, at the gate and at the counter after it."""

from dataclasses import dataclass
from datetime import datetime

from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.tickets.model.tickets import TicketId, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledCount:
    """The tickets whose card's digits were typed: by one guard, or by all of an office where `guard_id` is None.

    `quick` were answered in less time than was asked about; `seconds_median` runs from scan to last answer.
    """

    office_id: OfficeId
    guard_id: PersonId | None
    tickets: int
    wrong_first: int
    quick: int
    seconds_median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedCount:
    """Of the visitors that were let in, how many had another person's card, as the counter found."""

    office_id: OfficeId
    guard_id: PersonId | None
    admitted: int
    charged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many scans of an office came to a verdict; None where the visitor left before there was one."""

    office_id: OfficeId
    verdict: Verdict | None
    scans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BehindFigure:
    """One of the tickets that a figure counts."""

    happened_at: datetime
    ticket_id: TicketId

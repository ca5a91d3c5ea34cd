"""The visit that follows an admission: a token called in the hall, a card, an outcome."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dawr.booking.model import BookingId
from dawr.catalogue.model import Document, DocumentForm, Needed
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.tickets.model.tickets import TicketId
from dawr.tickets.model.tokens import Token

CARD_TRIES_MAX = 2
CALLS_MAX = 3
CORRECTION_LIFE = timedelta(minutes=1)
HALL_SPAN = timedelta(hours=12)
"""How long somebody who was let in may still wait in the hall: past midnight, and never until the next morning."""


class VisitState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    OPENED = "opened"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a visit ended."""

    SERVED = "served"
    NOT_SERVED = "not_served"
    NOT_THERE = "not_there"
    IDENTITY_MISMATCH = "identity_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An admitted turn at the counters; the bearer is the person himself or the proxy whom he declared."""

    service_id: ServiceId
    ticket_id: TicketId
    booking_id: BookingId
    person_id: PersonId
    bearer_id: PersonId
    office_id: OfficeId
    token: Token
    guard_id: PersonId
    starts_at: datetime
    admitted_at: datetime
    state: VisitState
    calls: int
    wrong_cards: int
    clerk_id: PersonId | None
    desk: str | None
    ticket_seen_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    outcome_number: int | None

    @property
    def has_proxy(self) -> bool:
        return self.bearer_id != self.person_id

    @property
    def calls_left(self) -> int:
        return CALLS_MAX - self.calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a clerk decided of a visit, and which originals the service asked for and he saw, by their items."""

    outcome: Outcome
    reason: str | None = None
    originals_asked: tuple[str, ...] = ()
    originals_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """The people inside an office as one clerk sees them: who waits, his visit, and one that he may still correct."""

    waiting: int
    coming: tuple[Token, ...]
    in_hand: Visit | None
    correctable: Visit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A line of the display: a token, and the desk that calls it."""

    token: Token
    desk: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDay:
    """What became of a service's visits on a day; waits are from the gate to the first call, in seconds."""

    service_id: ServiceId
    came: int
    served: int
    not_served: int
    not_there: int
    identity_mismatch: int
    wait_median_seconds: float | None
    wait_ninth_decile_seconds: float | None

    @property
    def unfinished(self) -> int:
        return self.came - self.served - self.not_served - self.not_there - self.identity_mismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """One visit in a day's history, without its person."""

    token: Token
    service_id: ServiceId
    starts_at: datetime
    admitted_at: datetime
    called_at: datetime | None
    calls: int
    desk: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    reason: str | None
    is_corrected: bool
    has_proxy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One card that was let in more than once on a day: for how many people, how often, at how many offices."""

    people: int
    entries: int
    offices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HallDay:
    """An office's day at the counters, for its branch head."""

    day_on: date
    by_service: tuple[ServiceDay, ...]
    visits: tuple[VisitLine, ...]
    recurrences: tuple[Recurrence, ...]


class OnlyOwnAdmissions(Refusal):
    """Nobody serves himself or whom he let in, and nobody else waits."""

    code = "tickets.only_own_admissions"


class VisitInHand(Refusal):
    """A clerk closes one visit before he calls the next."""

    code = "tickets.visit_in_hand"


class VisitMovedOn(Refusal):
    """The visit is not, or no longer, where this step begins."""

    code = "tickets.visit_moved_on"


class NoCallsLeft(Refusal):
    """A person is called three times."""

    code = "tickets.no_calls_left"


class CardUnreadable(Refusal):
    """What was typed or scanned is neither a civil number nor a card's machine-readable lines; no try is counted."""

    code = "tickets.card_unreadable"
    status = 422


class OriginalsUnseen(Refusal):
    """Nobody is served before the originals that his service asks for were seen."""

    code = "tickets.originals_unseen"
    status = 422


class CorrectionOver(Refusal):
    """A clerk corrects his own last outcome, once, and within a minute."""

    code = "tickets.correction_over"


class NotLetIn(Refusal):
    """The ticket's bearer did not come through the gate."""

    code = "tickets.not_let_in"


class NotCalledYet(Refusal):
    """The ticket's bearer waits in the hall, and another one is before him."""

    code = "tickets.not_called_yet"


class CalledElsewhere(Refusal):
    """The visit is in another clerk's hand."""

    code = "tickets.called_elsewhere"


class VisitOver(Refusal):
    """The ticket's visit has been closed."""

    code = "tickets.visit_over"


class NoTicketShown(Refusal):
    """What was scanned at the counter is no ticket of ours."""

    code = "tickets.no_ticket_shown"
    status = 422


def require_in_hand(visit: Visit | None, *, office_id: OfficeId, state: VisitState) -> Visit:
    """The visit that a clerk has in hand; refuses a step that is not its next one, or of another office."""
    if visit is None or visit.state is not state or visit.office_id != office_id:
        raise VisitMovedOn
    return visit


def require_call_left(visit: Visit) -> None:
    """Refuses a fourth call."""
    if not visit.calls_left:
        raise NoCallsLeft(calls=CALLS_MAX)


def require_presented(visit: Visit | None, *, clerk_id: PersonId, office_id: OfficeId) -> Visit:
    """The visit of a ticket that is shown at a counter, if it is the one that this clerk has called."""
    if visit is None or visit.office_id != office_id:
        raise NotLetIn
    if visit.state is VisitState.CLOSED:
        raise VisitOver(token=str(visit.token))
    if visit.state is VisitState.WAITING:
        raise NotCalledYet(token=str(visit.token))
    if visit.clerk_id != clerk_id:
        raise CalledElsewhere(token=str(visit.token), desk=visit.desk)
    return visit


def originals_asked(documents: Sequence[Document], *, is_first_time: bool) -> tuple[str, ...]:
    """The items of a service's documents whose originals a clerk sees before he closes a visit as served."""
    return tuple(
        document.item
        for document in documents
        if document.form is DocumentForm.ORIGINAL and (is_first_time or document.needed is Needed.ALWAYS)
    )


def closing_of(
    outcome: Outcome, *, reason: str | None, originals_asked: Sequence[str], seen: Collection[str]
) -> Closing:
    """How a visit is closed; refuses with OriginalsUnseen one that is served while an original is missing."""
    seen_in_order = tuple(item for item in originals_asked if item in seen)
    if outcome is Outcome.SERVED and len(seen_in_order) < len(originals_asked):
        raise OriginalsUnseen
    return Closing(
        outcome=outcome,
        reason=reason if outcome is Outcome.NOT_SERVED else None,
        originals_asked=tuple(originals_asked),
        originals_seen=seen_in_order,
    )


def is_correctable(visit: Visit, *, now: datetime) -> bool:
    """Whether the clerk who closed a visit may still say that it ended in the other way."""
    return (
        visit.outcome in {Outcome.SERVED, Outcome.NOT_SERVED}
        and visit.outcome_number == 1
        and visit.closed_at is not None
        and now - visit.closed_at < CORRECTION_LIFE
    )

"""The visitor who was not let in: why, what is his all the same, and what he may be given instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from dawr.booking.model import Booking, BookingId, BookingState, Slot
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.tickets.model import ScanId, Verdict

RefusedId = NewType("RefusedId", UUID)
UNSCANNED_MAX = 20
"""Remedies a day that an officer may give to people whom no gate has scanned."""
HELPED_A_DAY_MAX = 20
"""How often a day one person's page is opened; each time somebody looks at him."""


class Reason(StrEnum):
    """Why a visitor stands outside: the verdict on what he showed, or that he had nothing to show."""

    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG_OFFICE = "wrong_office"
    WRONG_SERVICE = "wrong_service"
    WRONG_DAY = "wrong_day"
    USED = "used"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    NOT_OURS = "not_ours"
    DAMAGED_CODE = "damaged_code"
    IDENTITY_MISMATCH = "identity_mismatch"
    STATUS_LIST_STALE = "status_list_stale"
    NO_TICKET = "no_ticket"


TURN_KEPT = frozenset({Reason.TOO_EARLY, Reason.SUSPENDED, Reason.STATUS_LIST_STALE})
"""Here a turn that stands is neither lost nor to be exchanged: it waits for its time, or for a branch head."""


class RemedyKind(StrEnum):
    """What a refused visitor was given: a turn at once, or his ordinary place in what everybody may enter."""

    MOVED = "moved"
    GIVEN = "given"
    IN_LINE = "in_line"
    IN_DRAW = "in_draw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A visitor who was not let in, known by his card or his sign-in; without an officer he helps himself."""

    office_id: OfficeId
    refused_id: RefusedId
    person_id: PersonId
    officer_id: PersonId | None
    reason: Reason
    service_id: ServiceId | None
    scan_id: ScanId | None
    refused_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What he was given: a turn by its booking, or a chance by the line or draw that it is in."""

    kind: RemedyKind
    service_id: ServiceId
    booking_id: BookingId | None
    release_id: str | None
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a form asks for: a seat by its slot, a place in a line, or an entry in a draw."""

    kind: RemedyKind
    target_id: str


class OwnCard(Refusal):
    """An officer does not help himself."""

    code = "gates.own_card"
    status = 403


class RemedyGiven(Refusal):
    """This visitor, or this scan, has had its remedy."""

    code = "gates.remedy_given"


class TooManyUnscanned(Refusal):
    """The officer has helped as many unscanned visitors today as one may."""

    code = "gates.too_many_unscanned"


class NothingToGive(Refusal):
    """What was asked for is not, or no longer, to be had here."""

    code = "gates.nothing_to_give"


class HelpedTooOften(Refusal):
    """The visitor's page was opened as often today as it may be."""

    code = "gates.helped_too_often"


class ReasonNeeded(Refusal):
    """Nobody said why the visitor was not let in."""

    code = "gates.reason_needed"
    status = 422


def reason_of(verdict: Verdict, *, is_bearer: bool) -> Reason | None:
    """Why whoever holds this card stands outside; None where he does not.

    A ticket that is another's says nothing about him but that it is another's.
    """
    if verdict is Verdict.ADMIT:
        return None
    about_the_ticket = {Verdict.NOT_OURS, Verdict.DAMAGED_CODE, Verdict.STATUS_LIST_STALE}
    return Reason(verdict.value) if is_bearer or verdict in about_the_ticket else Reason.IDENTITY_MISMATCH


def standing_turn(bookings: Sequence[Booking], *, service_id: ServiceId | None, now: datetime) -> Booking | None:
    """The visitor's own live turn: of the service that he came for, if that is known; else the next one of any."""
    live = [each for each in bookings if each.is_live and service_id in (None, each.service_id)]
    ahead = [each for each in live if each.ends_at > now]
    return min(ahead or live, key=lambda each: each.starts_at, default=None)


def is_missed(turn: Booking, *, now: datetime) -> bool:
    """Whether its time has gone by; it is his until it is exchanged or the day is over."""
    return turn.ends_at <= now


def may_be_given_a_turn(reason: Reason, *, own: Booking | None, is_held_back: bool) -> bool:
    """Whether a seat that is left over may be his: never in place of a turn that waits for something."""
    if own is None:
        return True
    return own.state is BookingState.CONFIRMED and not is_held_back and reason not in TURN_KEPT


def seats_to_offer(
    left_over: Sequence[Slot], *, here: OfficeId, today: date, own: Booking | None, now: datetime
) -> tuple[Slot, ...]:
    """Which of the seats left over, soonest first, are worth offering.

    To whom has a turn ahead: one here today, if his own is elsewhere or later. To everybody else: the first one here,
    and the first one elsewhere if that is sooner.
    """
    at_here = next((slot for slot in left_over if slot.office_id == here), None)
    if own is not None and not is_missed(own, now=now):
        is_better = at_here is not None and (own.office_id != here or at_here.starts_at < own.starts_at)
        return (at_here,) if at_here is not None and is_better and at_here.day_on == today else ()
    elsewhere = next((slot for slot in left_over if slot.office_id != here), None)
    if at_here is None or elsewhere is None or at_here.starts_at <= elsewhere.starts_at:
        return tuple(slot for slot in (at_here or elsewhere,) if slot is not None)
    return at_here, elsewhere


def kind_of_turn(own: Booking | None) -> RemedyKind:
    """A live turn is moved, never doubled."""
    return RemedyKind.GIVEN if own is None else RemedyKind.MOVED


def chosen(text: str) -> Chosen:
    """What a button of the page says, "kind target"; refuses what no button says."""
    kind, _, target_id = text.partition(" ")
    if kind not in set(RemedyKind) or not target_id:
        raise NothingToGive
    return Chosen(kind=RemedyKind(kind), target_id=target_id)


def require_own_business(person_id: PersonId, *, officer_id: PersonId | None) -> None:
    """Refuses an officer who would help himself."""
    if person_id == officer_id:
        raise OwnCard

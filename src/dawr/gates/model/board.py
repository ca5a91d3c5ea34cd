"""What a period says of an office's guards, and the reviews that followed from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NewType, TypeVar
from uuid import UUID

from dawr.gates.concerns import REVIEWERS, Concern, Conclusion, Review, ReviewConcluded
from dawr.gates.guard_statistics import GuardFigures
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.kernel.refusal import Refusal
from dawr.people.model import Role
from dawr.tickets.model import TicketId, Verdict

ReviewId = NewType("ReviewId", UUID)
Part = TypeVar("Part")

PERIODS_DAYS = (7, 28)
REVIEWS_SHOWN = timedelta(days=365)
GUARD_ANSWERS_MAX = 5
OPINION_LENGTH_MAX = 1000
ANSWER_LENGTH_MAX = 2000
SUPPRESSED_BELOW = 10
"""Fewer cases than this are not published by themselves: nobody shall find himself, or a colleague, in a figure."""

EXAMINERS = (Role.BRANCH_HEAD, Role.AUTHORITY, Role.INSPECTOR, Role.AUDITOR)
"""Who looks at guards' figures and may review them."""


class ReviewStage(StrEnum):
    """How far a review has come."""

    AWAITS_FIRST = "awaits_first"
    AWAITS_SECOND = "awaits_second"
    UPHELD = "upheld"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCount:
    """A guard's shifts at devices: to how many of them the rota gave a lane, and in how many he took another one."""

    shifts: int
    proposed: int
    elsewhere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardAnswer:
    """What a guard says to a concern about him, in his own words."""

    words: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One of the tickets behind a concern; `lane` is None where it is not told, `ticket_id` where none is proven."""

    happened_at: datetime
    lane: int | None
    ticket_id: TicketId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingReview:
    """A review as it stands."""

    review_id: ReviewId
    office_id: OfficeId
    begun_at: datetime
    review: Review
    answers: tuple[GuardAnswer, ...] = ()

    @property
    def stage(self) -> ReviewStage:
        if self.review.conclusion is not None:
            return ReviewStage.UPHELD if self.review.conclusion is Conclusion.UPHELD else ReviewStage.SET_ASIDE
        return ReviewStage.AWAITS_SECOND if self.review.opinions else ReviewStage.AWAITS_FIRST

    @property
    def concluded_at(self) -> datetime | None:
        return self.review.opinions[-1].given_at if self.review.conclusion else None

    @property
    def is_answered_since(self) -> bool:
        """Whether the guard has answered after it was concluded."""
        ended_at = self.concluded_at
        return ended_at is not None and any(answer.answered_at > ended_at for answer in self.answers)

    def opinions_shown_to(self, person_id: PersonId) -> bool:
        """Each reviewer makes up his own mind first; everybody else reads them once both are given."""
        given = [opinion.reviewer_id for opinion in self.review.opinions]
        return len(given) >= REVIEWERS or person_id in given


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernOnBoard:
    """A concern, and the newest review of the same measure over an overlapping period, if there is one."""

    concern: Concern
    review: StandingReview | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardOnBoard:
    """One guard's line; `shifts` is None where he had none at a device."""

    figures: GuardFigures
    concerns: tuple[ConcernOnBoard, ...]
    shifts: ShiftCount | None

    @property
    def rarest(self) -> Fraction:
        """The probability of his rarest concern; 1 where there is none."""
        return min((each.concern.probability for each in self.concerns), default=Fraction(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeAtTheGate:
    """What an office publishes of a period.

    `parts` are the scans by what they came to, None for a visitor who left before there was a verdict; with `together`,
    the parts that are too small to stand alone, they are all `scans`. `charged` is None where it is too small to tell.
    """

    office_id: OfficeId
    guards: int
    scans: int
    parts: tuple[tuple[Verdict | None, int], ...]
    together: int
    charged: int | None
    admitted: int
    first_try_percent: int | None
    answer_seconds_median: float | None


class NoSuchConcern(Refusal):
    """The figures say nothing of the kind any longer."""

    code = "gates.no_such_concern"


class OpinionNeedsReason(Refusal):
    """An opinion without a reason helps nobody."""

    code = "gates.opinion_needs_reason"
    status = 422


class AnswerNeedsWords(Refusal):
    """An answer has words."""

    code = "gates.answer_needs_words"
    status = 422


class AnsweredOften(Refusal):
    """The guard has answered as often as there is room for."""

    code = "gates.answered_often"


def overlapping(reviews: Sequence[StandingReview], concern: Concern) -> StandingReview | None:
    """The newest review of the same guard and measure that looked at some of the same days."""
    return next(
        (
            each
            for each in sorted(reviews, key=lambda each: each.begun_at, reverse=True)
            if (each.review.concern.guard_id, each.review.concern.measure) == (concern.guard_id, concern.measure)
            and each.review.concern.period.starts_at < concern.period.ends_at
            and concern.period.starts_at < each.review.concern.period.ends_at
        ),
        None,
    )


def require_open(standing: StandingReview | None) -> StandingReview | None:
    """A concern that was reviewed is not reviewed anew, unless the guard has answered since."""
    if standing is not None and standing.review.conclusion is not None:
        if standing.is_answered_since:
            return None
        raise ReviewConcluded
    return standing


def period_before(now: datetime, *, days: int) -> Period:
    """The last `days` days up to this minute."""
    ends_at = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Period(starts_at=ends_at - timedelta(days=days), ends_at=ends_at)


def pooled(parts: Mapping[Part, int]) -> tuple[tuple[tuple[Part, int], ...], int]:
    """The parts of a whole that may be told apart, the largest first, and how many are told together only.

    A part below SUPPRESSED_BELOW is told together with others; and where these are too few still, the next smallest
    joins them, for otherwise a subtraction would tell. The parts and what is told together are always the whole.
    """
    apart = sorted(((part, count) for part, count in parts.items() if count), key=lambda each: each[1])
    together = 0
    while apart and (apart[0][1] < SUPPRESSED_BELOW or 0 < together < SUPPRESSED_BELOW):
        together += apart.pop(0)[1]
    return tuple(reversed(apart)), together

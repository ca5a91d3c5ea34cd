"""Concerns about a guard: figures that chance hardly explains, and the two people who look at each.

A concern is a question, never an answer: nothing in Dawr acts on one, and nothing follows from it before two people,
neither of them the guard, have looked at the tickets behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from dawr.gates.binomial import chance_of_at_least
from dawr.gates.guard_statistics import GuardFigures, Measure, Tally
from dawr.kernel.identifiers import PersonId
from dawr.kernel.periods import Period
from dawr.kernel.refusal import Refusal

CAREFUL_RATES: Mapping[Measure, Fraction] = {
    Measure.DECOYS_MISSED: Fraction(2, 100),
    Measure.DECOYS_LEFT_OUT: Fraction(2, 100),
    Measure.NAMES_DENIED: Fraction(5, 100),
    Measure.MISMATCHES_CHARGED: Fraction(1, 1000),
    Measure.SECOND_LOOKS_FAILED: Fraction(1, 1000),
    Measure.SECOND_LOOKS_LEFT_OUT: Fraction(5, 100),
    Measure.WRONG_FIRST_TRIES: Fraction(10, 100),
    Measure.QUICK_ANSWERS: Fraction(5, 100),
    Measure.OUT_OF_LANE: Fraction(2, 100),
    Measure.VISITORS_LEFT: Fraction(5, 100),
}
"""How often it happens to a careful guard too: cards are worn, people hurry, lanes close."""
CHANCE_MAX = Fraction(1, 100)
"""For each measure, so that of a hundred careful guards up to ten are looked at in a period for nothing: a review is
cheap, and harmless to them.
"""
FOUND_MIN = 2
"""One event is looked at as what it is; a rate takes two."""
ODDS_SHOWN_MAX = 1_000_000
REVIEWERS = 2


class Conclusion(StrEnum):
    """What two reviews come to; what one of them does not uphold is set aside."""

    UPHELD = "upheld"
    SET_ASIDE = "set_aside"


class ReviewOfOneself(Refusal):
    """A guard does not review what concerns himself."""

    code = "gates.review_of_oneself"
    status = 403


class SecondReviewByTheSame(Refusal):
    """The two reviews of a concern are by two people."""

    code = "gates.second_review_by_the_same"
    status = 403


class ReviewConcluded(Refusal):
    """Both reviews have been given."""

    code = "gates.review_concluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One measure of a guard's period; `probability`: how likely a careful guard shows as much or more by chance."""

    guard_id: PersonId
    period: Period
    measure: Measure
    tally: Tally
    probability: Fraction

    @property
    def sentence_key(self) -> str:
        """The message that says what was found, in both languages; its facts are `facts`."""
        return f"gates.concern.{self.measure}"

    @property
    def facts(self) -> dict[str, int]:
        """`expected`: per thousand of a careful guard; `odds`: he shows as much in at most one period of so many."""
        return {
            "found": self.tally.found,
            "of": self.tally.of,
            "expected": int(1000 * CAREFUL_RATES[self.measure]),
            "odds": min(ODDS_SHOWN_MAX, int(1 / self.probability)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one person makes of a concern, with his reason."""

    reviewer_id: PersonId
    is_upheld: bool
    reason: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A concern and what is thought of it; refuses the guard himself, the same person twice, and a third."""

    concern: Concern
    opinions: tuple[Opinion, ...] = ()

    def __post_init__(self) -> None:
        reviewers = [opinion.reviewer_id for opinion in self.opinions]
        if self.concern.guard_id in reviewers:
            raise ReviewOfOneself
        if len(set(reviewers)) < len(reviewers):
            raise SecondReviewByTheSame
        if len(reviewers) > REVIEWERS:
            raise ReviewConcluded

    def with_opinion(self, opinion: Opinion) -> "Review":
        return replace(self, opinions=(*self.opinions, opinion))

    @property
    def conclusion(self) -> Conclusion | None:
        """None until both have spoken."""
        if len(self.opinions) < REVIEWERS:
            return None
        return Conclusion.UPHELD if all(opinion.is_upheld for opinion in self.opinions) else Conclusion.SET_ASIDE


def concerns_of(figures: GuardFigures) -> tuple[Concern, ...]:
    """What of a guard's figures a careful guard would show in one period of a hundred or less, the rarest first."""
    found = [
        Concern(
            guard_id=figures.guard_id,
            period=figures.period,
            measure=measure,
            tally=tally,
            probability=chance_of_at_least(tally.found, of=tally.of, rate=CAREFUL_RATES[measure]),
        )
        for measure, tally in figures.tallies.items()
        if tally.found >= FOUND_MIN
    ]
    return tuple(sorted((each for each in found if each.probability <= CHANCE_MAX), key=lambda each: each.probability))

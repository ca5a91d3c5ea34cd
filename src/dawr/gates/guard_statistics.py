"""What a period at the gate says of each guard, and what of it an office publishes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from statistics import median

from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period

QUICK_SECONDS = 4.0
"""Six digits at named places are not found on a card and typed in less."""
GUARDS_PUBLISHED_MIN = 3
"""The figures of one or two guards would name them."""


class Measure(StrEnum):
    """What is counted of a guard, each time among the tickets where it could have happened."""

    DECOYS_MISSED = "decoys_missed"
    DECOYS_LEFT_OUT = "decoys_left_out"
    NAMES_DENIED = "names_denied"
    MISMATCHES_CHARGED = "mismatches_charged"
    SECOND_LOOKS_FAILED = "second_looks_failed"
    SECOND_LOOKS_LEFT_OUT = "second_looks_left_out"
    WRONG_FIRST_TRIES = "wrong_first_tries"
    QUICK_ANSWERS = "quick_answers"
    OUT_OF_LANE = "out_of_lane"
    VISITORS_LEFT = "visitors_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One ticket as one guard handled it, whose card's digits he typed.

    `answer_seconds` from scan to last answer; `ticket_lane` is the one that the ticket was sent to; `missed_decoy` is
    None where no wrong name was shown, `left_out_decoy` where none had to be, `denied_name` where no right one was;
    `failed_second_look` where nobody looked again, `left_out_second_look` where nobody had to; `has_left`, whether the
    visitor went before there was a verdict, in another lane; `is_charged` once the counter found another's card.
    """

    office_id: OfficeId
    guard_id: PersonId
    handled_at: datetime
    lane: int
    ticket_lane: int
    answer_seconds: float
    is_right_at_first: bool
    is_admitted: bool
    is_charged: bool = False
    missed_decoy: bool | None = None
    left_out_decoy: bool | None = None
    denied_name: bool | None = None
    failed_second_look: bool | None = None
    left_out_second_look: bool | None = None
    has_left: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of how many."""

    found: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.found <= self.of:
            raise ValueError("a tally is of a whole")

    @property
    def per_thousand(self) -> Fraction | None:
        return Fraction(1000 * self.found, self.of) if self.of else None


Tallies = Mapping[Measure, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the tickets handled in a period come to."""

    period: Period
    tallies: Tallies
    answer_seconds_median: float | None

    @property
    def first_try_rate(self) -> Fraction | None:
        """The share of tickets whose digits were right at the first try; None where no digits were typed."""
        tries = self.tallies[Measure.WRONG_FIRST_TRIES]
        return Fraction(tries.of - tries.found, tries.of) if tries.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFigures(Figures):
    """A guard's period; `by_lane` counts the tickets that he handled in each lane."""

    guard_id: PersonId
    by_lane: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFigures(Figures):
    """An office's period as the public sees it: no guard, and no lane, which would be a guard."""

    office_id: OfficeId
    guards: int


def figures_by_guard(handled: Iterable[Handled], *, period: Period) -> tuple[GuardFigures, ...]:
    """The figures of each guard who handled a ticket in the period, in the order of their ids."""
    by_guard: dict[PersonId, list[Handled]] = {}
    for each in handled:
        if period.contains(each.handled_at):
            by_guard.setdefault(each.guard_id, []).append(each)
    return tuple(
        GuardFigures(
            period=period,
            tallies=tallies_of(own),
            answer_seconds_median=median(each.answer_seconds for each in own),
            guard_id=guard_id,
            by_lane=dict(sorted(Counter(each.lane for each in own).items())),
        )
        for guard_id, own in sorted(by_guard.items())
    )


def office_figures(handled: Iterable[Handled], office_id: OfficeId, *, period: Period) -> OfficeFigures | None:
    """What an office publishes of a period; None where so few guards worked that the figures would name them."""
    own = [each for each in handled if each.office_id == office_id and period.contains(each.handled_at)]
    guards = len({each.guard_id for each in own})
    if guards < GUARDS_PUBLISHED_MIN:
        return None
    return OfficeFigures(
        period=period,
        tallies=tallies_of(own),
        answer_seconds_median=median(each.answer_seconds for each in own),
        office_id=office_id,
        guards=guards,
    )


def tallies_from(counted: Mapping[Measure, Tally]) -> Tallies:
    """Every measure; what was not counted happened nowhere."""
    return {measure: counted.get(measure, Tally(found=0, of=0)) for measure in Measure}


def tallies_of(handled: Sequence[Handled]) -> Tallies:
    """Every measure of these tickets."""
    return {
        Measure.DECOYS_MISSED: _tally(each.missed_decoy for each in handled),
        Measure.DECOYS_LEFT_OUT: _tally(each.left_out_decoy for each in handled),
        Measure.NAMES_DENIED: _tally(each.denied_name for each in handled),
        Measure.MISMATCHES_CHARGED: _tally(each.is_charged if each.is_admitted else None for each in handled),
        Measure.SECOND_LOOKS_FAILED: _tally(each.failed_second_look for each in handled),
        Measure.SECOND_LOOKS_LEFT_OUT: _tally(each.left_out_second_look for each in handled),
        Measure.WRONG_FIRST_TRIES: _tally(not each.is_right_at_first for each in handled),
        Measure.QUICK_ANSWERS: _tally(each.answer_seconds < QUICK_SECONDS for each in handled),
        Measure.OUT_OF_LANE: _tally(each.lane != each.ticket_lane for each in handled),
        Measure.VISITORS_LEFT: _tally(each.has_left for each in handled),
    }


def _tally(happened: Iterable[bool | None]) -> Tally:
    known = [each for each in happened if each is not None]
    return Tally(found=sum(known), of=len(known))

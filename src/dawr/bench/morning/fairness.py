"""Whether two groups were served alike, and whether one of them waited longer than chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

UNLIKELY = 0.01
"""Below this probability two groups are called different."""

TERMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two samples side by side.

    `distance` is the largest difference between their cumulative shares; `probability` that of one so large or larger
    where both come from the same distribution.
    """

    distance: float
    probability: float

    @property
    def is_alike(self) -> bool:
        return self.probability >= UNLIKELY


def compared(one: Sequence[float], other: Sequence[float]) -> Comparison:
    """The two-sample Kolmogorov-Smirnov test; its probability holds for samples of a few dozen and more."""
    if not one or not other:
        return Comparison(distance=0.0, probability=1.0)
    distance = _distance(sorted(one), sorted(other))
    effective = sqrt(len(one) * len(other) / (len(one) + len(other)))
    # The correction of Stephens (1970), by which the limit serves small samples too.
    return Comparison(distance=distance, probability=_probability((effective + 0.12 + 0.11 / effective) * distance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer:
    """By how many minutes one average wait was longer than another, and what lots alone bring about.

    `by_chance_max` is exceeded by lots alone once in a hundred times; `unseen` is what the replay cannot tell apart.
    """

    minutes: float
    by_chance_max: float
    unseen: float
    drawn: int

    @property
    def is_chance(self) -> bool:
        return self.minutes <= self.by_chance_max + self.unseen


def longer(minutes: float, *, by_chance: Sequence[float], unseen: float) -> Longer:
    """A difference that was found, beside those that lots alone made: a one-sided Monte Carlo test."""
    by_chance_max = percentile(by_chance, 100 * (1 - UNLIKELY))
    return Longer(minutes=minutes, by_chance_max=by_chance_max, unseen=unseen, drawn=len(by_chance))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of them do not exceed; 0.0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    at = beside = 0
    distance = 0.0
    while at < len(one) and beside < len(other):
        value = min(one[at], other[beside])
        while at < len(one) and one[at] == value:
            at += 1
        while beside < len(other) and other[beside] == value:
            beside += 1
        distance = max(distance, abs(at / len(one) - beside / len(other)))
    return distance


def _probability(scaled: float) -> float:
    """The tail of Kolmogorov's distribution."""
    if scaled < 0.2:
        return 1.0
    tail = 2 * sum((-1.0) ** (term - 1) * exp(-2 * (term * scaled) ** 2) for term in range(1, TERMS + 1))
    return float(min(1.0, max(0.0, tail)))

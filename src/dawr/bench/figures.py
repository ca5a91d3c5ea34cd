"""From what was measured round by round to the figures that are reported; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One crowd that went through: how fast, and what came of it.

    `acknowledged` answers said that something is there, `stored` is what is there; `unanswered` requests may have done
    their work or not. `oversold` are seats given beyond what there was, and entries of one person beyond the first.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    errors: int = 0
    unanswered: int = 0
    acknowledged: int = 0
    stored: int = 0
    oversold: int = 0
    miscounted: int = 0
    seats: int = 0

    @property
    def lost(self) -> int:
        """Acknowledged, and not there."""
        return max(0, self.acknowledged - self.stored)

    @property
    def unasked(self) -> int:
        """There, though nobody can have been told or have asked."""
        return max(0, self.stored - self.acknowledged - self.unanswered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One path in one round: at full speed, at half of it, and what pgbench did in the same round."""

    full: Pass
    half: Pass
    pgbench_rate: float

    @property
    def ratio(self) -> float:
        return self.full.rate / self.pgbench_rate


def path_figures(rounds: Sequence[Measured]) -> dict[str, Any]:
    """Medians of a path over its rounds; the latencies are those at half the peak, what went wrong is added up."""
    passes = [each for measured in rounds for each in (measured.full, measured.half)]
    return {
        "rate": round(median(each.full.rate for each in rounds)),
        "p50_ms": round(median(each.half.p50_ms for each in rounds), 2),
        "p99_ms": round(median(each.half.p99_ms for each in rounds), 2),
        "ratio": round(median(each.ratio for each in rounds), 3),
        "cpu_us": round(median(each.full.cpu_us for each in rounds)),
        "errors": sum(each.errors for each in passes),
        "oversold": sum(each.oversold for each in passes),
        **_truth(passes),
    }


def alone_figures(passes: Sequence[Pass]) -> dict[str, Any]:
    """Medians of the latencies of requests that hardly ever meet another one."""
    return {
        "p50_ms": round(median(each.p50_ms for each in passes), 2),
        "p99_ms": round(median(each.p99_ms for each in passes), 2),
        "errors": sum(each.errors for each in passes),
        **_truth(passes),
    }


def delayed_figures(passes: Sequence[Pass], *, pgbench_rates: Sequence[float]) -> dict[str, Any]:
    """The hot slot on a disk whose flushes are slow, against a transaction per request on the same disk."""
    pairs = zip(passes, pgbench_rates, strict=True)
    return {
        "rate": round(median(each.rate for each in passes)),
        "pgbench": round(median(pgbench_rates)),
        "ratio": round(median(each.rate / rate for each, rate in pairs), 2),
        "errors": sum(each.errors for each in passes),
        "oversold": sum(each.oversold for each in passes),
        **_truth(passes),
    }


def contested_figures(passes: Sequence[Pass]) -> dict[str, Any]:
    """Twice as many people as seats: every seat given, none twice."""
    return {
        "seats": sum(each.seats for each in passes),
        "unsold": sum(max(0, each.seats - each.stored) for each in passes),
        "errors": sum(each.errors for each in passes),
        "oversold": sum(each.oversold for each in passes),
        **_truth(passes),
    }


def _truth(passes: Sequence[Pass]) -> dict[str, int]:
    return {
        "lost": sum(each.lost for each in passes),
        "unasked": sum(each.unasked for each in passes),
        "miscounted": sum(each.miscounted for each in passes),
    }

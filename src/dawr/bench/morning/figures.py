"""What two mornings say: the one in which the scripts polled, and the same one in which they did not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dawr.bench.morning.fairness import Comparison, compared, percentile
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.replay import Replayed
from dawr.bench.morning.seekers import Ending, Seeker, of_group
from dawr.bench.morning.wire import Traffic

GROUPS: Mapping[str, bool] = {"honest": False, "scripts": True}
"""Each group, and whether it is the scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One half of the people on one morning; waits in minutes of the morning from the opening, latencies in ms."""

    people: int
    endings: Mapping[Ending, int]
    numbers: Sequence[int]
    waits: Sequence[float]
    told_to_wait: int
    sent: int
    answered: int
    stopped: int
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def had_turn(self) -> int:
        return len(self.waits)

    @property
    def wait_p50(self) -> float:
        return percentile(self.waits, 50)

    @property
    def wait_p90(self) -> float:
        return percentile(self.waits, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that the report shows; `polite` is the morning without the scripts' polling."""

    polling: Replayed
    polite: Replayed
    groups: Mapping[str, Group]
    polite_groups: Mapping[str, Group]
    numbers: Comparison
    """The numbers of honest people and of scripts, among those who were there at the opening."""
    honest_waits: Comparison
    """How long honest people waited for their turn, with polling scripts beside them and without."""

    @property
    def failures(self) -> list[str]:
        """What must never happen and did, in words for an engineer."""
        faults: dict[str, int] = {}
        for name, run in (("polling", self.polling), ("polite", self.polite)):
            served = sum(seeker.ending is Ending.SERVED for seeker in run.everybody)
            faults |= {
                f"{name}: people without an answer": sum(
                    seeker.ending is Ending.UNANSWERED for seeker in run.everybody
                ),
                f"{name}: people told something else than the database says": run.contradicted,
                f"{name}: seats oversold": run.truth.oversold,
                f"{name}: bookings acknowledged and not there, or there and not acknowledged": abs(
                    run.truth.bookings - served
                ),
                f"{name}: second bookings of one person": run.truth.bookings - run.truth.people_with_booking,
            }
        return [f"{fault}: {count}" for fault, count in faults.items() if count]

    @property
    def has_passed(self) -> bool:
        """Whether everybody has his answer, nothing is double, and the scripts gained nothing."""
        return not self.failures and self.numbers.is_alike


def figures(*, polling: Replayed, polite: Replayed) -> Figures:
    groups, polite_groups = _groups(polling), _groups(polite)
    return Figures(
        polling=polling,
        polite=polite,
        groups=groups,
        polite_groups=polite_groups,
        numbers=compared(groups["honest"].numbers, groups["scripts"].numbers),
        honest_waits=compared(groups["honest"].waits, polite_groups["honest"].waits),
    )


def as_json(found: Figures) -> dict[str, object]:
    """For a file beside those of other runs."""
    plan = found.polling.plan
    return {
        "people": plan.people,
        "quota": plan.quota,
        "minutes_scale": plan.scale,
        "has_passed": found.has_passed,
        "failures": found.failures,
        "numbers_alike": _comparison(found.numbers),
        "honest_waits_alike": _comparison(found.honest_waits),
        "polling": _morning(found.polling, groups=found.groups),
        "polite": _morning(found.polite, groups=found.polite_groups),
    }


def _groups(run: Replayed) -> dict[str, Group]:
    traffics = {"honest": run.honest, "scripts": run.scripts}
    return {
        name: _group(of_group(run.everybody, scripts=scripts), traffic=traffics[name], opened=run.opened_minute)
        for name, scripts in GROUPS.items()
    }


def _group(people: Sequence[Seeker], *, traffic: Traffic, opened: float) -> Group:
    endings = Counter(seeker.ending for seeker in people)
    return Group(
        people=len(people),
        endings={ending: endings[ending] for ending in Ending},
        numbers=[seeker.first_number for seeker in people if seeker.first_number is not None and _gathered(seeker)],
        waits=[seeker.turn_minute - opened for seeker in people if seeker.turn_minute is not None],
        told_to_wait=sum(seeker.told_to_wait > 0 for seeker in people),
        sent=traffic.sent,
        answered=traffic.answered.total(),
        stopped=traffic.stopped.total(),
        failed=traffic.failed,
        p50_ms=percentile(traffic.latencies, 50) * 1000,
        p99_ms=percentile(traffic.latencies, 99) * 1000,
    )


def _gathered(seeker: Seeker) -> bool:
    return seeker.joined_minute is not None and seeker.joined_minute < GATHER_MINUTES


def _comparison(found: Comparison) -> dict[str, object]:
    return {"distance": found.distance, "probability": found.probability, "is_alike": found.is_alike}


def _morning(run: Replayed, *, groups: Mapping[str, Group]) -> dict[str, object]:
    return {
        "opened_minute": run.opened_minute,
        "closed_minute": run.closed_minute,
        "bookings": run.truth.bookings,
        "oversold": run.truth.oversold,
        "contradicted": run.contradicted,
        "stopped_by_layer": dict(run.truth.stopped),
        "groups": {
            name: {
                "people": group.people,
                "endings": {ending.value: count for ending, count in group.endings.items()},
                "had_turn": group.had_turn,
                "wait_p50_minutes": group.wait_p50,
                "wait_p90_minutes": group.wait_p90,
                "told_to_wait": group.told_to_wait,
                "sent": group.sent,
                "answered": group.answered,
                "stopped": group.stopped,
                "failed": group.failed,
                "p50_ms": group.p50_ms,
                "p99_ms": group.p99_ms,
            }
            for name, group in groups.items()
        },
    }

"""What two mornings say: the one in which the scripts polled, and the same one in which they did not.

That nobody honest waits longer for the scripts' sake is three statements, and each can fail:

- The numbers. A number depends on the lot of whoever is there at the opening and on nothing else, so honest people and
  scripts must have the same distribution of numbers (Kolmogorov-Smirnov), although the scripts came first and asked
  without end. A person has one place, so polling adds nobody who could stand before an honest person.
- The two mornings. Both are replayed in full over HTTP with the same people, who come in the same minutes; in one the
  scripts poll, in the other the same scripts ask no more often than anybody. Whose turn comes is drawn anew, so people
  cannot be paired, and the turns of one morning hang on each other, so they are no sample of independent waits. What is
  compared is the average wait of honest people among as many turns of each morning, from the first on, and the measure
  of chance is the same difference between any two of `MORNINGS` mornings that were only played through (`lots`).
- The morning itself. On the one on which the scripts poll, honest people must not wait longer than the scripts, by the
  same measure.

A wait is counted from the opening, or from his coming for whoever came later: who comes an hour late has not waited
that hour. It ends when his number is called. What happens within `UNSEEN_SECONDS` on the clock on the wall cannot be
told apart; times the scale of the replay it is allowed for. How late the opening itself was is shown on the wall's
clock.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from dawr.bench.morning.arrivals import CURVE
from dawr.bench.morning.fairness import Comparison, Longer, compared, longer, percentile
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.lots import Waits, average, waited, waits_by_lot, waits_of
from dawr.bench.morning.replay import Replayed
from dawr.bench.morning.seekers import Ending, Seeker, of_group
from dawr.bench.morning.wire import Traffic

GROUPS: Mapping[str, bool] = {"honest": False, "scripts": True}
"""Each group, and whether it is the scripts."""

MORNINGS = 200
UNSEEN_SECONDS = 2
"""The worker lets people in once a second, and what everybody is shown is up to a second old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One half of the people on one morning; waits in minutes of the morning, latencies in ms.

    `shut_out` is how many came before the opening and were in line only after it, if at all.
    """

    people: int
    endings: Mapping[Ending, int]
    numbers: Sequence[int]
    waits: Sequence[float]
    shut_out: int
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
    def wait_average(self) -> float:
        return average(self.waits)

    @property
    def wait_p50(self) -> float:
        return percentile(self.waits, 50)

    @property
    def wait_p90(self) -> float:
        return percentile(self.waits, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Those of one half who came between two minutes; `until_minute` is None where nobody of them came later."""

    is_script: bool
    from_minute: int
    until_minute: int | None
    people: int
    number_p50: int
    had_turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that the report shows; `polite` is the morning without the scripts' polling."""

    polling: Replayed
    polite: Replayed
    groups: Mapping[str, Group]
    polite_groups: Mapping[str, Group]
    by_arrival: Sequence[Arrived]
    numbers: Comparison
    """The numbers of honest people and of scripts, among those who were there at the opening."""
    for_polling: Longer
    """How much longer honest people waited while the scripts polled than while they did not."""
    than_scripts: Longer
    """How much longer honest people waited than the scripts, while these polled."""

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
        """Whether everybody has his answer, nothing is double, and nobody honest waited longer for the scripts."""
        return not self.failures and self.is_fair

    @property
    def is_fair(self) -> bool:
        return self.numbers.is_alike and self.for_polling.is_chance and self.than_scripts.is_chance


def figures(*, polling: Replayed, polite: Replayed) -> Figures:
    waits, polite_waits = _waits(polling), _waits(polite)
    groups, polite_groups = _groups(polling), _groups(polite)
    plan = polling.plan
    drawn = waits_by_lot(polling.everybody, rules=polling.line.rules, scale=plan.scale, mornings=MORNINGS)
    unseen = UNSEEN_SECONDS * plan.scale / 60
    return Figures(
        polling=polling,
        polite=polite,
        groups=groups,
        polite_groups=polite_groups,
        by_arrival=_by_arrival(polling),
        numbers=compared(groups["honest"].numbers, groups["scripts"].numbers),
        for_polling=longer(
            _longer_than(waits, polite_waits),
            by_chance=[_longer_than(one, other) for one, other in product(drawn, repeat=2) if one is not other],
            unseen=unseen,
        ),
        than_scripts=longer(
            _longer_than_scripts(waits), by_chance=[_longer_than_scripts(each) for each in drawn], unseen=unseen
        ),
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
        "honest_longer_for_polling": _longer(found.for_polling),
        "honest_longer_than_scripts": _longer(found.than_scripts),
        "polling": _morning(found.polling, groups=found.groups),
        "polite": _morning(found.polite, groups=found.polite_groups),
    }


def _waits(run: Replayed) -> Waits:
    called = [(each, each.turn_minute) for each in run.everybody if each.turn_minute is not None]
    return waits_of(sorted(called, key=lambda turn: turn[1]), opened=run.opened_minute)


def _longer_than(one: Waits, other: Waits) -> float:
    """By how much honest people waited longer on one morning than on another, among as many turns of each."""
    turns = min(one.turns, other.turns)
    return one.honest(turns) - other.honest(turns)


def _longer_than_scripts(of: Waits) -> float:
    return of.honest(of.turns) - of.scripts(of.turns)


def _by_arrival(run: Replayed) -> list[Arrived]:
    """The scripts, and the honest people by the marks of the published curve up to the opening, and after it."""
    marks = [*(minute for minute, _ in CURVE if minute < GATHER_MINUTES), GATHER_MINUTES, None]
    spans = [(True, 0, None), *((False, start, end) for start, end in pairwise(marks) if start is not None)]
    return [_arrived(run, is_script=is_script, start=start, end=end) for is_script, start, end in spans]


def _arrived(run: Replayed, *, is_script: bool, start: int, end: int | None) -> Arrived:
    people = [
        each
        for each in of_group(run.everybody, scripts=is_script)
        if each.arrives_minute >= start and (end is None or each.arrives_minute < end)
    ]
    return Arrived(
        is_script=is_script,
        from_minute=start,
        until_minute=end,
        people=len(people),
        number_p50=int(percentile([each.first_number for each in people if each.first_number is not None], 50)),
        had_turn=sum(each.turn_minute is not None for each in people),
    )


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
        waits=[waited(each, called=each.turn_minute, opened=opened) for each in people if each.turn_minute is not None],
        shut_out=sum(seeker.arrives_minute < GATHER_MINUTES and not _gathered(seeker) for seeker in people),
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


def _longer(found: Longer) -> dict[str, object]:
    return {
        "minutes": found.minutes,
        "by_chance_max": found.by_chance_max,
        "unseen": found.unseen,
        "is_chance": found.is_chance,
    }


def _morning(run: Replayed, *, groups: Mapping[str, Group]) -> dict[str, object]:
    return {
        "opened_minute": run.opened_minute,
        "opened_late_seconds": run.opened_late_seconds,
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
                "wait_average_minutes": group.wait_average,
                "wait_p50_minutes": group.wait_p50,
                "wait_p90_minutes": group.wait_p90,
                "shut_out": group.shut_out,
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

"""Mornings that might have been: the same people come in the same minutes and nobody polls; other lots are drawn.

How far the waits of two such mornings lie apart is what chance alone does. People are let in by the line's own rule,
`dawr.lines.pacing`, once a second as by the worker, and it takes a second until they know and are answered. Left out
are new numbers for those who missed their turn, which are behind everybody.
"""

from bisect import bisect
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from random import Random
from statistics import fmean

from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.seekers import Seeker, between, chance
from dawr.bench.morning.stories import LOOK_SECONDS
from dawr.lines import pacing
from dawr.lines.model import Rules

LET_IN_EVERY_SECONDS = 1
KNOWN_AFTER_SECONDS = 1
"""On the clock on the wall, as the one above: now.json is up to a second old, and four requests have to be answered."""
CALLED_PER_SEAT_MAX = round(1 / pacing.SHOW_RATE_MIN)

Turn = tuple[Seeker, float]
"""Who was called, and in which minute of the morning."""


class Waits:
    """How long those of each half whose turn came had waited, on average, in minutes of the morning.

    They are told for the first so many turns, because whoever comes later has a higher number and waits longer: where
    more people stay away more are called, and an average over all of them would be of other people.
    """

    __slots__ = ("_counts", "_sums")

    def __init__(self, in_order: Iterable[tuple[bool, float]]) -> None:
        """From each turn, in the order of the turns: whether it was a script's, and the wait."""
        self._sums: tuple[list[float], list[float]] = [0.0], [0.0]
        self._counts: tuple[list[int], list[int]] = [0], [0]
        for is_script, wait in in_order:
            for half, (sums, counts) in enumerate(zip(self._sums, self._counts, strict=True)):
                is_his = half == is_script
                sums.append(sums[-1] + wait * is_his)
                counts.append(counts[-1] + is_his)

    @property
    def turns(self) -> int:
        return len(self._sums[0]) - 1

    def honest(self, turns: int) -> float:
        """Of the honest people among the first so many turns; 0.0 of nobody."""
        return self._average(0, turns)

    def scripts(self, turns: int) -> float:
        """Of the scripts among the first so many turns; 0.0 of nobody."""
        return self._average(1, turns)

    def _average(self, half: int, turns: int) -> float:
        count = self._counts[half][turns]
        return self._sums[half][turns] / count if count else 0.0


def waits_by_lot(everybody: Sequence[Seeker], *, rules: Rules, scale: float, mornings: int) -> list[Waits]:
    """Of so many mornings; the same whenever it is asked."""
    by_arrival = sorted(everybody, key=lambda each: each.arrives_minute)
    gathered = by_arrival[: bisect([each.arrives_minute for each in by_arrival], GATHER_MINUTES)]
    late = by_arrival[len(gathered) :]
    called_max = min(len(gathered), CALLED_PER_SEAT_MAX * rules.seats)
    orders = ([*Random(nth).sample(gathered, called_max), *late] for nth in range(mornings))  # noqa: S311 - no secret
    return [waits_of(turns(order, rules=rules, scale=scale), opened=GATHER_MINUTES) for order in orders]


def turns(order: Sequence[Seeker], *, rules: Rules, scale: float) -> Iterator[Turn]:
    """Who is called, in this order, until the last seat is taken or the line closes."""
    line = _Line(rules, scale=scale)
    arrivals = [max(GATHER_MINUTES, each.arrives_minute) for each in order]
    closes = GATHER_MINUTES + (rules.closes_at - rules.opens_at).total_seconds() * scale / 60
    minute, called = float(GATHER_MINUTES), 0
    while called < len(order) and line.seats_left and minute < closes:
        line.pass_until(minute)
        following = order[called : called + line.count_to_call(bisect(arrivals, minute) - called)]
        for seeker in following:
            line.call(seeker, minute=minute)
            yield seeker, minute
        called += len(following)
        minute += LET_IN_EVERY_SECONDS * scale / 60


def waited(seeker: Seeker, *, called: float, opened: float) -> float:
    """From the opening until he was called, or from his coming if he came later."""
    return called - max(opened, seeker.arrives_minute)


def average(waits: Sequence[float]) -> float:
    """0.0 of nobody."""
    return fmean(waits) if waits else 0.0


def waits_of(called: Iterable[Turn], *, opened: float) -> Waits:
    """Of those who were called, in the order in which they were."""
    return Waits((seeker.is_script, waited(seeker, called=minute, opened=opened)) for seeker, minute in called)


class _Line:
    """Who is inside, what is left, and how many of those whose time is over had come; all by number, from 0."""

    def __init__(self, rules: Rules, *, scale: float) -> None:
        self.seats_left = rules.seats
        self._inside_max = rules.inside_max
        self._inside = 0
        self._minutes = rules.act_seconds * scale / 60
        # As in the stories: everybody knows when the line opens, and looks soon after.
        self._first_look_minutes = min(LOOK_SECONDS[0], rules.act_seconds / 2) * scale / 60
        self._known_minutes = KNOWN_AFTER_SECONDS * scale / 60
        self._ends: list[float] = []
        self._has_taken: list[bool] = []
        self._takes: list[tuple[float, int]] = []
        self._ended = 0
        self._learnt: deque[bool] = deque(maxlen=pacing.LEARNT_FROM_NUMBERS)

    def call(self, seeker: Seeker, *, minute: float) -> None:
        ends = minute + self._minutes
        takes = self._comes_minute(seeker, minute) + seeker.act_minutes
        if seeker.comes and takes <= ends:
            heappush(self._takes, (takes, len(self._ends)))
        self._ends.append(ends)
        self._has_taken.append(False)
        self._inside += 1

    def pass_until(self, minute: float) -> None:
        """Seats are taken, and turns end."""
        while self._takes and self._takes[0][0] <= minute and self.seats_left:
            _, number = heappop(self._takes)
            self._has_taken[number] = True
            self._inside -= 1
            self.seats_left -= 1
        while self._ended < len(self._ends) and self._ends[self._ended] <= minute:
            has_taken = self._has_taken[self._ended]
            self._inside -= not has_taken
            self._learnt.append(has_taken)
            self._ended += 1

    def count_to_call(self, waiting: int) -> int:
        return pacing.let_in(
            inside=self._inside,
            inside_max=self._inside_max,
            show_rate=pacing.show_rate(called=len(self._learnt), acted=sum(self._learnt)),
            seats_left=self.seats_left,
            waiting=waiting,
        )

    def _comes_minute(self, seeker: Seeker, minute: float) -> float:
        known = minute + self._known_minutes
        if seeker.is_script:
            return known
        first_look = between(0, self._first_look_minutes, chance=chance(seeker.name, "opening"))
        return max(known, GATHER_MINUTES + first_look, seeker.arrives_minute + seeker.away_minutes)

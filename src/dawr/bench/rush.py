"""The rush of opening time, over HTTP as signed-in people, beside pgbench on the same server in the same minutes."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from dawr.bench import pgbench
from dawr.bench.figures import Measured, Pass, alone_figures, contested_figures, delayed_figures, path_figures
from dawr.bench.openings import announce_draw
from dawr.bench.passes import Passes
from dawr.bench.server import flushes_delayed
from dawr.bench.site import Clock, prepared_site, running_site
from dawr.settings import read_settings

Told = Callable[[str, int, int], None]
"""Told before each step: its name, how many are done, how many there are."""

Go = Callable[..., Pass]

ALONE_RATE = 800
CONTESTED_SLOTS = 50
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured: so many rounds, `requests` a path at full speed, then so many seconds at half of it."""

    rounds: int = 5
    requests: int = 10_000
    seconds: int = 3


@dataclass(slots=True, kw_only=True)
class Rush:
    """The rounds at one site, and what they have measured so far."""

    passes: Passes
    plan: Plan
    _pgbench: dict[str, list[float]] = field(default_factory=dict)
    _paths: dict[str, list[Measured]] = field(default_factory=dict)
    _alone: list[Pass] = field(default_factory=list)
    _contested: list[Pass] = field(default_factory=list)
    _delayed: list[Pass] = field(default_factory=list)

    def run(self, told: Told) -> None:
        """Every round goes through the same steps, so that each side meets the same hours of the machine."""
        self._warm_up()
        steps = self._steps() * self.plan.rounds
        for number, (name, step) in enumerate(steps):
            told(name, number, len(steps))
            step()
        told("done", len(steps), len(steps))

    def figures(self) -> dict[str, Any]:
        """Medians over the rounds."""
        rates = {name: round(median(rates)) for name, rates in self._pgbench.items()}
        return {
            "pgbench": {name: rates[name] for name in ("insert", "hot_row")},
            **{name: path_figures(rounds) for name, rounds in self._paths.items()},
            "flush_2ms": delayed_figures(self._delayed, pgbench_rates=self._pgbench["delayed"]),
            "lone": alone_figures(self._alone),
            "contested": contested_figures(self._contested),
        }

    def _steps(self) -> list[tuple[str, Callable[[], None]]]:
        passes, pgbench_of, path = self.passes, self._measure_pgbench, self._measure_path
        return [
            ("pgbench, insert", partial(pgbench_of, "insert", pgbench.INSERT)),
            ("enter a draw", partial(path, "enter", passes.enter, against="insert")),
            ("pgbench, one hot row", partial(pgbench_of, "hot_row", pgbench.HOT_ROW)),
            ("one hot slot", partial(path, "hot_slot", partial(passes.take, slots=1), against="hot_row")),
            ("50 slots", partial(path, "slots_50", partial(passes.take, slots=50), against="insert")),
            ("1,000 slots", partial(path, "slots_1000", partial(passes.take, slots=1000), against="insert")),
            ("read one's status", partial(path, "status", passes.read, against="insert")),
            ("lone requests", self._measure_alone),
            ("twice as many as seats", self._measure_contested),
            ("2 ms more a flush", self._measure_delayed),
        ]

    def _warm_up(self) -> None:
        count = max(1, self.plan.requests // 5)
        self.passes.enter(count)
        self.passes.take(count, slots=1)
        self.passes.read(count)

    def _measure_pgbench(self, name: str, script: str) -> None:
        rate = pgbench.rate_of(script, url=self.passes.site.server.url, seconds=self.plan.seconds)
        self._pgbench.setdefault(name, []).append(rate)

    def _measure_path(self, name: str, go: Go, *, against: str) -> None:
        full = go(self.plan.requests)
        rate = full.rate * HALF
        half = go(max(1, int(rate * self.plan.seconds)), rate=rate)
        measured = Measured(full=full, half=half, pgbench_rate=self._pgbench[against][-1])
        self._paths.setdefault(name, []).append(measured)

    def _measure_alone(self) -> None:
        self._alone.append(self.passes.enter(ALONE_RATE * self.plan.seconds, rate=ALONE_RATE))

    def _measure_contested(self) -> None:
        self._contested.append(self.passes.take(self.plan.requests, slots=CONTESTED_SLOTS, seats_share=0.5))

    def _measure_delayed(self) -> None:
        with flushes_delayed(self.passes.site.server.url):
            self._measure_pgbench("delayed", pgbench.HOT_ROW)
            self._delayed.append(self.passes.take(self.plan.requests, slots=1))


def rush_figures(*, plan: Plan, clock: Clock, told: Told) -> dict[str, Any]:
    """Starts a site of its own, lets the crowds come, counts what is there, and stops everything again."""
    with (
        tempfile.TemporaryDirectory(prefix="dawr-bench-", ignore_cleanup_errors=True) as name,
        prepared_site(Path(name), now=clock()) as (server, environment),
    ):
        draw = announce_draw(server.url, settings=read_settings(environment), now=clock())
        pgbench.make_tables(server.url)
        with running_site(Path(name), server=server, environment=environment) as site:
            rush = Rush(passes=Passes(site=site, draw=draw, clock=clock), plan=plan)
            rush.run(told)
    return rush.figures()

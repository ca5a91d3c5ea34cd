"""One morning from its first minute until everybody has an answer."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import uvloop

from dawr.bench.crowd import Browser, Crowd, people
from dawr.bench.morning.line import GATHER_MINUTES, Truth, announced, truth
from dawr.bench.morning.seekers import Ending, Seeker, of_group, seekers
from dawr.bench.morning.stories import Board, NobodyAnswered, Stories, Tempo
from dawr.bench.morning.wire import Traffic, Wire
from dawr.bench.site import Clock, Site, prepared_site, running_site
from dawr.lines.model import FirstCome

HONEST_CONNECTIONS = 400
SCRIPT_CONNECTIONS = 400
HAMMERED_A_SECOND = 60.0
"""By one script; how many hammer at one time follows from it. One that has had its burst makes room for the next."""
LATE_A_SECOND = 2000
STARTS_AFTER = timedelta(seconds=2)
SHOWN_SECONDS = 0.5


Shown = Callable[[str, int, int], None]
"""Told of each stage: its name, how much is done, of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many come for how many seats, how many times shorter everything is, and how hard the scripts poll.

    `hammered_a_second` is what the scripts send beyond what they need, 0 where they are as polite as everybody else.
    """

    people: int
    quota: int
    scale: float
    hammered_a_second: float = 1500.0

    @property
    def is_polling(self) -> bool:
        return self.hammered_a_second > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A morning that is over; the minutes are the morning's own. It opened when the first number was called."""

    plan: Plan
    line: FirstCome
    everybody: Sequence[Seeker]
    honest: Traffic
    scripts: Traffic
    serving: Sequence[tuple[float, int]]
    taken: Sequence[float]
    opened_minute: float
    closed_minute: float
    truth: Truth
    contradicted: int

    @property
    def opened_late_seconds(self) -> float:
        """How long the order took after the announced opening, by the clock on the wall."""
        return (self.opened_minute - GATHER_MINUTES) * 60 / self.plan.scale


def replayed(plan: Plan, *, clock: Clock, shown: Shown) -> Replayed:
    """Start a site, let everybody come, and ask the database what became of them."""
    with tempfile.TemporaryDirectory(prefix="dawr-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with prepared_site(folder, now=clock()) as (server, environment):
            # People come through a proxy, so that each has his own address or his carrier's.
            environment["DAWR_TRUSTED_PROXIES"] = "127.0.0.1"
            with running_site(folder, server=server, environment=environment) as site:
                run = _Run(site, plan=plan, clock=clock, shown=shown)
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    return runner.run(run.replayed())


class _Run:
    def __init__(self, site: Site, *, plan: Plan, clock: Clock, shown: Shown) -> None:
        self._site = site
        self._plan = plan
        self._clock = clock
        self._shown = shown
        self._everybody = seekers(plan.people)
        self._board = Board()
        crowd = Crowd(settings=site.settings, signed_in_at=clock())
        self._browsers: list[Browser] = []
        for browser in crowd.browsers(people(0, plan.people)):
            self._browsers.append(browser)
            if len(self._browsers) % 1000 == 0:
                shown("signing in", len(self._browsers), plan.people)

    async def replayed(self) -> Replayed:
        gathers_at = self._clock() + STARTS_AFTER
        url, plan = self._site.server.url, self._plan
        line = await announced(url, quota=plan.quota, scale=plan.scale, gathers_at=gathers_at, now=self._clock())
        tempo = Tempo(scale=plan.scale, gathers_at=gathers_at, now=self._clock())
        honest, scripts = (
            Wire(self._site.addresses, connections=connections, traffic=Traffic(minute=tempo.minute))
            for connections in (HONEST_CONNECTIONS, SCRIPT_CONNECTIONS)
        )
        stories = Stories(
            line.rules,
            tempo=tempo,
            board=self._board,
            honest=honest,
            scripts=scripts,
            is_polling=plan.is_polling,
        )
        await self._live_through(stories, tempo=tempo)
        for wire in (honest, scripts):
            wire.close()
        found = truth(url, line=line)
        return Replayed(
            plan=plan,
            line=line,
            everybody=self._everybody,
            honest=honest.traffic,
            scripts=scripts.traffic,
            serving=self._board.seen,
            taken=sorted(stories.taken),
            opened_minute=min(each.turn_minute for each in self._everybody if each.turn_minute is not None),
            closed_minute=self._board.seen[-1][0],
            truth=found,
            contradicted=contradicted(self._everybody, found=found),
        )

    async def _live_through(self, stories: Stories, *, tempo: Tempo) -> None:
        """Until everybody's story has come to its end."""
        await asyncio.sleep(tempo.seconds_until(0.0))
        async with asyncio.TaskGroup() as group:
            showing = group.create_task(self._show(tempo))
            lives = [group.create_task(stories.watch()), *self._hammers(group, stories)]
            for seeker in sorted(self._everybody, key=lambda each: each.arrives_minute):
                await self._let_arrive(seeker, stories=stories, tempo=tempo)
                lives.append(group.create_task(self._live(seeker, stories)))
            await asyncio.wait(lives)
            showing.cancel()

    async def _live(self, seeker: Seeker, stories: Stories) -> None:
        story = stories.script if seeker.is_script else stories.honest
        # Who was told nothing stays unanswered, and is counted as that.
        with suppress(NobodyAnswered):
            await story(seeker, self._browsers[seeker.name])

    async def _let_arrive(self, seeker: Seeker, *, stories: Stories, tempo: Tempo) -> None:
        """At his minute; nobody waits for the evening, so that who would come after the closing comes then."""
        if wait := tempo.seconds_until(seeker.arrives_minute):
            await stories.until_closed(wait)
            if self._board.closed.is_set():
                await asyncio.sleep(1 / LATE_A_SECOND)

    def _hammers(self, group: asyncio.TaskGroup, stories: Stories) -> list["asyncio.Task[None]"]:
        """The farm's machines: each takes the next of the scripts, and the next."""
        if not self._plan.is_polling:
            return []
        scripts = of_group(self._everybody, scripts=True)
        following = cycle(scripts)
        machines = max(1, round(self._plan.hammered_a_second / HAMMERED_A_SECOND))

        async def machine() -> None:
            while not self._board.closed.is_set():
                seeker = next(following)
                await stories.hammer(seeker, self._browsers[seeker.name], rate=HAMMERED_A_SECOND)

        return [group.create_task(machine()) for _ in range(machines)]

    async def _show(self, tempo: Tempo) -> None:
        polling = "scripts poll" if self._plan.is_polling else "scripts wait"
        while True:
            if not self._board.opened.is_set():
                self._shown(f"{polling}: gathering", min(GATHER_MINUTES, int(tempo.minute())), GATHER_MINUTES)
            else:
                ended = sum(seeker.ending is not Ending.UNANSWERED for seeker in self._everybody)
                self._shown(f"{polling}: answered", ended, len(self._everybody))
            await asyncio.sleep(SHOWN_SECONDS)


def contradicted(everybody: Sequence[Seeker], *, found: Truth) -> int:
    """How many were told something else than what the database says: about a seat, a number, or a place."""
    told = zip(everybody, people(0, len(everybody)), strict=True)
    return sum(
        (seeker.ending is Ending.SERVED) != (person_id in found.served)
        or (seeker.ending is Ending.TOO_LATE) == (person_id in found.numbers)
        or (seeker.number is not None and seeker.number != found.numbers.get(person_id))
        for seeker, person_id in told
    )

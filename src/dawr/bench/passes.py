"""One crowd goes through: sent over HTTP, and counted in the database afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from typing import Any

from dawr.bench.crowd import Crowd, people
from dawr.bench.figures import Pass
from dawr.bench.load import Driven, drive
from dawr.bench.openings import LINE_SERVICE, OpenDraw, OpenLine, open_line_of
from dawr.bench.server import count_booked, count_entered
from dawr.bench.site import Clock, Site
from dawr.kernel.identifiers import PersonId

CONNECTIONS = 256
"""So many people at a time; the pgbench beside them has 32 clients, as everywhere."""
DONE, READ, REFUSED = 201, 200, 409


@dataclass(slots=True, kw_only=True)
class Passes:
    """The paths of opening time at one running site; `came` is how many people have come so far, nobody twice."""

    site: Site
    draw: OpenDraw
    clock: Clock
    came: int = 0
    _entered: Sequence[PersonId] = field(default=())
    _served: tuple[OpenLine, Sequence[PersonId]] | None = None

    def enter(self, count: int, *, rate: float = 0) -> Pass:
        """So many people enter the draw, each with one wish of his own."""
        self._entered = crowd = self._come(count)
        requests = self._signed_in.requests("POST", self.draw.path, people=iter(crowd), bodies=cycle(self.draw.bodies))
        driven, cpu_seconds = self._drive(requests, rate=rate)
        counted = count_entered(self.site.server.url, draw_id=self.draw.draw_id, people=crowd)
        return _pass(driven, cpu_seconds=cpu_seconds, **counted)

    def take(self, count: int, *, slots: int, rate: float = 0, seats_share: float = 1.0) -> Pass:
        """So many people, or a few more to fill all slots alike, whose turn it is take their seats at once.

        There are as many seats as people, or that share of them.
        """
        each = -(-count // slots)
        crowd = self._come(each * slots)
        line = open_line_of(
            self.site.server.url,
            name=f"rush-{self.came}",
            people=crowd,
            slots=slots,
            seats=max(1, int(each * seats_share)),
            settings=self.site.settings,
            now=self.clock(),
        )
        self._served = (line, crowd)
        bodies = cycle({"slot": slot_id} for slot_id in line.slot_ids)
        requests = self._signed_in.requests("POST", line.booking_path, people=iter(crowd), bodies=bodies)
        driven, cpu_seconds = self._drive(requests, rate=rate)
        counted = count_booked(self.site.server.url, service_id=LINE_SERVICE, slot_ids=line.slot_ids)
        expected = (DONE,) if seats_share >= 1 else (DONE, REFUSED)
        return _pass(driven, cpu_seconds=cpu_seconds, expected=expected, **counted)

    def read(self, count: int, *, rate: float = 0) -> Pass:
        """Those who came last read how they stand: every other one in the draw, every other one in the line."""
        assert self._served, "somebody has taken a seat"
        line, served = self._served
        of_draw = self._signed_in.requests("GET", self.draw.path, people=iter(self._entered[:count]))
        of_line = self._signed_in.requests("GET", line.place_path, people=iter(served[:count]))
        pairs = zip(cycle(of_draw), cycle(of_line), strict=False)
        requests = list(islice(chain.from_iterable(pairs), count))
        driven, cpu_seconds = self._drive(requests, rate=rate)
        return _pass(driven, cpu_seconds=cpu_seconds, expected=(READ,))

    @property
    def _signed_in(self) -> Crowd:
        return Crowd(settings=self.site.settings, signed_in_at=self.clock())

    def _come(self, count: int) -> list[PersonId]:
        """The next people; their ids follow each other."""
        first, self.came = self.came, self.came + count
        return list(people(first, count))

    def _drive(self, requests: Sequence[bytes], *, rate: float) -> tuple[Driven, float]:
        before = self.site.cpu_seconds()
        driven = drive(self.site.addresses, iter(requests), connections=CONNECTIONS, rate=rate)
        return driven, self.site.cpu_seconds() - before


def _pass(driven: Driven, *, cpu_seconds: float, expected: Sequence[int] = (DONE,), **counted: Any) -> Pass:
    answered = driven.statuses.total()
    return Pass(
        rate=driven.rate,
        p50_ms=driven.percentile_ms(50),
        p99_ms=driven.percentile_ms(99),
        cpu_us=cpu_seconds / max(1, answered) * 1_000_000,
        errors=answered - sum(driven.statuses[status] for status in expected),
        unanswered=sum(count for status, count in driven.statuses.items() if status == 0 or status >= 500),
        acknowledged=driven.statuses[DONE],
        **counted,
    )

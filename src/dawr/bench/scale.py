"""How the rate moves with more web processes, and with more rows that are there already."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from dawr.bench import pgbench
from dawr.bench.figures import Pass
from dawr.bench.openings import DRAW_SERVICE, OpenDraw, announce_draw
from dawr.bench.passes import Passes
from dawr.bench.rush import Plan, Told
from dawr.bench.server import add_entrants, vacuum
from dawr.bench.site import Clock, prepared_site, running_site
from dawr.db.embedded import Server
from dawr.kernel.refusal import Refusal
from dawr.settings import read_settings

PROCESSES = (1, 2, 4)
ROWS = (10_000, 1_000_000, 10_000_000)
ROWS_AT_ONCE = 100_000
BYTES_A_ROW = 900
BYTES_BESIDES = 8_000_000_000
"""A row with its indexes, its part of the log and the room that a checkpoint needs; and the server itself."""


class DiskFull(Refusal):
    """Too little room for the rows that were asked for."""

    code = "bench.disk_full"
    status = 507


@dataclass(slots=True, kw_only=True)
class _Grown:
    """A server whose draw has been entered by `rows` people whom nobody measured."""

    server: Server
    environment: dict[str, str]
    folder: Path
    draw: OpenDraw
    clock: Clock
    rows: int = 0
    came: int = 0


def scale_figures(*, plan: Plan, rows: Sequence[int], clock: Clock, told: Told) -> dict[str, Any]:
    """`{"processes": {"1": ...}, "rows": {"10000": ...}}`, each with enter, ratio, status and cpu_us; medians.

    Refuses where the disk has no room for the most rows.
    """
    require_room(max(rows, default=0))
    with _grown(clock) as grown:
        processes = {}
        for count in PROCESSES:
            told(f"{count} processes", 0, plan.rounds)
            processes[str(count)] = _measured(grown, plan=plan, processes=count)
        by_rows = {}
        for count in sorted(rows):
            _grow(grown, count, told=told)
            by_rows[str(count)] = _measured(grown, plan=plan, processes=2)
    return {"processes": processes, "rows": by_rows}


def require_room(rows: int) -> None:
    """Refuses more rows than the disk of the temporary folder has room for."""
    folder = tempfile.gettempdir()
    free, needed = shutil.disk_usage(folder).free, rows * BYTES_A_ROW + BYTES_BESIDES
    if free < needed:
        raise DiskFull(folder=folder, free_mb=free // 1_000_000, needed_mb=needed // 1_000_000)


@contextmanager
def _grown(clock: Clock) -> Iterator[_Grown]:
    with (
        tempfile.TemporaryDirectory(prefix="dawr-bench-", ignore_cleanup_errors=True) as name,
        prepared_site(Path(name), now=clock()) as (server, environment),
    ):
        draw = announce_draw(server.url, settings=read_settings(environment), now=clock())
        pgbench.make_tables(server.url)
        yield _Grown(server=server, environment=environment, folder=Path(name), draw=draw, clock=clock)


def _grow(grown: _Grown, rows: int, *, told: Told) -> None:
    while grown.rows < rows:
        told(f"{rows:,} rows", grown.rows, rows)
        last = min(rows, grown.rows + ROWS_AT_ONCE)
        add_entrants(
            grown.server.url,
            service_id=DRAW_SERVICE,
            draw_id=grown.draw.draw_id,
            first=grown.rows + 1,
            last=last,
            now=grown.clock(),
        )
        grown.rows = last
    vacuum(grown.server.url)


def _measured(grown: _Grown, *, plan: Plan, processes: int) -> dict[str, Any]:
    entered: list[Pass] = []
    read: list[Pass] = []
    ratios: list[float] = []
    with running_site(grown.folder, server=grown.server, environment=grown.environment, processes=processes) as site:
        passes = Passes(site=site, draw=grown.draw, clock=grown.clock, came=grown.came)
        passes.enter(plan.requests // 5)
        passes.take(plan.requests // 5, slots=1)
        for _ in range(plan.rounds):
            beside = pgbench.rate_of(pgbench.INSERT, url=grown.server.url, seconds=plan.seconds)
            entered.append(passes.enter(plan.requests))
            read.append(passes.read(plan.requests))
            ratios.append(entered[-1].rate / beside)
        grown.came = passes.came
    return {
        "enter": round(median(each.rate for each in entered)),
        "ratio": round(median(ratios), 3),
        "status": round(median(each.rate for each in read)),
        "cpu_us": round(median(each.cpu_us for each in entered)),
        "errors": sum(each.errors for each in [*entered, *read]),
        "lost": sum(each.lost for each in entered),
        "oversold": sum(each.oversold for each in entered),
    }

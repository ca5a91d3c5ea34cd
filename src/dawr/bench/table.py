"""The figures as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from dawr.bench.promises import PATHS, Promise, promises

COLOURS = {"aim": "green", "hold": "yellow", "missed": "red"}


def paths_table(figures: Mapping[str, Any]) -> Table:
    """Each path's rate beside pgbench's on the same server, its latencies at half its peak, and what it costs."""
    beside = figures["pgbench"]
    table = Table(title=f"pgbench: {beside['insert']:,} durable inserts a second, {beside['hot_row']:,} on one hot row")
    table.add_column("over HTTP, signed in")
    for column in ("a second", "x pgbench", "p50 ms", "p99 ms", "CPU us", "errors", "wrong"):
        table.add_column(column, justify="right")
    for path, name in PATHS.items():
        found = figures[path]
        wrong = found["lost"] + found["unasked"] + found["oversold"] + found["miscounted"]
        table.add_row(
            name,
            f"{found['rate']:,}",
            f"{found['ratio']:.2f} {'hot row' if path == 'hot_slot' else 'insert'}",
            f"{found['p50_ms']:.1f}",
            f"{found['p99_ms']:.1f}",
            f"{found['cpu_us']:,}",
            f"{found['errors']:,}",
            f"{wrong:,}",
        )
    return table


def promises_table(figures: Mapping[str, Any]) -> Table:
    """What was promised beside what was measured."""
    table = Table()
    for column in ("promised", "measured", "hold", "aim", "reached"):
        table.add_column(column, justify="left" if column in ("promised", "reached") else "right")
    for promise in promises(figures):
        colour = COLOURS[promise.reached]
        table.add_row(
            promise.name,
            f"{_number(promise, promise.measured)} {promise.unit}",
            _number(promise, promise.hold),
            _number(promise, promise.aim),
            f"[{colour}]{promise.reached}[/]",
        )
    return table


def scale_table(scale: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
    """How the rate of entering moves with more processes and with more rows."""
    table = Table()
    for column in ("", "enter a second", "x insert", "status a second", "CPU us an entry"):
        table.add_column(column, justify="right" if column else "left")
    for kind, words in (("processes", "web processes"), ("rows", "rows of entrants")):
        for count, found in scale.get(kind, {}).items():
            table.add_row(
                f"{int(count):,} {words}",
                f"{found['enter']:,}",
                f"{found['ratio']:.2f}",
                f"{found['status']:,}",
                f"{found['cpu_us']:,}",
            )
    return table


def ticket_table(figures: Mapping[str, int]) -> Table:
    """What one core does with tickets in a second."""
    table = Table()
    table.add_column("one core")
    table.add_column("tickets a second", justify="right")
    for step in ("issue", "verify", "render"):
        table.add_row(step, f"{figures[f'{step}_per_s']:,}")
    return table


def _number(promise: Promise, value: float) -> str:
    return f"{value:,.0f}" if promise.unit == "a second" else f"{value:g}"

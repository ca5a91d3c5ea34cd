"""The figures as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from dawr.bench.promises import PATHS, Promise, promises

COLOURS = {"aim": "green", "hold": "yellow", "missed": "red"}

GATE_ROWS = {
    "bribed_seen_after_entries": "bribed: entries until a second officer sees one",
    "bribed_seen_after_days": "        days at the gate until then",
    "bribed_escapes_5_days": "        escapes all second looks of 5 days",
    "bribed_escapes_20_days": "        escapes all second looks of 20 days",
    "bribed_flagged_after_entries": "        entries until flagged by second looks",
    "bribed_flagged_after_days": "        days at the gate until then",
    "bribed_flagged_by_counter_after_days": "        days until flagged by the counter",
    "careless_flagged_after_decoys": "careless: decoys until flagged",
    "careless_flagged_after_days": "        days at the gate until then",
    "careless_flagged_by_7_decoys": "        flagged by seven decoys",
    "honest_flagged_by_7_decoys": "honest: flagged by seven decoys",
    "honest_flagged_in_period": "        flagged at the end, by any measure",
    "honest_flagged_on_any_day": "        flagged on any day, by any measure",
}


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


def ticket_table(figures: Mapping[str, float | None]) -> Table:
    """What one core does with tickets in a second, and how long a telephone six times slower shows one."""
    table = Table()
    table.add_column("one ticket")
    table.add_column("", justify="right")
    for step in ("issue", "verify", "render"):
        table.add_row(step, f"{figures[f'{step}_per_s']:,} a second of one core")
    for name, words in (("p50", "half of them within"), ("p95", "95 of 100 within")):
        waited = figures[f"page_{name}_ms"]
        table.add_row(f"at the gate, {words}", "not measured" if waited is None else f"{waited:,.0f} ms")
    return table


def gate_table(figures: Mapping[str, Any], expected: Mapping[str, float]) -> Table:
    """After how much each guard of the simulated mornings shows, beside what can be worked out."""
    table = Table(title=f"{figures['rounds']:,} rounds of 20 days, {figures['visitors']:,} visitors a day")
    table.add_column("guard")
    for column in ("simulated", "worked out"):
        table.add_column(column, justify="right")
    for name, words in GATE_ROWS.items():
        worked_out = f"{expected[name]:.1%}" if name in expected else ""
        table.add_row(words, _found(name, figures[name]), worked_out)
    return table


def _found(name: str, value: float | None) -> str:
    if value is None:
        return "later"
    return f"{value:g}" if "_after_" in name else f"{value:.1%}"


def _number(promise: Promise, value: float) -> str:
    return f"{value:,.0f}" if promise.unit == "a second" else f"{value:g}"

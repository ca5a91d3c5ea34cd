"""`dawr bench`: figures of this machine, in this hour."""

import argparse
import json
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, err, now, one_bar, out, shown_progress, tell


def add(commands: Any) -> None:
    """The commands that measure."""
    bench = commands.add_parser("bench", help="figures of this machine, in this hour")
    kinds = bench.add_subparsers(required=True)
    _take_draw(add_command(kinds, "draw", command=bench_draw, what="rank, assign and store a draw"))
    rush = "opening time over HTTP, beside pgbench on the same server"
    _take_rush(add_command(kinds, "rush", command=bench_rush, what=rush))
    _take_morning(
        add_command(kinds, "morning", command=bench_morning, what="an opening as it comes, half of it scripts")
    )
    _take_ticket(add_command(kinds, "ticket", command=bench_ticket, what="issue, verify, render and show tickets"))
    gate = "simulated mornings: after how many entries and days a corrupt guard shows"
    _take_gate(add_command(kinds, "gate", command=bench_gate, what=gate))


def bench_draw(arguments: argparse.Namespace) -> int:
    from dawr.bench.draw import draw_figures

    figures = draw_figures(entrants=arguments.entrants, seats=arguments.seats, is_on_files=arguments.files)
    for name, value in figures.items():
        out.print(f"{name:>10} {value:,}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return 0


def bench_rush(arguments: argparse.Namespace) -> int:
    from dawr.bench.promises import faults_of
    from dawr.bench.rush import Plan, rush_figures
    from dawr.bench.scale import require_room, scale_figures
    from dawr.bench.table import paths_table, promises_table, scale_table

    plan = Plan(rounds=arguments.rounds, requests=arguments.requests, seconds=arguments.seconds)
    rows = [int(count) for count in arguments.scale_rows.split(",") if count]
    if arguments.scale:
        require_room(max(rows, default=0))

    with shown_progress() as progress:
        told = one_bar(progress)
        figures = rush_figures(plan=plan, clock=now, told=told)
        if arguments.scale:
            figures["scale"] = scale_figures(plan=plan, rows=rows, clock=now, told=told)
    out.print(paths_table(figures), promises_table(figures))
    if arguments.scale:
        out.print(scale_table(figures["scale"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    faults = faults_of(figures)
    for fault in faults:
        err.print(f"WRONG {fault}", markup=False, soft_wrap=True)
    return 1 if faults else 0


def bench_morning(arguments: argparse.Namespace) -> int:
    from dawr.bench.morning.play import PAGE, Plan, play, summary

    plan = Plan(people=arguments.people, quota=arguments.quota, scale=arguments.minutes_scale)
    with shown_progress() as progress:
        found = play(plan, out=arguments.out, json_file=arguments.json, clock=now, told=one_bar(progress))
    for line in [*summary(found), f"The report is {arguments.out / PAGE}"]:
        out.print(line, markup=False, soft_wrap=True)
    return 0 if found.has_passed else 1


def bench_ticket(arguments: argparse.Namespace) -> int:
    from dawr.bench.gate_page import NO_FIGURES, NoBrowser, page_figures
    from dawr.bench.table import ticket_table
    from dawr.bench.ticket import ticket_figures

    page: dict[str, float | None] = dict(NO_FIGURES)
    with shown_progress() as progress:
        told = one_bar(progress)
        figures = ticket_figures(tickets=arguments.tickets, prints=arguments.prints, told=told)
        try:
            page.update(page_figures(shown=arguments.shown, told=told) if arguments.shown else {})
        except NoBrowser as refusal:
            tell(refusal)
    out.print(ticket_table({**figures, **page}))
    if arguments.json:
        arguments.json.write_text(json.dumps({**figures, **page}) + "\n", encoding="utf-8")
    return 0


def bench_gate(arguments: argparse.Namespace) -> int:
    from dawr.bench.gate import Plan
    from dawr.bench.gate_figures import expected_figures, gate_figures
    from dawr.bench.table import gate_table

    plan = Plan(visitors=arguments.visitors, rounds=arguments.rounds)
    with shown_progress() as progress:
        figures = gate_figures(plan, told=one_bar(progress))
    expected = expected_figures(plan)
    out.print(gate_table(figures, expected))
    if arguments.json:
        arguments.json.write_text(json.dumps({**figures, "expected": expected}) + "\n", encoding="utf-8")
    return 0


def _take_draw(draw: argparse.ArgumentParser) -> None:
    draw.add_argument("--entrants", type=int, default=1_000_000)
    draw.add_argument("--seats", type=int, default=200_000)
    draw.add_argument("--files", action="store_true", help="the draw on files instead of the server's")
    _take_json(draw)


def _take_rush(rush: argparse.ArgumentParser) -> None:
    rush.add_argument("--rounds", type=int, default=5, help="how often each side is measured (5)")
    rush.add_argument("--requests", type=int, default=10_000, help="of each path at full speed, a round (10,000)")
    rush.add_argument("--seconds", type=int, default=3, help="of pgbench, and of each path at half its peak (3)")
    rush.add_argument("--scale", action="store_true", help="also with 1, 2 and 4 web processes, and with more rows")
    rush.add_argument("--scale-rows", default="10000,1000000,10000000", help="how many rows are there already")
    _take_json(rush)


def _take_morning(morning: argparse.ArgumentParser) -> None:
    morning.add_argument("--people", type=int, default=100_000, help="how many come (100,000)")
    morning.add_argument("--quota", type=int, default=2_000, help="how many places there are (2,000)")
    morning.add_argument("--minutes-scale", type=float, default=12, help="how many minutes pass in one (12)")
    morning.add_argument("--out", type=Path, default=Path("morning"), help="the folder for the report's page (morning)")
    _take_json(morning)


def _take_ticket(ticket: argparse.ArgumentParser) -> None:
    ticket.add_argument("--tickets", type=int, default=20_000, help="how many are issued and verified (20,000)")
    ticket.add_argument("--prints", type=int, default=300, help="how many are rendered (300)")
    shown = "how many are shown to the gate's page in a slowed Chromium (100); 0: none"
    ticket.add_argument("--shown", type=int, default=100, help=shown)
    _take_json(ticket)


def _take_gate(gate: argparse.ArgumentParser) -> None:
    gate.add_argument("--visitors", type=int, default=2_000, help="how many come to four lanes each day (2,000)")
    gate.add_argument("--rounds", type=int, default=30, help="how often the month is played (30)")
    _take_json(gate)


def _take_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="write the figures to this file")

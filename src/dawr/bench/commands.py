"""What `dawr bench ...` may be told."""

from argparse import ArgumentParser
from pathlib import Path


def take_draw(draw: ArgumentParser) -> None:
    """`dawr bench draw`."""
    draw.add_argument("--entrants", type=int, default=1_000_000)
    draw.add_argument("--seats", type=int, default=200_000)
    draw.add_argument("--files", action="store_true", help="the draw on files instead of the server's")
    _take_json(draw)


def take_rush(rush: ArgumentParser) -> None:
    """`dawr bench rush`."""
    rush.add_argument("--rounds", type=int, default=5, help="how often each side is measured (5)")
    rush.add_argument("--requests", type=int, default=10_000, help="of each path at full speed, a round (10,000)")
    rush.add_argument("--seconds", type=int, default=3, help="of pgbench, and of each path at half its peak (3)")
    rush.add_argument("--scale", action="store_true", help="also with 1, 2 and 4 web processes, and with more rows")
    rush.add_argument("--scale-rows", default="10000,1000000,10000000", help="how many rows are there already")
    _take_json(rush)


def take_morning(morning: ArgumentParser) -> None:
    """`dawr bench morning`."""
    morning.add_argument("--people", type=int, default=100_000, help="how many come (100,000)")
    morning.add_argument("--quota", type=int, default=2_000, help="how many places there are (2,000)")
    morning.add_argument("--minutes-scale", type=float, default=12, help="how many minutes pass in one (12)")
    morning.add_argument("--out", type=Path, default=Path("morning"), help="the folder for the report's page (morning)")
    _take_json(morning)


def take_ticket(ticket: ArgumentParser) -> None:
    """`dawr bench ticket`."""
    ticket.add_argument("--tickets", type=int, default=20_000, help="how many are issued and verified (20,000)")
    ticket.add_argument("--prints", type=int, default=300, help="how many are rendered (300)")
    _take_json(ticket)


def _take_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="write the figures to this file")

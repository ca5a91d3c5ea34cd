"""`dawr draw`: a draw on files alone."""

import argparse
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, err, out, shown_progress


def add(commands: Any) -> None:
    """The commands that draw."""
    draw = commands.add_parser("draw", help="a draw on files alone, without a server")
    run = add_command(
        draw.add_subparsers(required=True), "run", command=draw_on_files, what="draw, and write the bundle"
    )
    run.add_argument("--entrants", type=Path, required=True, help="label,class,credit,preferences")
    run.add_argument("--places", type=Path, required=True, help="place,office,starts_at,count,reserved")
    run.add_argument("--draw-id", required=True)
    run.add_argument("--beacon", type=Path, required=True, help="JSON: round, randomness, signature")
    run.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")


def draw_on_files(arguments: argparse.Namespace) -> int:
    from dawr.releases.files import FilesRefused, run_draw

    with shown_progress() as progress:
        tasks: dict[str, Any] = {}

        def shown(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        try:
            drawn = run_draw(
                arguments.entrants,
                arguments.places,
                draw_id=arguments.draw_id,
                beacon_json=arguments.beacon,
                out=arguments.out,
                progress=shown,
            )
        except FilesRefused as refused:
            for fault in refused.faults:
                err.print(fault, markup=False, soft_wrap=True)
            raise
    record = drawn.record
    out.print(f"{record.entrants} entrants, {record.seats} seats, {drawn.winners} have a place.")
    out.print(f"list root {record.list_root}\nseed      {record.seed}\nbeacon    {drawn.beacon}", soft_wrap=True)
    out.print(f"The bundle is {drawn.out}. Check it: dawr verify draw {drawn.out}", soft_wrap=True)
    return 0

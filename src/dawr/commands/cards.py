"""`dawr cards import`: serial numbers and photographs from the register, where the sign-in does not bring them."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, err, out, shown_progress, with_database
from dawr.kernel.refusal import Malformed
from dawr.web.language import sentence

FAULTS_SHOWN = 20


def add(commands: Any) -> None:
    """The command that takes over cards."""
    cards = commands.add_parser("cards", help="what the register says of cards").add_subparsers(required=True)
    importing = add_command(cards, "import", command=import_file, what="take over serial numbers and photographs")
    importing.add_argument("file", type=Path, help="a CSV file: civil_number,card_serial,photograph")
    importing.add_argument("--photographs", type=Path, help="their folder, if not that of the file")


def import_file(arguments: argparse.Namespace) -> int:
    """Exit code 1 where a line was refused; the others are taken over all the same."""
    from dawr.db.pool import make_pool
    from dawr.people.actions import ImportReport, import_cards
    from dawr.people.register_file import read_register

    settings = with_database()
    folder = arguments.photographs or arguments.file.parent

    async def importing() -> ImportReport:
        with arguments.file.open(encoding="utf-8", newline="") as lines, shown_progress() as progress:
            task = progress.add_task("cards", total=None)
            async with make_pool(settings.database_url, size_max=1) as pool:
                return await import_cards(
                    pool,
                    read_register(lines),
                    photographs=lambda name: _content(folder / name),
                    settings=settings,
                    told=lambda done: progress.advance(task, done),
                )

    report = asyncio.run(importing())
    out.print(
        f"{report.taken} cards taken over; {report.unknown} people never signed in here and were passed over.",
        soft_wrap=True,
    )
    for line, fault in report.faults[:FAULTS_SHOWN]:
        err.print(f"line {line}: {sentence(fault, language='en')}", soft_wrap=True, markup=False)
    if len(report.faults) > FAULTS_SHOWN:
        err.print(f"... and {len(report.faults) - FAULTS_SHOWN} more lines that were not taken over")
    return 1 if report.faults else 0


def _content(file: Path) -> bytes:
    """No more of a file than shows that it is too large."""
    from dawr.people.photograph import BYTES_MAX

    try:
        with file.open("rb") as stream:
            return stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise Malformed(reason=f"there is no photograph {file.name}") from error

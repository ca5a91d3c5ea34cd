"""The terminal that every command writes to, and what commands have in common."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dawr.kernel.refusal import Refusal
from dawr.settings import Settings, read_settings
from dawr.web.language import next_step, sentence

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Command = Callable[[argparse.Namespace], int]


def add_command(commands: Any, name: str, *, command: Command, what: str) -> argparse.ArgumentParser:
    """A parser below `commands`, which calls `command`; `what` it does stands in the help."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    parser.set_defaults(command=command)
    return parser


def now() -> datetime:
    """This moment; commands tell it to everybody else."""
    return datetime.now(UTC)


def tell(refusal: Refusal) -> None:
    """What was refused and why, and what to do next."""
    err.print(f"dawr: {sentence(refusal, language='en')}", soft_wrap=True, markup=False)
    err.print(f"      {next_step(refusal, language='en')}", soft_wrap=True, markup=False)


def with_database() -> Settings:
    """The settings; ends with exit code 2 where they name no database."""
    settings = read_settings()
    if not settings.database_url:
        err.print("dawr: set DAWR_DATABASE_URL to a PostgreSQL 16 or later, or try: dawr demo")
        sys.exit(2)
    return settings


def shown_progress() -> Progress:
    """A bar with share and time, beside what goes to a file."""
    columns = (TextColumn("{task.description:>10}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err)


def one_bar(progress: Progress) -> Callable[[str, int, int], None]:
    """Shows one step after the other on the same bar."""
    task = progress.add_task("starting", total=None)
    return lambda step, done, total: progress.update(task, description=step, completed=done, total=total)

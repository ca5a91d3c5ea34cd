"""The command line: `dawr demo`, `dawr serve`, `dawr verify` and the rest."""

import argparse
import sys

from dawr.commands import cards, drawing, gating, installing, keys, measuring, running, verifying
from dawr.commands.screen import Command, tell
from dawr.kernel.refusal import Refusal


def main() -> int:
    """Run one command; a refusal is a clear sentence and exit code 1, a wrong call exit code 2."""
    arguments = make_parser().parse_args()
    command: Command = arguments.command
    try:
        return command(arguments)
    except Refusal as refusal:
        tell(refusal)
        return 1
    except KeyboardInterrupt:
        return 130


def make_parser() -> argparse.ArgumentParser:
    """Every command and what it takes."""
    parser = argparse.ArgumentParser(prog="dawr", description="Public services whose turns cannot be sold.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for kind in (running, installing, cards, keys, drawing, gating, verifying, measuring):
        kind.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

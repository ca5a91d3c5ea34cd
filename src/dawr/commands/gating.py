"""`dawr gate pack`: a day pack as a file, for an office with no network at all."""

import argparse
import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from dawr.commands.screen import add_command, err, now, out, shown_progress, with_database
from dawr.kernel.identifiers import grouped


def add(commands: Any) -> None:
    """The commands of a gate."""
    kinds = commands.add_parser("gate", help="what a gate with no network is brought").add_subparsers(required=True)
    pack = add_command(kinds, "pack", command=write_pack, what="a day pack, sealed for one device and one guard")
    pack.add_argument("device", type=UUID, help="the enrolled device, as its page names it")
    pack.add_argument("--guard", required=True, help="the civil number of the guard who will work at it")
    pack.add_argument("--day", type=date.fromisoformat, required=True, help="the office's day, for example 2027-02-04")
    pack.add_argument("--out", type=Path, required=True, help="the file to write")


def write_pack(arguments: argparse.Namespace) -> int:
    from dawr.db.pool import make_pool
    from dawr.gates import actions as gates
    from dawr.gates.model.devices import DeviceId

    settings = with_database()

    async def make() -> Any:
        async with make_pool(settings.database_url, size_max=2) as pool:
            with shown_progress() as progress:
                task = progress.add_task("tickets", total=None)
                return await gates.brought_pack(
                    pool,
                    device_id=DeviceId(arguments.device),
                    guard_number=arguments.guard,
                    day_on=arguments.day,
                    settings=settings,
                    now=now(),
                    told=lambda done, total: progress.update(task, completed=done, total=total),
                )

    opened = asyncio.run(make())
    arguments.out.write_text(json.dumps(opened.pack, ensure_ascii=False), encoding="utf-8")
    err.print(f"written to {arguments.out}; bring it to the device, and the code to the guard by another way")
    out.print(grouped(opened.opening_code))
    return 0

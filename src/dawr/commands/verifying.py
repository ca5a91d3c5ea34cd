"""`dawr verify` and `dawr log`: what anybody can check, and take away to check."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, now, out, shown_progress, with_database


def add(commands: Any) -> None:
    """The commands that check and publish."""
    verify = commands.add_parser("verify", help="check from outside what somebody published")
    kinds = verify.add_subparsers(required=True)
    draw = add_command(kinds, "draw", command=verify_a_draw, what="a draw: its list, seed, ranks and places")
    draw.add_argument("source", help="the address of a draw's page, or a bundle's folder")
    draw.add_argument("--log", help="the address or folder of the log in which the draw was announced")
    draw.add_argument("--vkey", help="the log's key, from somewhere other than the log")
    log = add_command(kinds, "log", command=verify_a_log, what="a log: every signature, every entry, the root")
    log.add_argument("source", help="the address of a log, or its folder")
    log.add_argument("--vkey", help="the log's key, from somewhere other than the log")
    ticket = add_command(kinds, "ticket", command=verify_a_ticket, what="a ticket: its signature and what it says")
    ticket.add_argument("code", help="the text of the square code: DW1:...")
    ticket.add_argument("--keys", required=True, help="the address or file of the issuer's keys")
    ticket.add_argument("--status-list", help="the address or file of the status list of its office and day")
    looks = add_command(
        kinds, "second-looks", command=verify_the_second_looks, what="which tickets of a day another officer had to see"
    )
    looks.add_argument("file", type=Path, help="the table of an office's day, from the auditor's page")
    looks.add_argument("--commitment", help="the commitment to the day's secret, from the public log")
    log = commands.add_parser("log", help="the public log")
    export = add_command(
        log.add_subparsers(required=True), "export", command=export_log_files, what="write it as files"
    )
    export.add_argument("folder", type=Path)


def verify_a_draw(arguments: argparse.Namespace) -> int:
    from dawr.releases.verify import verify_draw

    checks = verify_draw(arguments.source, log=arguments.log, log_vkey=arguments.vkey)
    for check in checks:
        out.print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.found}", markup=False, soft_wrap=True)
    has_passed = all(check.passed for check in checks)
    out.print("The draw is as it should be." if has_passed else "The draw is NOT as it should be.")
    return 0 if has_passed else 1


def verify_a_log(arguments: argparse.Namespace) -> int:
    from dawr.transparency.verify import verify_log

    with shown_progress() as progress:
        task = progress.add_task("entries", total=None)
        found = verify_log(
            arguments.source,
            log_vkey=arguments.vkey,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    out.print(f"ok   log {found.tree.origin}: {found.tree.size} entries, root {found.tree.root.hex()}", soft_wrap=True)
    for name, cosigned_at in found.cosigned:
        out.print(f"ok   witness {name} cosigned it at {cosigned_at.isoformat()}", soft_wrap=True)
    if not found.is_key_given:
        out.print("note the key came with the log itself; give --vkey from elsewhere to know whose log it is")
    if not found.has_quorum:
        out.print(f"FAIL {len(found.cosigned)} witnesses cosigned, the policy asks for {found.policy.quorum}")
    return 0 if found.has_quorum else 1


def verify_a_ticket(arguments: argparse.Namespace) -> int:
    from dawr.tickets.verify import verify_ticket

    lines = verify_ticket(arguments.code, keys=arguments.keys, now=now(), status_list=arguments.status_list)
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    return 0


def verify_the_second_looks(arguments: argparse.Namespace) -> int:
    from dawr.gates.verify import verify_second_looks

    checks = verify_second_looks(arguments.file.read_text(encoding="utf-8"), commitment=arguments.commitment)
    for check in checks:
        out.print(f"{check.word:4} {check.found}", markup=False, soft_wrap=True)
    return 0 if all(check.word != "FAIL" for check in checks) else 1


def export_log_files(arguments: argparse.Namespace) -> int:
    from dawr.db.pool import make_pool, transaction
    from dawr.transparency.export import export_log

    settings = with_database()

    async def export() -> int:
        async with make_pool(settings.database_url, size_max=1) as pool, transaction(pool) as tx:
            return await export_log(tx, arguments.folder, settings=settings)

    out.print(f"{asyncio.run(export())} entries in {arguments.folder}")
    return 0

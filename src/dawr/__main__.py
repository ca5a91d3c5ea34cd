"""The command line: `dawr demo`, `dawr serve`, `dawr verify` and the rest."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dawr.bench.commands import take_draw, take_morning, take_rush, take_ticket
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.kernel.refusal import Refusal
from dawr.people.model import NotRegistered, Role
from dawr.settings import Settings, read_settings
from dawr.web.language import next_step, sentence

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Command = Callable[[argparse.Namespace], int]


def main() -> int:
    """Run one command; a refusal is a clear sentence and exit code 1, a wrong call exit code 2."""
    arguments = _parser().parse_args()
    command: Command = arguments.command
    try:
        return command(arguments)
    except Refusal as refusal:
        err.print(f"dawr: {sentence(refusal, language='en')}", soft_wrap=True, markup=False)
        err.print(f"      {next_step(refusal, language='en')}", soft_wrap=True, markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dawr", description="Public services whose turns cannot be sold.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = _add(commands, "demo", command=demonstrate, what="a whole country of invented people on this machine")
    demo.add_argument("--reset", action="store_true", help="forget everything and begin anew")
    serve = _add(commands, "serve", command=serve_web, what="the web, on DAWR_PORT and DAWR_DATABASE_URL")
    serve.add_argument("--processes", type=int, default=1, help="how many web processes (1)")
    serve.add_argument("--port", type=int, help="the port to listen on (DAWR_PORT)")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    _add(commands, "migrate", command=migrate_database, what="bring the database to this version")
    _add(commands, "worker", command=work, what="sequence the log, run the draws, move the offers")
    witness = _add(commands, "witness", command=witness_log, what="cosign a log, as somebody other than its keeper")
    witness.add_argument("--port", type=int, required=True)
    witness.add_argument("--folder", type=Path, required=True)
    witness.add_argument("--name", required=True)
    witness.add_argument("--log-vkey", required=True)
    beacon = _add(commands, "beacon", command=serve_beacon, what="a demonstration beacon, random for nobody")
    beacon.add_argument("--port", type=int, required=True)
    beacon.add_argument("--folder", type=Path, required=True)
    _add_catalogue(commands)
    _add_officer(commands)
    _add_draw(commands)
    _add_verify(commands)
    _add_log(commands)
    _add_bench(commands)
    return parser


def _add(commands: Any, name: str, *, command: Command, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    parser.set_defaults(command=command)
    return parser


def _add_catalogue(commands: Any) -> None:
    catalogue = commands.add_parser("catalogue", help="authorities, offices and services from readable files")
    load = _add(catalogue.add_subparsers(required=True), "load", command=load_catalogue, what="load a folder")
    load.add_argument("folder", type=Path)
    load.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def _add_officer(commands: Any) -> None:
    officer = commands.add_parser("officer", help="the roles that only the installation gives")
    grant = _add(officer.add_subparsers(required=True), "grant", command=grant_officer, what="give a person a role")
    grant.add_argument("--civil-number", required=True, help="of a person who has signed in once")
    grant.add_argument("--role", required=True, choices=[role.value for role in Role])
    grant.add_argument("--authority", required=True, help="such as KW-MOI")
    grant.add_argument("--office", help="such as KW-MOI/HAW-R, for clerks, guards and branch heads")


def _add_draw(commands: Any) -> None:
    draw = commands.add_parser("draw", help="a draw on files alone, without a server")
    run = _add(draw.add_subparsers(required=True), "run", command=draw_on_files, what="draw, and write the bundle")
    run.add_argument("--entrants", type=Path, required=True, help="label,class,credit,preferences")
    run.add_argument("--places", type=Path, required=True, help="place,office,starts_at,count,reserved")
    run.add_argument("--draw-id", required=True)
    run.add_argument("--beacon", type=Path, required=True, help="JSON: round, randomness, signature")
    run.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser("verify", help="check from outside what somebody published")
    kinds = verify.add_subparsers(required=True)
    draw = _add(kinds, "draw", command=verify_a_draw, what="a draw: its list, seed, ranks and places")
    draw.add_argument("source", help="the address of a draw's page, or a bundle's folder")
    draw.add_argument("--log", help="the address or folder of the log in which the draw was announced")
    draw.add_argument("--vkey", help="the log's key, from somewhere other than the log")
    log = _add(kinds, "log", command=verify_a_log, what="a log: every signature, every entry, the root")
    log.add_argument("source", help="the address of a log, or its folder")
    log.add_argument("--vkey", help="the log's key, from somewhere other than the log")
    ticket = _add(kinds, "ticket", command=verify_a_ticket, what="a ticket: its signature and what it says")
    ticket.add_argument("code", help="the text of the square code: DW1:...")
    ticket.add_argument("--keys", required=True, help="the address or file of the issuer's keys")
    ticket.add_argument("--status-list", help="the address or file of the status list of its office and day")


def _add_log(commands: Any) -> None:
    log = commands.add_parser("log", help="the public log")
    export = _add(log.add_subparsers(required=True), "export", command=export_log_files, what="write it as files")
    export.add_argument("folder", type=Path)


def _add_bench(commands: Any) -> None:
    bench = commands.add_parser("bench", help="figures of this machine, in this hour")
    kinds = bench.add_subparsers(required=True)
    take_draw(_add(kinds, "draw", command=bench_draw, what="rank, assign and store a draw"))
    rush = "opening time over HTTP, beside pgbench on the same server"
    take_rush(_add(kinds, "rush", command=bench_rush, what=rush))
    take_morning(_add(kinds, "morning", command=bench_morning, what="an opening as it comes, half of it scripts"))
    take_ticket(_add(kinds, "ticket", command=bench_ticket, what="issue, verify and render tickets on one core"))


def demonstrate(arguments: argparse.Namespace) -> int:
    from dawr.demo.run import run_demo

    return run_demo(is_reset=arguments.reset, console=out)


def serve_web(arguments: argparse.Namespace) -> int:
    from dawr.web.serving import serve

    if arguments.port:
        # The processes that are started from here read it too.
        os.environ["DAWR_PORT"] = str(arguments.port)
    serve(_with_database(), host=arguments.host, processes=arguments.processes)
    return 0


def migrate_database(_: argparse.Namespace) -> int:
    from dawr.db.migrate import migrate

    for name in asyncio.run(migrate(_with_database().owner_database_url)):
        out.print(f"applied {name}")
    out.print("The database is of this version.")
    return 0


def work(_: argparse.Namespace) -> int:
    from dawr.web.logs import configure_logs
    from dawr.worker import run_worker

    configure_logs()
    asyncio.run(run_worker(_with_database()))
    return 0


def witness_log(arguments: argparse.Namespace) -> int:
    from dawr.transparency.witness_server import serve_witness

    serve_witness(
        port=arguments.port,
        folder=arguments.folder,
        log_vkey=arguments.log_vkey,
        name=arguments.name,
        clock=lambda: datetime.now(UTC),
    )
    return 0


def serve_beacon(arguments: argparse.Namespace) -> int:
    from dawr.demo.beacon.pages import serve_demo_beacon

    serve_demo_beacon(arguments.port, arguments.folder)
    return 0


def load_catalogue(arguments: argparse.Namespace) -> int:
    from dawr.catalogue.actions import load_folder
    from dawr.db.pool import make_pool, transaction

    async def load() -> Any:
        async with make_pool(_with_database().database_url, size_max=1) as pool, transaction(pool) as tx:
            return await load_folder(tx, arguments.folder, dry_run=arguments.dry_run, now=datetime.now(UTC))

    report = asyncio.run(load())
    for line in report.lines():
        out.print(line, markup=False, soft_wrap=True)
    return 1 if report.faults else 0


def grant_officer(arguments: argparse.Namespace) -> int:
    from dawr.db.pool import make_pool, transaction
    from dawr.people import actions as people

    settings = _with_database()

    async def grant() -> None:
        async with make_pool(settings.database_url, size_max=1) as pool, transaction(pool) as tx:
            person_id = await people.find_by_civil_number(tx, arguments.civil_number, settings=settings)
            if person_id is None:
                raise NotRegistered
            await people.grant_role(
                tx,
                person_id=person_id,
                role=Role(arguments.role),
                authority_id=AuthorityId(arguments.authority),
                office_id=OfficeId(arguments.office) if arguments.office else None,
                granted_by=None,
                now=datetime.now(UTC),
            )

    asyncio.run(grant())
    out.print("Granted; the public log says so, without a name.")
    return 0


def draw_on_files(arguments: argparse.Namespace) -> int:
    from dawr.releases.files import FilesRefused, run_draw

    with _progress() as progress:
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

    with _progress() as progress:
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

    for line in verify_ticket(arguments.code, keys=arguments.keys, status_list=arguments.status_list):
        out.print(line, markup=False, soft_wrap=True)
    return 0


def export_log_files(arguments: argparse.Namespace) -> int:
    from dawr.db.pool import make_pool, transaction
    from dawr.transparency.export import export_log

    settings = _with_database()

    async def export() -> int:
        async with make_pool(settings.database_url, size_max=1) as pool, transaction(pool) as tx:
            return await export_log(tx, arguments.folder, settings=settings)

    out.print(f"{asyncio.run(export())} entries in {arguments.folder}")
    return 0


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

    with _progress() as progress:
        told = _one_bar(progress)
        figures = rush_figures(plan=plan, clock=_now, told=told)
        if arguments.scale:
            figures["scale"] = scale_figures(plan=plan, rows=rows, clock=_now, told=told)
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
    with _progress() as progress:
        found = play(plan, out=arguments.out, json_file=arguments.json, clock=_now, told=_one_bar(progress))
    for line in [*summary(found), f"The report is {arguments.out / PAGE}"]:
        out.print(line, markup=False, soft_wrap=True)
    return 0 if found.has_passed else 1


def bench_ticket(arguments: argparse.Namespace) -> int:
    from dawr.bench.table import ticket_table
    from dawr.bench.ticket import ticket_figures

    with _progress() as progress:
        figures = ticket_figures(tickets=arguments.tickets, prints=arguments.prints, told=_one_bar(progress))
    out.print(ticket_table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _with_database() -> Settings:
    settings = read_settings()
    if not settings.database_url:
        err.print("dawr: set DAWR_DATABASE_URL to a PostgreSQL 16 or later, or try: dawr demo")
        sys.exit(2)
    return settings


def _progress() -> Progress:
    columns = (TextColumn("{task.description:>10}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err)


def _one_bar(progress: Progress) -> Callable[[str, int, int], None]:
    """Shows one step after the other on the same bar."""
    task = progress.add_task("starting", total=None)
    return lambda step, done, total: progress.update(task, description=step, completed=done, total=total)


if __name__ == "__main__":
    sys.exit(main())

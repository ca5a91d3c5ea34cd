"""`dawr demo`, `serve`, `migrate`, `worker`, `witness` and `beacon`: what runs."""

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, now, out, with_database


def add(commands: Any) -> None:
    """The commands that run a part of Dawr."""
    demo = add_command(commands, "demo", command=demonstrate, what="a whole country of invented people on this machine")
    demo.add_argument("--reset", action="store_true", help="forget everything and begin anew")
    serve = add_command(commands, "serve", command=serve_web, what="the web, on DAWR_PORT and DAWR_DATABASE_URL")
    serve.add_argument("--processes", type=int, default=1, help="how many web processes (1)")
    serve.add_argument("--port", type=int, help="the port to listen on (DAWR_PORT)")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    add_command(commands, "migrate", command=migrate_database, what="bring the database to this version")
    add_command(commands, "worker", command=work, what="sequence the log, run the draws, move the offers")
    witness = add_command(
        commands, "witness", command=witness_log, what="cosign a log, as somebody other than its keeper"
    )
    witness.add_argument("--port", type=int, required=True)
    witness.add_argument("--folder", type=Path, required=True)
    witness.add_argument("--name", required=True)
    witness.add_argument("--log-vkey", required=True)
    beacon = add_command(commands, "beacon", command=serve_beacon, what="a demonstration beacon, random for nobody")
    beacon.add_argument("--port", type=int, required=True)
    beacon.add_argument("--folder", type=Path, required=True)


def demonstrate(arguments: argparse.Namespace) -> int:
    from dawr.demo.run import run_demo

    return run_demo(is_reset=arguments.reset, console=out)


def serve_web(arguments: argparse.Namespace) -> int:
    from dawr.web.serving import serve

    if arguments.port:
        # The processes that are started from here read it too.
        os.environ["DAWR_PORT"] = str(arguments.port)
    serve(with_database(), host=arguments.host, processes=arguments.processes)
    return 0


def migrate_database(_: argparse.Namespace) -> int:
    from dawr.db.migrate import migrate

    for name in asyncio.run(migrate(with_database().owner_database_url)):
        out.print(f"applied {name}")
    out.print("The database is of this version.")
    return 0


def work(_: argparse.Namespace) -> int:
    from dawr.web.logs import configure_logs
    from dawr.worker import run_worker

    configure_logs()
    asyncio.run(run_worker(with_database()))
    return 0


def witness_log(arguments: argparse.Namespace) -> int:
    from dawr.transparency.witness_server import serve_witness

    serve_witness(
        port=arguments.port,
        folder=arguments.folder,
        log_vkey=arguments.log_vkey,
        name=arguments.name,
        clock=now,
    )
    return 0


def serve_beacon(arguments: argparse.Namespace) -> int:
    from dawr.demo.beacon.pages import serve_demo_beacon

    serve_demo_beacon(arguments.port, arguments.folder)
    return 0

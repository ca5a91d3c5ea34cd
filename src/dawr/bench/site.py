"""A whole site of its own for the length of a measurement: database, web processes and worker, as they are deployed."""

import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio
import psycopg

from dawr.catalogue import actions as catalogue
from dawr.db.embedded import Server, running_server
from dawr.db.migrate import migrate
from dawr.db.pool import make_pool, transaction
from dawr.demo.processes import Program, Running, running
from dawr.demo.site import demonstration_environment
from dawr.settings import Settings, read_settings

Clock = Callable[[], datetime]

CATALOGUE = Path(__file__).parents[3] / "data" / "kuwait"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

SERVER_OPTIONS = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "max_connections": "200",
}
"""What deploy/postgresql sets, as far as it concerns one small machine; durable commits are PostgreSQL's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running site: where it answers, and what it was set to."""

    server: Server
    settings: Settings
    addresses: Sequence[tuple[str, int]]
    web: Sequence[Running]

    def cpu_seconds(self) -> float:
        """What the web processes and the database have used since they started."""
        pids = [each.process.pid for each in self.web] + _with_children(self.server.process.pid)
        return sum(map(_cpu_seconds, pids))


@contextmanager
def prepared_site(
    folder: Path, *, now: datetime, options: Mapping[str, str] | None = None
) -> Iterator[tuple[Server, dict[str, str]]]:
    """A migrated server with Kuwait's catalogue, and the environment of the programs that will use it."""
    folder.chmod(0o755)
    with running_server(folder / "pg", options={**SERVER_OPTIONS, **(options or {})}) as server:
        anyio.run(migrate, server.url)
        environment = demonstration_environment(port=0, data_dir=folder, database_url=server.url)
        environment |= {"DAWR_ROOT_SECRET": secrets.token_hex(32), "DAWR_DRAW_LEAD_SECONDS": "3600"}
        anyio.run(_load_catalogue, server.url, now)
        yield server, environment


@contextmanager
def running_site(folder: Path, *, server: Server, environment: Mapping[str, str], processes: int = 2) -> Iterator[Site]:
    """Web processes, each on a port of its own as behind a proxy, and the worker."""
    ports = [_free_port() for _ in range(processes)]
    web = [
        Program(
            name=f"web-{port}",
            command=[sys.executable, "-m", "dawr", "serve", "--port", str(port)],
            answers_at=f"http://127.0.0.1:{port}/readyz",
        )
        for port in ports
    ]
    worker = Program(name="worker", command=[sys.executable, "-m", "dawr", "worker"])
    with running([*web, worker], logs=folder / "log", environment=environment) as started:
        yield Site(
            server=server,
            settings=read_settings(environment),
            addresses=[("127.0.0.1", port) for port in ports],
            web=started[: len(web)],
        )


async def _load_catalogue(url: str, now: datetime) -> None:
    async with make_pool(url, size_max=1) as pool, transaction(pool) as tx:
        await catalogue.load_folder(tx, CATALOGUE, dry_run=False, now=now)


def ask_server(url: str, question: str, **parameters: object) -> int:
    """One number from the database itself, as its owner."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode(), parameters).fetchone()
    assert row is not None, "the question has an answer"
    return int(row[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _with_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # Its own, and that of its children who have ended: a connection may end while we measure.
    return sum(map(int, fields[11:15])) / TICKS_A_SECOND

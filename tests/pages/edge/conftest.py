"""A real `dawr serve` on a port of its own, on a server of its own that may be stopped under it."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from dawr.db.embedded import Server, running_server, stop_server
from dawr.db.migrate import migrate
from dawr.demo.processes import Program, Running, running
from tests import database_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A web process: where it listens, where its log is, and the database under it."""

    port: int
    web: Running
    database: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, *, timeout: float = 20.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def stop_database(self) -> None:
        stop_server(self.database)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as started:
        yield started


@contextmanager
def serving(**settings: str) -> Iterator[Served]:
    """`dawr serve` with `settings` beside what it needs."""
    port = free_port()
    with database_folder("dawr-test-") as folder:
        environment = {
            "DAWR_PORT": str(port),
            "DAWR_DATA_DIR": str(folder),
            "DAWR_ROOT_SECRET": "11" * 32,
            "DAWR_DEMONSTRATION": "yes",
        }
        with running_server(folder / "pg", options={"fsync": "off"}) as database:
            asyncio.run(migrate(database.url))
            program = Program(
                name="web",
                command=[sys.executable, "-m", "dawr", "serve"],
                answers_at=f"http://127.0.0.1:{port}/readyz",
            )
            environment |= {"DAWR_DATABASE_URL": database.url, **settings}
            with running([program], logs=folder / "logs", environment=environment) as [web]:
                yield Served(port=port, web=web, database=database)

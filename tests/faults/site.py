"""A whole site whose every process can be killed and started again: database, two web processes, worker, witnesses."""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from dawr.bench.crowd import Crowd
from dawr.bench.site import prepared_site
from dawr.db.embedded import Server, promote, start_server, start_standby, stop_server
from dawr.demo.processes import Program, Running, running
from dawr.demo.site import WITNESSES, demonstration_environment, programs
from dawr.kernel.identifiers import PersonId
from dawr.settings import read_settings
from tests.journeys.demonstration import free_ports

WEB = ("web-1", "web-2")
WAIT_SECONDS_MAX = 60
LOGIN = "dawr_web"
WITNESS_SECONDS = 5


class Site:
    """The processes by name; `server` is the database that takes writes, `hosts` where the site may look for it."""

    def __init__(self, folder: Path, *, server: Server, hosts: Sequence[Path], environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.server = server
        ports = free_ports()
        where = ",".join(map(str, hosts))
        url = f"postgresql://{LOGIN}@/dawr?host={where}&target_session_attrs=read-write"
        self.environment = {
            **environment,
            **demonstration_environment(port=ports, data_dir=folder, database_url=url),
            "DAWR_ROOT_SECRET": environment["DAWR_ROOT_SECRET"],
            "DAWR_DRAW_LEAD_SECONDS": "1",
            "DAWR_WITNESS_SECONDS": str(WITNESS_SECONDS),
        }
        self.settings = read_settings(self.environment)
        self._programs = {each.name: each for each in programs(self.settings)} | {
            name: _web(name, port=ports + 6 + number) for number, name in enumerate(WEB)
        }
        self.addresses = [("127.0.0.1", ports + 6 + number) for number in range(len(WEB))]
        self._running: dict[str, Running] = {}
        self._stack = ExitStack()

    def start(self, *names: str) -> None:
        """As a supervisor does it."""
        told = [self._programs[name] for name in names]
        started = self._stack.enter_context(running(told, logs=self.folder / "log", environment=self.environment))
        self._running |= zip(names, started, strict=True)

    def kill(self, name: str) -> None:
        """As the machine does it when memory runs out: no signal that could be heard."""
        process = self._running[name].process
        assert process.poll() is None, self.log_of(name)
        process.kill()
        process.wait()

    def start_what_is_dead(self) -> None:
        """Whatever a test that failed has left behind, the next one finds everything running."""
        if self.server.process.poll() is not None:
            self.start_database()
        self.start(*(name for name, each in self._running.items() if each.process.poll() is not None))

    def requests(self, path: str, *, people: Sequence[PersonId], bodies: Iterable[Mapping[str, object]]) -> list[bytes]:
        """One each, as the browsers of people send it who have just signed in; the person is the key of his request."""
        crowd = Crowd(settings=self.settings, signed_in_at=datetime.now(UTC))
        return crowd.requests("POST", path, people=iter(people), bodies=iter(bodies))

    def kill_database(self) -> None:
        """The server and all its processes, none of which comes to write another byte."""
        kill_server(self.server)

    def start_database(self) -> None:
        """On the same folder, with the same settings."""
        self.server = start_server(self.server.folder, options=self.server.options)
        self._stack.callback(stop_server, self.server)

    def bring_database_back(self) -> None:
        """Whether it recovers by itself or has to be started again."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            if self.server.process.poll() is not None:
                self.start_database()
            try:
                self.asked("select 1")
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the database does not come back"
                time.sleep(0.05)
            else:
                return

    def add_standby(self, name: str) -> Server:
        """A copy of the database that follows it."""
        standby = start_standby(self.server, self.folder / name, name=name)
        self._stack.callback(stop_server, standby)
        return standby

    def go_on_with(self, standby: Server) -> None:
        """The database is lost with its machine; `standby` takes writes from now on."""
        promote(standby)
        self.server = standby

    def asked(self, question: str, *, of: Server | None = None, **values: object) -> list[tuple[Any, ...]]:
        """Rows from the database itself, as its superuser; from that which takes writes if none is named."""
        with psycopg.connect((of or self.server).url, autocommit=True) as connection:
            return connection.execute(question.encode(), values).fetchall()

    def wait_until(self, question: str, *, of: Server | None = None, **values: object) -> None:
        """Until the database says true."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while self.asked(f"select ({question})", of=of, **values) != [(True,)]:
            assert time.monotonic() < deadline, f"{question}\n{self.log_of('worker')[-2000:]}"
            time.sleep(0.02)

    def log_of(self, name: str) -> str:
        file = self.folder / "log" / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def bugs(self) -> list[str]:
        """What the web processes themselves took for a fault of their own."""
        return [line for name in WEB for line in self.log_of(name).splitlines() if '"event":"bug"' in line]

    def stop(self) -> None:
        self._stack.close()


def configure(server: Server, *changes: str) -> None:
    """Such as "set fsync = on" and "reset all", in force at once and after a restart."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        for change in changes:
            connection.execute(f"alter system {change}".encode())
        connection.execute("select pg_reload_conf()")


def kill_server(server: Server) -> None:
    """Stopped first, so that it starts no child that would be missed."""
    pid = server.process.pid
    os.kill(pid, signal.SIGSTOP)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    server.process.wait()


@contextmanager
def whole_site(folder: Path, *, standbys: Sequence[str] = ()) -> Iterator[Site]:
    """A site in `folder`, which knows where its database may be found later: in the folders of `standbys`."""
    with prepared_site(folder, now=datetime.now(UTC)) as (server, environment):
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"create role {LOGIN} login noinherit in role dawr_app".encode())
        hosts = [server.folder, *(folder / name for name in standbys)]
        site = Site(folder, server=server, hosts=hosts, environment=environment)
        try:
            site.start("beacon", *WITNESSES, "worker", *WEB)
            yield site
        finally:
            site.stop()


def _web(name: str, *, port: int) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-m", "dawr", "serve", "--port", str(port)],
        answers_at=f"http://127.0.0.1:{port}/readyz",
    )

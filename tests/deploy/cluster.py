"""Three PostgreSQL servers with the settings, logins and rules of deploy/postgresql, and PgBouncer before them."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Literal

from dawr.db.embedded import SUPERUSER, Server, server_url, start_server, start_standby, stop_server
from tests.deploy.arranged import DEPLOY, LOGINS, SECRET, SERVERS, Ground, rendered, run_tool
from tests.deploy.programs import Program

# A laptop's share of memory and disk.
SMALL = {"shared_buffers": "32MB", "wal_buffers": "1MB", "min_wal_size": "32MB", "max_wal_size": "64MB"}
FOLLOW_SECONDS_MAX = 30
POOLER_SECONDS_MAX = 10


class Cluster:
    """The servers that run, by name; `primary` is the one that takes writes."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.running: dict[str, Server] = {}
        self.primary = SERVERS[0]

    @property
    def standbys(self) -> list[str]:
        return [name for name in self.running if name != self.primary]

    def start(self) -> None:
        """The primary with the logins of roles.sql and their passwords, then its two standbys."""
        first = start_server(self.ground.folder / self.primary, options=self._options(self.primary))
        self.running[self.primary] = first
        # The embedded server brings an empty database of that name along.
        self.psql("-c", "drop database dawr")
        self.psql("--file", str(DEPLOY / "postgresql" / "roles.sql"))
        for login in LOGINS:
            self.psql("-c", f"alter role {login} password '{SECRET}'")
        for name in SERVERS[1:]:
            self._copy_primary(name)
            self.follow(name)

    def stop(self) -> None:
        for server in reversed(list(self.running.values())):
            stop_server(server)

    def add_standby(self, name: str) -> None:
        """A lost server comes back as a new copy of the primary."""
        shutil.rmtree(self.ground.folder / name / "data")
        self._copy_primary(name)
        self.follow(name)

    def follow(self, name: str) -> None:
        """Over the network from now on, with the login of deploy/README.md, as the three machines do it."""
        conninfo = make_conninfo(
            self.ground.conninfo("dawr_standby", server=self.primary), passfile=str(self.ground.server_pgpass)
        )
        with self.superuser(name) as connection:
            connection.execute(SQL("alter system set primary_conninfo = {}").format(Literal(conninfo)))
            connection.execute("select pg_reload_conf()")
        self.wait_until_followed(name)

    def wait_until_followed(self, name: str) -> None:
        """Until `name` streams over the network and counts for the commits of the primary."""
        counts = (
            "select exists (select from pg_stat_replication where application_name = %s and usename = 'dawr_standby'"
            " and state = 'streaming' and sync_state = 'quorum')"
        )
        with self.superuser() as connection:
            deadline = time.monotonic() + FOLLOW_SECONDS_MAX
            while connection.execute(counts, (name,)).fetchone() != (True,):
                assert time.monotonic() < deadline, f"{name} does not follow {self.primary}"
                time.sleep(0.05)

    def kill_primary(self) -> None:
        """As when its machine loses its power."""
        server = self.running.pop(self.primary)
        server.process.kill()
        server.process.wait()

    def superuser(self, name: str = "", *, database: str = "postgres") -> psycopg.Connection:
        """A connection on a server's own socket, the primary's if none is named; each statement stands for itself."""
        server = self.running[name or self.primary]
        return psycopg.connect(server_url(server.folder, database=database, port=server.port), autocommit=True)

    def psql(self, *arguments: str) -> str:
        """What psql says on the primary; as README has it, without waiting for standbys that may not be there yet."""
        server = self.running[self.primary]
        at = ["--host", str(server.folder), "--port", server.port, "--username", SUPERUSER]
        return run_tool(
            "psql",
            "-X",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            *at,
            *arguments,
            ground=self.ground,
            PGOPTIONS="-c synchronous_commit=local",
        )

    def _copy_primary(self, name: str) -> None:
        folder = self.ground.folder / name
        primary = self.running[self.primary]
        self.running[name] = start_standby(primary, folder, name=name, options=self._options(name))

    def _options(self, name: str) -> dict[str, str]:
        """What differs from the deploy folder's files on this machine."""
        ground = self.ground
        changes = {
            "cluster_name = 'dawr_a'": f"cluster_name = '{name}'",
            # The embedded server is built without TLS and LZ4.
            "ssl = on": "ssl = off",
            "wal_compression = lz4": "wal_compression = on",
        }
        parts = [rendered("postgresql/primary.conf", changes), rendered("postgresql/standby.conf", {})]
        file = ground.write(f"{name}.conf", "".join(parts))
        addresses = {"10.0.1.0/24": "samehost   ", "10.0.2.0/24": "samehost   ", "peer": "trust", "hostssl": "host   "}
        rules = ground.write("pg_hba.conf", rendered("postgresql/pg_hba.conf", addresses))
        return SMALL | {
            "config_file": str(file),
            "hba_file": str(rules),
            "port": str(ground.ports[name]),
            # The embedded server is started with values of its own, which would hide those of the file.
            "listen_addresses": "localhost",
            "max_connections": setting(parts[0], "max_connections"),
        }


def setting(text: str, name: str) -> str:
    found = re.search(rf"^{name} = '?([^'#\n]*?)'?\s*(#.*)?$", text, re.MULTILINE)
    assert found, name
    return found[1]


@contextmanager
def running_cluster(ground: Ground) -> Iterator[Cluster]:
    cluster = Cluster(ground)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


class Pooler:
    """PgBouncer with the deploy folder's file, and the one line that says who takes writes."""

    def __init__(self, ground: Ground, program: Program, *, cluster: Cluster) -> None:
        self.ground = ground
        self._file = ground.folder / "pgbouncer.ini"
        self._say_primary(cluster.primary)
        secrets = ground.write("userlist.txt", self._userlist(cluster), mode=0o600)
        changes = {
            "/etc/pgbouncer/primary.ini": str(ground.folder / "primary.ini"),
            "/etc/pgbouncer/userlist.txt": str(secrets),
            "listen_port = 6432": f"listen_port = {ground.ports['pgbouncer']}",
            "/run/pgbouncer/pgbouncer.pid": str(ground.sockets / "pgbouncer.pid"),
            "unix_socket_dir = /run/pgbouncer": f"unix_socket_dir = {ground.sockets}",
            "/var/log/postgresql/pgbouncer.log": str(ground.sockets / "pgbouncer.log"),
            "server_tls_sslmode = verify-full": "server_tls_sslmode = disable",
        }
        ground.give_to_servers(secrets)
        ground.write("pgbouncer.ini", rendered("pgbouncer/pgbouncer.ini", changes))
        command = ground.as_server([str(program.path), "--quiet", str(self._file)])
        self.process = subprocess.Popen(command, env=program.environ)
        self._wait_until_it_listens()

    def url(self, login: str) -> str:
        passfile = self.ground.credentials / "pgpass"
        return f"postgresql://{login}@/dawr?host={self.ground.sockets}&port={self.ground.ports['pgbouncer']}&passfile={passfile}"

    @property
    def log(self) -> str:
        return (self.ground.sockets / "pgbouncer.log").read_text(encoding="utf-8")

    def say(self, number: signal.Signals) -> None:
        """HUP reads its files again; USR1 pauses, USR2 goes on."""
        self.process.send_signal(number)

    def go_to(self, primary: str) -> None:
        """What the runbook does after a failover: the line, then a reload."""
        self._say_primary(primary)
        self.say(signal.SIGHUP)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def _say_primary(self, name: str) -> None:
        changes = {"host=db-a.dawr.example port=5432": f"host=localhost port={self.ground.ports[name]}"}
        self.ground.write("primary.ini", rendered("pgbouncer/primary.ini", changes))

    def _userlist(self, cluster: Cluster) -> str:
        """With the statement that the deploy folder's README gives for it."""
        said = (DEPLOY / "README.md").read_text(encoding="utf-8")
        found = re.search(r"psql -At -c \"(select format[^\n]*)\" dawr", said)
        assert found, "the README does not say how to make userlist.txt"
        return cluster.psql("-c", found[1].replace('\\"', '"'), "dawr")

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + POOLER_SECONDS_MAX
        path = Path(self.ground.sockets) / f".s.PGSQL.{self.ground.ports['pgbouncer']}"
        while not path.exists():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, "PgBouncer does not listen"
            time.sleep(0.02)


def server_log(server: Server) -> str:
    return (server.folder / "server.log").read_text(encoding="utf-8", errors="replace")

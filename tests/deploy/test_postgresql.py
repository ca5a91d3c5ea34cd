"""The database's settings: what is acknowledged, what is logged, what comes back from a backup."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from dawr.db.embedded import Server, binaries, start_server, stop_server
from tests.deploy.arranged import DEPLOY, free_ports
from tests.deploy.cluster import Cluster, server_log, setting

CIVIL_NUMBER = "288020122596"


def test_every_server_runs_with_every_line_of_the_file(cluster: Cluster) -> None:
    text = (DEPLOY / "postgresql" / "primary.conf").read_text(encoding="utf-8")
    with cluster.superuser(cluster.standbys[0]) as connection:
        rows = connection.execute("select name from pg_file_settings where error is not null").fetchall()
        assert {name for (name,) in rows} <= set(cluster.running[cluster.standbys[0]].options)
        for name in ("synchronous_standby_names", "log_error_verbosity", "max_connections", "wal_keep_size"):
            [told] = connection.execute("select current_setting(%s)", (name,)).fetchone() or [""]
            assert told == setting(text, name)
        checksums = connection.execute("show data_checksums").fetchone()
        assert checksums == ("on",)


def test_nobody_comes_over_the_network_without_his_password_or_as_the_superuser(cluster: Cluster) -> None:
    port = cluster.ground.ports[cluster.primary]
    for login in ("postgres", "dawr_owner", "dawr_app"):
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(f"host=127.0.0.1 port={port} user={login} dbname=dawr")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={port} user=dawr_web dbname=dawr password=wrong passfile=/dev/null")


def test_the_rules_for_the_network_all_want_tls_and_scram() -> None:
    text = (DEPLOY / "postgresql" / "pg_hba.conf").read_text(encoding="utf-8")
    rules = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    over_network = [rule for rule in rules if rule[0] != "local"]
    assert over_network
    assert {(rule[0], rule[-1]) for rule in over_network} == {("hostssl", "scram-sha-256")}
    assert {rule[-1] for rule in rules if rule[0] == "local"} == {"peer"}


def test_the_servers_log_names_no_value_of_anybody(cluster: Cluster) -> None:
    with cluster.superuser() as connection:
        connection.execute("create table public.person (number text primary key, age integer)")
        insert = "insert into public.person (number) values (%s)"
        connection.execute(insert, (CIVIL_NUMBER,))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert, (CIVIL_NUMBER,))
        connection.execute("select %s::text from pg_sleep(0.6)", (CIVIL_NUMBER,))
        copying = connection.cursor().copy("copy public.person (number, age) from stdin (format csv)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation), copying as copy:
            copy.write(f"{CIVIL_NUMBER},young\n")
        connection.execute("drop table public.person")
    written = server_log(cluster.running[cluster.primary])
    assert "duplicate key" in written
    assert "pg_sleep" in written
    assert CIVIL_NUMBER not in written


def test_with_both_standbys_away_a_commit_waits_whatever_timeout_has_passed(cluster: Cluster) -> None:
    standbys = [cluster.running[name].process.pid for name in cluster.standbys]
    receivers = [pid for standby in standbys for pid in _children(standby, title="walreceiver")]
    assert len(receivers) == 2
    with cluster.superuser() as connection:
        connection.execute("create table public.kept (number integer)")
        for pid in receivers:
            os.kill(pid, signal.SIGSTOP)
        try:
            with psycopg.connect(connection.info.dsn, autocommit=False) as writer:
                writer.execute("set statement_timeout = '300ms'")
                writer.execute("set idle_in_transaction_session_timeout = '10s'")
                writer.execute("insert into public.kept values (1)")
                committing = asyncio.run(_commits_within(writer, seconds=1.5, wake=receivers))
                assert committing == ["waited", "committed"]
        finally:
            for pid in receivers:
                os.kill(pid, signal.SIGCONT)
        connection.execute("drop table public.kept")


async def _commits_within(writer: psycopg.Connection, *, seconds: float, wake: list[int]) -> list[str]:
    committing = asyncio.create_task(asyncio.to_thread(writer.commit))
    done, _ = await asyncio.wait([committing], timeout=seconds)
    found = ["answered" if done else "waited"]
    for pid in wake:
        os.kill(pid, signal.SIGCONT)
    await committing
    return [*found, "committed"]


def test_a_copy_and_the_archived_log_bring_everything_back(cluster: Cluster) -> None:
    ground = cluster.ground
    unit = ground.unit("dawr-archive.service")
    from_where = unit.environment["BACKUP_FROM"]
    environment = os.environ | {
        "PATH": f"{binaries()}:{os.environ['PATH']}",
        "PGPASSFILE": str(ground.credentials / "pgpass"),
    }
    archive = subprocess.Popen(
        [
            str(binaries() / "pg_receivewal"),
            *(word.replace("${BACKUP_FROM}", from_where) for word in unit.command[1:] if "--directory" not in word),
            f"--directory={ground.archive}",
        ],
        env=environment,
    )
    try:
        copied = subprocess.run(
            ["sh", str(DEPLOY / "postgresql" / "backup.sh"), from_where, str(ground.state / "copies"), "2"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        with cluster.superuser(database="dawr") as connection:
            connection.execute("create table public.written_later as select generate_series(1, 1000) as number")
            [end] = connection.execute("select pg_current_wal_flush_lsn()::text").fetchone() or [""]
            _wait_until_archived(connection, end)
    finally:
        archive.terminate()
        archive.wait()
    restored = _restore(cluster, Path(copied.stdout.strip()), environment=environment)
    try:
        with psycopg.connect(restored.url, autocommit=True) as connection:
            while connection.execute("select pg_is_in_recovery()").fetchone() == (True,):
                connection.execute("select pg_sleep(0.05)")
            assert connection.execute("select count(*) from public.written_later").fetchone() == (1000,)
            connection.execute("insert into public.written_later values (0)")
    finally:
        stop_server(restored)
        with cluster.superuser(database="dawr") as connection:
            connection.execute("drop table public.written_later")


def _restore(cluster: Cluster, copy: Path, *, environment: dict[str, str]) -> Server:
    folder = cluster.ground.made("restored")
    script = str(DEPLOY / "postgresql" / "restore.sh")
    data = folder / "data"
    subprocess.run(["sh", script, str(copy), str(cluster.ground.archive), str(data)], env=environment, check=True)
    cluster.ground.give_to_servers(folder)
    for file in folder.rglob("*"):
        cluster.ground.give_to_servers(file)
    for file in cluster.ground.archive.rglob("*"):
        cluster.ground.give_to_servers(file)
    [port] = free_ports(1)
    return start_server(folder, options={**cluster.running[cluster.primary].options, "port": str(port)})


def _wait_until_archived(connection: psycopg.Connection, end: str) -> None:
    arrived = (
        "select exists (select from pg_stat_replication where application_name = 'pg_receivewal' and flush_lsn >= %s)"
    )
    for _ in range(200):
        if connection.execute(arrived, (end,)).fetchone() == (True,):
            return
        connection.execute("select pg_sleep(0.05)")
    raise AssertionError("the log is not archived")


def _children(parent: int, *, title: str) -> list[int]:
    """The processes of a server that call themselves `title`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = f"\nPPid:\t{parent}\n" in (folder / "status").read_text(encoding="utf-8")
            if is_child and title in (folder / "cmdline").read_text(encoding="utf-8", errors="replace"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found

#!/opt/dawr/.venv/bin/python
"""The primary is lost: the standby takes over that has everything which was ever acknowledged.

    failover.py --standby 'host=db-b.dawr.example user=dawr_failover' --standby 'host=db-c.dawr.example ...'

A commit is acknowledged when one of the standbys has it on disk, and nobody knows which. So all of them are asked.
First they stop listening to the old primary, which from then on can acknowledge nothing even if it still runs behind a
broken network; then the one that received most is promoted; then the others follow it. If it broke off, run it again.
"""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Literal

DATABASE = "dawr"
NOWHERE = "/nowhere"
"""A standby whose primary is here keeps its login and receives from nobody."""
WAIT_SECONDS_MAX = 60

RECEIVED = "(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0')"


class CannotDecide(Exception):
    """Nothing has been promoted; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An open connection to a server, and where that is."""

    host: str
    port: str
    connection: psycopg.Connection[tuple[str]]

    @property
    def name(self) -> str:
        return self.asked("current_setting('cluster_name')")

    @property
    def is_primary(self) -> bool:
        return self.asked("not pg_is_in_recovery()") == "true"

    def asked(self, expression: str) -> str:
        row = self.connection.execute(f"select ({expression})::text".encode()).fetchone()
        assert row is not None
        return row[0]

    def follow(self, host: str, port: str) -> None:
        """Receive from there, with the login that it has."""
        held = conninfo_to_dict(self.asked("current_setting('primary_conninfo')"))
        conninfo = make_conninfo("", **{**held, "host": host, "port": port})
        self.connection.execute(SQL("alter system set primary_conninfo = {}").format(Literal(conninfo)))
        self.asked("pg_reload_conf()")

    def wait_until(self, expression: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while self.asked(expression) != "true":
            if time.monotonic() > deadline:
                raise CannotDecide(f"{self.name} does not come to {expression}")
            time.sleep(0.05)


def take_over(servers: Sequence[Server], *, lost: Sequence[str] = ()) -> Server:
    """The new primary, which all other `servers` follow; promotes one only where none of them is a primary yet."""
    primary = next((server for server in servers if server.is_primary), None) or promoted(servers, lost=lost)
    for server in servers:
        if server is not primary:
            server.follow(primary.host, primary.port)
    return primary


def promoted(standbys: Sequence[Server], *, lost: Sequence[str]) -> Server:
    """The standby that received most, promoted; first the old primary is left alone by all of them."""
    require_every_standby(standbys, lost=lost)
    for standby in standbys:
        standby.follow(NOWHERE, "5432")
    for standby in standbys:
        standby.wait_until("not exists (select from pg_stat_wal_receiver)")
    chosen = max(standbys, key=lambda standby: int(standby.asked(RECEIVED)))
    chosen.asked("pg_promote(true, 60)")
    chosen.wait_until("not pg_is_in_recovery()")
    return chosen


def require_every_standby(standbys: Sequence[Server], *, lost: Sequence[str]) -> None:
    """Refuses while a standby is not asked that may alone have what was acknowledged last."""
    told = standbys[0].asked("current_setting('synchronous_standby_names')")
    servers = re.findall(r"\w+", told.partition("(")[2])
    asked = {standby.name for standby in standbys}
    if len(asked | set(lost)) < len(servers) - 1:
        raise CannotDecide(
            f"{', '.join(sorted(asked))} answered, of {', '.join(servers)}. One that did not may alone have what was "
            "acknowledged last: bring it back, or give --lost with its name and accept that loss."
        )


def connected(conninfo: str) -> Server:
    connection = psycopg.connect(conninfo, dbname=DATABASE, autocommit=True, connect_timeout=5)
    return Server(host=connection.info.host, port=str(connection.info.port), connection=connection)


def main() -> int:
    parser = argparse.ArgumentParser(description="Promote the standby that has everything which was acknowledged.")
    parser.add_argument("--standby", action="append", required=True, help="where one is; give every one of them")
    parser.add_argument("--lost", action="append", default=[], help="the cluster_name of one that will not come back")
    arguments = parser.parse_args()
    try:
        primary = take_over([connected(standby) for standby in arguments.standby], lost=arguments.lost)
    except (CannotDecide, psycopg.Error) as error:
        print(f"failover: {error}", file=sys.stderr)
        return 1
    print(f"{primary.name} is the primary, at {primary.host} port {primary.port}. Now tell every PgBouncer:")
    print(f"  dawr = host={primary.host} port={primary.port} dbname={DATABASE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

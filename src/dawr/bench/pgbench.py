"""PostgreSQL's own rates on the same server: what a program without Dawr around it would reach."""

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from dawr.db.embedded import binaries
from dawr.kernel.refusal import Refusal

CLIENTS = 32
THREADS = 2

_TABLES = """
create schema pgbench;
create table pgbench.entry (
    draw_id text not null, person_id uuid not null, label text not null, entered_at timestamptz not null default now(),
    constraint entered_once primary key (person_id, draw_id)
);
create table pgbench.slot (
    slot_id text primary key, seats integer not null, taken integer not null default 0, check (taken <= seats)
);
create table pgbench.booking (person_id uuid primary key, slot_id text not null);
insert into pgbench.slot values ('hot', 100000000);
"""

INSERT = """
insert into pgbench.entry (draw_id, person_id, label) values ('KW-MOI/18/2027-02-01', gen_random_uuid(), 'ABCDEFGH');
"""

HOT_ROW = """
with seat as (update pgbench.slot set taken = taken + 1 where slot_id = 'hot' and taken < seats returning slot_id)
insert into pgbench.booking (person_id, slot_id) select gen_random_uuid(), slot_id from seat;
"""

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class PgbenchFailed(Refusal):
    """pgbench did not run to its end; `reason` is what it wrote."""

    code = "bench.pgbench_failed"
    status = 500


def make_tables(url: str) -> None:
    """The tables that the scripts write to."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES.encode())


def rate_of(script: str, *, url: str, seconds: int) -> float:
    """Durable transactions a second with 32 clients and prepared statements, each transaction one statement."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        Path(file.name).chmod(0o644)
        command = [str(binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS)]
        ran = subprocess.run(
            [*command, "-T", str(seconds), "-f", file.name, url], capture_output=True, text=True, check=False
        )
    found = _RATE.search(ran.stdout)
    if ran.returncode or found is None:
        raise PgbenchFailed(reason=ran.stderr.strip()[-400:])
    return float(found[1])

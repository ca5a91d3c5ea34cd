"""At opening time the planner knows nothing of a table that grows by thousands of rows a second."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from dawr.bench.server import add_entrants
from dawr.db.pool import LOOK_UPS_ONLY, as_json
from dawr.releases.store.rows import SQL

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
SERVICE, DRAW = "KW-MOI/18", "KW-MOI/18/2027-02-01"
STEPS = 12
ENTRANTS_A_STEP = 200
ASKING = 20

RELEASE = """
insert into releases.release
(service_id, draw_id, rules, places_csv, opens_at, freezes_at, moves_until, rules_entry_id)
values (%(service)s, %(draw)s, '{}', '', %(now)s, %(now)s + interval '1 day', %(now)s + interval '2 days', 1)
"""


@pytest.fixture
def crowded(database_url: str) -> Iterator[psycopg.Connection]:
    """A draw of whose entrants no statistics tell, and a transaction that looks things up."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("alter table releases.entrant set (autovacuum_enabled = off)")
        owner.execute(RELEASE.encode(), {"service": SERVICE, "draw": DRAW, "now": NOW})
        owner.execute("begin")
        owner.execute(LOOK_UPS_ONLY.encode())
        yield owner


def rows_read(connection: psycopg.Connection, statement: str, **parameters: object) -> float:
    """How many rows the statement took from tables to find its answer, those that it threw away again included."""
    row = connection.execute(f"explain (analyze, format json) {statement}".encode(), parameters).fetchone()
    assert row is not None
    return _read_by(row[0][0]["Plan"])


def _read_by(node: dict[str, Any]) -> float:
    own = 0.0
    if "Relation Name" in node:
        own = node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return own + sum(_read_by(inner) for inner in node.get("Plans", []))


@pytest.mark.parametrize("name", ["standings", "watched"])
def test_a_persons_entry_is_found_without_reading_the_draw_however_it_grows(
    crowded: psycopg.Connection, database_url: str, name: str
) -> None:
    for step in range(STEPS):
        first = step * ENTRANTS_A_STEP + 1
        last = first + ENTRANTS_A_STEP - 1
        add_entrants(database_url, service_id=SERVICE, draw_id=DRAW, first=first, last=last, now=NOW)
        asking = [
            {"number": number, "service_id": SERVICE, "draw_id": DRAW, "person_id": uuid4()} for number in range(ASKING)
        ]
        found = rows_read(crowded, SQL[name], asking=as_json(asking))
        # The release itself may be read once for each who asks.
        assert found <= ASKING

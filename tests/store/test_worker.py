"""The worker begins when its database does, and goes when it is told to."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import structlog

from dawr.db.pool import Pool, make_pool, transaction
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.worker import publish_key_when_reached
from tests.conftest import Databases

PAUSES = [1, 2, 4, 8, 10, 10, 10]


@dataclass
class Waiting:
    """Lets no second pass: it keeps how long each pause would be, and does something in the last of PAUSES."""

    at_last: Callable[[], bool]
    pauses: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return self.at_last() if len(self.pauses) == len(PAUSES) else True


@pytest.fixture
def later() -> str:
    """The name of a database that is not there."""
    return f"later_{uuid4().hex}"


@pytest.fixture
async def absent(databases: Databases, later: str) -> AsyncIterator[Pool]:
    async with make_pool(databases.url(later), size_max=1) as pool:
        pool.timeout = 0.05
        yield pool


async def test_the_worker_waits_for_a_database_that_comes_later(
    absent: Pool, later: str, databases: Databases, migrated: str, settings: Settings
) -> None:
    def create() -> bool:
        with psycopg.connect(databases.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {later} template {migrated}".encode())
        databases.leave(later)
        return True

    waiting = Waiting(create)
    with structlog.testing.capture_logs() as said:
        assert await publish_key_when_reached(absent, settings, pause=waiting)
    assert waiting.pauses[: len(PAUSES)] == PAUSES
    assert max(waiting.pauses) == 10, "however long it takes"
    assert [line["pause_seconds"] for line in said] == [1, 2, 4, 8, 10]
    async with transaction(absent) as tx:
        assert len(await tickets.published_keys(tx)) == 1


async def test_a_worker_that_waits_stops_when_it_is_told_to(absent: Pool, settings: Settings) -> None:
    waiting = Waiting(lambda: False)
    assert not await publish_key_when_reached(absent, settings, pause=waiting)
    assert waiting.pauses == PAUSES


async def test_a_waiting_worker_ends_well_at_sigterm_and_its_log_holds_no_secret(tmp_path: Path) -> None:
    environment = {
        "DAWR_DATA_DIR": str(tmp_path),
        "DAWR_DEMONSTRATION": "yes",
        "DAWR_DATABASE_URL": "postgresql://dawr:hunter2@127.0.0.1:1/dawr",
        "DAWR_ROOT_SECRET": "11" * 32,
    }
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dawr", "worker"), env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert worker.stderr is not None
    said = b""
    while b"database.awaited" not in said:
        said += (line := await worker.stderr.readline())
        assert line, said.decode()
    worker.send_signal(signal.SIGTERM)
    said += await worker.stderr.read()
    assert await worker.wait() == 0
    assert b"hunter2" not in said
    assert all(json.loads(line) for line in said.splitlines())

"""One real server a test process; each test has its own transaction or its own database."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from dawr.db.embedded import Server, running_server, server_url
from dawr.db.migrate import migrate
from dawr.db.pool import APPLICATION_ROLE, READER_ROLE, Pool, Transaction, make_pool
from dawr.settings import Settings, read_settings

TEMPLATE = "dawr_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="dawr-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with running_server(Path(folder) / "pg", options={"fsync": "off", "max_connections": "200"}) as running:
            with psycopg.connect(running.url, autocommit=True) as connection:
                connection.execute(f"create database {TEMPLATE}")
            asyncio.run(migrate(server_url(running.folder, database=TEMPLATE)))
            yield running


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    """A fresh migrated database, reached as its owner."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE}".encode())
        yield server_url(server.folder, database=name)
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """The application's pool on a database of this test's own."""
    async with make_pool(database_url, role=APPLICATION_ROLE, size_max=20) as opened:
        yield opened


@pytest.fixture
async def reader_pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url, role=READER_ROLE) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_database_url(server: Server) -> str:
    name = "test_shared"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE}".encode())
    return server_url(server.folder, database=name)


@pytest.fixture
async def tx(shared_database_url: str) -> AsyncIterator[Transaction]:
    """A transaction as the application, rolled back after the test."""
    connection = await psycopg.AsyncConnection.connect(
        shared_database_url, row_factory=dict_row, options=f"-c role={APPLICATION_ROLE} -c timezone=UTC"
    )
    async with connection:
        yield connection
        await connection.rollback()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"DAWR_DATA_DIR": str(tmp_path), "DAWR_ROOT_SECRET": "11" * 32, "DAWR_DEMONSTRATION": "yes"})

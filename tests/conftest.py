"""One real server a test process; each test has its own transaction or its own database."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg.rows import dict_row

from dawr.db.embedded import Server, running_server, server_url
from dawr.db.migrate import migrate
from dawr.db.pool import APPLICATION_ROLE, READER_ROLE, Pool, Transaction, make_pool, transaction
from dawr.settings import Settings, read_settings
from tests import database_folder

# Nothing here has to outlive the server. A small WAL is written over and over in the same memory.
OPTIONS = {"fsync": "off", "max_connections": "200", "min_wal_size": "32MB", "max_wal_size": "128MB"}

# Other processes use the cores too: how long an example took says nothing about it.
hypothesis.settings.register_profile(
    "busy cores", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy cores")


class Databases:
    """The databases of one server; every new one is a copy."""

    def __init__(self, server: Server, connection: psycopg.Connection) -> None:
        self._server = server
        self._connection = connection
        self._numbers = itertools.count(1)
        self._left: list[str] = []
        self._shared: dict[str, str] = {}

    def url(self, name: str) -> str:
        """Reaches the database as its owner."""
        return server_url(self._server.folder, database=name)

    def copy(self, template: str) -> str:
        """The name of a new database."""
        self._drop_left()
        name = f"test_{next(self._numbers)}"
        self._run(f"create database {name} template {template} strategy file_copy")
        return name

    def shared(self, template: str) -> str:
        """The one copy for all tests that roll back."""
        if template not in self._shared:
            self._shared[template] = self.copy(template)
        return self._shared[template]

    def leave(self, name: str) -> None:
        """It is dropped when the next one is made: by then its connections have ended, and none is waited for."""
        self._left.append(name)

    def _drop_left(self) -> None:
        while self._left:
            self._run(f"drop database {self._left.pop()} with (force)")

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with (
        database_folder("dawr-test-") as folder,
        running_server(folder / "pg", options=OPTIONS) as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):
        yield Databases(server, connection)


@pytest.fixture(scope="session")
def migrated(databases: Databases) -> str:
    """A database with the schema and nothing in it."""
    name = databases.copy("template1")
    asyncio.run(migrate(databases.url(name)))
    return name


@pytest.fixture(scope="session")
def with_kuwait(databases: Databases, migrated: str) -> str:
    """A database with Kuwait's catalogue."""
    name = databases.copy(migrated)
    asyncio.run(_load_kuwait(databases.url(name)))
    return name


async def _load_kuwait(url: str) -> None:
    # What is pure is tested without the features.
    from tests.store.catalogue.officials import load_kuwait

    async with make_pool(url) as pool, transaction(pool) as tx:
        await load_kuwait(tx)


@pytest.fixture
def template(migrated: str) -> str:
    """What the databases of a test are copies of; tests that all need the catalogue say `with_kuwait`."""
    return migrated


@pytest.fixture
def database_url(databases: Databases, template: str) -> Iterator[str]:
    """A fresh database, reached as its owner."""
    name = databases.copy(template)
    yield databases.url(name)
    databases.leave(name)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """The application's pool on a database of this test's own."""
    async with make_pool(database_url, role=APPLICATION_ROLE, size_max=20) as opened:
        yield opened


@pytest.fixture
async def reader_pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url, role=READER_ROLE) as opened:
        yield opened


@pytest.fixture
def shared_database_url(databases: Databases, template: str) -> str:
    return databases.url(databases.shared(template))


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

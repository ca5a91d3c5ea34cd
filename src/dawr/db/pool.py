"""Connections and transactions; every connection works as the least-privileged role of its process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from psycopg import AsyncConnection, AsyncCursor, InternalError, OperationalError
from psycopg.errors import IntegrityError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from dawr.kernel.refusal import Refusal

Transaction = AsyncConnection[DictRow]
"""A connection inside an open transaction; the first argument of every action and store function."""

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

Answer = TypeVar("Answer")

APPLICATION_ROLE = "dawr_app"
READER_ROLE = "dawr_reader"
OWNER_ROLE = "dawr_owner"

POOL_WAIT_SECONDS_MAX = 2.0
"""Whoever would wait longer for a connection is told at once that he cannot be served."""


def make_pool(url: str, *, role: str = APPLICATION_ROLE, size_max: int = 10) -> Pool:
    """A closed pool of up to `size_max` connections whose statements run as `role`."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size_max,
        open=False,
        timeout=POOL_WAIT_SECONDS_MAX,
        # A failing attempt pauses twice as long each time. Given up this early, the next who asks begins a new one, so
        # that a database which comes back after an hour is found at once.
        reconnect_timeout=POOL_WAIT_SECONDS_MAX,
        configure=_seen_to_work_as(role),
        kwargs={"row_factory": dict_row, "autocommit": True, "options": f"-c role={role} -c timezone=UTC"},
    )


def _seen_to_work_as(role: str) -> Callable[[Transaction], Awaitable[None]]:
    """A look at each new connection: whoever logged in, its statements run as `role`, in UTC.

    PgBouncer drops what we ask for when we connect; there the login's own defaults must say it (deploy/postgresql).
    It also hands each transaction to another server process, which knows no statement prepared on the first.
    """

    async def look(connection: Transaction) -> None:
        found = await one(
            connection,
            "select current_user::text as role, current_setting('timezone') as timezone, pg_backend_pid() as pid",
        )
        if (found["role"], found["timezone"]) != (role, "UTC"):
            raise OperationalError(f"this login works as {found['role']} in {found['timezone']}, not as {role} in UTC")
        if found["pid"] != connection.info.backend_pid:
            connection.prepare_threshold = None

    return look


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """One transaction: committed at the end, rolled back on any exception; a lost server is an OperationalError."""
    async with pool.connection() as connection, _losses_named(connection), connection.transaction():
        yield connection


@asynccontextmanager
async def _losses_named(connection: Transaction) -> AsyncIterator[None]:
    """A lost server is an OperationalError, and its connection is not used again.

    PgBouncer gives two answers to a statement whose server has gone, the server's last word and its own; psycopg then
    speaks of an InternalError, which has no SQLSTATE because it is not PostgreSQL's.
    """
    try:
        yield
    except InternalError as error:
        if error.sqlstate is not None:
            raise
        await connection.close()
        raise OperationalError("the connection was lost") from error


LOOK_UPS_ONLY = """
select
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),
    set_config('plan_cache_mode', 'force_generic_plan', true)
"""


@asynccontextmanager
async def look_up_transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """A transaction whose statements find each row by its key, however little the planner knows of a table.

    At opening time a table grows from nothing to millions of rows between two looks of the statistics collector; a
    plan made for ten rows would then read them all for every batch. It is one pipeline: its beginning travels with
    the first statement.
    """
    async with pool.connection() as connection, _losses_named(connection):
        try:
            async with connection.pipeline():
                await connection.execute("begin")
                await connection.execute(LOOK_UPS_ONLY)
                yield connection
                await connection.execute("commit")
        except BaseException:
            await connection.rollback()
            raise


@contextmanager
def constraint_refusals(refusals: Mapping[str, Refusal]) -> Iterator[None]:
    """A broken constraint, known by its name, becomes the Refusal of the same meaning."""
    try:
        yield
    except IntegrityError as error:
        refusal = refusals.get(error.diag.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from error


async def one(tx: Transaction, statement: Any, **parameters: object) -> DictRow:
    """The single row of `statement`; it is a bug if there is none."""
    row = await maybe_one(tx, statement, **parameters)
    assert row is not None, "the statement promised a row"
    return row


async def maybe_one(tx: Transaction, statement: Any, **parameters: object) -> DictRow | None:
    cursor = await tx.execute(statement, parameters)
    return await cursor.fetchone()


async def many(tx: Transaction, statement: Any, **parameters: object) -> list[DictRow]:
    """All rows of a statement that is bounded by its own LIMIT or by one person's things."""
    cursor = await tx.execute(statement, parameters)
    return await cursor.fetchall()


async def run(tx: Transaction, statement: Any, **parameters: object) -> int:
    """How many rows `statement` changed; inside a pipeline that is not known yet (-1)."""
    cursor = await tx.execute(statement, parameters)
    return cursor.rowcount


@dataclass(frozen=True, slots=True)
class Asked(Generic[Answer]):
    """A statement that was sent, and how its rows are read when they are here."""

    _cursor: AsyncCursor[DictRow]
    _read: Callable[[list[DictRow]], Answer]

    async def answer(self) -> Answer:
        return self._read(await self._cursor.fetchall())


async def ask(
    tx: Transaction, statement: Any, *, read: Callable[[list[DictRow]], Answer], **parameters: object
) -> Asked[Answer]:
    """Send `statement`; in a pipeline all that is asked before the first `answer()` is one round trip."""
    return Asked(await tx.execute(statement, parameters), read)


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows for `json_to_recordset`; bytes come as base64.

    Many rows in one value: an array for each column would cost sixteen times as much to write.
    """
    return msgspec.json.encode(rows).decode()

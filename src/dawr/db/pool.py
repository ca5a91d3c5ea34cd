"""Connections and transactions; every connection works as the least-privileged role of its process."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import IntegrityError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from dawr.kernel.refusal import Refusal

Transaction = AsyncConnection[DictRow]
"""A connection inside an open transaction; the first argument of every action and store function."""

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

APPLICATION_ROLE = "dawr_app"
READER_ROLE = "dawr_reader"
OWNER_ROLE = "dawr_owner"


def make_pool(url: str, *, role: str = APPLICATION_ROLE, size_max: int = 10) -> Pool:
    """A closed pool of up to `size_max` connections whose statements run as `role`."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size_max,
        open=False,
        timeout=5,
        kwargs={"row_factory": dict_row, "autocommit": True, "options": f"-c role={role} -c timezone=UTC"},
    )


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """One transaction: committed at the end, rolled back on any exception."""
    async with pool.connection() as connection, connection.transaction():
        yield connection


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
    """How many rows `statement` changed."""
    cursor = await tx.execute(statement, parameters)
    return cursor.rowcount

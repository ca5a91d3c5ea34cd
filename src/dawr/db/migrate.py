"""Migrations: numbered SQL files, each applied once, in order, by the owner."""

from dataclasses import dataclass
from importlib.resources import files

from psycopg import AsyncConnection

from dawr.db.pool import Transaction

_TABLE = """
create table if not exists public.migration (
    name text primary key,
    applied_at timestamptz not null default now()
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    name: str
    statements: str


def all_migrations() -> list[Migration]:
    """The migrations that this version ships, in their order."""
    folder = files("dawr.db").joinpath("migrations")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [Migration(name=file.name, statements=file.read_text(encoding="utf-8")) for file in found]


async def migrate(url: str) -> list[str]:
    """Apply what is missing and return its names; two migrators at once wait for each other."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("select pg_advisory_lock(hashtext('dawr migrate'))")
        await connection.execute(_TABLE)
        rows = await (await connection.execute("select name from public.migration")).fetchall()
        applied = {row[0] for row in rows}
        missing = [migration for migration in all_migrations() if migration.name not in applied]
        for migration in missing:
            await _apply(connection, migration)
    return [migration.name for migration in missing]


async def missing_migrations(tx: Transaction) -> list[str]:
    """The migrations that this version ships and this database does not have."""
    rows = await (await tx.execute("select name from public.migration")).fetchall()
    applied = {row["name"] for row in rows}
    return [migration.name for migration in all_migrations() if migration.name not in applied]


async def _apply(connection: AsyncConnection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.statements.encode())
        await connection.execute("insert into public.migration (name) values (%s)", (migration.name,))

"""Rows of the issue: separate roles, least privilege."""

from dawr.db.pool import Pool, Transaction


async def test_the_application_does_not_work_as_a_superuser(tx: Transaction) -> None:
    row = await (
        await tx.execute("select current_user as name, usesuper from pg_user where usename = session_user")
    ).fetchone()
    assert row is not None
    assert row["name"] == "dawr_app"


async def test_each_test_database_is_migrated(pool: Pool) -> None:
    async with pool.connection() as connection:
        rows = await (await connection.execute("select current_user as name")).fetchall()
    assert rows[0]["name"] == "dawr_app"

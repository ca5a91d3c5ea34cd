"""PgBouncer in transaction mode: who works, in which time zone, and with what left behind for the next."""

import asyncio
import signal
import time

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from dawr.db.pool import APPLICATION_ROLE, Pool, make_pool, transaction
from tests.deploy.cluster import Cluster, Pooler
from tests.deploy.site import Site, wait_until_the_worker_beats


@pytest.mark.parametrize("login", ["dawr_web", "dawr_worker"])
async def test_a_login_works_as_the_application_in_utc_and_as_nobody_more(
    pooler: Pooler, site: Site, login: str
) -> None:
    async with make_pool(pooler.url(login), size_max=2) as pool, transaction(pool) as tx:
        row = await (
            await tx.execute("select session_user::text as login, current_user::text as role, now()::text as told")
        ).fetchone()
        assert row is not None
        assert (row["login"], row["role"]) == (login, APPLICATION_ROLE)
        assert row["told"].endswith("+00")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await tx.execute("delete from transparency.entry")


@pytest.mark.parametrize("login", ["dawr_web", "dawr_worker"])
def test_a_login_without_the_role_can_look_at_nothing(pooler: Pooler, site: Site, login: str) -> None:
    with psycopg.connect(pooler.url(login), autocommit=True) as connection, connection.transaction():
        connection.execute("set local role none")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select service_id from booking.slot")


async def test_a_pool_does_not_work_as_somebody_else(cluster: Cluster, pooler: Pooler, site: Site) -> None:
    with cluster.superuser() as connection:
        connection.execute("alter role dawr_worker reset role")
    try:
        pooler.say(signal.SIGHUP)
        async with make_pool(pooler.url("dawr_worker"), size_max=1) as pool:
            await _renew_servers(cluster, login="dawr_worker")
            with pytest.raises(PoolTimeout):
                await _ask(pool, "select 1 as one", wait_seconds=2)
    finally:
        with cluster.superuser() as connection:
            connection.execute("alter role dawr_worker set role = 'dawr_app'")
        await _renew_servers(cluster, login="dawr_worker")


async def test_a_statement_run_often_is_not_prepared_on_a_server_that_the_next_one_may_not_get(
    pooler: Pooler, site: Site
) -> None:
    async with make_pool(pooler.url("dawr_web"), size_max=8) as pool:

        async def often(number: int) -> list[int]:
            return [(await _ask(pool, "select %s::int as one", number)) for _ in range(20)]

        found = await asyncio.gather(*(often(number) for number in range(8)))
    assert found == [[number] * 20 for number in range(8)]


async def test_a_lock_of_a_transaction_ends_with_it(pooler: Pooler, site: Site) -> None:
    async with make_pool(pooler.url("dawr_web"), size_max=2) as pool:
        async with transaction(pool) as tx, pool.connection() as other:
            await tx.execute("select pg_advisory_xact_lock(18)")
            row = await (await other.execute("select pg_try_advisory_xact_lock(18) as is_free")).fetchone()
            assert row == {"is_free": False}
        assert await _ask(pool, "select pg_try_advisory_xact_lock(18)::int as one") == 1


async def test_a_timeout_of_the_login_ends_a_statement(pooler: Pooler, site: Site) -> None:
    async with make_pool(pooler.url("dawr_web"), size_max=1) as pool:
        started = time.monotonic()
        with pytest.raises(psycopg.errors.QueryCanceled):
            await _ask(pool, "select 1 as one from pg_sleep(60)")
        assert time.monotonic() - started < 15


async def test_a_pause_is_a_wait_and_not_an_error(pooler: Pooler, site: Site) -> None:
    async with make_pool(pooler.url("dawr_web"), size_max=1) as pool:
        pooler.say(signal.SIGUSR1)
        asked = asyncio.create_task(_ask(pool, "select 1 as one"))
        done, _ = await asyncio.wait([asked], timeout=0.5)
        pooler.say(signal.SIGUSR2)
        assert (done, await asked) == (set(), 1)


def test_the_worker_goes_on_through_it(cluster: Cluster, pooler: Pooler, site: Site) -> None:
    with cluster.superuser(database="dawr") as connection:
        [now] = connection.execute("select now()").fetchone() or [None]
    wait_until_the_worker_beats(cluster, site, after=now)
    assert "prepared statement" not in pooler.log


async def _ask(pool: Pool, statement: str, *values: object, wait_seconds: float = 5) -> int:
    async with pool.connection(timeout=wait_seconds) as connection:
        row = await (await connection.execute(statement.encode(), values or None)).fetchone()
    assert row is not None
    return int(row["one"])


async def _renew_servers(cluster: Cluster, *, login: str) -> None:
    """End the connections of `login` at the server; what comes next is a new one."""
    with cluster.superuser() as connection:
        connection.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (login,))

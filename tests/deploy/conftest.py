"""One deployment for all tests of this folder: three database servers, PgBouncer, web, worker, nginx."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dawr.db.pool import make_pool, transaction
from tests.deploy.arranged import Ground
from tests.deploy.cluster import Cluster, Pooler, running_cluster
from tests.deploy.programs import required
from tests.deploy.site import Site, wait_until_the_worker_beats
from tests.pages.lines.invented_line import PATH, gathering
from tests.store.catalogue.officials import load_kuwait

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one deployment and so one process."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("deploy"))


@pytest.fixture(scope="package")
def ground() -> Iterator[Ground]:
    # Short, for the paths of sockets.
    with tempfile.TemporaryDirectory(prefix="dawr-", ignore_cleanup_errors=True) as folder:
        yield Ground(Path(folder))


@pytest.fixture(scope="package")
def cluster(ground: Ground) -> Iterator[Cluster]:
    with running_cluster(ground) as started:
        yield started


@pytest.fixture(scope="package")
def pooler(ground: Ground, cluster: Cluster) -> Iterator[Pooler]:
    started = Pooler(ground, required("pgbouncer"), cluster=cluster)
    yield started
    started.stop()


@pytest.fixture(scope="package")
def site(ground: Ground, cluster: Cluster, pooler: Pooler) -> Iterator[Site]:
    """Migrated by its own unit, with both web processes and the worker."""
    started = Site(ground, required("nginx"))
    try:
        started.run_to_the_end("dawr-migrate.service")
        started.start_web()
        started.start_worker()
        wait_until_the_worker_beats(cluster, started)
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="package")
def line(pooler: Pooler, site: Site) -> str:
    """The path of a line in which numbers are taken, and that nobody is in yet."""

    async def announce() -> None:
        async with make_pool(pooler.url("dawr_worker"), size_max=1) as pool:
            async with transaction(pool) as tx:
                await load_kuwait(tx)
            await gathering(pool, settings=site.settings)

    asyncio.run(announce())
    return PATH

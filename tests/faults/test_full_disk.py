"""The database's disk is full: people are told "later", nothing is lost, and it goes on once there is room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from dawr.bench.openings import OpenDraw, announce_draw
from tests import database_folder
from tests.faults.load import LATER
from tests.faults.rush import rush_to
from tests.faults.site import Site, whole_site

DISK_MEGABYTES = 400
SEGMENTS_MAX = 40
SLOWLY_FILLED_BYTES = 20 << 20
BLOCK_BYTES = 4096
COME_A_SECOND = 500


@pytest.fixture(scope="module")
def cramped_site() -> Iterator[Site]:
    """A site whose database has a small disk of its own, with its data and its write-ahead log."""
    with database_folder("dawr-faults-") as folder, small_disk(folder / "pg"), whole_site(folder) as site:
        yield site


@pytest.fixture(scope="module")
def open_draw(cramped_site: Site) -> OpenDraw:
    return announce_draw(cramped_site.server.url, settings=cramped_site.settings, now=datetime.now(UTC))


def test_tables_that_cannot_grow_cost_time_and_nothing_else(cramped_site: Site, open_draw: OpenDraw) -> None:
    site = cramped_site
    rush = rush_to(site, open_draw)
    with rush.under_way(rate=COME_A_SECOND) as load:
        load.wait_until_answered(len(rush.people) // 4)
        with filled_up(site.server.folder):
            load.wait_until_unanswered(50)
        site.bring_database_back()
    assert set(load.without_answer) <= LATER
    assert "No space left on device" in (site.server.folder / "server.log").read_text(encoding="utf-8")
    rush.require_everybody_right()


def test_a_log_that_cannot_grow_ends_the_server_and_nothing_else(cramped_site: Site, open_draw: OpenDraw) -> None:
    site = cramped_site
    rush = rush_to(site, open_draw)
    with rush.under_way(rate=COME_A_SECOND) as load:
        load.wait_until_answered(len(rush.people) // 4)
        with filled_up(site.server.folder):
            give_up_segments_until_the_server_dies(site)
            load.wait_until_unanswered(50)
        site.bring_database_back()
    assert set(load.without_answer) <= LATER
    rush.require_everybody_right()


def give_up_segments_until_the_server_dies(site: Site) -> None:
    """Each segment of the log is left for the next one, for which there is no room in the end."""
    try:
        for _ in range(SEGMENTS_MAX):
            site.asked("select pg_logical_emit_message(true, 'fault', 'full'), pg_switch_wal()")
    except psycopg.OperationalError:
        return
    pytest.fail("there was room for every segment")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "dawr-faults", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a disk of its own needs the right to mount one: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled_up(folder: Path) -> Iterator[None]:
    """Something else has eaten the disk up, to the last block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        # Fast, and then to the last block, however much the database takes for itself meanwhile.
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - SLOWLY_FILLED_BYTES)
        file.seek(0, os.SEEK_END)
        with suppress(OSError):
            while file.write(bytes(BLOCK_BYTES)) == BLOCK_BYTES:
                pass
    try:
        yield
    finally:
        ballast.unlink()

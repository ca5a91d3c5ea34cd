"""The primary dies under load and its standby takes over: synchronous, it has everything; asynchronous, it has not.

What a database has lost its witnesses do not forget: after either positive control they sign nothing of its log again.
So these tests have a site of their own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dawr.bench.openings import OpenDraw, announce_draw
from tests import database_folder
from tests.faults.counting import Tally
from tests.faults.load import LATER
from tests.faults.rush import rush_to
from tests.faults.site import Site, configure, whole_site

STANDBYS = ("second", "third")
CARELESS = ("synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'")


@pytest.fixture(scope="module")
def redundant_site() -> Iterator[Site]:
    """A site that looks for whoever takes writes among three servers."""
    with database_folder("dawr-faults-") as folder, whole_site(folder, standbys=STANDBYS) as site:
        yield site


@pytest.fixture(scope="module")
def open_draw(redundant_site: Site) -> OpenDraw:
    return announce_draw(redundant_site.server.url, settings=redundant_site.settings, now=datetime.now(UTC))


def test_a_synchronous_standby_takes_over_with_everything_that_was_acknowledged(
    redundant_site: Site, open_draw: OpenDraw
) -> None:
    site = redundant_site
    standby = site.add_standby("second")
    configure(site.server, "set synchronous_standby_names = 'second'")
    site.wait_until("exists (select from pg_stat_replication where sync_state = 'sync')")
    rush = rush_to(site, open_draw)
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 3)
        site.kill_database()
        site.go_on_with(standby)
    assert set(load.without_answer) <= LATER
    rush.require_everybody_right()


def test_were_the_standby_asynchronous_the_counting_would_find_what_it_lost(
    redundant_site: Site, open_draw: OpenDraw
) -> None:
    """The positive control: the standby hears nothing of the last answers, and nobody waits for it."""
    site = redundant_site
    standby = site.add_standby("third")
    rush = rush_to(site, open_draw)
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 3)
        configure(standby, "set primary_conninfo = ''")
        site.wait_until("not exists (select from pg_stat_wal_receiver)", of=standby)
        load.wait_until_answered(len(rush.people) // 2)
        site.kill_database()
        site.go_on_with(standby)
    tally = rush.tally()
    assert tally.lost
    assert tally == Tally(lost=tally.lost)


def test_were_commits_not_durable_the_same_death_would_be_seen_to_lose_them(
    redundant_site: Site, open_draw: OpenDraw
) -> None:
    """The positive control: what PostgreSQL acknowledges before it has written it is lost, and the counting says so."""
    site = redundant_site
    rush = rush_to(site, open_draw)
    configure(site.server, *(f"set {setting}" for setting in CARELESS))
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 3)
        site.kill_database()
        site.start_database()
    configure(site.server, "reset all")
    tally = rush.tally()
    assert tally.lost
    assert tally == Tally(lost=tally.lost)

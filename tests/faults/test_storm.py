"""Others take every connection that the database has, and throw the site's own ones out."""

import psycopg

from dawr.bench.openings import OpenDraw
from dawr.db.embedded import server_url
from tests.faults.load import LATER
from tests.faults.rush import rush_to
from tests.faults.site import LOGIN, Site

END_OURS = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = %(login)s"


def test_a_storm_of_connections_costs_time_and_nothing_else(site: Site, draw: OpenDraw) -> None:
    with psycopg.connect(site.server.url) as owner:
        owner.execute("create role stranger login")
    [(connections_max,)] = site.asked("select current_setting('max_connections')::integer")
    rush = rush_to(site, draw, entering=4000)
    storm: list[psycopg.Connection] = []
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 4)
        while load.without_answer.total() < 100 and load.waiting:
            storm += blown_in(site, count_max=connections_max)
            site.asked(END_OURS, login=LOGIN)
        assert load.without_answer, "the storm was felt"
        for connection in storm:
            connection.close()
    assert len(storm) > connections_max // 2
    assert set(load.without_answer) <= LATER
    rush.require_everybody_right()


def blown_in(site: Site, *, count_max: int) -> list[psycopg.Connection]:
    """Connections of a stranger, until the server has no more."""
    url = server_url(site.server.folder).replace("postgres@", "stranger@")
    got: list[psycopg.Connection] = []
    while len(got) < count_max:
        try:
            got.append(psycopg.connect(url))
        except psycopg.OperationalError:
            break
    return got

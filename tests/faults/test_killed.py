"""kill -9 of a web process and of the database under load: acknowledged is there, once, and nothing is oversold."""

from dawr.bench.openings import OpenDraw
from tests.faults.load import DIED, LATER, Load
from tests.faults.rush import ACKNOWLEDGED, require_same, rush_to
from tests.faults.site import Site


def test_a_web_process_dies_and_the_other_one_goes_on(site: Site, draw: OpenDraw) -> None:
    rush = rush_to(site, draw)
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 4)
        site.kill("web-1")
        load.wait_until_answered(len(rush.people) // 2)
        site.start("web-1")
    assert set(load.without_answer) <= LATER | {DIED}
    rush.require_everybody_right()


def test_the_database_dies_and_comes_back(site: Site, draw: OpenDraw) -> None:
    rush = rush_to(site, draw)
    with rush.under_way() as load:
        load.wait_until_answered(len(rush.people) // 3)
        site.kill_database()
        load.wait_until_unanswered(100)
        site.start_database()
    assert set(load.without_answer) <= LATER
    rush.require_everybody_right()


def test_a_request_sent_three_times_at_once_is_done_once_and_answered_three_times(site: Site, draw: OpenDraw) -> None:
    rush = rush_to(site, draw)
    with rush.under_way(copies=3) as load:
        pass
    for first in range(0, 3 * len(rush.people), 3):
        for other in (first + 1, first + 2):
            require_same(load.answers[first], load.answers[other])
    rush.require_everybody_right()


def test_without_its_key_a_second_request_would_be_another_one(site: Site, draw: OpenDraw) -> None:
    rush = rush_to(site, draw)
    with rush.under_way():
        pass
    others = [request.replace(b"Idempotency-Key: ", b"Idempotency-Key: other-") for request in rush.requests]
    with Load(site.addresses, others) as load:
        pass
    assert ACKNOWLEDGED not in {answer.status for answer in load.in_order}
    rush.require_everybody_right()

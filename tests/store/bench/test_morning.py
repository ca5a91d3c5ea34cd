"""A small morning on a real site: database, web processes and worker, asked over HTTP by a few hundred people."""

from datetime import UTC, datetime

import pytest

from dawr.bench.morning.figures import Figures, as_json, figures
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.replay import Plan, contradicted, replayed
from dawr.bench.morning.report import report
from dawr.bench.morning.seekers import Ending, of_group

PLAN = Plan(people=300, quota=30, scale=200, hammered_a_second=120)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def found() -> Figures:
    told: list[str] = []
    run = replayed(PLAN, clock=now, shown=lambda step, _done, _total: told.append(step))
    assert {"scripts poll: gathering", "scripts poll: answered"} <= set(told)
    return figures(polling=run, polite=run)


def test_everybody_gets_a_clear_answer_and_it_is_what_the_database_says(found: Figures) -> None:
    assert not found.failures
    assert all(seeker.ending is not Ending.UNANSWERED for seeker in found.polling.everybody)


def test_every_place_is_given_and_none_twice(found: Figures) -> None:
    served = [seeker for seeker in found.polling.everybody if seeker.ending is Ending.SERVED]
    assert len(served) == len(found.polling.taken) == found.polling.truth.bookings == PLAN.quota
    assert {seeker.is_script for seeker in served} == {True, False}
    assert all(seeker.number is not None and seeker.turn_minute is not None for seeker in served)


def test_people_who_wait_with_the_page_open_seldom_miss_their_turn_however_short_the_morning(found: Figures) -> None:
    called = [
        seeker
        for seeker in of_group(found.polling.everybody, scripts=False)
        if seeker.turn_minute is not None and seeker.comes and not seeker.away_minutes
    ]
    assert called
    assert sum(seeker.ending is Ending.SERVED for seeker in called) >= 0.8 * len(called)


def test_who_is_told_something_else_than_the_database_says_is_found(found: Figures) -> None:
    truth = found.polling.truth
    waiting = next(seeker for seeker in found.polling.everybody if seeker.ending is Ending.ALL_GIVEN)
    waiting.ending = Ending.SERVED
    try:
        assert contradicted(found.polling.everybody, found=truth) == 1
    finally:
        waiting.ending = Ending.ALL_GIVEN


def test_the_report_is_one_file_in_both_languages_without_a_script(found: Figures) -> None:
    page = report(found, made_at=now())
    assert page.count("<svg") == 12
    assert "صباح كما هو في الواقع" in page
    assert "A realistic morning" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "http" not in page.replace("HTTP", "")


def test_the_figures_say_what_became_of_each_group(found: Figures) -> None:
    written = as_json(found)
    polling = written["polling"]
    assert isinstance(polling, dict)
    assert polling["opened_minute"] >= GATHER_MINUTES
    groups = polling["groups"]
    assert sum(sum(group["endings"].values()) for group in groups.values()) == PLAN.people
    assert groups["scripts"]["sent"] > groups["honest"]["sent"]

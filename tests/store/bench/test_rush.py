"""A small rush on a real site: every path once, everything counted."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dawr.bench.promises import PATHS, faults_of
from dawr.bench.rush import Plan, rush_figures
from dawr.bench.scale import DiskFull, require_room

PLAN = Plan(rounds=1, requests=200, seconds=1)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    told: list[tuple[str, int, int]] = []
    found = rush_figures(
        plan=PLAN,
        clock=lambda: datetime.now(UTC),
        told=lambda step, done, total: told.append((step, done, total)),
    )
    assert told[-1] == ("done", len(told) - 1, len(told) - 1)
    return found


def test_what_was_acknowledged_is_there_and_nothing_is_sold_twice(figures: dict[str, Any]) -> None:
    assert faults_of(figures) == []


def test_every_path_was_answered_without_an_error(figures: dict[str, Any]) -> None:
    assert {path: figures[path]["errors"] for path in PATHS} == dict.fromkeys(PATHS, 0)
    assert all(figures[path]["rate"] > 0 for path in PATHS)


def test_twice_as_many_people_as_seats_leave_none_and_oversell_none(figures: dict[str, Any]) -> None:
    contested = figures["contested"]
    assert (contested["seats"], contested["unsold"], contested["oversold"]) == (100, 0, 0)


def test_the_figures_are_json_with_pgbench_beside_the_paths(figures: dict[str, Any]) -> None:
    read = json.loads(json.dumps(figures))
    assert read["pgbench"].keys() == {"insert", "hot_row"}
    assert PATHS.keys() <= read.keys()


def test_more_rows_than_the_disk_holds_are_refused_before_anything_is_started() -> None:
    with pytest.raises(DiskFull):
        require_room(10**15)

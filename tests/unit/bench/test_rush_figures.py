"""From rounds to figures, and from figures to what was promised."""

from typing import Any

import pytest

from dawr.bench.figures import (
    Measured,
    Pass,
    alone_figures,
    contested_figures,
    delayed_figures,
    path_figures,
)
from dawr.bench.promises import PATHS, Promise, faults_of, promises
from dawr.bench.table import paths_table, promises_table, scale_table


def a_pass(rate: float = 100, **other: Any) -> Pass:
    return Pass(**{"rate": rate, "p50_ms": 1.0, "p99_ms": 2.0, "cpu_us": 50.0} | other)


def measured(rate: float, *, pgbench_rate: float, p99_ms: float = 9.0) -> Measured:
    return Measured(full=a_pass(rate), half=a_pass(rate / 2, p99_ms=p99_ms), pgbench_rate=pgbench_rate)


def all_figures() -> dict[str, Any]:
    path = path_figures([measured(1000, pgbench_rate=1000)])
    return {
        "pgbench": {"insert": 1000, "hot_row": 100},
        **dict.fromkeys(PATHS, path),
        "flush_2ms": delayed_figures([a_pass(5000)], pgbench_rates=[100]),
        "lone": alone_figures([a_pass()]),
        "contested": contested_figures([a_pass(seats=10, stored=10, acknowledged=10)]),
    }


def test_a_path_is_reported_with_the_seven_figures_that_were_agreed() -> None:
    found = path_figures([measured(100, pgbench_rate=100)])
    assert {"rate", "p50_ms", "p99_ms", "ratio", "cpu_us", "errors", "oversold"} <= found.keys()


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    rounds = [measured(100, pgbench_rate=100), measured(900, pgbench_rate=300), measured(200, pgbench_rate=400)]
    found = path_figures(rounds)
    assert (found["ratio"], found["rate"]) == (1.0, 200)


def test_latency_is_that_at_half_the_peak() -> None:
    assert path_figures([measured(100, pgbench_rate=100, p99_ms=7.0)])["p99_ms"] == 7.0


def test_an_acknowledged_entry_that_is_not_there_is_lost() -> None:
    assert a_pass(acknowledged=10, stored=9).lost == 1
    assert a_pass(acknowledged=10, stored=10).lost == 0


def test_what_died_before_its_answer_may_be_there_and_nothing_else_may() -> None:
    assert a_pass(acknowledged=9, unanswered=1, stored=10).unasked == 0
    assert a_pass(acknowledged=9, stored=10).unasked == 1


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"acknowledged": 2, "stored": 1}, "acknowledged and not in the database"),
        ({"acknowledged": 1, "stored": 2}, "acknowledged to nobody"),
        ({"oversold": 1}, "given beyond what there was"),
        ({"miscounted": 1}, "the slots' own count"),
    ],
)
def test_every_difference_is_named_as_a_fault(wrong: dict[str, int], kind: str) -> None:
    broken = Measured(full=a_pass(**wrong), half=a_pass(), pgbench_rate=100)
    [fault] = faults_of({"enter": path_figures([broken])})
    assert fault.startswith("enter: 1 ")
    assert kind in fault


def test_a_seat_that_nobody_got_though_twice_as_many_asked_is_a_fault() -> None:
    [fault] = faults_of({"contested": contested_figures([a_pass(seats=10, stored=9, acknowledged=9)])})
    assert "seats left" in fault


def test_a_fault_of_a_larger_site_is_found_too() -> None:
    assert faults_of({"scale": {"processes": {"4": {"lost": 1}}}}) == [
        "scale processes 4: 1 acknowledged and not in the database"
    ]


def test_a_system_that_keeps_its_word_has_no_fault() -> None:
    assert faults_of(all_figures()) == []


@pytest.mark.parametrize(
    ("value", "is_most", "reached"),
    [(8, False, "aim"), (7.9, False, "hold"), (3.9, False, "missed"), (4, True, "hold"), (4.1, True, "missed")],
)
def test_a_promise_is_reached_at_its_bound(value: float, is_most: bool, reached: str) -> None:
    hold, aim = (4, 2) if is_most else (4, 8)
    promise = Promise(name="a", unit="ms", measured=value, hold=hold, aim=aim, is_most=is_most)
    assert promise.reached == reached


def test_every_path_and_the_slow_disk_and_the_lone_request_are_promised_something() -> None:
    said = " ".join(promise.name for promise in promises(all_figures()))
    assert all(words in said for words in ("2 ms more a flush", "a lone request, p99", *PATHS.values()))


def test_the_tables_have_a_row_for_each_path_each_promise_and_each_size() -> None:
    figures = all_figures()
    size = {"enter": 1, "ratio": 0.1, "status": 1, "cpu_us": 1}
    assert paths_table(figures).row_count == len(PATHS)
    assert promises_table(figures).row_count == len(promises(figures))
    assert scale_table({"processes": {"1": size, "2": size}, "rows": {"10000": size}}).row_count == 3

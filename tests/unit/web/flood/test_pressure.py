"""When a process says that it has too much to do."""

import pytest

from dawr.web.flood.pressure import CROWD_MIN, IN_FLIGHT_MAX, IN_FLIGHT_MIN, POOL_WAITING_MAX, Level, Pressure, level_of


def level(*, lag_seconds: float = 0, in_flight: int = 0, served_a_second: float = 1000, pool_waiting: int = 0) -> Level:
    return level_of(
        lag_seconds=lag_seconds, in_flight=in_flight, served_a_second=served_a_second, pool_waiting=pool_waiting
    )


@pytest.mark.parametrize(
    ("lag_seconds", "found"),
    [(0.05, Level.CALM), (0.4, Level.PRESSED), (1.2, Level.OVERLOADED), (2.0, Level.FULL)],
)
def test_a_late_loop_is_pressure(lag_seconds: float, found: Level) -> None:
    assert level(lag_seconds=lag_seconds) is found


@pytest.mark.parametrize(
    ("in_flight", "served_a_second", "found"),
    [
        (8000, 17_000, Level.CALM),
        (600, 1000, Level.PRESSED),
        (1200, 1000, Level.OVERLOADED),
        (2000, 1000, Level.FULL),
        (IN_FLIGHT_MIN, 0, Level.FULL),
        (IN_FLIGHT_MIN - 1, 0, Level.CALM),
        (IN_FLIGHT_MAX, 1_000_000, Level.FULL),
    ],
)
def test_a_queue_is_measured_by_how_long_it_takes_to_serve(
    in_flight: int, served_a_second: float, found: Level
) -> None:
    assert level(in_flight=in_flight, served_a_second=served_a_second) is found


def test_a_pool_that_many_wait_for_keeps_the_anonymous_out() -> None:
    assert level(pool_waiting=POOL_WAITING_MAX // 4) is Level.PRESSED
    assert level(pool_waiting=POOL_WAITING_MAX) is Level.OVERLOADED


def test_pressure_passes_when_its_cause_has_passed() -> None:
    pressure = Pressure()
    for _ in range(CROWD_MIN):
        pressure.enter()
        pressure.leave()
    pressure.tick(late_seconds=3, elapsed_seconds=3.1, pool_waiting=0)
    assert pressure.level is Level.FULL
    for _ in range(20):
        pressure.tick(late_seconds=0, elapsed_seconds=0.1, pool_waiting=0)
    assert pressure.level is Level.CALM


def test_a_loop_that_is_late_with_a_few_requests_sends_nobody_away() -> None:
    pressure = Pressure()
    for _ in range(CROWD_MIN - 1):
        pressure.enter()
        pressure.leave()
    pressure.tick(late_seconds=3, elapsed_seconds=3.1, pool_waiting=0)
    assert pressure.level is Level.CALM
    assert pressure.lag_seconds == 3


def test_the_first_of_a_crowd_are_not_sent_away_for_the_quiet_before_it() -> None:
    pressure = Pressure()
    for _ in range(100):
        pressure.tick(late_seconds=0, elapsed_seconds=0.1, pool_waiting=0)
    for _ in range(IN_FLIGHT_MIN):
        pressure.enter()
    pressure.tick(late_seconds=0, elapsed_seconds=0.1, pool_waiting=0)
    assert pressure.level < Level.FULL


def test_a_process_that_answers_nobody_lets_nobody_in() -> None:
    pressure = Pressure()
    for _ in range(IN_FLIGHT_MIN):
        pressure.enter()
    for _ in range(20):
        pressure.tick(late_seconds=0, elapsed_seconds=0.1, pool_waiting=0)
    assert pressure.level is Level.FULL


def test_what_is_served_makes_room() -> None:
    pressure = Pressure()
    for _ in range(30):
        for _ in range(100):
            pressure.enter()
            pressure.leave()
        pressure.tick(late_seconds=0, elapsed_seconds=0.1, pool_waiting=0)
    assert pressure.in_flight == 0
    assert 900 < pressure.served_a_second <= 1000

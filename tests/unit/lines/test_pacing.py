"""How many are let in."""

from datetime import UTC, datetime, timedelta

import pytest

from dawr.lines.pacing import SHOW_RATE_MIN, let_in, per_minute, show_rate

OPENED_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("inside", "rate", "seats_left", "waiting", "count"),
    [
        (0, 1.0, 100, 100, 10),
        (4, 1.0, 100, 100, 6),
        (10, 1.0, 100, 100, 0),
        (12, 1.0, 100, 100, 0),
        (10, 0.5, 100, 100, 10),
        (0, 1.0, 3, 100, 3),
        (2, 1.0, 3, 100, 1),
        (3, 0.5, 3, 100, 0),
        (0, 1.0, 100, 7, 7),
        (0, 1.0, 0, 7, 0),
    ],
)
def test_as_many_as_can_be_served_and_never_more_than_seats_are_left(
    inside: int, rate: float, seats_left: int, waiting: int, count: int
) -> None:
    assert let_in(inside=inside, inside_max=10, show_rate=rate, seats_left=seats_left, waiting=waiting) == count


def test_everybody_is_expected_until_some_have_stayed_away() -> None:
    assert show_rate(called=0, acted=0) == 1.0
    assert show_rate(called=20, acted=10) == 0.75
    assert show_rate(called=1000, acted=500) == pytest.approx(0.51, abs=0.01)
    assert show_rate(called=1000, acted=0) == SHOW_RATE_MIN


def test_the_pace_is_of_the_last_minutes() -> None:
    now = OPENED_AT + timedelta(hours=1)
    assert per_minute(let_in=500, before=400, opened_at=OPENED_AT, now=now) == 20
    assert per_minute(let_in=40, before=0, opened_at=OPENED_AT, now=OPENED_AT + timedelta(minutes=2)) == 20
    assert per_minute(let_in=40, before=0, opened_at=OPENED_AT, now=OPENED_AT) == 40
    assert per_minute(let_in=0, before=0, opened_at=OPENED_AT, now=OPENED_AT) == 0

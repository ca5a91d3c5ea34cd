"""One line a second for what comes thousands of times a second."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dawr.web.often import APART_SECONDS, Often

INSTANTS = st.lists(st.floats(min_value=0, max_value=60), min_size=1, max_size=200).map(sorted)


def test_the_first_of_a_kind_has_its_line_at_once() -> None:
    often = Often()
    assert often.times("lost", at=0.0) == 1
    assert often.times("slow", at=0.0) == 1


def test_a_rush_has_one_line_a_second_that_says_how_many() -> None:
    often = Often()
    lines = [often.times("lost", at=request / 1000) for request in range(3001)]
    assert [times for times in lines if times] == [1, 1000, 1000, 1000]


def test_what_comes_rarely_has_a_line_each() -> None:
    often = Often()
    assert [often.times("lost", at=at) for at in (0.0, 5.0, 9.0)] == [1, 1, 1]


def test_one_kind_keeps_no_other_quiet() -> None:
    often = Often()
    often.times(("/draws", 503), at=0.0)
    assert often.times(("/draws", 429), at=0.1) == 1
    assert often.times(("/draws", 503), at=0.1) == 0


@given(instants=INSTANTS)
def test_no_second_has_two_lines_and_no_line_leaves_one_out(instants: list[float]) -> None:
    often = Often()
    lines = [(at, times, count) for count, at in enumerate(instants, start=1) if (times := often.times("lost", at=at))]
    assert all(later - sooner >= APART_SECONDS for (sooner, *_), (later, *_) in pairwise(lines))
    assert sum(times for _, times, _ in lines) == lines[-1][2], "the last line and those before it count everything"

"""The pure parts of a morning: who comes when, whether two groups were served alike, and the pictures."""

from math import isclose
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dawr.bench.morning.arrivals import CURVE, arrival_minutes, minute_of, share_by
from dawr.bench.morning.charts import (
    BOTTOM,
    HEIGHT,
    TOP,
    Axes,
    Series,
    bars,
    cumulative,
    lines,
    stacked,
    thinned,
    ticks,
)
from dawr.bench.morning.fairness import compared, percentile
from dawr.bench.morning.seekers import Ending, of_group, seekers

AXES = Axes(across="minutes <since> it began", up="people & scripts")


@pytest.mark.parametrize(("minute", "share"), [(1, 0.05), (2, 0.26), (10, 0.62), (60, 0.86), (1440, 1.0)])
def test_people_come_by_the_published_curve(minute: int, share: float) -> None:
    minutes = arrival_minutes(10_000)
    assert isclose(sum(each <= minute for each in minutes) / 10_000, share, abs_tol=0.001)


@given(some.floats(0, 1))
def test_the_curve_reads_the_same_both_ways(share: float) -> None:
    minute = minute_of(share)
    assert 0 <= minute <= CURVE[-1][0]
    assert isclose(share_by(minute), share, abs_tol=1e-9)


def test_half_of_the_people_are_scripts_and_come_at_the_first_instant() -> None:
    everybody = seekers(1001)
    scripts, honest = of_group(everybody, scripts=True), of_group(everybody, scripts=False)
    assert (len(scripts), len(honest)) == (500, 501)
    assert {seeker.arrives_minute for seeker in scripts} == {0.0}
    assert [seeker.name for seeker in everybody] == list(range(1001))


def test_the_same_people_come_whenever_it_is_asked() -> None:
    assert seekers(300) == seekers(300)


def test_nobody_has_an_answer_before_he_was_given_one() -> None:
    assert {seeker.ending for seeker in seekers(10)} == {Ending.UNANSWERED}


def test_some_honest_people_stay_away_and_some_close_the_browser() -> None:
    honest = of_group(seekers(4000), scripts=False)
    assert 0.05 < sum(not seeker.comes for seeker in honest) / len(honest) < 0.12
    assert 0.3 < sum(seeker.away_minutes > 0 for seeker in honest) / len(honest) < 0.4
    assert max(seeker.act_minutes for seeker in honest) < 10


def test_the_distance_of_two_samples_is_the_largest_between_their_shares() -> None:
    assert compared([1, 2, 3, 4], [3, 4, 5, 6]).distance == 0.5
    assert compared([1, 1, 2], [1, 1, 2]).distance == 0
    assert compared([1, 2], [3, 4]).distance == 1


def test_a_known_probability_of_the_test_comes_out() -> None:
    # The 5 % point of Kolmogorov's distribution is 1.358.
    size = 200_000
    shift = round(1.358 / (size / 2) ** 0.5 * size)
    assert isclose(compared(range(size), range(shift, size + shift)).probability, 0.05, abs_tol=0.001)


def test_two_halves_of_the_same_numbers_are_alike() -> None:
    assert compared(range(0, 20_000, 2), range(1, 20_000, 2)).is_alike


def test_a_group_that_has_the_low_numbers_is_not_alike() -> None:
    assert not compared(range(5_000), range(2_500, 7_500)).is_alike


def test_nobody_to_compare_with_is_no_difference() -> None:
    assert compared([], [1, 2]).is_alike


def test_a_percentile_is_a_value_that_was_there() -> None:
    assert percentile(range(100), 50) == 50
    assert percentile(range(100), 99) == 99
    assert percentile([], 50) == 0


@given(least=some.floats(0, 1e6), span=some.floats(0, 1e6))
def test_an_axis_has_a_few_marks_that_hold_everything(least: float, span: float) -> None:
    marks = ticks(least, least + span)
    assert 2 <= len(marks) <= 7
    assert marks[0] == least
    assert marks[-1] >= (least + span) * (1 - 1e-9)


@pytest.mark.parametrize(
    "svg",
    [
        lines("a <b>", [Series(points=[(0, 1), (5, 3.5)], tone="honest")], axes=AXES),
        lines("steps", [Series(points=[(0, 1), (5, 3)], tone="honest")], axes=AXES, is_stepped=True),
        lines("nothing", [Series(points=[], tone="honest")], axes=AXES),
        bars("bars", Series(points=[(0, 10), (1, 0), (2, 5)], tone="honest"), axes=AXES),
        stacked(
            "areas",
            [Series(points=[(0, 1), (1, 2)], tone=tone) for tone in ("honest", "scripts")],
            axes=AXES,
        ),
    ],
)
def test_a_picture_is_well_formed_and_has_its_name(svg: str) -> None:
    picture = ElementTree.fromstring(svg)
    assert picture.get("aria-label")
    assert "people & scripts" in "".join(picture.itertext())


def test_a_stacked_area_stands_on_the_one_below() -> None:
    low = Series(points=[(0, 100), (1, 100)], tone="honest")
    picture = ElementTree.fromstring(stacked("areas", [low, low], axes=AXES))
    heights = [float(path.get("d", "").split("L")[0].split()[1]) for path in picture.iter("path")]
    assert heights == [TOP, (TOP + HEIGHT - BOTTOM) / 2]


def test_many_points_are_thinned_and_the_ends_stay() -> None:
    points = cumulative(range(50_000))
    kept = thinned(points)
    assert len(kept) < 300
    assert (kept[0], kept[-1]) == (points[0], points[-1])

"""The sketch of a way: its distance and direction are right, and nothing is drawn outside the paper."""

from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dawr.gates.sketch_map import (
    HEIGHT,
    MARGIN,
    SCALE_LENGTH_MAX,
    WIDTH,
    Direction,
    distance_km,
    round_km_below,
    way_between,
)

HAWALLI = (29.3331, 48.0285)
AHMADI = (29.0769, 48.0838)
COUNTRIES = st.tuples(st.floats(12, 38), st.floats(34, 56))


def test_a_degree_of_latitude_is_about_a_hundred_and_eleven_kilometres() -> None:
    assert isclose(distance_km((29.0, 48.0), (30.0, 48.0)), 111.19, abs_tol=0.01)


@pytest.mark.parametrize(
    ("there", "direction"),
    [
        ((30.0, 48.0), Direction.NORTH),
        ((29.5, 48.574), Direction.NORTH_EAST),
        ((29.0, 49.0), Direction.EAST),
        ((28.5, 48.574), Direction.SOUTH_EAST),
        ((28.0, 48.0), Direction.SOUTH),
        ((28.5, 47.426), Direction.SOUTH_WEST),
        ((29.0, 47.0), Direction.WEST),
        ((29.5, 47.426), Direction.NORTH_WEST),
    ],
)
def test_each_point_of_the_compass_is_told(there: tuple[float, float], direction: Direction) -> None:
    way = way_between((29.0, 48.0), there)
    assert way is not None
    assert way.direction is direction


def test_two_governorates_of_kuwait() -> None:
    way = way_between(HAWALLI, AHMADI)
    assert way is not None
    assert round(way.km) == 29
    assert way.direction is Direction.SOUTH
    assert (way.scale_km, round(way.scale_length)) == (20.0, 93)


def test_one_place_has_no_way() -> None:
    assert way_between(HAWALLI, HAWALLI) is None
    assert way_between(HAWALLI, (HAWALLI[0] + 0.0005, HAWALLI[1])) is None


@given(COUNTRIES, COUNTRIES)
def test_every_way_fits_on_its_paper_with_north_above_and_a_scale_that_is_true(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    way = way_between(here, there)
    assume(way is not None)
    assert way is not None
    for x, y in (way.here, way.there):
        assert MARGIN - 0.1 <= x <= WIDTH - MARGIN + 0.1
        assert MARGIN - 0.1 <= y <= HEIGHT - MARGIN + 0.1
    assert (way.there[1] <= way.here[1]) or there[0] < here[0]
    assert (way.there[0] >= way.here[0]) or there[1] < here[1]
    assert 0 < way.scale_length <= SCALE_LENGTH_MAX + 0.1
    back = way_between(there, here)
    assert back is not None
    assert isclose(back.km, way.km)


@given(st.floats(0.001, 5000))
def test_a_scale_is_a_round_number_and_the_largest_that_fits(km: float) -> None:
    shown = round_km_below(km)
    assert shown <= km * (1 + 1e-9)
    assert shown * 2.5 > km
    assert f"{shown:e}"[0] in "125"

"""The way from one office to another as a sketch: two points, a distance, a direction, a scale, north above.

No outline stands behind the points: a rough one would be wrong where it matters, and nobody's map may be copied.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, degrees, log10, radians, sin, sqrt

EARTH_KM = 6371.0
WIDTH, HEIGHT, MARGIN = 320, 220, 44
SCALE_LENGTH_MAX = 110
SAME_PLACE_KM = 0.1

LatLong = tuple[float, float]
"""Degrees north and degrees east."""


class Direction(StrEnum):
    """The eight points of the compass, clockwise from north."""

    NORTH = "north"
    NORTH_EAST = "north_east"
    EAST = "east"
    SOUTH_EAST = "south_east"
    SOUTH = "south"
    SOUTH_WEST = "south_west"
    WEST = "west"
    NORTH_WEST = "north_west"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A sketch of WIDTH by HEIGHT units, `scale_length` of them for `scale_km`; `km` is as the crow flies."""

    km: float
    direction: Direction
    here: tuple[float, float]
    there: tuple[float, float]
    scale_km: float
    scale_length: float


def way_between(here: LatLong, there: LatLong) -> Way | None:
    """The sketch from `here` to `there`; None where both are one place and there is no way to draw."""
    km = distance_km(here, there)
    if km < SAME_PLACE_KM:
        return None
    east, north = _flat_km(here, there)
    units_per_km = min((WIDTH - 2 * MARGIN) / max(abs(east), 1e-9), (HEIGHT - 2 * MARGIN) / max(abs(north), 1e-9))
    right, up = east * units_per_km / 2, north * units_per_km / 2
    scale_km = round_km_below(SCALE_LENGTH_MAX / units_per_km)
    return Way(
        km=km,
        direction=_direction(east, north),
        here=(round(WIDTH / 2 - right, 1), round(HEIGHT / 2 + up, 1)),
        there=(round(WIDTH / 2 + right, 1), round(HEIGHT / 2 - up, 1)),
        scale_km=scale_km,
        scale_length=round(scale_km * units_per_km, 1),
    )


def distance_km(here: LatLong, there: LatLong) -> float:
    """Along the sphere, by the haversine formula."""
    (north, east), (other_north, other_east) = here, there
    half = sin(radians(other_north - north) / 2) ** 2
    half += cos(radians(north)) * cos(radians(other_north)) * sin(radians(other_east - east) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def round_km_below(km: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `km`."""
    power = 10.0 ** int(log10(km) // 1)
    return float(max(step * power for step in (1, 2, 5) if step * power <= km * (1 + 1e-9)))


def _flat_km(here: LatLong, there: LatLong) -> tuple[float, float]:
    """How far east and how far north, on a plane that touches the earth half way."""
    (north, east), (other_north, other_east) = here, there
    km_per_degree = radians(1) * EARTH_KM
    return (other_east - east) * cos(radians((north + other_north) / 2)) * km_per_degree, (
        other_north - north
    ) * km_per_degree


def _direction(east: float, north: float) -> Direction:
    return tuple(Direction)[round(degrees(atan2(east, north)) / 45) % 8]

"""Pictures as SVG: small, pure, the same for the same figures; what they say in words is given to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

WIDTH, HEIGHT = 380, 244
LEFT, RIGHT, TOP, BOTTOM = 56, 22, 32, 44
LINES_MAX = 5
POINTS_MAX = 240

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line, area or row of bars; `tone` is the name of its colour in the style sheet."""

    points: Sequence[Point]
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What the two axes count, and how far they go; `across` ends at None where the data ends."""

    across: str
    up: str
    across_least: float = 0.0
    across_most: float | None = None


def lines(title: str, series: Sequence[Series], *, axes: Axes, is_stepped: bool = False) -> str:
    """Lines over the same axes; stepped where a value holds until the next one."""
    plot = _Plot(series, axes=axes)
    drawn = [
        f'<path class="line {each.tone}" d="{plot.path(thinned(each.points), is_stepped=is_stepped)}"/>'
        for each in series
    ]
    return plot.picture(title, drawn)


def bars(title: str, series: Series, *, axes: Axes, width: float = 1.0) -> str:
    """Bars that stand at their value and reach `width` to the right."""
    plot = _Plot([series], axes=axes)
    drawn = [
        f'<rect class="fill {series.tone}" x="{plot.x(at):.1f}" y="{plot.y(value):.1f}" '
        f'width="{max(0.6, (plot.x(at + width) - plot.x(at)) * 0.86):.1f}" height="{plot.base - plot.y(value):.1f}"/>'
        for at, value in series.points
        if value
    ]
    return plot.picture(title, drawn)


def stacked(title: str, series: Sequence[Series], *, axes: Axes) -> str:
    """Areas on top of each other; every series has the same places across."""
    totals: list[Series] = []
    floor_of = [0.0] * len(series[0].points)
    for each in series:
        floor_of = [low + value for low, (_, value) in zip(floor_of, each.points, strict=True)]
        points = [(at, top) for (at, _), top in zip(each.points, floor_of, strict=True)]
        totals.append(Series(points=points, tone=each.tone))
    plot = _Plot(totals, axes=axes)
    # The highest first, so that each covers all of what does not belong to it.
    drawn = [f'<path class="fill {each.tone}" d="{plot.area(each.points)}"/>' for each in reversed(totals)]
    return plot.picture(title, drawn)


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most a few hundred of them, first and last included; more could not be seen."""
    if len(points) <= POINTS_MAX:
        return list(points)
    step = (len(points) - 1) / (POINTS_MAX - 1)
    return [points[round(nth * step)] for nth in range(POINTS_MAX)]


def cumulative(values: Sequence[float]) -> list[Point]:
    """Each value, and the share in per cent that did not exceed it."""
    ordered = sorted(values)
    return [(value, 100 * (nth + 1) / len(ordered)) for nth, value in enumerate(ordered)]


def ticks(least: float, most: float) -> list[float]:
    """A few round values from `least` up to the first one at or after `most`."""
    span = max(most - least, 1e-9)
    rough = span / LINES_MAX
    size = 10.0 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    return [least + nth * step for nth in range(ceil(span / step - 1e-9) + 1)]


def short(value: float) -> str:
    """A number for an axis."""
    if value and abs(value) < 10 and value != int(value):
        return f"{value:.1f}"
    return f"{value:,.0f}"


class _Plot:
    """Axes around the data, from 0 upwards."""

    base = HEIGHT - BOTTOM

    def __init__(self, series: Sequence[Series], *, axes: Axes) -> None:
        self._axes = axes
        highest = max((value for each in series for _, value in each.points), default=0.0)
        furthest = max((at for each in series for at, _ in each.points), default=0.0)
        self._up = ticks(0, max(highest, 1))
        most = axes.across_most if axes.across_most is not None else furthest
        self._across = ticks(axes.across_least, max(most, axes.across_least + 1))

    def x(self, at: float) -> float:
        least, most = self._across[0], self._across[-1]
        return LEFT + (min(at, most) - least) / (most - least) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return self.base - value / self._up[-1] * (self.base - TOP)

    def path(self, points: Sequence[Point], *, is_stepped: bool) -> str:
        if not points:
            return ""
        (first, value), *_ = points
        drawn = [f"M{self.x(first):.1f} {self.y(value):.1f}"]
        for _, (at, value) in pairwise(points):
            drawn.append(
                f"H{self.x(at):.1f}V{self.y(value):.1f}" if is_stepped else f"L{self.x(at):.1f} {self.y(value):.1f}"
            )
        return "".join(drawn)

    def area(self, points: Sequence[Point]) -> str:
        if not points:
            return ""
        first, last = points[0][0], points[-1][0]
        return f"{self.path(points, is_stepped=False)}L{self.x(last):.1f} {self.base}L{self.x(first):.1f} {self.base}Z"

    def picture(self, title: str, drawn: Sequence[str]) -> str:
        """The whole drawing; numbers run from left to right in either language."""
        return "\n".join(
            [
                f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" direction="ltr">',
                *(self._rule(value) for value in self._up),
                *drawn,
                f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.base}" y2="{self.base}"/>',
                *(
                    f'<text x="{self.x(at):.1f}" y="{self.base + 17}" text-anchor="middle">{short(at)}</text>'
                    for at in self._across
                ),
                f'<text class="unit" x="4" y="15" text-anchor="start">{escape(self._axes.up)}</text>',
                f'<text class="unit" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">'
                f"{escape(self._axes.across)}</text>",
                "</svg>",
            ]
        )

    def _rule(self, value: float) -> str:
        y = f"{self.y(value):.1f}"
        return (
            f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text x="{LEFT - 6}" y="{y}" dy="0.32em" text-anchor="end">{short(value)}</text>'
        )

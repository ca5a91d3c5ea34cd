"""What opening time has to hold and what it aims at, beside what was measured; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]

P99_MS_HOLD, P99_MS_AIM = 30.0, 15.0
PATHS = {
    "enter": "enter a draw",
    "hot_slot": "take a place in one hot slot",
    "slots_50": "take a place in 50 slots",
    "slots_1000": "take a place in 1,000 slots",
    "status": "read one's own status",
}

DIFFERENCES = {
    "lost": "acknowledged and not in the database",
    "unasked": "in the database and acknowledged to nobody",
    "oversold": "given beyond what there was",
    "miscounted": "by which the slots' own count differs from the bookings",
    "unsold": "seats left though twice as many people asked",
}
"""Names of figures that are always 0 in a system that keeps its word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One measured figure with its bounds; where `is_most`, less is better and the bounds are the most it may be."""

    name: str
    unit: str
    measured: float
    hold: float
    aim: float
    is_most: bool = False

    @property
    def reached(self) -> str:
        """ "aim", "hold" or "missed"."""
        if self._is_within(self.aim):
            return "aim"
        return "hold" if self._is_within(self.hold) else "missed"

    def _is_within(self, bound: float) -> bool:
        return self.measured <= bound if self.is_most else self.measured >= bound


def promises(figures: Figures) -> list[Promise]:
    """Everything that is promised of opening time, in the order in which it is promised."""
    lone = figures["lone"]
    return [
        Promise(name="enter a draw", unit="x insert", measured=figures["enter"]["ratio"], hold=0.7, aim=1.0),
        Promise(name="one hot slot", unit="x hot row", measured=figures["hot_slot"]["ratio"], hold=4, aim=8),
        Promise(
            name="the same, 2 ms more a flush",
            unit="x hot row",
            measured=figures["flush_2ms"]["ratio"],
            hold=40,
            aim=60,
        ),
        Promise(name=PATHS["status"], unit="a second", measured=figures["status"]["rate"], hold=15_000, aim=25_000),
        *(
            _most(f"p99 at half the peak, {name}", measured=figures[path]["p99_ms"], hold=P99_MS_HOLD, aim=P99_MS_AIM)
            for path, name in PATHS.items()
        ),
        _most("a lone request, p50", measured=lone["p50_ms"], hold=3, aim=1.5),
        _most("a lone request, p99", measured=lone["p99_ms"], hold=8, aim=4),
    ]


def faults_of(figures: Figures, *, within: str = "") -> list[str]:
    """What must never be: a sentence for each difference between what was said and what is there."""
    faults = []
    for name, found in figures.items():
        if isinstance(found, Mapping):
            faults += faults_of(found, within=f"{within} {name}".strip())
        elif found and name in DIFFERENCES:
            faults.append(f"{within}: {found} {DIFFERENCES[name]}")
    return faults


def _most(name: str, *, measured: float, hold: float, aim: float) -> Promise:
    return Promise(name=name, unit="ms", measured=measured, hold=hold, aim=aim, is_most=True)

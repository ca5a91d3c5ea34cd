"""The same crowd on two mornings, and what is written down about them."""

import json
from dataclasses import replace
from pathlib import Path

from dawr.bench.morning.figures import Figures, as_json, figures
from dawr.bench.morning.replay import Plan, Shown, replayed
from dawr.bench.morning.report import report
from dawr.bench.site import Clock

__all__ = ["PAGE", "Plan", "play", "summary"]

PAGE = "morning.html"


def play(plan: Plan, *, out: Path, json_file: Path | None, clock: Clock, told: Shown) -> Figures:
    """First the scripts are as polite as everybody else, then they poll; the page goes into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    polite = replayed(replace(plan, hammered_a_second=0), clock=clock, shown=told)
    found = figures(polling=replayed(plan, clock=clock, shown=told), polite=polite)
    (out / PAGE).write_text(report(found, made_at=clock()), encoding="utf-8")
    if json_file:
        json_file.write_text(json.dumps(as_json(found)) + "\n", encoding="utf-8")
    return found


def summary(found: Figures) -> list[str]:
    """What the command line says at the end."""
    said = []
    for morning, groups in (("scripts poll", found.groups), ("scripts wait", found.polite_groups)):
        for name, group in groups.items():
            endings = ", ".join(f"{count:,} {ending.value}" for ending, count in group.endings.items())
            said.append(f"{morning:>12} {name:>7}: {endings}")
            said.append(
                f"{'':>21} {group.had_turn:,} had a turn, on average after {group.wait_average:.1f} min; "
                f"{group.sent:,} requests, {group.stopped:,} stopped; "
                f"p50 {group.p50_ms:.1f} ms, p99 {group.p99_ms:.0f} ms"
            )
    alike = found.numbers
    said.append(f"numbers of honest people and scripts: distance {alike.distance:.4f}, p {alike.probability:.2f}")
    for than, waits in (("than without the polling", found.for_polling), ("than the scripts", found.than_scripts)):
        said.append(
            f"honest people waited {waits.minutes:+.1f} min longer {than}; lots alone bring up to "
            f"{waits.by_chance_max:.1f}, the replay cannot tell {waits.unseen:.1f} apart"
        )
    return [*said, *(f"WRONG {failure}" for failure in found.failures)]

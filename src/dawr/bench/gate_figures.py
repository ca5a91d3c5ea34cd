"""What simulated mornings at a gate come to, beside what exact arithmetic expects of them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from dawr.bench.gate import (
    BRIBED,
    CARELESS,
    CARELESS_MISSES,
    HONEST,
    USUAL,
    Plan,
    Told,
    Watched,
    concerns_from,
    rounds_of,
)
from dawr.gates.binomial import chance_of_at_least
from dawr.gates.guard_statistics import Measure, Tally
from dawr.kernel.identifiers import PersonId

SECOND_LOOKS = Fraction(5, 100)
DECOYS = 7
"""So few separate an honest guard from a careless one."""
SOON, LATE = 5, 20
"""Days at the gate after which the design says who escapes."""

Round = Mapping[PersonId, Watched]


def gate_figures(plan: Plan, *, told: Told) -> dict[str, Any]:
    """Shares of the rounds, and medians over them; None where most rounds never came to it."""
    rounds = list(rounds_of(plan, told=told))
    bribed, careless = ([each[guard] for each in rounds] for guard in (BRIBED, CARELESS))
    honest = [each[guard] for each in rounds for guard in HONEST]
    seen = [_first(each.looked_at) for each in bribed]
    return {
        "rounds": plan.rounds,
        "visitors": plan.visitors,
        "bribed_seen_after_entries": _middle(seen),
        "bribed_seen_after_days": _middle(None if each is None else -(-each // plan.bought) for each in seen),
        "bribed_flagged_after_entries": _middle(_times(each.flagged_at_gate_on, plan.bought) for each in bribed),
        "bribed_flagged_after_days": _middle(each.flagged_at_gate_on for each in bribed),
        "bribed_flagged_by_counter_after_days": _middle(each.flagged_on for each in bribed),
        f"bribed_escapes_{SOON}_days": _share(not any(each.looked_at[: SOON * plan.bought]) for each in bribed),
        f"bribed_escapes_{LATE}_days": _share(not any(each.looked_at[: LATE * plan.bought]) for each in bribed),
        "careless_flagged_after_decoys": _middle(_flagged_after_decoys(each.missed) for each in careless),
        "careless_flagged_after_days": _middle(each.flagged_at_gate_on for each in careless),
        f"careless_flagged_by_{DECOYS}_decoys": _share(_is_flagged(each.missed[:DECOYS]) for each in careless),
        f"honest_flagged_by_{DECOYS}_decoys": _share(_is_flagged(each.missed[:DECOYS]) for each in honest),
        "honest_flagged_in_period": _share(each.has_concern for each in honest),
        "honest_flagged_on_any_day": _share(each.flagged_on is not None for each in honest),
    }


def expected_figures(plan: Plan) -> dict[str, float]:
    """The shares that can be worked out: what the design says of them."""
    flagging = next(
        missed for missed in range(DECOYS + 1) if _is_flagged([True] * missed + [False] * (DECOYS - missed))
    )
    return {
        f"bribed_escapes_{SOON}_days": float(escape(SOON * plan.bought)),
        f"bribed_escapes_{LATE}_days": float(escape(LATE * plan.bought)),
        f"careless_flagged_by_{DECOYS}_decoys": float(_chance(flagging, rate=CARELESS_MISSES)),
        f"honest_flagged_by_{DECOYS}_decoys": float(_chance(flagging, rate=USUAL[Measure.DECOYS_MISSED])),
    }


def escape(entries: int) -> Fraction:
    """The chance that a second officer looked at none of so many bought entries."""
    return 1 - chance_of_at_least(1, of=entries, rate=SECOND_LOOKS)


def _chance(missed: int, *, rate: float) -> Fraction:
    return chance_of_at_least(missed, of=DECOYS, rate=Fraction(rate).limit_denominator(1000))


def _is_flagged(missed: Sequence[bool]) -> bool:
    tally = Tally(found=sum(missed), of=len(missed))
    return bool(concerns_from({Measure.DECOYS_MISSED: tally}))


def _flagged_after_decoys(missed: Sequence[bool]) -> int | None:
    return next((count for count in range(1, len(missed) + 1) if _is_flagged(missed[:count])), None)


def _first(happened: Sequence[bool]) -> int | None:
    """How many there were when it first happened."""
    return happened.index(True) + 1 if True in happened else None


def _times(days: int | None, entries: int) -> int | None:
    return None if days is None else days * entries


def _share(happened: Iterable[bool]) -> float:
    each = list(happened)
    return round(sum(each) / len(each), 4) if each else 0.0


def _middle(counts: Iterable[int | None]) -> float | None:
    """The median of all rounds, in which what never happened is later than everything."""
    found = median(float("inf") if count is None else count for count in counts)
    return None if found == float("inf") else found

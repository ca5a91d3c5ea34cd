"""Mornings that nobody replayed: lots are drawn, and people are let in by the line's rule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from dawr.bench.morning.line import GATHER_MINUTES, Truth
from dawr.bench.morning.lots import turns
from dawr.bench.morning.replay import Plan, Replayed
from dawr.bench.morning.seekers import Ending, Seeker, seekers
from dawr.bench.morning.wire import Traffic
from dawr.kernel.identifiers import ServiceId
from dawr.lines.model import FirstCome, LineId, Rules

OPENS_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
PLAN = Plan(people=2000, quota=200, scale=30)


def rules(plan: Plan = PLAN) -> Rules:
    return Rules(
        service_id=ServiceId("KW-MOI/18"),
        line_id=LineId("KW-MOI/18/2027-02-01-0900"),
        gathers_at=OPENS_AT - timedelta(minutes=GATHER_MINUTES / plan.scale),
        opens_at=OPENS_AT,
        closes_at=OPENS_AT + timedelta(minutes=300 / plan.scale),
        act_seconds=round(600 / plan.scale),
        extend_seconds=0,
        inside_max=plan.quota // 10,
        seats=plan.quota,
        slots_sha256="",
        key_sha256="",
    )


def morning(lots: int, *, favours: Callable[[Seeker], float] | None = None, late_minutes: float = 0.0) -> Replayed:
    """One morning; `favours` puts whom it gives little before the others, and honest people are called late."""
    chance = Random(lots)
    everybody = seekers(PLAN.people)
    order = sorted(everybody, key=lambda each: (favours(each) if favours else 0, chance.random()))
    order = [each for each in order if each.arrives_minute < GATHER_MINUTES]
    for number, seeker in enumerate(order, start=1):
        seeker.joined_minute, seeker.first_number, seeker.number = seeker.arrives_minute, number, number
    for seeker, minute in turns(order, rules=rules(), scale=PLAN.scale):
        seeker.turn_minute = minute if seeker.is_script else minute + late_minutes
    for seeker in everybody:
        seeker.ending = Ending.ALL_GIVEN
    return Replayed(
        plan=PLAN,
        line=_line(),
        everybody=everybody,
        honest=Traffic(minute=lambda: 0.0),
        scripts=Traffic(minute=lambda: 0.0),
        serving=[],
        taken=[],
        opened_minute=GATHER_MINUTES,
        closed_minute=GATHER_MINUTES + 60,
        truth=Truth(numbers={}, served=frozenset(), bookings=0, people_with_booking=0, oversold=0, stopped={}),
        contradicted=0,
    )


def _line() -> FirstCome:
    return FirstCome(
        rules=rules(),
        rules_entry_id=1,
        key=None,
        opened_at=None,
        gathered=None,
        gathered_root=None,
        opened_entry_id=None,
        last_number=0,
        closed_at=None,
        closed_entry_id=None,
    )

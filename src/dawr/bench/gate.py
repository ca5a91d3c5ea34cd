"""Simulated mornings at a gate: after how many entries and days a corrupt guard shows, and how often an honest one.

Six guards take turns at the lanes. One is bribed and lets bought entries through, one is careless and looks at half of
the names; lanes, second looks and decoys are chosen, and figures and concerns made, by the very rules of the house.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from dawr.gates.concerns import CAREFUL_RATES, Concern, concerns_of
from dawr.gates.guard_statistics import QUICK_SECONDS, GuardFigures, Handled, Measure, Tally, tallies_of
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.tickets.model import TICKET_ID_BYTES, TicketId
from dawr.tickets.selection import decoy_name, has_second_look, lane_of

OFFICE = OfficeId("KW-MOI/HAW-R")
BEGINS_AT = datetime(2027, 2, 1, 5, tzinfo=UTC)
PERIOD = Period(starts_at=BEGINS_AT, ends_at=BEGINS_AT + timedelta(days=28))
BRIBED, CARELESS, *HONEST = GUARDS = tuple(PersonId(UUID(int=number)) for number in range(1, 7))
LANES = 4
RESTS_EVERY = 3
"""Of three days a guard stands two at the gate: four of the six each day."""
SIGNED_NAME, OTHER_NAMES = "نورة سالم", ("خالد ناصر", "مريم جاسم")
USUAL: Mapping[Measure, float] = {
    **{measure: float(rate / 2) for measure, rate in CAREFUL_RATES.items()},
    Measure.DECOYS_MISSED: 0.02,
}
"""How often an honest guard errs: half as often as the rules allow, and with names as often as they do."""
CARELESS_MISSES = 0.5

Told = Callable[[str, int, int], None]
Tallies = Mapping[Measure, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`visitors` a day, of whom the bribed guard admits `bought`; `rounds` of `days` each, every one another chance."""

    visitors: int = 2_000
    bought: int = 5
    days: int = 30
    rounds: int = 30


@dataclass(slots=True, kw_only=True)
class Watched:
    """A guard's days at the gate, one after the other.

    `missed` says it of each decoy; `looked_at` of each bought entry, whether a second officer looked at it too.
    `flagged_on` is the first day, counted from 1, at whose end there is a concern; `flagged_at_gate_on` the same
    without what the counter charges.
    """

    days: int = 0
    tallies: Tallies = field(default_factory=lambda: dict.fromkeys(Measure, Tally(found=0, of=0)))
    missed: list[bool] = field(default_factory=list)
    looked_at: list[bool] = field(default_factory=list)
    has_concern: bool = False
    flagged_on: int | None = None
    flagged_at_gate_on: int | None = None

    def add(self, handled: Sequence[Handled], *, looked_at: Sequence[bool]) -> None:
        """One day more."""
        self.days += 1
        self.tallies = _sum(self.tallies, tallies_of(handled))
        self.missed += [each.missed_decoy for each in handled if each.missed_decoy is not None]
        self.looked_at += looked_at
        found = {concern.measure for concern in concerns_from(self.tallies)}
        self.has_concern = bool(found)
        if found:
            self.flagged_on = self.flagged_on or self.days
        if found - {Measure.MISMATCHES_CHARGED}:
            self.flagged_at_gate_on = self.flagged_at_gate_on or self.days


def concerns_from(tallies: Tallies) -> tuple[Concern, ...]:
    """What the rules of the house make of these tallies, whoever's they are."""
    return concerns_of(
        GuardFigures(guard_id=BRIBED, period=PERIOD, tallies=tallies, answer_seconds_median=0.0, by_lane={})
    )


def rounds_of(plan: Plan, *, told: Told) -> Iterator[dict[PersonId, Watched]]:
    """Each round's guards; the number of a round is the seed of all its chance."""
    for number in range(plan.rounds):
        chance = Random(number)  # noqa: S311 - the figures are to be the same each time
        watched = {guard: Watched() for guard in GUARDS}
        for day in range(plan.days):
            _morning(watched, plan=plan, day=day, chance=chance)
        told("mornings", number + 1, plan.rounds)
        yield watched


def _morning(watched: Mapping[PersonId, Watched], *, plan: Plan, day: int, chance: Random) -> None:
    """One day: everybody arrives, is sent to a lane, and is handled by who stands there.

    Entries are sold until as many buyers as were agreed have come to the bribed guard; the lane sends most of them to
    others, who ask for the card's digits and turn them away.
    """
    on_duty = [guard for place, guard in enumerate(GUARDS) if (place + day) % RESTS_EVERY]
    chance.shuffle(on_duty)
    lane_key, secret = chance.randbytes(32), chance.randbytes(32)
    queues: dict[PersonId, list[Handled]] = {guard: [] for guard in on_duty}
    looked_at: list[bool] = []
    for _ in range(plan.visitors):
        ticket_id = TicketId(chance.randbytes(TICKET_ID_BYTES))
        lane = lane_of(lane_key, ticket_id, lanes_open=LANES)
        guard = on_duty[lane - 1]
        is_buyer = BRIBED in queues and len(looked_at) < plan.bought
        queues[guard].append(_handled(ticket_id, guard, lane=lane, secret=secret, is_buyer=is_buyer, chance=chance))
        if is_buyer and guard == BRIBED:
            looked_at.append(has_second_look(secret, ticket_id))
    for guard, queue in queues.items():
        watched[guard].add(queue, looked_at=looked_at if guard == BRIBED else ())


def _handled(
    ticket_id: TicketId, guard: PersonId, *, lane: int, secret: bytes, is_buyer: bool, chance: Random
) -> Handled:
    def errs(measure: Measure, rate: float | None = None) -> bool:
        return chance.random() < (USUAL[measure] if rate is None else rate)

    is_let_through = not is_buyer or guard == BRIBED
    is_looked_at = is_let_through and has_second_look(secret, ticket_id)
    is_admitted = is_let_through and not (is_buyer and is_looked_at)
    is_decoy = decoy_name(secret, ticket_id, signed_name=SIGNED_NAME, names=OTHER_NAMES) is not None
    misses = errs(Measure.DECOYS_MISSED, CARELESS_MISSES if guard == CARELESS else None)
    fails = is_buyer or errs(Measure.SECOND_LOOKS_FAILED)
    return Handled(
        office_id=OFFICE,
        guard_id=guard,
        handled_at=BEGINS_AT,
        lane=lane % LANES + 1 if errs(Measure.OUT_OF_LANE) else lane,
        ticket_lane=lane,
        answer_seconds=QUICK_SECONDS / 2 if errs(Measure.QUICK_ANSWERS) else 3 * QUICK_SECONDS,
        is_right_at_first=is_let_through and not errs(Measure.WRONG_FIRST_TRIES),
        is_admitted=is_admitted,
        is_charged=is_admitted and (is_buyer or errs(Measure.MISMATCHES_CHARGED)),
        missed_decoy=((is_buyer and is_let_through) or misses) if is_decoy else None,
        failed_second_look=fails if is_looked_at else None,
    )


def _sum(one: Tallies, other: Tallies) -> Tallies:
    return {
        measure: Tally(found=one[measure].found + other[measure].found, of=one[measure].of + other[measure].of)
        for measure in Measure
    }

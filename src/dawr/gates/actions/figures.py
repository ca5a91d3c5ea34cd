"""Guards' figures, put together from what the tickets' books and the devices' records say."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.concerns import Concern
from dawr.gates.guard_statistics import (
    GUARDS_PUBLISHED_MIN,
    QUICK_SECONDS,
    GuardFigures,
    Measure,
    Tallies,
    Tally,
    tallies_from,
)
from dawr.gates.model.board import SUPPRESSED_BELOW, Evidence, OfficeAtTheGate, pooled
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.tickets import actions as tickets
from dawr.tickets.model import ChargedCount, HandledCount, Verdict

Whose = tuple[OfficeId, PersonId | None]
Count = TypeVar("Count", HandledCount, ChargedCount)


async def figures_at(tx: Transaction, office_id: OfficeId, *, period: Period) -> list[GuardFigures]:
    """The figures of each guard who worked at the office's gate in the period, in the order of their ids."""
    handled = _by_whom(await tickets.handled_in(tx, period, office_id=office_id, quick_seconds=QUICK_SECONDS))
    charged = _by_whom(await tickets.charged_in(tx, period, office_id=office_id))
    measured = await store.measures_in(tx, period, office_id=office_id)
    lanes = await store.lanes_in(tx, period, office_id=office_id)
    guards = {guard_id for _, guard_id in [*handled, *charged, *measured] if guard_id is not None}
    return [
        GuardFigures(
            guard_id=guard_id,
            period=period,
            tallies=_tallies(handled.get(whose), charged.get(whose), measured=measured.get(whose, {})),
            answer_seconds_median=handled[whose].seconds_median if whose in handled else None,
            by_lane=lanes.get(guard_id, {}),
        )
        for guard_id in sorted(guards)
        for whose in [(office_id, guard_id)]
    ]


async def evidence_of(tx: Transaction, concern: Concern, *, office_id: OfficeId) -> list[Evidence]:
    """The tickets that a concern counts, the oldest first, for those who look at them before they judge."""
    match concern.measure:
        case Measure.MISMATCHES_CHARGED:
            found = await tickets.behind_charges(tx, concern.period, office_id=office_id, guard_id=concern.guard_id)
        case Measure.WRONG_FIRST_TRIES:
            found = await tickets.behind_answers(tx, concern.period, office_id=office_id, guard_id=concern.guard_id)
        case Measure.QUICK_ANSWERS:
            found = await tickets.behind_answers(
                tx, concern.period, quick_seconds=QUICK_SECONDS, office_id=office_id, guard_id=concern.guard_id
            )
        case _:
            return await store.behind_measure(tx, concern, office_id=office_id)
    return [Evidence(happened_at=each.happened_at, lane=None, ticket_id=each.ticket_id) for each in found]


async def offices_at_the_gate(tx: Transaction, *, period: Period) -> list[OfficeAtTheGate]:
    """What each office publishes; one with too few guards or scans publishes nothing."""
    handled = await tickets.handled_in(tx, period, quick_seconds=QUICK_SECONDS)
    guards = Counter(each.office_id for each in handled if each.guard_id is not None)
    charged = _by_whom(await tickets.charged_in(tx, period))
    came_to: dict[OfficeId, dict[Verdict | None, int]] = defaultdict(dict)
    for each in await tickets.outcomes_in(tx, period):
        came_to[each.office_id][each.verdict] = each.scans
    return [
        _published(
            office,
            guards=guards[office.office_id],
            counts=came_to[office.office_id],
            charged=charged.get((office.office_id, None)),
        )
        for office in handled
        if office.guard_id is None
        and guards[office.office_id] >= GUARDS_PUBLISHED_MIN
        and sum(came_to[office.office_id].values()) >= SUPPRESSED_BELOW
    ]


def _published(
    office: HandledCount, *, guards: int, counts: Mapping[Verdict | None, int], charged: ChargedCount | None
) -> OfficeAtTheGate:
    parts, together = pooled(counts)
    found = charged.charged if charged else 0
    return OfficeAtTheGate(
        office_id=office.office_id,
        guards=guards,
        scans=sum(counts.values()),
        parts=parts,
        together=together,
        charged=found if found == 0 or found >= SUPPRESSED_BELOW else None,
        admitted=charged.admitted if charged else 0,
        first_try_percent=round(100 * (office.tickets - office.wrong_first) / office.tickets),
        answer_seconds_median=office.seconds_median,
    )


def _by_whom(
    counts: Sequence[Count],
) -> dict[Whose, Count]:
    return {(each.office_id, each.guard_id): each for each in counts}


def _tallies(
    handled: HandledCount | None, charged: ChargedCount | None, *, measured: Mapping[Measure, Tally]
) -> Tallies:
    counted = dict(measured)
    if handled is not None:
        counted[Measure.WRONG_FIRST_TRIES] = Tally(found=handled.wrong_first, of=handled.tickets)
        counted[Measure.QUICK_ANSWERS] = Tally(found=handled.quick, of=handled.tickets)
    if charged is not None:
        counted[Measure.MISMATCHES_CHARGED] = Tally(found=charged.charged, of=charged.admitted)
    return tallies_from(counted)

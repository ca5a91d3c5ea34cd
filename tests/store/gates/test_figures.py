"""What is counted of guards where the books lie is what the pure rules count of the same tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dawr.db.pool import Transaction
from dawr.gates.actions.figures import evidence_of, figures_at, offices_at_the_gate
from dawr.gates.concerns import Concern
from dawr.gates.guard_statistics import Handled, Measure, Tally, figures_by_guard
from dawr.kernel.identifiers import PersonId
from dawr.kernel.periods import Period
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets.actions import issuing
from dawr.tickets.model import TICKET_ID_BYTES, TicketId, Verdict
from dawr.tickets.selection import has_decoy, has_second_look
from tests.store.gates.invented_device import DAY_ON, LANES_OPEN, MERGED_AT, Device, enrol_device, granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office

PERIOD = Period(starts_at=STARTS_AT - timedelta(days=1), ends_at=STARTS_AT + timedelta(days=1))
GUARDS = 2


@dataclass(frozen=True, kw_only=True)
class Told:
    """One visitor as a device saw him."""

    guard: int
    named: bool | None
    decoy: bool | None
    wrong: int
    ms: int
    second_look: bool | None
    """Whether its digits were right; None where nobody looked again."""


told = st.builds(
    Told,
    guard=st.integers(0, GUARDS - 1),
    named=st.sampled_from([None, True, False]),
    decoy=st.sampled_from([None, True, False]),
    wrong=st.integers(0, 2),
    ms=st.sampled_from([1_000, 3_875, 4_000, 9_000]),
    second_look=st.sampled_from([None, True, False]),
)


async def told_by(tx: Transaction, office: Office, device: Device, clerk: Officer, each: Told) -> Handled:
    """Record it, and say what the pure rules know of it."""
    ticket = await office.ticket(tx)
    scan = device.scanned(ticket)
    begun_at = device.clock
    if each.named is not None:
        device.record("name_answered", scan=scan, on_card=each.named)
        device.record("name_answered", scan=scan, on_card=True)
    if each.decoy is not None:
        device.record("decoy_answered", scan=scan, missed=each.decoy)
    for attempt in range(1, each.wrong + 1):
        device.answered(scan, right=False, attempt=attempt, ms=each.ms)
    is_right = each.wrong < 2
    if is_right:
        device.answered(scan, right=True, attempt=each.wrong + 1, ms=each.ms)
    looks_failed = None
    if is_right and each.second_look is not None:
        looks_failed = not each.second_look
        number = device.looked_again(clerk.person_id, scan=scan, right=each.second_look)
        if looks_failed:
            device.looked_again(clerk.person_id, scan=scan, right=False, attempt=2, number=number)
    is_admitted = is_right and not looks_failed
    device.record("decided", scan=scan, verdict="admit" if is_admitted else "identity_mismatch")
    secret = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=office.settings, now=STARTS_AT)
    is_due = is_admitted and has_second_look(secret, ticket.ticket_id)
    is_decoy_due = is_admitted and has_decoy(secret, ticket.ticket_id)
    is_own_lane = device.lane == LANES_OPEN
    return Handled(
        office_id=OFFICE,
        guard_id=device.guard_id,
        handled_at=begun_at,
        lane=device.lane,
        ticket_lane=LANES_OPEN,
        answer_seconds=each.ms * (each.wrong + is_right) / 1000,
        is_right_at_first=each.wrong == 0,
        is_admitted=is_admitted,
        missed_decoy=each.decoy,
        left_out_decoy=each.decoy is None if is_decoy_due else None,
        denied_name=None if each.named is None else not each.named,
        failed_second_look=looks_failed,
        left_out_second_look=each.second_look is None if is_due else None,
        has_left=False if is_own_lane else None,
    )


@given(st.lists(told, max_size=8))
@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_database_counts_what_the_pure_rules_count(
    tx: Transaction, office: Office, histories: Sequence[Told]
) -> None:
    async with tx.transaction(force_rollback=True):
        clerk = await granted(tx, office, Role.CLERK)
        guards = [await granted(tx, office, Role.GUARD) for _ in range(GUARDS)]
        head = await granted(tx, office, Role.BRANCH_HEAD)
        devices = [await enrol_device(tx, guard, lane=lane, head=head) for lane, guard in enumerate(guards, start=1)]
        handled = [await told_by(tx, office, devices[each.guard], clerk, each) for each in histories]
        for device in devices:
            await device.upload(tx, office.settings)
        counted = {each.guard_id: each for each in await figures_at(tx, OFFICE, period=PERIOD)}
        behind = {
            (guard_id, measure): len(await evidence_of(tx, all_of(guard_id, measure), office_id=OFFICE))
            for guard_id in counted
            for measure in Measure
        }
    expected = {each.guard_id: each for each in figures_by_guard(handled, period=PERIOD)}
    assert counted == expected
    assert behind == {
        (guard_id, measure): tally.found
        for guard_id, figures in expected.items()
        for measure, tally in figures.tallies.items()
    }


def all_of(guard_id: PersonId, measure: Measure) -> Concern:
    """A concern whose evidence is asked for; what it counts is not looked at."""
    tally = Tally(found=2, of=2)
    return Concern(guard_id=guard_id, period=PERIOD, measure=measure, tally=tally, probability=Fraction(1, 100))


async def test_the_gate_with_a_network_counts_in_the_same_figures(tx: Transaction, office: Office) -> None:
    guard = await granted(tx, office, Role.GUARD)
    await office.admitted(tx, guard)
    await office.mismatched(tx, guard, await office.ticket(tx))
    (own,) = await figures_at(tx, OFFICE, period=PERIOD)
    assert own.guard_id == guard.person_id
    assert own.tallies[Measure.WRONG_FIRST_TRIES] == Tally(found=1, of=2)
    assert own.tallies[Measure.MISMATCHES_CHARGED] == Tally(found=0, of=1)
    assert own.tallies[Measure.QUICK_ANSWERS] == Tally(found=2, of=2), "the test types at once"
    assert own.by_lane == {}


async def test_another_persons_card_at_the_counter_is_charged_to_whoever_let_him_in(
    tx: Transaction, office: Office
) -> None:
    guard, clerk = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.CLERK)
    device = await enrol_device(tx, guard)
    device.admitted(await office.ticket(tx))
    device.admitted(await office.ticket(tx))
    await device.upload(tx, office.settings)
    await tickets.call_next(tx, clerk=clerk, desk="4", now=MERGED_AT)
    for _ in range(2):
        stranger = office.numbers[clerk.person_id]
        await tickets.open_visit(tx, clerk=clerk, card=stranger, settings=office.settings, now=MERGED_AT)
    (own,) = await figures_at(tx, OFFICE, period=PERIOD)
    assert own.guard_id == guard.person_id
    assert own.tallies[Measure.MISMATCHES_CHARGED] == Tally(found=1, of=2)
    (behind,) = await evidence_of(tx, all_of(guard.person_id, Measure.MISMATCHES_CHARGED), office_id=OFFICE)
    charged = await (await tx.execute("select ticket_id from tickets.visit where outcome is not null")).fetchone()
    assert charged == {"ticket_id": behind.ticket_id}


async def published_after(tx: Transaction, office: Office, *, guards: int, scans: int, mismatches: int = 0) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    for lane in range(1, guards + 1):
        device = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=lane, head=head)
        for number in range(scans):
            if number < mismatches:
                device.mismatched(await office.ticket(tx))
            else:
                device.admitted(await office.ticket(tx))
        await device.upload(tx, office.settings)


@pytest.mark.parametrize(("guards", "scans", "is_published"), [(2, 20, False), (3, 3, False), (3, 4, True)])
async def test_an_office_publishes_once_no_figure_names_a_guard(
    tx: Transaction, office: Office, guards: int, scans: int, is_published: bool
) -> None:
    await published_after(tx, office, guards=guards, scans=scans)
    published = await offices_at_the_gate(tx, period=PERIOD)
    assert [each.office_id for each in published] == [OFFICE] * is_published


async def test_what_is_published_adds_up_and_tells_no_small_count(tx: Transaction, office: Office) -> None:
    await published_after(tx, office, guards=3, scans=8, mismatches=2)
    device = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=9)
    for found in ["not_ours"] * 12 + ["too_early"] * 5:
        device.scanned(None, found=found)
    await device.upload(tx, office.settings)
    (own,) = await offices_at_the_gate(tx, period=PERIOD)
    assert (own.scans, own.guards, own.charged, own.admitted) == (41, 3, 0, 18)
    assert own.parts == ((Verdict.ADMIT, 18), (Verdict.NOT_OURS, 12))
    assert own.together == 11
    assert sum(count for _, count in own.parts) + own.together == own.scans


async def test_the_figures_of_an_office_hold_nothing_of_another(tx: Transaction, office: Office) -> None:
    await published_after(tx, office, guards=1, scans=2)
    assert await figures_at(tx, OTHER_OFFICE, period=PERIOD) == []


async def test_a_second_look_that_the_days_secret_asked_for_is_missed_where_nobody_looked(
    tx: Transaction, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, clerk = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.CLERK)
    device = await enrol_device(tx, guard)
    secret = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=office.settings, now=STARTS_AT)
    numbered = (TicketId(number.to_bytes(TICKET_ID_BYTES)) for number in count())
    chosen = (ticket_id for ticket_id in numbered if has_second_look(secret, ticket_id))
    monkeypatch.setattr(issuing, "secrets", SimpleNamespace(token_bytes=lambda _: next(chosen)))
    for is_looked_at in (True, False):
        ticket = await office.ticket(tx)
        scan = device.scanned(ticket)
        device.answered(scan, right=True)
        if is_looked_at:
            device.looked_again(clerk.person_id, scan=scan, right=True)
        device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    (own,) = await figures_at(tx, OFFICE, period=PERIOD)
    assert own.tallies[Measure.SECOND_LOOKS_LEFT_OUT] == Tally(found=1, of=2)
    assert own.tallies[Measure.SECOND_LOOKS_FAILED] == Tally(found=0, of=1)


async def test_a_wrong_name_that_the_days_secret_asked_for_is_left_out_where_none_was_answered(
    tx: Transaction, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = await granted(tx, office, Role.GUARD)
    device = await enrol_device(tx, guard)
    secret = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=office.settings, now=STARTS_AT)
    numbered = (TicketId(number.to_bytes(TICKET_ID_BYTES)) for number in count())
    chosen = (ticket_id for ticket_id in numbered if has_decoy(secret, ticket_id))
    monkeypatch.setattr(issuing, "secrets", SimpleNamespace(token_bytes=lambda _: next(chosen)))
    noticed, left_out = await office.ticket(tx), await office.ticket(tx)
    device.record("decoy_answered", scan=device.scanned(noticed), missed=False)
    device.admitted(noticed)
    device.admitted(left_out)
    await device.upload(tx, office.settings)
    (own,) = await figures_at(tx, OFFICE, period=PERIOD)
    assert own.tallies[Measure.DECOYS_LEFT_OUT] == Tally(found=1, of=2)
    (behind,) = await evidence_of(tx, all_of(guard.person_id, Measure.DECOYS_LEFT_OUT), office_id=OFFICE)
    assert behind.ticket_id == left_out.ticket_id


async def test_visitors_of_his_own_lane_who_left_without_a_verdict_are_counted_of_a_guard(
    tx: Transaction, office: Office
) -> None:
    head = await granted(tx, office, Role.BRANCH_HEAD)
    guard, colleague = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.GUARD)
    devices = [await enrol_device(tx, guard), await enrol_device(tx, colleague, lane=2, head=head)]
    gone = await office.ticket(tx)
    for device in devices:
        device.record("decided", scan=device.scanned(gone), verdict="left")
        device.record("decided", scan=device.mismatched(await office.ticket(tx)), verdict="left")
        await device.upload(tx, office.settings)
    found = {each.guard_id: each.tallies[Measure.VISITORS_LEFT] for each in await figures_at(tx, OFFICE, period=PERIOD)}
    assert found == {guard.person_id: Tally(found=1, of=2), colleague.person_id: Tally(found=0, of=0)}
    (behind,) = await evidence_of(tx, all_of(guard.person_id, Measure.VISITORS_LEFT), office_id=OFFICE)
    assert behind.ticket_id == gone.ticket_id

"""Laws of the gate: its choices, its exact chances, and the digits that it asks for."""

from collections.abc import Sequence
from fractions import Fraction
from math import comb

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dawr.gates.binomial import chance_of_at_least
from dawr.gates.concerns import CHANCE_MAX, FOUND_MIN, concerns_of
from dawr.gates.guard_statistics import Handled, figures_by_guard, office_figures
from dawr.kernel.text import arabic_digits
from dawr.people.model import Card
from dawr.tickets.challenge import challenge_on, chosen_positions, digits_at, is_right
from dawr.tickets.model import TicketId
from dawr.tickets.selection import commitment_to, decoy_name, has_second_look, lane_of, second_looks
from tests.unit.gates.guards import COLLEAGUE, FEBRUARY, GUARD, OFFICE, THIRD, handled

keys = st.binary(min_size=32, max_size=32)
ticket_ids = st.binary(min_size=10, max_size=10).map(TicketId)
rates = st.fractions(0, 1, max_denominator=1000)
digits = st.text("0123456789", min_size=10, max_size=12)
handled_tickets = st.lists(
    st.builds(
        handled,
        st.integers(0, 60 * 24 * 40),
        guard_id=st.sampled_from([GUARD, COLLEAGUE, THIRD]),
        lane=st.integers(1, 4),
        answer_seconds=st.floats(0, 600),
        is_right_at_first=st.booleans(),
        is_admitted=st.booleans(),
        is_charged=st.booleans(),
        missed_decoy=st.sampled_from([None, True, False]),
        failed_second_look=st.sampled_from([None, True, False]),
        left_out_second_look=st.sampled_from([None, True, False]),
    ),
    max_size=60,
)


@given(keys, ticket_ids, st.integers(1, 50))
def test_a_lane_is_always_one_of_the_open_ones(key: bytes, ticket_id: TicketId, lanes_open: int) -> None:
    assert 1 <= lane_of(key, ticket_id, lanes_open=lanes_open) <= lanes_open


@given(keys, st.lists(ticket_ids, max_size=200))
def test_an_auditor_and_the_gate_come_to_the_same_second_looks(secret: bytes, tickets: list[TicketId]) -> None:
    found = second_looks(secret, tickets, commitment=commitment_to(secret))
    assert [each for each in tickets if each in found] == list(found)
    assert all(has_second_look(secret, each) is (each in found) for each in tickets)


@given(keys, ticket_ids, st.lists(st.text(min_size=1, max_size=9), max_size=5), st.text(max_size=9))
def test_a_decoy_is_one_of_the_invented_names_and_never_the_signed_one(
    secret: bytes, ticket_id: TicketId, names: list[str], signed: str
) -> None:
    shown = decoy_name(secret, ticket_id, signed_name=signed, names=names)
    assert shown is None or (shown in names and shown != signed)


@given(rates, st.integers(0, 40))
def test_the_chances_of_each_count_sum_to_one_and_each_is_the_binomials(rate: Fraction, of: int) -> None:
    tails = [chance_of_at_least(found, of=of, rate=rate) for found in range(of + 2)]
    assert tails[0] == 1
    assert tails[-1] == 0
    for found in range(of + 1):
        exactly = comb(of, found) * rate**found * (1 - rate) ** (of - found)
        assert tails[found] - tails[found + 1] == exactly


@given(rates, st.integers(0, 40), st.integers(-2, 45))
def test_as_many_hits_are_as_likely_as_as_few_misses(rate: Fraction, of: int, found: int) -> None:
    hits = chance_of_at_least(found, of=of, rate=rate)
    misses = chance_of_at_least(of - found + 1, of=of, rate=1 - rate)
    assert hits + misses == 1


@given(keys, st.integers(0, 20), st.integers(0, 20))
def test_the_places_asked_are_different_in_order_and_on_the_card(chance: bytes, length: int, count: int) -> None:
    assume(count <= length)
    chosen = chosen_positions(chance, part=b"number", length=length, count=count)
    assert len(chosen) == count
    assert sorted(set(chosen)) == list(chosen)
    assert set(chosen) <= set(range(1, length + 1))


@settings(deadline=None, max_examples=25)
@given(digits, digits | st.just(""), keys, keys, ticket_ids)
def test_whoever_reads_the_card_answers_and_whoever_reads_another_only_where_they_agree(
    number: str, serial: str, chance: bytes, key: bytes, ticket_id: TicketId
) -> None:
    asked = challenge_on(Card(civil_number=number, serial=serial), chance=chance, key=key, ticket_id=ticket_id)
    answer = digits_at(number, asked.positions) + digits_at(serial, asked.serial_positions)
    assert is_right(asked, key=key, ticket_id=ticket_id, typed=arabic_digits(answer))
    other = digits_at(number[::-1], asked.positions) + digits_at(serial, asked.serial_positions)
    assert is_right(asked, key=key, ticket_id=ticket_id, typed=other) is (other == answer)


@given(handled_tickets)
def test_what_an_office_publishes_is_the_sum_of_what_its_guards_did(tickets: Sequence[Handled]) -> None:
    by_guard = figures_by_guard(tickets, period=FEBRUARY)
    published = office_figures(tickets, OFFICE, period=FEBRUARY)
    assert (published is not None) is (len(by_guard) == 3)
    for measure, tally in (published.tallies if published else {}).items():
        assert tally.found == sum(each.tallies[measure].found for each in by_guard)
        assert tally.of == sum(each.tallies[measure].of for each in by_guard)


@given(handled_tickets)
def test_every_ticket_of_the_period_stands_in_one_lane_of_one_guard(tickets: Sequence[Handled]) -> None:
    counted = sum(sum(each.by_lane.values()) for each in figures_by_guard(tickets, period=FEBRUARY))
    assert counted == sum(FEBRUARY.contains(each.handled_at) for each in tickets)


@given(handled_tickets)
def test_a_concern_is_always_rare_by_chance_and_never_about_one_event(tickets: Sequence[Handled]) -> None:
    for figures in figures_by_guard(tickets, period=FEBRUARY):
        for concern in concerns_of(figures):
            assert concern.tally.found >= FOUND_MIN
            assert 0 < concern.probability <= CHANCE_MAX
            assert concern.tally == figures.tallies[concern.measure]
            assert concern.facts["odds"] * concern.probability <= 1

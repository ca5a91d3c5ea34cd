"""What is counted of a guard and a period, and what an office publishes of it."""

from datetime import timedelta
from fractions import Fraction

import pytest

from dawr.gates.guard_statistics import Measure, Tally, figures_by_guard, office_figures, tallies_of
from dawr.kernel.identifiers import OfficeId
from tests.unit.gates.guards import COLLEAGUE, FEBRUARY, GUARD, OFFICE, THIRD, handled


def test_each_measure_counts_among_the_tickets_where_it_could_have_happened() -> None:
    tallies = tallies_of(
        [
            handled(0, missed_decoy=True, answer_seconds=3.9),
            handled(
                1,
                missed_decoy=False,
                left_out_decoy=False,
                denied_name=False,
                has_left=False,
                failed_second_look=True,
                answer_seconds=4.0,
                left_out_second_look=False,
            ),
            handled(2, failed_second_look=False, is_charged=True, lane=1, left_out_second_look=False),
            handled(3, is_right_at_first=False, is_admitted=False),
            handled(4, left_out_second_look=True, left_out_decoy=True, denied_name=True, has_left=True),
        ]
    )
    assert tallies == {
        Measure.DECOYS_MISSED: Tally(found=1, of=2),
        Measure.DECOYS_LEFT_OUT: Tally(found=1, of=2),
        Measure.NAMES_DENIED: Tally(found=1, of=2),
        Measure.MISMATCHES_CHARGED: Tally(found=1, of=4),
        Measure.SECOND_LOOKS_FAILED: Tally(found=1, of=2),
        Measure.SECOND_LOOKS_LEFT_OUT: Tally(found=1, of=3),
        Measure.WRONG_FIRST_TRIES: Tally(found=1, of=5),
        Measure.QUICK_ANSWERS: Tally(found=1, of=5),
        Measure.OUT_OF_LANE: Tally(found=1, of=5),
        Measure.VISITORS_LEFT: Tally(found=1, of=2),
    }  # fmt: skip


def test_a_guards_figures_are_of_his_own_tickets_in_the_period() -> None:
    tickets = [handled(number, answer_seconds=float(number)) for number in range(10, 15)]
    others = [
        handled(9, guard_id=COLLEAGUE, answer_seconds=60.0),
        handled(0, handled_at=FEBRUARY.ends_at),
        handled(0, handled_at=FEBRUARY.starts_at - timedelta(seconds=1)),
    ]
    own, colleagues = figures_by_guard([*others, *tickets], period=FEBRUARY)
    assert (own.guard_id, own.answer_seconds_median, own.by_lane) == (GUARD, 12.0, {1: 1, 2: 1, 3: 2, 4: 1})
    assert own.tallies == tallies_of(tickets)
    assert (colleagues.guard_id, colleagues.by_lane) == (COLLEAGUE, {2: 1})


def test_the_median_of_an_even_number_of_answers_lies_between_the_two_in_the_middle() -> None:
    (own,) = figures_by_guard([handled(n, answer_seconds=float(n)) for n in (2, 4, 9, 100)], period=FEBRUARY)
    assert own.answer_seconds_median == 6.5


def test_nobody_has_figures_where_nothing_was_handled() -> None:
    assert figures_by_guard([], period=FEBRUARY) == ()


def test_the_first_try_rate_and_the_share_per_thousand_are_exact() -> None:
    (own,) = figures_by_guard(
        [handled(n, is_right_at_first=n > 0, is_charged=n < 2) for n in range(3)], period=FEBRUARY
    )
    assert own.first_try_rate == Fraction(2, 3)
    assert own.tallies[Measure.MISMATCHES_CHARGED].per_thousand == Fraction(2000, 3)
    assert own.tallies[Measure.DECOYS_MISSED].per_thousand is None


@pytest.mark.parametrize(("found", "of"), [(2, 1), (-1, 3)])
def test_a_share_larger_than_its_whole_cannot_be_made(found: int, of: int) -> None:
    with pytest.raises(ValueError, match="whole"):
        Tally(found=found, of=of)


def test_an_office_publishes_the_sum_of_its_guards_and_names_none() -> None:
    tickets = [handled(n, guard_id=guard, missed_decoy=n == 0) for n in range(4) for guard in (GUARD, COLLEAGUE, THIRD)]
    elsewhere = handled(5, office_id=OfficeId("KW-MOI/AHM"), missed_decoy=True)
    published = office_figures([*tickets, elsewhere], OFFICE, period=FEBRUARY)
    assert published is not None
    assert published.guards == 3
    assert published.tallies == tallies_of(tickets)
    assert published.tallies[Measure.DECOYS_MISSED] == Tally(found=3, of=12)
    assert (published.first_try_rate, published.answer_seconds_median) == (Fraction(1), 12.0)
    assert not any(str(guard) in repr(published) for guard in (GUARD, COLLEAGUE, THIRD))


def test_the_figures_of_two_guards_are_not_published_for_they_would_name_them() -> None:
    tickets = [handled(n, guard_id=(GUARD, COLLEAGUE)[n % 2]) for n in range(100)]
    assert office_figures(tickets, OFFICE, period=FEBRUARY) is None
    outside = handled(0, guard_id=THIRD, handled_at=FEBRUARY.ends_at)
    assert office_figures([*tickets, outside], OFFICE, period=FEBRUARY) is None

"""The exact tail, and the figures on which the gate was designed."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest

from dawr.gates.binomial import chance_of_at_least
from dawr.tickets.selection import SECOND_LOOK_BELOW

SECOND_LOOK_SHARE = Fraction(SECOND_LOOK_BELOW, 2**32)
HONEST, CARELESS = Fraction(2, 100), Fraction(1, 2)


@pytest.mark.parametrize(("found", "of", "chance"), [
    (0, 0, Fraction(1)), (1, 0, Fraction(0)), (0, 7, Fraction(1)), (8, 7, Fraction(0)),
    (2, 7, Fraction(120, 128)), (7, 7, Fraction(1, 128)), (1, 7, Fraction(127, 128)),
])  # fmt: skip
def test_the_tail_of_a_fair_coin_is_counted(found: int, of: int, chance: Fraction) -> None:
    assert chance_of_at_least(found, of=of, rate=Fraction(1, 2)) == chance


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(1, 50), Fraction(2, 3), Fraction(1)])
def test_the_tail_is_what_counting_every_outcome_gives(rate: Fraction) -> None:
    outcomes = list(product((0, 1), repeat=6))
    for found in range(8):
        counted = sum(
            (prod(rate if hit else 1 - rate for hit in outcome) for outcome in outcomes if sum(outcome) >= found),
            start=Fraction(0),
        )
        assert chance_of_at_least(found, of=6, rate=rate) == counted


@pytest.mark.parametrize(("of", "rate"), [(-1, Fraction(1, 2)), (3, Fraction(3, 2)), (3, Fraction(-1, 2))])
def test_what_is_no_rate_and_no_count_has_no_chance(of: int, rate: Fraction) -> None:
    with pytest.raises(ValueError, match="a rate lies between 0 and 1"):
        chance_of_at_least(1, of=of, rate=rate)


@pytest.mark.parametrize(("days", "in_ten_thousand"), [(5, 2774), (20, 59)])
def test_five_bought_entries_a_day_escape_the_second_look_as_seldom_as_designed(
    days: int, in_ten_thousand: int
) -> None:
    """28 % after five days, 0.6 % after twenty."""
    escaping = 1 - chance_of_at_least(1, of=5 * days, rate=SECOND_LOOK_SHARE)
    assert round(10_000 * escaping) == in_ten_thousand


def test_seven_decoys_are_the_fewest_that_separate_an_honest_two_percent_from_a_careless_half() -> None:
    """To separate: at most one honest guard in a hundred is suspected, and nine careless ones in ten are found."""

    def separates(decoys: int) -> bool:
        return any(
            chance_of_at_least(missed, of=decoys, rate=HONEST) <= Fraction(1, 100)
            and chance_of_at_least(missed, of=decoys, rate=CARELESS) >= Fraction(9, 10)
            for missed in range(decoys + 1)
        )

    assert next(decoys for decoys in range(100) if separates(decoys)) == 7
    assert round(10_000 * chance_of_at_least(2, of=7, rate=HONEST)) == 79
    assert chance_of_at_least(2, of=7, rate=CARELESS) == Fraction(15, 16)

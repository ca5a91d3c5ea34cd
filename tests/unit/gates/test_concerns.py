"""When a guard's figures become a question, how it is put, and who answers it."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from dawr.gates.binomial import chance_of_at_least
from dawr.gates.concerns import (
    CAREFUL_RATES,
    Concern,
    Conclusion,
    Opinion,
    Review,
    ReviewConcluded,
    ReviewOfOneself,
    SecondReviewByTheSame,
    concerns_of,
)
from dawr.gates.guard_statistics import Handled, Measure, Tally, figures_by_guard
from dawr.kernel.identifiers import PersonId
from dawr.web.language import translations
from tests.unit.gates.guards import BEGINS_AT, CLERK, FEBRUARY, GUARD, HEAD, INSPECTOR, handled


def concerns(tickets: list[Handled]) -> tuple[Concern, ...]:
    (figures,) = figures_by_guard(tickets, period=FEBRUARY)
    return concerns_of(figures)


def the_concern() -> Concern:
    (found,) = concerns([handled(n, missed_decoy=n < 2) for n in range(7)])
    return found


def opinion(reviewer_id: PersonId, *, is_upheld: bool = True) -> Opinion:
    return Opinion(
        reviewer_id=reviewer_id,
        is_upheld=is_upheld,
        reason="The camera shows him looking away.",
        given_at=BEGINS_AT + timedelta(days=30),
    )


def test_a_careful_guard_raises_no_concern() -> None:
    assert concerns([handled(n, missed_decoy=n == 0 if n < 20 else None) for n in range(2000)]) == ()


def test_two_missed_decoys_of_seven_are_a_concern_with_their_exact_probability() -> None:
    found = the_concern()
    honest = Fraction(2, 100)
    assert (found.guard_id, found.period, found.measure) == (GUARD, FEBRUARY, Measure.DECOYS_MISSED)
    assert found.tally == Tally(found=2, of=7)
    assert found.probability == 1 - (1 - honest) ** 7 - 7 * honest * (1 - honest) ** 6
    assert found.facts == {"found": 2, "of": 7, "expected": 20, "odds": 127}


def test_two_missed_decoys_of_eight_are_what_chance_does() -> None:
    assert concerns([handled(n, missed_decoy=n < 2) for n in range(8)]) == ()


def test_one_event_is_no_rate_however_few_tickets_there_were() -> None:
    assert concerns([handled(n, is_charged=n == 0) for n in range(5)]) == ()
    (found,) = concerns([handled(n, is_charged=n < 2) for n in range(5)])
    assert found.measure is Measure.MISMATCHES_CHARGED


@pytest.mark.parametrize(
    ("measure", "change"),
    [
        (Measure.DECOYS_MISSED, {"missed_decoy": True}),
        (Measure.MISMATCHES_CHARGED, {"is_charged": True}),
        (Measure.SECOND_LOOKS_FAILED, {"failed_second_look": True}),
        (Measure.WRONG_FIRST_TRIES, {"is_right_at_first": False}),
        (Measure.QUICK_ANSWERS, {"answer_seconds": 2.0}),
        (Measure.OUT_OF_LANE, {"lane": 5}),
        (Measure.DECOYS_LEFT_OUT, {"left_out_decoy": True}),
        (Measure.NAMES_DENIED, {"denied_name": True}),
        (Measure.VISITORS_LEFT, {"has_left": True}),
    ],
)
def test_each_measure_becomes_a_concern_where_it_is_far_from_a_careful_guards(
    measure: Measure, change: dict[str, object]
) -> None:
    (found,) = concerns([handled(n, **change) for n in range(6)] + [handled(n) for n in range(6, 10)])
    assert found.measure is measure


def test_a_guard_who_lets_five_bought_entries_a_day_in_is_found_by_second_looks() -> None:
    """Twenty days of 500 tickets, 25 a day looked at again, 5 of the 100 bought entries among them."""
    tickets = [handled(n, failed_second_look=(n % 2000 == 0) if n % 20 == 0 else None) for n in range(10_000)]
    (found,) = concerns(tickets)
    assert (found.measure, found.tally) == (Measure.SECOND_LOOKS_FAILED, Tally(found=5, of=500))
    assert found.probability == chance_of_at_least(5, of=500, rate=Fraction(1, 1000))
    assert found.facts["odds"] == 5904


def test_the_rarest_concern_stands_first_and_its_odds_stay_a_number_that_people_read() -> None:
    found = concerns([handled(n, missed_decoy=n < 3, answer_seconds=1.0) for n in range(10)])
    assert [each.measure for each in found] == [Measure.QUICK_ANSWERS, Measure.DECOYS_MISSED]
    assert found[0].probability == Fraction(1, 20) ** 10
    assert found[0].facts["odds"] == 1_000_000


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("measure", list(Measure))
def test_each_concern_is_told_in_both_languages_with_its_figures(measure: Measure, language: str) -> None:
    say = translations(language).gettext
    concern = replace(the_concern(), measure=measure, tally=Tally(found=3, of=41))
    sentence = say(concern.sentence_key)
    assert sentence != concern.sentence_key
    assert {"3", "41"} <= set((sentence % concern.facts).split())
    chance = say("gates.concern.chance") % concern.facts
    assert str(int(1000 * CAREFUL_RATES[measure])) in chance
    assert "127" in chance
    assert say("gates.concern.review") != "gates.concern.review"


def test_a_concern_is_concluded_by_two_people_and_upheld_only_where_both_uphold_it() -> None:
    begun = Review(concern=the_concern())
    first = begun.with_opinion(opinion(HEAD))
    assert (begun.conclusion, first.conclusion) == (None, None)
    assert first.with_opinion(opinion(INSPECTOR)).conclusion is Conclusion.UPHELD
    assert first.with_opinion(opinion(INSPECTOR, is_upheld=False)).conclusion is Conclusion.SET_ASIDE
    neither = begun.with_opinion(opinion(HEAD, is_upheld=False)).with_opinion(opinion(INSPECTOR, is_upheld=False))
    assert neither.conclusion is Conclusion.SET_ASIDE


def test_nobody_reviews_a_concern_twice() -> None:
    first = Review(concern=the_concern()).with_opinion(opinion(HEAD))
    with pytest.raises(SecondReviewByTheSame):
        first.with_opinion(opinion(HEAD, is_upheld=False))


def test_a_guard_never_reviews_himself() -> None:
    with pytest.raises(ReviewOfOneself):
        Review(concern=the_concern()).with_opinion(opinion(GUARD))
    with pytest.raises(ReviewOfOneself):
        Review(concern=the_concern(), opinions=(opinion(HEAD), opinion(GUARD, is_upheld=False)))


def test_a_third_opinion_comes_too_late() -> None:
    concluded = Review(concern=the_concern(), opinions=(opinion(HEAD), opinion(INSPECTOR)))
    with pytest.raises(ReviewConcluded):
        concluded.with_opinion(opinion(CLERK))

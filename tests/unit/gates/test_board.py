"""What may be published of counts, and which concerns are reviewed anew."""

from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.gates.concerns import Concern, Opinion, Review, ReviewConcluded
from dawr.gates.guard_statistics import Measure, Tally
from dawr.gates.model.board import (
    SUPPRESSED_BELOW,
    GuardAnswer,
    ReviewId,
    ReviewStage,
    StandingReview,
    overlapping,
    period_before,
    pooled,
    require_open,
)
from dawr.kernel.identifiers import PersonId
from dawr.kernel.periods import Period
from tests.unit.gates.guards import BEGINS_AT, COLLEAGUE, FEBRUARY, GUARD, HEAD, INSPECTOR, OFFICE


def concern(
    *, guard_id: PersonId = GUARD, measure: Measure = Measure.DECOYS_MISSED, period: Period = FEBRUARY
) -> Concern:
    return Concern(
        guard_id=guard_id,
        period=period,
        measure=measure,
        tally=Tally(found=3, of=7),
        probability=Fraction(1, 3800),
    )


def standing(*opinions: bool, answered_after: timedelta | None = None, period: Period = FEBRUARY) -> StandingReview:
    given_ = tuple(
        Opinion(reviewer_id=who, is_upheld=is_upheld, reason="so", given_at=BEGINS_AT + timedelta(days=30))
        for who, is_upheld in zip((HEAD, INSPECTOR), opinions, strict=False)
    )
    answers = [GuardAnswer(words="no", answered_at=BEGINS_AT + answered_after)] if answered_after else []
    return StandingReview(
        review_id=ReviewId(UUID(int=9)),
        office_id=OFFICE,
        begun_at=BEGINS_AT + timedelta(days=29),
        review=Review(concern=concern(period=period), opinions=given_),
        answers=tuple(answers),
    )


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 40), max_size=8))
def test_published_parts_are_the_whole_and_no_small_one_can_be_found_by_subtraction(parts: dict[str, int]) -> None:
    apart, together = pooled(parts)
    assert sum(count for _, count in apart) + together == sum(parts.values())
    assert all(count >= SUPPRESSED_BELOW and parts[part] == count for part, count in apart)
    hidden = [count for part, count in parts.items() if count and part not in dict(apart)]
    assert sum(hidden) == together
    assert together == 0 or together >= SUPPRESSED_BELOW or not apart


def test_a_review_goes_from_two_awaited_opinions_to_a_conclusion() -> None:
    stages = [standing(), standing(True), standing(True, True), standing(True, False), standing(False, False)]
    assert [each.stage for each in stages] == [
        ReviewStage.AWAITS_FIRST,
        ReviewStage.AWAITS_SECOND,
        ReviewStage.UPHELD,
        ReviewStage.SET_ASIDE,
        ReviewStage.SET_ASIDE,
    ]


def test_a_reviewer_reads_the_other_opinion_once_he_has_given_his_own() -> None:
    assert standing(True).opinions_shown_to(HEAD)
    assert not standing(True).opinions_shown_to(INSPECTOR)
    assert not standing(True).opinions_shown_to(GUARD)
    assert standing(True, True).opinions_shown_to(COLLEAGUE)


def test_a_concern_meets_the_review_of_the_same_guard_and_measure_over_the_same_days() -> None:
    later = Period(starts_at=FEBRUARY.ends_at, ends_at=FEBRUARY.ends_at + timedelta(days=7))
    sharing = Period(starts_at=FEBRUARY.ends_at - timedelta(days=1), ends_at=later.ends_at)
    assert overlapping([standing()], concern()) == standing()
    assert overlapping([standing()], concern(period=sharing)) == standing()
    assert overlapping([standing()], concern(period=later)) is None
    assert overlapping([standing()], concern(guard_id=COLLEAGUE)) is None
    assert overlapping([standing()], concern(measure=Measure.QUICK_ANSWERS)) is None


def test_what_two_people_concluded_is_reviewed_anew_only_after_the_guard_answered() -> None:
    assert require_open(None) is None
    assert require_open(standing(True)) == standing(True)
    with pytest.raises(ReviewConcluded):
        require_open(standing(True, True))
    with pytest.raises(ReviewConcluded):
        require_open(standing(True, True, answered_after=timedelta(days=29)))
    assert require_open(standing(True, True, answered_after=timedelta(days=31))) is None


def test_a_period_ends_with_the_running_minute() -> None:
    now = BEGINS_AT + timedelta(seconds=59)
    period = period_before(now, days=7)
    assert period.contains(now)
    assert period.ends_at == BEGINS_AT + timedelta(minutes=1)
    assert period.ends_at - period.starts_at == timedelta(days=7)

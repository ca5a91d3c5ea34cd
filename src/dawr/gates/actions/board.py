"""The guard integrity board, and the reviews of two people: nothing else follows from a figure."""

from datetime import datetime

from dawr.db.pool import Transaction
from dawr.gates import store
from dawr.gates.actions.figures import figures_at
from dawr.gates.concerns import Concern, Opinion, ReviewOfOneself, concerns_of
from dawr.gates.guard_statistics import Measure
from dawr.gates.model.board import (
    GUARD_ANSWERS_MAX,
    REVIEWS_SHOWN,
    AnsweredOften,
    AnswerNeedsWords,
    ConcernOnBoard,
    GuardOnBoard,
    NoSuchConcern,
    OpinionNeedsReason,
    ReviewId,
    StandingReview,
    overlapping,
    period_before,
    require_open,
)
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer
from dawr.transparency import actions as transparency


async def view_board(
    tx: Transaction, office_id: OfficeId, *, days: int, looked_by: PersonId, now: datetime
) -> list[GuardOnBoard]:
    """Every guard of the last `days` days, whom chance explains least first; each guard can read who looked."""
    lines = await _lines(tx, office_id, days=days, now=now)
    for line in lines:
        await people.record_look(tx, line.figures.guard_id, looked_by=looked_by, reason="gates.look.figures", now=now)
    return lines


async def own_figures(tx: Transaction, guard: Officer, *, days: int, now: datetime) -> GuardOnBoard | None:
    """What the board shows of a guard at his office, for himself; None where he handled nothing."""
    assert guard.office_id is not None, "guards are of an office"
    lines = await _lines(tx, guard.office_id, days=days, now=now)
    return next((line for line in lines if line.figures.guard_id == guard.person_id), None)


async def reviews_at(tx: Transaction, office_id: OfficeId, *, now: datetime) -> list[StandingReview]:
    """The reviews that were begun at an office in a year, the newest first."""
    return await store.reviews_at(tx, office_id, since=now - REVIEWS_SHOWN)


async def reviews_of(tx: Transaction, guard_id: PersonId) -> list[StandingReview]:
    """The reviews of what concerns one guard, the newest first."""
    return await store.reviews_of(tx, guard_id)


async def begin_review(
    tx: Transaction, *, office_id: OfficeId, guard_id: PersonId, measure: Measure, days: int, now: datetime
) -> ReviewId:
    """Begin to review a concern as it stands now; one that overlaps and is open already is that review.

    Refuses with NoSuchConcern what the figures do not say, and with ReviewConcluded what was concluded.
    """
    await store.lock_reviews(tx, office_id=office_id, guard_id=guard_id)
    lines = await _lines(tx, office_id, days=days, now=now)
    concern = _concern_among(lines, guard_id=guard_id, measure=measure)
    standing = require_open(overlapping(await reviews_at(tx, office_id, now=now), concern))
    return standing.review_id if standing else await store.add_review(tx, concern, office_id=office_id, now=now)


async def view_review(tx: Transaction, review_id: ReviewId, *, looked_by: PersonId, now: datetime) -> StandingReview:
    """One review; its guard can read who looked."""
    standing = await store.review(tx, review_id)
    await people.record_look(
        tx, standing.review.concern.guard_id, looked_by=looked_by, reason="gates.look.figures", now=now
    )
    return standing


async def standing_review(tx: Transaction, review_id: ReviewId) -> StandingReview:
    """One review, to know where it belongs; raises NotFound."""
    return await store.review(tx, review_id)


async def give_opinion(
    tx: Transaction, review_id: ReviewId, *, reviewer: Officer, is_upheld: bool, reason: str, now: datetime
) -> StandingReview:
    """One of two opinions, sealed in the log; what one of the two does not uphold is set aside.

    Refuses the guard himself, the same person twice, a third, and an opinion without a reason.
    """
    if not reason:
        raise OpinionNeedsReason
    begun = await store.review(tx, review_id)
    await store.lock_reviews(tx, office_id=begun.office_id, guard_id=begun.review.concern.guard_id)
    standing = await store.review(tx, review_id)
    if reviewer.person_id == standing.review.concern.guard_id:
        raise ReviewOfOneself
    opinion = Opinion(reviewer_id=reviewer.person_id, is_upheld=is_upheld, reason=reason, given_at=now)
    standing.review.with_opinion(opinion)
    facts = {
        "review": str(review_id),
        "office": standing.office_id,
        "guard": str(standing.review.concern.guard_id),
        "measure": standing.review.concern.measure.value,
        "reviewer": str(reviewer.person_id),
        "role": reviewer.role.value,
        "is_upheld": is_upheld,
        "reason": reason,
    }
    sealed = await transparency.append_sealed(tx, "gate.review", facts=facts, now=now)
    await store.add_opinion(tx, standing, opinion=opinion, sealed=sealed)
    return await store.review(tx, review_id)


async def answer_review(tx: Transaction, review_id: ReviewId, *, guard_id: PersonId, words: str, now: datetime) -> None:
    """The guard says what he has to say; anybody else's review does not exist for him."""
    if not words:
        raise AnswerNeedsWords
    begun = await store.review(tx, review_id)
    if begun.review.concern.guard_id != guard_id:
        raise NotFound
    await store.lock_reviews(tx, office_id=begun.office_id, guard_id=guard_id)
    standing = await store.review(tx, review_id)
    if len(standing.answers) >= GUARD_ANSWERS_MAX:
        raise AnsweredOften
    await store.add_guard_answer(tx, standing, words=words, now=now)


async def _lines(tx: Transaction, office_id: OfficeId, *, days: int, now: datetime) -> list[GuardOnBoard]:
    period = period_before(now, days=days)
    figures = await figures_at(tx, office_id, period=period)
    shifts = await store.shifts_in(tx, period, office_id=office_id)
    reviews = await reviews_at(tx, office_id, now=now)
    lines = [
        GuardOnBoard(
            figures=each,
            concerns=tuple(
                ConcernOnBoard(concern=concern, review=overlapping(reviews, concern)) for concern in concerns_of(each)
            ),
            shifts=shifts.get(each.guard_id),
        )
        for each in figures
    ]
    return sorted(lines, key=lambda line: line.rarest)


def _concern_among(lines: list[GuardOnBoard], *, guard_id: PersonId, measure: Measure) -> Concern:
    for line in lines:
        for each in line.concerns:
            if (each.concern.guard_id, each.concern.measure) == (guard_id, measure):
                return each.concern
    raise NoSuchConcern

"""What devices' records say of guards, counted where they lie; and the reviews of it."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.gates.concerns import Concern, Opinion, Review, ReviewConcluded, ReviewOfOneself, SecondReviewByTheSame
from dawr.gates.guard_statistics import Measure, Tally
from dawr.gates.model.board import AnsweredOften, Evidence, GuardAnswer, ReviewId, ShiftCount, StandingReview
from dawr.gates.store.rows import SQL
from dawr.gates.wire import as_bytes
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period
from dawr.kernel.refusal import NotFound
from dawr.tickets.model import TicketId
from dawr.transparency.model import Sealed

Whose = tuple[OfficeId, PersonId | None]
"""One guard's at an office, or all of the office's."""


async def measures_in(
    tx: Transaction, period: Period, *, office_id: OfficeId | None
) -> dict[Whose, dict[Measure, Tally]]:
    rows = await many(tx, SQL["measures_in"], **_within(period, office_id))
    found: dict[Whose, dict[Measure, Tally]] = {}
    for row in rows:
        own = found.setdefault((row["office_id"], row["guard_id"]), {})
        own[Measure(row["measure"])] = Tally(found=row["found"], of=row["total"])
    return found


async def behind_measure(tx: Transaction, concern: Concern, *, office_id: OfficeId) -> list[Evidence]:
    """What devices recorded that a concern counts, in its order."""
    rows = await many(
        tx,
        SQL["behind_measure"],
        measure=concern.measure,
        guard_id=concern.guard_id,
        **_within(concern.period, office_id),
    )
    return [
        Evidence(
            happened_at=row["happened_at"],
            lane=row["lane"],
            ticket_id=TicketId(as_bytes(row["ticket"])) if row["ticket"] else None,
        )
        for row in rows
    ]


async def lanes_in(tx: Transaction, period: Period, *, office_id: OfficeId) -> dict[PersonId, dict[int, int]]:
    """By guard: how many tickets he handled in each lane."""
    found: dict[PersonId, dict[int, int]] = {}
    for row in await many(tx, SQL["lanes_in"], **_within(period, office_id)):
        found.setdefault(row["guard_id"], {})[row["lane"]] = row["tickets"]
    return found


async def shifts_in(tx: Transaction, period: Period, *, office_id: OfficeId) -> dict[PersonId, ShiftCount]:
    rows = await many(tx, SQL["shifts_in"], **_within(period, office_id))
    return {row.pop("guard_id"): ShiftCount(**row) for row in rows}


async def lock_reviews(tx: Transaction, *, office_id: OfficeId, guard_id: PersonId) -> None:
    await run(tx, SQL["lock_reviews"], office_id=office_id, guard_id=guard_id)


async def add_review(tx: Transaction, concern: Concern, *, office_id: OfficeId, now: datetime) -> ReviewId:
    with constraint_refusals({"one_review_per_concern": ReviewConcluded()}):
        row = await one(
            tx,
            SQL["add_review"],
            office_id=office_id,
            guard_id=concern.guard_id,
            measure=concern.measure,
            starts_at=concern.period.starts_at,
            ends_at=concern.period.ends_at,
            found=concern.tally.found,
            total=concern.tally.of,
            odds=concern.facts["odds"],
            now=now,
        )
    return ReviewId(row["review_id"])


async def review(tx: Transaction, review_id: ReviewId) -> StandingReview:
    row = await maybe_one(tx, SQL["review"], review_id=review_id)
    if row is None:
        raise NotFound
    return (await _standing(tx, [row]))[0]


async def reviews_at(tx: Transaction, office_id: OfficeId, *, since: datetime) -> list[StandingReview]:
    """The newest first."""
    return await _standing(tx, await many(tx, SQL["reviews_at"], office_id=office_id, since=since))


async def reviews_of(tx: Transaction, guard_id: PersonId) -> list[StandingReview]:
    """Of one guard, at whichever office, the newest first."""
    return await _standing(tx, await many(tx, SQL["reviews_of"], guard_id=guard_id))


async def add_opinion(tx: Transaction, standing: StandingReview, *, opinion: Opinion, sealed: Sealed) -> None:
    refusals = {"nobody_reviews_himself": ReviewOfOneself(), "two_people_review": SecondReviewByTheSame()}
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_opinion"],
            review_id=standing.review_id,
            place=len(standing.review.opinions) + 1,
            reviewer_id=opinion.reviewer_id,
            guard_id=standing.review.concern.guard_id,
            is_upheld=opinion.is_upheld,
            reason=opinion.reason,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
            now=opinion.given_at,
        )


async def add_guard_answer(tx: Transaction, standing: StandingReview, *, words: str, now: datetime) -> None:
    with constraint_refusals({"a_guard_answers_a_few_times": AnsweredOften()}):
        await run(
            tx,
            SQL["add_guard_answer"],
            review_id=standing.review_id,
            place=len(standing.answers) + 1,
            guard_id=standing.review.concern.guard_id,
            words=words,
            now=now,
        )


async def _standing(tx: Transaction, rows: list[DictRow]) -> list[StandingReview]:
    review_ids = [row["review_id"] for row in rows]
    opinions = await many(tx, SQL["opinions_of"], review_ids=review_ids)
    answers = await many(tx, SQL["guard_answers_of"], review_ids=review_ids)
    return [
        StandingReview(
            review_id=ReviewId(row["review_id"]),
            office_id=OfficeId(row["office_id"]),
            begun_at=row["begun_at"],
            review=Review(concern=_concern(row), opinions=tuple(Opinion(**each) for each in _own(opinions, row))),
            answers=tuple(GuardAnswer(**each) for each in _own(answers, row)),
        )
        for row in rows
    ]


def _own(rows: Iterable[DictRow], of: DictRow) -> list[DictRow]:
    return [
        {name: value for name, value in row.items() if name != "review_id"}
        for row in rows
        if row["review_id"] == of["review_id"]
    ]


def _concern(row: DictRow) -> Concern:
    return Concern(
        guard_id=PersonId(row["guard_id"]),
        period=Period(starts_at=row["starts_at"], ends_at=row["ends_at"]),
        measure=Measure(row["measure"]),
        tally=Tally(found=row["found"], of=row["total"]),
        probability=Fraction(1, row["odds"]),
    )


def _within(period: Period, office_id: OfficeId | None) -> dict[str, object]:
    return {"starts_at": period.starts_at, "ends_at": period.ends_at, "office_id": office_id}

"""A concern is reviewed by two people, neither of them the guard; nothing follows by itself, and he may answer."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import store
from dawr.gates.actions import board
from dawr.gates.concerns import ReviewConcluded, ReviewOfOneself, SecondReviewByTheSame
from dawr.gates.guard_statistics import Measure
from dawr.gates.model.board import (
    EXAMINERS,
    AnsweredOften,
    AnswerNeedsWords,
    NoSuchConcern,
    OpinionNeedsReason,
    ReviewId,
    ReviewStage,
)
from dawr.gates.store import guards as guards_store
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from tests.store.gates.invented_device import MERGED_AT, OFFICE, enrol_device, granted
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import OTHER_OFFICE, Office


@pytest.fixture
async def guard(tx: Transaction, office: Office) -> Officer:
    return await careless(tx, office)


async def careless(tx: Transaction, office: Office) -> Officer:
    """A guard who missed all of three wrong names."""
    guard = await granted(tx, office, Role.GUARD)
    device = await enrol_device(tx, guard)
    for _ in range(3):
        scan = device.scanned(await office.ticket(tx))
        device.record("decoy_answered", scan=scan, missed=True)
        device.answered(scan, right=True)
        device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    return guard


@pytest.fixture
async def head(tx: Transaction, office: Office) -> Officer:
    return await granted(tx, office, Role.BRANCH_HEAD)


@pytest.fixture
async def auditor(tx: Transaction, office: Office) -> Officer:
    return await granted(tx, office, Role.AUDITOR)


async def begun(tx: Transaction, guard: Officer, *, days: int = 7, minutes: int = 0) -> ReviewId:
    return await board.begin_review(
        tx,
        office_id=OFFICE,
        guard_id=guard.person_id,
        measure=Measure.DECOYS_MISSED,
        days=days,
        now=MERGED_AT + timedelta(minutes=minutes),
    )


async def opinion(
    tx: Transaction, review_id: ReviewId, reviewer: Officer, *, is_upheld: bool = True, minutes: int = 1
) -> ReviewStage:
    standing = await board.give_opinion(
        tx,
        review_id,
        reviewer=reviewer,
        is_upheld=is_upheld,
        reason="رأيت التذاكر وسمعت الحارس",
        now=MERGED_AT + timedelta(minutes=minutes),
    )
    return standing.stage


async def test_what_chance_hardly_explains_stands_on_the_board_and_the_guard_reads_who_looked(
    tx: Transaction, guard: Officer, head: Officer
) -> None:
    (line,) = await board.view_board(tx, OFFICE, days=7, looked_by=head.person_id, now=MERGED_AT)
    (shown,) = line.concerns
    assert (shown.concern.measure, shown.concern.tally.found, shown.concern.tally.of) == (Measure.DECOYS_MISSED, 3, 3)
    assert shown.review is None
    assert line.shifts is not None
    assert (line.shifts.shifts, line.shifts.elsewhere) == (1, 0)
    looks = await people.looks_at(tx, guard.person_id)
    assert [(look.looked_by, look.reason) for look in looks] == [(head.person_id, "gates.look.figures")]


async def test_two_people_uphold_it_and_nothing_happens_to_the_guard(
    tx: Transaction, guard: Officer, head: Officer, auditor: Officer
) -> None:
    review_id = await begun(tx, guard)
    assert await opinion(tx, review_id, head) is ReviewStage.AWAITS_SECOND
    assert await opinion(tx, review_id, auditor) is ReviewStage.UPHELD
    assert await people.roles_of(tx, guard.person_id, now=MERGED_AT + timedelta(days=1)) == [guard]


async def test_what_one_of_the_two_does_not_uphold_is_set_aside(
    tx: Transaction, guard: Officer, head: Officer, auditor: Officer
) -> None:
    review_id = await begun(tx, guard)
    await opinion(tx, review_id, head, is_upheld=False)
    assert await opinion(tx, review_id, auditor) is ReviewStage.SET_ASIDE


async def test_each_opinion_is_sealed_in_the_log(tx: Transaction, guard: Officer, head: Officer) -> None:
    await opinion(tx, await begun(tx, guard), head)
    row = await (await tx.execute("select log_entry_id, octet_length(log_salt) as salt from gates.opinion")).fetchone()
    assert row is not None
    assert row["salt"] == 32
    leaf = await (
        await tx.execute("select leaf from transparency.entry where entry_id = %s", (row["log_entry_id"],))
    ).fetchone()
    assert leaf is not None
    assert "gate.review" in leaf["leaf"]
    assert str(guard.person_id) not in leaf["leaf"]


async def test_the_guard_himself_the_same_person_twice_and_a_third_are_refused(
    tx: Transaction, office: Office, guard: Officer, head: Officer, auditor: Officer
) -> None:
    review_id = await begun(tx, guard)
    with pytest.raises(ReviewOfOneself):
        await opinion(tx, review_id, replace(guard, role=Role.BRANCH_HEAD))
    await opinion(tx, review_id, head)
    with pytest.raises(SecondReviewByTheSame):
        await opinion(tx, review_id, head)
    await opinion(tx, review_id, auditor)
    with pytest.raises(ReviewConcluded):
        await opinion(tx, review_id, await granted(tx, office, Role.INSPECTOR))
    with pytest.raises(OpinionNeedsReason):
        await board.give_opinion(tx, review_id, reviewer=auditor, is_upheld=True, reason="", now=MERGED_AT)


async def test_the_same_concern_begins_one_review_and_what_the_figures_do_not_say_none(
    tx: Transaction, guard: Officer, head: Officer, auditor: Officer
) -> None:
    review_id = await begun(tx, guard)
    assert await begun(tx, guard, days=28, minutes=5) == review_id
    await opinion(tx, review_id, head)
    assert await begun(tx, guard, minutes=6) == review_id
    await opinion(tx, review_id, auditor)
    with pytest.raises(ReviewConcluded):
        await begun(tx, guard, minutes=7)
    for wrong in ({"measure": Measure.OUT_OF_LANE}, {"guard_id": head.person_id}, {"office_id": OTHER_OFFICE}):
        usual = {"office_id": OFFICE, "guard_id": guard.person_id, "measure": Measure.DECOYS_MISSED}
        with pytest.raises(NoSuchConcern):
            await board.begin_review(tx, **usual | wrong, days=7, now=MERGED_AT)  # type: ignore[arg-type]


async def test_a_guard_who_answers_after_both_opinions_is_looked_at_anew(
    tx: Transaction, guard: Officer, head: Officer, auditor: Officer
) -> None:
    review_id = await begun(tx, guard)
    await opinion(tx, review_id, head)
    await opinion(tx, review_id, auditor)
    await board.answer_review(
        tx, review_id, guard_id=guard.person_id, words="كانت الشاشة مكسورة", now=MERGED_AT + timedelta(minutes=2)
    )
    (standing,) = await board.reviews_of(tx, guard.person_id)
    assert (standing.stage, standing.is_answered_since) == (ReviewStage.UPHELD, True)
    assert [answer.words for answer in standing.answers] == ["كانت الشاشة مكسورة"]
    assert await begun(tx, guard, minutes=3) != review_id


async def test_a_guard_answers_his_own_reviews_in_words_and_up_to_five_times(
    tx: Transaction, guard: Officer, head: Officer
) -> None:
    review_id = await begun(tx, guard)
    with pytest.raises(AnswerNeedsWords):
        await board.answer_review(tx, review_id, guard_id=guard.person_id, words="", now=MERGED_AT)
    for missing, who in ((review_id, head.person_id), (ReviewId(uuid4()), guard.person_id)):
        with pytest.raises(NotFound):
            await board.answer_review(tx, missing, guard_id=who, words="لا", now=MERGED_AT)
    for _ in range(5):
        await board.answer_review(tx, review_id, guard_id=guard.person_id, words="لا", now=MERGED_AT)
    with pytest.raises(AnsweredOften):
        await board.answer_review(tx, review_id, guard_id=guard.person_id, words="لا", now=MERGED_AT)


async def test_a_guard_sees_of_himself_what_the_board_shows_and_of_nobody_else(
    tx: Transaction, office: Office, guard: Officer, head: Officer
) -> None:
    own = await board.own_figures(tx, guard, days=7, now=MERGED_AT)
    (line,) = await board.view_board(tx, OFFICE, days=7, looked_by=head.person_id, now=MERGED_AT)
    assert own == line
    assert await board.own_figures(tx, await granted(tx, office, Role.GUARD), days=7, now=MERGED_AT) is None


@pytest.mark.parametrize(
    ("reviewer", "place", "constraint"),
    [
        ("guard", 1, "nobody_reviews_himself"),
        ("head", 2, "two_people_review"),
        ("other", 1, "each_opinion_has_its_place"),
        ("other", 3, "two_opinions_are_enough"),
    ],
)
async def test_the_table_of_opinions_holds_two_by_two_others(
    tx: Transaction, guard: Officer, head: Officer, reviewer: str, place: int, constraint: str
) -> None:
    review_id = await begun(tx, guard)
    await opinion(tx, review_id, head)
    who = {"guard": guard.person_id, "head": head.person_id, "other": uuid4()}[reviewer]
    with pytest.raises(psycopg.IntegrityError) as broken:
        await tx.execute(
            """insert into gates.opinion
            (review_id, place, reviewer_id, guard_id, is_upheld, reason, given_at, log_entry_id, log_salt)
            values (%s, %s, %s, %s, true, 'x', now(), 1, '')""",
            (review_id, place, who, guard.person_id),
        )
    assert broken.value.diag.constraint_name == constraint


async def test_an_opinion_and_an_answer_name_the_guard_of_their_review(
    tx: Transaction, guard: Officer, head: Officer
) -> None:
    review_id = await begun(tx, guard)
    for statement, constraint in (
        (
            """insert into gates.opinion
            (review_id, place, reviewer_id, guard_id, is_upheld, reason, given_at, log_entry_id, log_salt)
            values (%s, 1, gen_random_uuid(), %s, true, 'x', now(), 1, '')""",
            "opinion_is_of_a_review",
        ),
        (
            "insert into gates.guard_answer values (%s, 1, %s, 'x', now())",
            "answer_is_of_the_guard_concerned",
        ),
    ):
        with pytest.raises(psycopg.IntegrityError) as broken:
            async with tx.transaction():
                await tx.execute(statement, (review_id, head.person_id))
        assert broken.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("found", "1", "review_is_of_a_rate"),
        ("found", "99", "review_is_of_a_rate"),
        ("odds", "99", "review_is_of_what_chance_hardly_explains"),
        ("measure", "'smiles'", "reviewed_measure_is_known"),
        ("starts_at", "ends_at + '2 s'", "review_is_of_a_period"),
        ("ends_at", "ends_at", "one_review_per_concern"),
    ],
)
async def test_a_review_is_of_a_concern(
    tx: Transaction, guard: Officer, column: str, value: str, constraint: str
) -> None:
    await begun(tx, guard)
    columns = ["office_id", "guard_id", "measure", "starts_at", "ends_at", "found", "total", "odds", "begun_at"]
    chosen = [value if name == column else "ends_at + '1 s'" if name == "ends_at" else name for name in columns]
    with pytest.raises(psycopg.IntegrityError) as broken:
        await tx.execute(
            f"insert into gates.review ({', '.join(columns)}) select {', '.join(chosen)} from gates.review".encode()
        )
    assert broken.value.diag.constraint_name == constraint


async def test_a_code_is_never_its_guards_own_nor_used_twice_in_the_table_either(
    tx: Transaction, office: Office, guard: Officer, head: Officer
) -> None:
    row = await (await tx.execute("select device_id from gates.record limit 1")).fetchone()
    assert row is not None
    insert = """insert into gates.code_use (office_id, day_on, officer_id, number, guard_id, device_id, n)
        values (%s, '2027-02-03', %s, %s, %s, %s, 1)"""
    await tx.execute(insert, (OFFICE, head.person_id, 1, guard.person_id, row["device_id"]))
    for officer_id, number, constraint in (
        (head.person_id, 1, "each_code_is_used_once"),
        (guard.person_id, 2, "nobody_uses_his_own_code_on_himself"),
        (head.person_id, 401, "codes_are_numbered"),
    ):
        with pytest.raises(psycopg.IntegrityError) as broken:
            async with tx.transaction():
                await tx.execute(insert, (OFFICE, officer_id, number, guard.person_id, row["device_id"]))
        assert broken.value.diag.constraint_name == constraint
    assert await store.used_numbers(tx, head.person_id, office_id=OFFICE, day_on=MERGED_AT.date()) == {1}


async def both_begun(pool: Pool, guard: Officer, database_url: str) -> int:
    """A second person begins while the first one's review is not committed; how many reviews there are."""

    async def begin_second() -> None:
        async with transaction(pool) as tx:
            await begun(tx, guard, minutes=1)

    async with transaction(pool) as tx:
        await begun(tx, guard)
        second = asyncio.create_task(begin_second())
        await until_locked_or_done(database_url, second)
    await second
    async with transaction(pool) as tx:
        return len(await board.reviews_at(tx, OFFICE, now=MERGED_AT))


async def test_two_who_begin_at_once_begin_one_review(pool: Pool, standing_office: Office, database_url: str) -> None:
    async with transaction(pool) as tx:
        guard = await careless(tx, standing_office)
    assert await both_begun(pool, guard, database_url) == 1


async def test_without_the_lock_two_reviews_of_one_concern_would_begin(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    monkeypatch.setattr(guards_store, "SQL", guards_store.SQL | {"lock_reviews": "select 1 as locked"})
    async with transaction(pool) as tx:
        guard = await careless(tx, standing_office)
    assert await both_begun(pool, guard, database_url) == 2


async def test_opinions_given_at_once_are_two_and_whoever_comes_third_is_told_so(
    pool: Pool, standing_office: Office
) -> None:
    async with transaction(pool) as tx:
        review_id = await begun(tx, await careless(tx, standing_office))
        reviewers = [await granted(tx, standing_office, role) for role in EXAMINERS]

    async def give(reviewer: Officer) -> ReviewStage | None:
        try:
            async with transaction(pool) as tx:
                return await opinion(tx, review_id, reviewer)
        except ReviewConcluded:
            return None

    stages = await asyncio.gather(*(give(reviewer) for reviewer in reviewers))
    assert Counter(stages) == {ReviewStage.AWAITS_SECOND: 1, ReviewStage.UPHELD: 1, None: 2}

"""The guard integrity board and its reviews, for those who examine them and for the guard himself."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates.actions import board, figures
from dawr.gates.concerns import CAREFUL_RATES
from dawr.gates.guard_statistics import QUICK_SECONDS, Measure
from dawr.gates.model.board import (
    ANSWER_LENGTH_MAX,
    EXAMINERS,
    OPINION_LENGTH_MAX,
    PERIODS_DAYS,
    AnswerNeedsWords,
    GuardOnBoard,
    NoSuchConcern,
    OpinionNeedsReason,
    ReviewId,
    StandingReview,
)
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.web.forms import Form
from dawr.web.language import translations
from dawr.web.page import AnyRequest, page, redirect
from dawr.web.session import Visitor

GUARDS = (Role.GUARD,)


@get("/gate/board")
async def show_board(
    request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "", days: int = PERIODS_DAYS[-1]
) -> Response[str]:
    """Every guard's figures of the period, what chance hardly explains of them, and the reviews."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=EXAMINERS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/board")
        place = OfficeId(office or offices[0].office_id)
        examiner = await officer_among(tx, visitor, roles=EXAMINERS, office=place, now=now)
        shown_days = days if days in PERIODS_DAYS else PERIODS_DAYS[-1]
        lines = await board.view_board(tx, place, days=shown_days, looked_by=examiner.person_id, now=now)
        reviews = await board.reviews_at(tx, place, now=now)
        concerned = {line.figures.guard_id for line in lines} | {each.review.concern.guard_id for each in reviews}
        return page(
            request,
            "gates/board.html",
            office=await catalogue.office(tx, place),
            offices=offices,
            examiner=examiner,
            days=shown_days,
            lines=lines,
            reviews=reviews,
            guards={guard_id: await people.person(tx, guard_id) for guard_id in concerned},
            **_figures_of(lines),
        )


@post("/gate/board")
async def begin(pool: Pool, visitor: Visitor, form: Form) -> Redirect:
    """Begin to review a concern that stands on the board."""
    now = datetime.now(UTC)
    measure, days = form.text("measure", length_max=40), form.whole("days", most=PERIODS_DAYS[-1])
    if measure not in set(Measure) or days not in PERIODS_DAYS:
        raise NoSuchConcern
    async with transaction(pool) as tx:
        office_id = OfficeId(form.text("office", length_max=40))
        await officer_among(tx, visitor, roles=EXAMINERS, office=office_id, now=now)
        review_id = await board.begin_review(
            tx, office_id=office_id, guard_id=_person(form), measure=Measure(measure), days=days, now=now
        )
    return redirect(f"/gate/reviews/{review_id}")


@get("/gate/reviews/{review_id:uuid}")
async def show_review(request: AnyRequest, pool: Pool, visitor: Visitor, review_id: UUID) -> Response[str]:
    """A concern, what was thought of it, and what its guard says."""
    async with transaction(pool) as tx:
        return await _review_page(tx, request, visitor, review_id=ReviewId(review_id))


@post("/gate/reviews/{review_id:uuid}")
async def give_opinion(
    request: AnyRequest, pool: Pool, visitor: Visitor, *, form: Form, review_id: UUID
) -> Response[str] | Redirect:
    """One of the two opinions."""
    now = datetime.now(UTC)
    chosen, reason = form.text("opinion", length_max=20), form.text("reason", length_max=OPINION_LENGTH_MAX)
    async with transaction(pool) as tx:
        reviewer, _ = await _examiner_of(tx, visitor, ReviewId(review_id), now=now)
        errors = _faults_of_opinion(chosen, reason, visitor=visitor)
        if errors:
            return await _review_page(
                tx,
                request,
                visitor,
                review_id=ReviewId(review_id),
                typed={"opinion": chosen, "reason": reason},
                errors=errors,
            )
        await board.give_opinion(
            tx, ReviewId(review_id), reviewer=reviewer, is_upheld=chosen == "upheld", reason=reason, now=now
        )
    return redirect(f"/gate/reviews/{review_id}")


@get("/gate/own-figures")
async def show_own_figures(
    request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "", days: int = PERIODS_DAYS[-1]
) -> Response[str]:
    """A guard's own figures and reviews, and where he answers."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=GUARDS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/own-figures")
        place = office or offices[0].office_id
        guard = await officer_among(tx, visitor, roles=GUARDS, office=place, now=now)
        return await _own_page(tx, request, guard, days=days if days in PERIODS_DAYS else PERIODS_DAYS[-1], now=now)


@post("/gate/own-figures")
async def answer(request: AnyRequest, pool: Pool, visitor: Visitor, form: Form) -> Response[str] | Redirect:
    """The guard answers in writing."""
    now, office = datetime.now(UTC), form.text("office", length_max=40)
    words = form.text("words", length_max=ANSWER_LENGTH_MAX)
    review_id = _review_id(form)
    async with transaction(pool) as tx:
        guard = await officer_among(tx, visitor, roles=GUARDS, office=office, now=now)
        if not words:
            errors = {f"words-{review_id}": AnswerNeedsWords()}
            return await _own_page(tx, request, guard, days=PERIODS_DAYS[-1], now=now, errors=errors)
        await board.answer_review(tx, review_id, guard_id=guard.person_id, words=words, now=now)
    return redirect("/gate/own-figures")


async def _examiner_of(
    tx: Transaction, visitor: Visitor, review_id: ReviewId, *, now: datetime
) -> tuple[Officer, StandingReview]:
    """The visitor as one who may review at the review's office; for anybody else it does not exist."""
    visitor.require_person()
    standing = await board.standing_review(tx, review_id)
    return await officer_among(tx, visitor, roles=EXAMINERS, office=standing.office_id, now=now), standing


async def _review_page(
    tx: Transaction,
    request: AnyRequest,
    visitor: Visitor,
    *,
    review_id: ReviewId,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str | Refusal] | None = None,
) -> Response[str]:
    now = datetime.now(UTC)
    examiner, _ = await _examiner_of(tx, visitor, review_id, now=now)
    standing = await board.view_review(tx, review_id, looked_by=examiner.person_id, now=now)
    concern = standing.review.concern
    shown = {concern.guard_id, *(opinion.reviewer_id for opinion in standing.review.opinions)}
    return page(
        request,
        "gates/review.html",
        office=await catalogue.office(tx, standing.office_id),
        standing=standing,
        concern=concern,
        evidence=await figures.evidence_of(tx, concern, office_id=standing.office_id),
        examiner=examiner,
        people={person_id: await people.person(tx, person_id) for person_id in shown},
        may_give=standing.review.conclusion is None and examiner.person_id not in shown,
        typed={"opinion": "", "reason": ""} | dict(typed or {}),
        errors=errors,
    )


async def _own_page(
    tx: Transaction,
    request: AnyRequest,
    guard: Officer,
    *,
    days: int,
    now: datetime,
    errors: Mapping[str, str | Refusal] | None = None,
) -> Response[str]:
    assert guard.office_id is not None, "guards are of an office"
    line = await board.own_figures(tx, guard, days=days, now=now)
    return page(
        request,
        "gates/own_figures.html",
        office=await catalogue.office(tx, guard.office_id),
        line=line,
        days=days,
        reviews=await board.reviews_of(tx, guard.person_id),
        errors=errors,
        **_figures_of([line] if line else []),
    )


def _figures_of(lines: list[GuardOnBoard]) -> dict[str, Any]:
    """What both pages draw from: the measures in their order, what a careful guard comes to, and the lanes in use."""
    return {
        "measures": list(Measure),
        "careful": {measure: float(1000 * rate) for measure, rate in CAREFUL_RATES.items()},
        "lanes": sorted({lane for line in lines for lane in line.figures.by_lane}),
        "quick_seconds": QUICK_SECONDS,
        "periods": PERIODS_DAYS,
    }


def _faults_of_opinion(chosen: str, reason: str, *, visitor: Visitor) -> dict[str, str | Refusal]:
    say = translations(visitor.language).gettext
    errors: dict[str, str | Refusal] = {}
    if chosen not in {"upheld", "set_aside"}:
        errors["opinion"] = say("Choose what you make of it")
    if not reason:
        errors["reason"] = OpinionNeedsReason()
    return errors


def _person(form: Form) -> PersonId:
    try:
        return PersonId(UUID(form.text("guard", length_max=40)))
    except ValueError as error:
        raise NotFound from error


def _review_id(form: Form) -> ReviewId:
    try:
        return ReviewId(UUID(form.text("review", length_max=40)))
    except ValueError as error:
        raise NotFound from error


routes = [show_board, begin, show_review, give_opinion, show_own_figures, answer]

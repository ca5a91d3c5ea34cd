"""Telling: one question a page, then all answers, then the receipt; who asks is never looked at."""

import asyncio
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Refusal
from dawr.settings import Settings
from dawr.tips import actions
from dawr.tips.model import (
    ONCE_BYTES,
    PHOTOGRAPHS_MAX,
    NotAPhotograph,
    PhotographTooLarge,
    TipKind,
    TooManyPhotographs,
    WordsTooLong,
    once_of,
)
from dawr.tips.pages.answers import (
    BESIDE,
    FIELDS,
    ORDER,
    Fields,
    Places,
    Question,
    currency_asked,
    read_fields,
    settled,
    told_of,
)
from dawr.tips.photographs import cleaned
from dawr.web.forms import Form
from dawr.web.page import AnyRequest, page

BODY_BYTES_MAX = 6_000_000
"""Of a tip with its photographs; nginx holds the same limit before us."""

AT_ONCE = threading.Semaphore(2)
"""A picture takes up to 150 MB while it is decoded: so many at a time in one process, the others wait."""


@get("/tips")
async def begin(request: AnyRequest) -> Response[str]:
    """What this line is for, and what is kept of whoever uses it."""
    return quiet(page(request, "tips/tips.html"))


@get("/tips/report")
async def first_question(request: AnyRequest, pool: Pool) -> Response[str]:
    """What happened?"""
    async with transaction(pool) as tx:
        places = await _places(tx)
    return _question(request, Question.KIND, fields=read_fields(Form({})), places=places, then="")


@post("/tips/report", status_code=200)
async def answer(request: AnyRequest, pool: Pool, form: Form) -> Response[str]:
    """Take one answer and ask the next question; or go back to one, and from there to the end again."""
    fields, then = read_fields(form), form.text("then")
    async with transaction(pool) as tx:
        places = await _places(tx)
    if (wanted := form.text("go")) in ORDER:
        is_from_end = form.text("question") == Question.CHECK
        return _question(request, Question(wanted), fields=fields, places=places, then="check" if is_from_end else "")
    question = Question(form.text("question")) if form.text("question") in ORDER else Question.KIND
    try:
        fields = settled(question, fields, places=places, now=datetime.now(UTC))
    except Refusal as refusal:
        errors = {_field_of(refusal, question=question): refusal}
        return _question(request, question, fields=fields, places=places, then=then, errors=errors)
    following = Question.CHECK if then == "check" else question.following
    return _question(request, following, fields=fields, places=places, then="", once=form.text("once"))


@post("/tips/send", status_code=200, request_max_body_size=BODY_BYTES_MAX)
async def send(request: AnyRequest, pool: Pool, settings: Settings, form: Form) -> Response[str]:
    """Keep the tip and show its receipt, once; the same form sent again shows the same receipt."""
    fields, once, now = read_fields(form), form.text("once"), datetime.now(UTC)
    async with transaction(pool) as tx:
        places = await _places(tx)
    try:
        photographs = await _photographs(request)
        told = told_of(fields, places=places, now=now)
        async with transaction(pool) as tx:
            receipt = await actions.record_tip(
                tx, told, photographs=photographs, once=once_of(once), settings=settings, now=now
            )
    except (NotAPhotograph, PhotographTooLarge, TooManyPhotographs) as refusal:
        errors: dict[str, Refusal] = {"photograph": refusal}
        return _question(request, Question.CHECK, fields=fields, places=places, then="", once=once, errors=errors)
    except Refusal as refusal:
        if type(refusal) not in BESIDE:
            raise
        question, field = BESIDE[type(refusal)]
        return _question(request, question, fields=fields, places=places, then="check", errors={field: refusal})
    return quiet(page(request, "tips/told.html", receipt=receipt, may_be_asked=told.may_be_asked))


def quiet(response: Response[Any]) -> Response[Any]:
    """No page of the tip line is kept by a browser, or named to the page after it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _question(
    request: AnyRequest,
    question: Question,
    *,
    fields: Fields,
    places: Places,
    then: str,
    once: str = "",
    errors: Mapping[str, Refusal] | None = None,
) -> Response[str]:
    is_last = question is Question.CHECK
    shown = page(
        request,
        "tips/check.html" if is_last else "tips/question.html",
        question=question,
        number=ORDER.index(question) + 1,
        fields=fields,
        kept={name: fields[name] for other, names in FIELDS.items() if other is not question for name in names},
        choices=places,
        chosen=places.chosen(fields["where"]),
        currency=currency_asked(fields, places=places),
        told=told_of(fields, places=places, now=datetime.now(UTC)) if is_last else None,
        kinds=list(TipKind),
        then=then,
        once=once if once_of(once) else secrets.token_hex(ONCE_BYTES),
        errors=errors,
    )
    return quiet(shown)


async def _places(tx: Transaction) -> Places:
    offices = await catalogue.offices(tx)
    named = {each.authority_id for each in offices}
    authorities = [each for each in await catalogue.authorities(tx) if each.authority_id in named]
    return Places(authorities=authorities, offices={each.office_id: each for each in offices})


async def _photographs(request: AnyRequest) -> list[bytes]:
    """The posted pictures, made anew by ourselves one after the other."""
    posted = await request.form()
    files = [value for name, value in posted.multi_items() if name == "photograph" and isinstance(value, UploadFile)]
    sent = [content for file in files if (content := await file.read())]
    if len(sent) > PHOTOGRAPHS_MAX:
        raise TooManyPhotographs
    return [await asyncio.to_thread(_cleaned_in_turn, content) for content in sent]


def _cleaned_in_turn(sent: bytes) -> bytes:
    with AT_ONCE:
        return cleaned(sent)


def _field_of(refusal: Refusal, *, question: Question) -> str:
    if isinstance(refusal, WordsTooLong):
        return {Question.PLACE: "place", Question.SHOWN: "shown"}.get(question, "words")
    return BESIDE[type(refusal)][1] if type(refusal) in BESIDE else FIELDS[question][0]


routes = [begin, first_question, answer, send]

"""Following a tip up with its receipt, which never stands in an address."""

from datetime import UTC, datetime

from litestar import Response, get, post

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_text
from dawr.settings import Settings
from dawr.tips import actions
from dawr.tips.model import ReceiptUnknown, SaidEnough, StepTaken, WordsNeeded, WordsTooLong
from dawr.tips.pages.telling import quiet
from dawr.transparency import actions as transparency
from dawr.web.forms import FIELD_LENGTH_MAX, Form
from dawr.web.page import AnyRequest, page

RECEIPT_TYPED_LENGTH_MAX = 60


@get("/tips/follow")
async def ask_receipt(request: AnyRequest) -> Response[str]:
    """Where the receipt is typed."""
    return quiet(page(request, "tips/follow.html", typed=""))


@post("/tips/follow", status_code=200)
async def follow(request: AnyRequest, pool: Pool, settings: Settings, form: Form) -> Response[str]:
    """Where the tip stands, what was asked, and a place for more words."""
    typed = form.text("receipt", length_max=RECEIPT_TYPED_LENGTH_MAX)
    try:
        return await _followed(request, pool, receipt=typed, settings=settings)
    except ReceiptUnknown as refusal:
        return quiet(page(request, "tips/follow.html", typed=typed, errors={"receipt": refusal}))


@post("/tips/follow/words", status_code=200)
async def add_words(request: AnyRequest, pool: Pool, settings: Settings, form: Form) -> Response[str]:
    """More from whoever holds the receipt, in answer or by himself."""
    typed = form.text("receipt", length_max=RECEIPT_TYPED_LENGTH_MAX)
    words = clean_text(form.raw("words", length_max=FIELD_LENGTH_MAX + 1))
    try:
        async with transaction(pool) as tx:
            await actions.add_words(tx, typed, words=words, settings=settings, now=datetime.now(UTC))
    except (WordsNeeded, WordsTooLong, SaidEnough, StepTaken) as refusal:
        return await _followed(request, pool, receipt=typed, settings=settings, words=words, refusal=refusal)
    return await _followed(request, pool, receipt=typed, settings=settings, is_added=True)


async def _followed(
    request: AnyRequest,
    pool: Pool,
    *,
    receipt: str,
    settings: Settings,
    words: str = "",
    refusal: Refusal | None = None,
    is_added: bool = False,
) -> Response[str]:
    async with transaction(pool) as tx:
        followed = await actions.follow(tx, receipt, settings=settings)
        tip, logged = followed.tip, followed.logged
        shown = page(
            request,
            "tips/followed.html",
            followed=followed,
            tip=tip,
            office=await catalogue.office(tx, tip.office_id) if tip.office_id else None,
            log_index=await transparency.index_of(tx, logged.log_entry_id) if logged else None,
            receipt=receipt,
            words=words,
            is_added=is_added,
            errors={"words": refusal} if refusal else None,
        )
    return quiet(shown)


routes = [ask_receipt, follow, add_words]

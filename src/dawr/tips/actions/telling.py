"""Telling, and following up by receipt: nobody is asked who he is, and nothing of it is kept."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.text import clean_code
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tips import store
from dawr.tips.actions.sealing import code_hash, contents_hash, receipt_hash, sealed, unsealed
from dawr.tips.model import (
    ANSWER_LENGTH_MAX,
    ONCE_BYTES,
    PHOTOGRAPHS_MAX,
    CodeFinding,
    Followed,
    Message,
    ReceiptUnknown,
    Recognised,
    TipId,
    Told,
    WordsNeeded,
    check_told,
    check_words,
    is_receipt,
    receipt_of,
    to_the_hour,
)

EARLIEST_TIMEZONE = "Pacific/Kiritimati"
"""Where a day begins first: what happened nobody knows where may have happened there."""

WORDS = "words"
MESSAGE = "message"


async def record_tip(
    tx: Transaction,
    told: Told,
    *,
    photographs: Sequence[bytes] = (),
    once: bytes | None = None,
    settings: Settings,
    now: datetime,
) -> str:
    """Keep a tip; its receipt, 12 characters that are stored nowhere.

    `photographs` are as `tips.photographs.cleaned` gives them, 3 at most. `once` is the form's own random number: sent
    again with the same contents, it gives the same receipt and keeps nothing twice; what was corrected in between is a
    tip of its own. Raises what `check_told` raises.
    """
    assert len(photographs) <= PHOTOGRAPHS_MAX, "the page takes no more"
    told, timezone = await _placed(tx, told)
    check_told(told, today=now.astimezone(ZoneInfo(timezone)).date())
    contents = contents_hash(told, photographs=list(photographs), settings=settings)
    receipt = receipt_of(
        once or secrets.token_bytes(ONCE_BYTES), contents=contents, key=settings.key_for("tips: receipt")
    )
    tip_id = TipId(UUID(bytes=secrets.token_bytes(16), version=4))
    words = json.dumps({"place": told.place, "words": told.words}, ensure_ascii=False).encode()
    row = store.SealedTip(
        tip_id=tip_id,
        receipt_hash=receipt_hash(receipt, settings=settings),
        words_sealed=sealed(words, tip_id=tip_id, what=WORDS, settings=settings),
        contents_hash=contents,
        received_at=to_the_hour(now),
    )
    if await store.add_tip(tx, told, recognised=await _recognised(tx, told, settings=settings), sealed=row):
        for number, photograph in enumerate(photographs, start=1):
            content = sealed(photograph, tip_id=tip_id, what=photograph_place(number), settings=settings)
            await store.add_photograph(tx, tip_id=tip_id, number=number, content_sealed=content)
    return receipt


async def follow(tx: Transaction, receipt: str, *, settings: Settings) -> Followed:
    """What whoever holds the receipt is told; refuses with ReceiptUnknown."""
    tip_id = await _tip_of(tx, receipt, settings=settings)
    return Followed(
        tip=await store.tip(tx, tip_id),
        steps=tuple(await store.steps(tx, tip_id)),
        messages=await messages_of(tx, tip_id, settings=settings),
        logged=await store.logged(tx, tip_id),
    )


async def add_words(tx: Transaction, receipt: str, *, words: str, settings: Settings, now: datetime) -> None:
    """More, from whoever holds the receipt; of the moment the hour is kept."""
    tip_id = await _tip_of(tx, receipt, settings=settings)
    if not words.strip():
        raise WordsNeeded
    check_words(words, length_max=ANSWER_LENGTH_MAX)
    stored = sealed(words.encode(), tip_id=tip_id, what=MESSAGE, settings=settings)
    await store.add_message(tx, tip_id, officer_id=None, words_sealed=stored, written_at=to_the_hour(now))


async def messages_of(tx: Transaction, tip_id: TipId, *, settings: Settings) -> tuple[Message, ...]:
    """Everything said through the receipt so far, in turn."""
    return tuple(
        Message(
            officer_id=each.officer_id,
            words=unsealed(each.words_sealed, tip_id=tip_id, what=MESSAGE, settings=settings).decode(),
            written_at=each.written_at,
        )
        for each in await store.messages(tx, tip_id)
    )


async def words_of(tx: Transaction, tip_id: TipId, *, settings: Settings) -> tuple[str, str]:
    """The place and the words of a tip."""
    stored = await store.sealed_words(tx, tip_id)
    told = json.loads(unsealed(stored, tip_id=tip_id, what=WORDS, settings=settings))
    return told["place"], told["words"]


def photograph_place(number: int) -> str:
    """To what a photograph's seal is bound beside its tip."""
    return f"photograph {number}"


async def _tip_of(tx: Transaction, receipt: str, *, settings: Settings) -> TipId:
    typed = clean_code(receipt)
    tip_id = None
    if is_receipt(typed):
        tip_id = await store.tip_of_receipt(tx, receipt_hash=receipt_hash(typed, settings=settings))
    if tip_id is None:
        raise ReceiptUnknown
    return tip_id


async def _recognised(tx: Transaction, told: Told, *, settings: Settings) -> Recognised | None:
    """What the shown text is; of a ticket of ours its id is kept and the text is not."""
    shown = told.shown.strip("\t\r\n")
    if not shown.strip():
        return None
    ticket = await tickets.recognised(tx, shown, office_id=told.office_id)
    if ticket is not None:
        return Recognised(finding=CodeFinding.OURS, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    is_reference = tickets.is_reference(shown)
    return Recognised(
        finding=CodeFinding.UNKNOWN if is_reference else CodeFinding.NOT_OURS,
        code_hash=code_hash(clean_code(shown) if is_reference else shown, settings=settings),
    )


async def _placed(tx: Transaction, told: Told) -> tuple[Told, str]:
    """What was told, an office with its authority, and the place's time zone; refuses a place that is not there."""
    if told.office_id:
        office = await catalogue.office(tx, told.office_id)
        return replace(told, authority_id=office.authority_id), office.timezone
    if told.authority_id:
        return told, (await catalogue.authority(tx, told.authority_id)).timezone
    return told, EARLIEST_TIMEZONE

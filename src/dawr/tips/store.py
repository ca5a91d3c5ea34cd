"""Rows in, nouns out; what is sealed stays sealed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.money import Money
from dawr.kernel.refusal import NotFound
from dawr.tickets.model import TicketId
from dawr.tips.model import (
    CodeFinding,
    LogPlace,
    Look,
    Recognised,
    SaidEnough,
    Step,
    StepTaken,
    Tip,
    TipId,
    TipKind,
    TipState,
    Told,
    Wanted,
    facts_of,
)
from dawr.transparency.model import Sealed

SQL = load_statements(__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTip:
    """What the row of a new tip holds beside what was told in plain facts."""

    tip_id: TipId
    receipt_hash: bytes
    words_sealed: bytes
    contents_hash: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """A message as it lies in its row."""

    officer_id: PersonId | None
    words_sealed: bytes
    written_at: datetime


async def add_tip(tx: Transaction, told: Told, *, recognised: Recognised | None, sealed: SealedTip) -> bool:
    """Whether it is new; a form that is sent again adds nothing."""
    added = await run(
        tx,
        SQL["add_tip"],
        tip_id=sealed.tip_id,
        receipt_hash=sealed.receipt_hash,
        kind=told.kind,
        authority_id=told.authority_id,
        office_id=told.office_id,
        happened_on=told.happened_on,
        hour=told.hour,
        amount_minor=told.amount.minor if told.amount else None,
        currency=told.amount.currency if told.amount else None,
        code_finding=recognised.finding if recognised else None,
        code_hash=recognised.code_hash if recognised else None,
        service_id=recognised.service_id if recognised else None,
        ticket_id=recognised.ticket_id if recognised else None,
        words_sealed=sealed.words_sealed,
        may_be_asked=told.may_be_asked,
        contents_hash=sealed.contents_hash,
        received_at=sealed.received_at,
    )
    return added == 1


async def add_photograph(tx: Transaction, *, tip_id: TipId, number: int, content_sealed: bytes) -> None:
    await run(tx, SQL["add_photograph"], tip_id=tip_id, number=number, content_sealed=content_sealed)


async def tip(tx: Transaction, tip_id: TipId) -> Tip:
    """Refuses with NotFound."""
    row = await maybe_one(tx, SQL["tip"], tip_id=tip_id)
    if row is None:
        raise NotFound
    return _tip(row)


async def tip_of_receipt(tx: Transaction, *, receipt_hash: bytes) -> TipId | None:
    row = await maybe_one(tx, SQL["tip_of_receipt"], receipt_hash=receipt_hash)
    return TipId(row["tip_id"]) if row else None


async def sealed_words(tx: Transaction, tip_id: TipId) -> bytes:
    return bytes((await one(tx, SQL["sealed_words"], tip_id=tip_id))["words_sealed"])


async def count_photographs(tx: Transaction, tip_id: TipId) -> int:
    return int((await one(tx, SQL["count_photographs"], tip_id=tip_id))["photographs"])


async def sealed_photograph(tx: Transaction, tip_id: TipId, *, number: int) -> bytes:
    """Refuses with NotFound."""
    row = await maybe_one(tx, SQL["sealed_photograph"], tip_id=tip_id, number=number)
    if row is None:
        raise NotFound
    return bytes(row["content_sealed"])


async def same_code(tx: Transaction, found: Tip) -> int:
    """How many other tips were told with the very same text as their code."""
    if found.recognised is None or found.recognised.code_hash is None:
        return 0
    row = await one(tx, SQL["same_code"], code_hash=found.recognised.code_hash, tip_id=found.tip_id)
    return int(row["tips"])


async def tips(tx: Transaction, authority_id: AuthorityId, *, wanted: Wanted, count_max: int) -> list[Tip]:
    """The authority's tips and those that name none, the newest hour first."""
    rows = await many(
        tx,
        SQL["tips"],
        authority_id=authority_id,
        office_id=wanted.office_id,
        kind=wanted.kind,
        state=wanted.state,
        count_max=count_max,
    )
    return [_tip(row) for row in rows]


async def incidents(
    tx: Transaction, office_id: OfficeId, *, kinds: Sequence[TipKind], from_on: date, count_max: int
) -> list[Tip]:
    """What was told of an office since a day, by day and hour."""
    rows = await many(
        tx, SQL["incidents"], office_id=office_id, kinds=list(kinds), from_on=from_on, count_max=count_max
    )
    return [_tip(row) for row in rows]


async def counts_by_hour(
    tx: Transaction, authority_id: AuthorityId, *, kinds: Sequence[TipKind], from_on: date
) -> list[tuple[OfficeId, int, int]]:
    """(office, hour, tips) where both are known."""
    rows = await many(tx, SQL["counts_by_hour"], authority_id=authority_id, kinds=list(kinds), from_on=from_on)
    return [(OfficeId(row["office_id"]), row["happened_hour"], row["tips"]) for row in rows]


async def counts_by_office(tx: Transaction) -> dict[OfficeId, int]:
    return {OfficeId(row["office_id"]): row["tips"] for row in await many(tx, SQL["counts_by_office"])}


async def messages(tx: Transaction, tip_id: TipId) -> list[SealedMessage]:
    return [
        SealedMessage(**row | {"words_sealed": bytes(row["words_sealed"])})
        for row in await many(tx, SQL["messages"], tip_id=tip_id)
    ]


async def add_message(
    tx: Transaction, tip_id: TipId, *, officer_id: PersonId | None, words_sealed: bytes, written_at: datetime
) -> None:
    refusals = {"forty_messages_a_tip": SaidEnough(), "messages_of_a_tip_are_counted": StepTaken()}
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_message"],
            tip_id=tip_id,
            officer_id=officer_id,
            words_sealed=words_sealed,
            written_at=written_at,
        )


async def steps(tx: Transaction, tip_id: TipId) -> list[Step]:
    return [Step(**row | {"state": TipState(row["state"])}) for row in await many(tx, SQL["steps"], tip_id=tip_id)]


async def add_step(
    tx: Transaction, tip_id: TipId, *, number: int, state: TipState, words: str, officer_id: PersonId, now: datetime
) -> None:
    """The `number`-th step; refuses with StepTaken where somebody took that one."""
    with constraint_refusals({"steps_of_a_tip_are_counted": StepTaken()}):
        await run(
            tx,
            SQL["add_step"],
            tip_id=tip_id,
            number=number,
            state=state,
            words=words,
            officer_id=officer_id,
            now=now,
        )


async def add_look(
    tx: Transaction, tip_id: TipId, *, officer_id: PersonId, photograph: int | None, now: datetime
) -> None:
    await run(tx, SQL["add_look"], tip_id=tip_id, officer_id=officer_id, photograph=photograph, now=now)


async def looks(tx: Transaction, tip_id: TipId, *, count_max: int) -> list[Look]:
    """Who looked, the newest first."""
    return [Look(**row) for row in await many(tx, SQL["looks"], tip_id=tip_id, count_max=count_max)]


async def lock_logging(tx: Transaction) -> None:
    await run(tx, SQL["lock_logging"])


async def unlogged(tx: Transaction, *, before: datetime, count_max: int) -> list[tuple[TipId, bytes]]:
    """Tips of the hours before `before` that the log has not, in the order of their ids, which are chance."""
    rows = await many(tx, SQL["unlogged"], before=before, count_max=count_max)
    return [(TipId(row["tip_id"]), bytes(row["contents_hash"])) for row in rows]


async def add_logged(tx: Transaction, tip_id: TipId, *, sealed: Sealed) -> None:
    await run(tx, SQL["add_logged"], tip_id=tip_id, log_entry_id=sealed.entry_id, log_salt=sealed.salt)


async def logged(tx: Transaction, tip_id: TipId) -> LogPlace | None:
    row = await maybe_one(tx, SQL["logged"], tip_id=tip_id)
    if row is None:
        return None
    return LogPlace(
        log_entry_id=row["log_entry_id"],
        salt=bytes(row["log_salt"]),
        facts=facts_of(tip_id, contents_hash=bytes(row["contents_hash"])),
    )


def _tip(row: DictRow) -> Tip:
    finding, ticket_id, code_hash = row["code_finding"], row["ticket_id"], row["code_hash"]
    return Tip(
        tip_id=TipId(row["tip_id"]),
        kind=TipKind(row["kind"]),
        authority_id=row["authority_id"],
        office_id=row["office_id"],
        happened_on=row["happened_on"],
        hour=row["happened_hour"],
        amount=Money(minor=row["amount_minor"], currency=row["currency"]) if row["currency"] else None,
        recognised=finding
        and Recognised(
            finding=CodeFinding(finding),
            service_id=row["service_id"],
            ticket_id=ticket_id and TicketId(bytes(ticket_id)),
            code_hash=code_hash and bytes(code_hash),
        ),
        may_be_asked=row["may_be_asked"],
        received_at=row["received_at"],
        state=TipState(row["state"]),
    )

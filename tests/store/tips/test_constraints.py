"""What the database itself refuses of a tip, whatever the code before it did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, IntegrityError

from dawr.db.pool import Pool, Transaction, many, transaction
from tests.store.tickets.invented_office import STARTS_AT

TIP, OTHER_TIP, OFFICER = UUID(int=1), UUID(int=2), UUID(int=3)
HOUR = STARTS_AT.replace(minute=0)
ROWS: Mapping[str, Mapping[str, Any]] = {
    "tip": {
        "tip_id": TIP,
        "receipt_hash": b"r" * 32,
        "kind": "seller",
        "words_sealed": b"s" * 40,
        "may_be_asked": False,
        "contents_hash": b"c" * 32,
        "received_at": HOUR,
    },
    "photograph": {"tip_id": TIP, "number": 1, "content_sealed": b"p" * 40},
    "message": {"tip_id": TIP, "number": 1, "words_sealed": b"s" * 40, "written_at": HOUR},
    "step": {
        "tip_id": TIP,
        "number": 1,
        "state": "looked_at",
        "words": "",
        "officer_id": OFFICER,
        "taken_at": STARTS_AT,
    },
    "look": {"tip_id": TIP, "officer_id": OFFICER, "looked_at": STARTS_AT},
    "logged": {"tip_id": TIP, "log_entry_id": 1, "log_salt": b"s" * 32},
}
LATE: datetime = STARTS_AT
"""Half past the hour."""


async def insert(tx: Transaction, table: str, **changed: object) -> None:
    row = ROWS[table] | changed
    await tx.execute(
        sql.SQL("insert into tips.{} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


@pytest.fixture
async def with_rows(tx: Transaction) -> Transaction:
    """One of each, all of which stand."""
    for table in ROWS:
        await insert(tx, table)
    return tx


@pytest.mark.parametrize(
    ("table", "changed", "constraint"),
    [
        ("tip", {"receipt_hash": b"q" * 32}, "tip_is_told_once"),
        ("tip", {"tip_id": OTHER_TIP}, "one_tip_per_receipt"),
        ("tip", {"receipt_hash": b"short"}, "receipt_hash_has_32_bytes"),
        ("tip", {"kind": "gossip"}, "tip_kind_is_known"),
        ("tip", {"authority_id": "KW-MOI", "office_id": "SA-MOI/X"}, "tip_office_is_of_its_authority"),
        ("tip", {"office_id": "KW-MOI/HAW-R"}, "an_office_comes_with_its_authority"),
        ("tip", {"happened_hour": 24}, "hour_is_of_a_day"),
        ("tip", {"happened_hour": -1}, "hour_is_of_a_day"),
        ("tip", {"amount_minor": 5}, "an_amount_has_its_currency"),
        ("tip", {"amount_minor": 0, "currency": "KWD"}, "an_amount_is_more_than_nothing"),
        ("tip", {"code_finding": "perhaps", "code_hash": b"h"}, "code_finding_is_known"),
        ("tip", {"code_finding": "ours"}, "our_ticket_is_named_by_its_id"),
        ("tip", {"ticket_id": b"t" * 10, "service_id": "KW-MOI/18"}, "our_ticket_is_named_by_its_id"),
        ("tip", {"code_finding": "ours", "ticket_id": b"t" * 10}, "our_ticket_is_named_by_its_id"),
        ("tip", {"code_finding": "not_ours"}, "what_is_not_ours_is_kept_as_its_hash"),
        ("tip", {"code_hash": b"h" * 32}, "what_is_not_ours_is_kept_as_its_hash"),
        ("tip", {"words_sealed": b"plain words"}, "tip_words_are_sealed"),
        ("tip", {"contents_hash": b"short"}, "contents_hash_has_32_bytes"),
        ("tip", {"received_at": LATE}, "a_tip_is_received_to_the_hour"),
        ("photograph", {}, "one_photograph_per_number"),
        ("photograph", {"tip_id": OTHER_TIP}, "photograph_is_of_a_tip"),
        ("photograph", {"number": 4}, "three_photographs_a_tip"),
        ("photograph", {"number": 2, "content_sealed": b"\xff\xd8"}, "photograph_is_sealed"),
        ("photograph", {"number": 2, "content_sealed": bytes(3_000_001)}, "photograph_is_sealed"),
        ("message", {}, "messages_of_a_tip_are_counted"),
        ("message", {"tip_id": OTHER_TIP}, "message_is_of_a_tip"),
        ("message", {"number": 41}, "forty_messages_a_tip"),
        ("message", {"number": 2, "words_sealed": b"plain"}, "message_is_sealed"),
        ("message", {"number": 2, "written_at": LATE}, "a_message_is_written_to_the_hour"),
        ("step", {}, "steps_of_a_tip_are_counted"),
        ("step", {"tip_id": OTHER_TIP}, "step_is_of_a_tip"),
        ("step", {"number": 0}, "step_is_counted_from_one"),
        ("step", {"number": 2, "state": "new"}, "step_state_is_known"),
        ("step", {"number": 2, "state": "closed"}, "who_passes_on_or_closes_says_what_came_of_it"),
        ("step", {"number": 2, "words": "x" * 501}, "step_words_are_few"),
        ("look", {"tip_id": OTHER_TIP}, "look_is_at_a_tip"),
        ("logged", {}, "a_tip_is_logged_once"),
        ("logged", {"tip_id": OTHER_TIP}, "logged_is_a_tip"),
    ],
)
async def test_a_row_that_cannot_be_is_refused_by_its_sentence(
    with_rows: Transaction, table: str, changed: dict[str, object], constraint: str
) -> None:
    new = {"tip_id": OTHER_TIP, "receipt_hash": b"q" * 32} if table == "tip" else {}
    kept = {} if constraint == "tip_is_told_once" else new
    kept |= {"receipt_hash": b"r" * 32} if constraint == "one_tip_per_receipt" else {}
    with pytest.raises(IntegrityError) as refused:
        await insert(with_rows, table, **kept | changed)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("statement", ["update tips.{} set tip_id = tip_id", "delete from tips.{}"])
async def test_nothing_that_was_told_or_done_can_be_altered_or_removed(
    tx: Transaction, table: str, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.execute(sql.SQL(statement).format(sql.Identifier(table)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "asked",
    [
        "select words_sealed from tips.tip",
        "select receipt_hash from tips.tip",
        "select ticket_id from tips.tip",
        "select content_sealed from tips.photograph",
        "select words_sealed from tips.message",
        "select words from tips.step",
        "select officer_id from tips.look",
        "select log_salt from tips.logged",
        "select tip_id from tips.standing",
    ],
)
async def test_whoever_counts_tips_reads_none(reader_pool: Pool, asked: str) -> None:
    async with transaction(reader_pool) as tx:
        assert await many(tx, "select tip_id, kind, office_id, received_at from tips.tip") == []
    with pytest.raises(InsufficientPrivilege):
        async with transaction(reader_pool) as tx:
            await many(tx, asked)  # type: ignore[arg-type]

"""The day's secret: in the log before the first ticket, changed by nobody, revealed on the day after."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.selection import commitment_to, has_second_look
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office

DAY_ON = STARTS_AT.date()
JUST_BEFORE_MIDNIGHT = datetime(2027, 2, 3, 20, 59, tzinfo=UTC)
MIDNIGHT = datetime(2027, 2, 3, 21, 0, tzinfo=UTC)
"""In Kuwait."""


async def leaves(tx: Transaction) -> list[tuple[int, dict]]:  # type: ignore[type-arg]
    cursor = await tx.execute("select entry_id, leaf from transparency.entry order by entry_id")
    return [(row["entry_id"], json.loads(row["leaf"])) for row in await cursor.fetchall()]


async def test_the_commitment_is_in_the_log_before_the_first_ticket_and_once(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    confirmed = await office.confirmed(tx)
    assert await tickets.view_day_secret(tx, OFFICE, day_on=DAY_ON) is None
    await tickets.issue_ticket(tx, confirmed=confirmed, settings=settings, now=STARTS_AT - timedelta(days=5))
    await office.ticket(tx)
    said = [(entry_id, leaf) for entry_id, leaf in await leaves(tx) if leaf["kind"] == "gate.secret_committed"]
    known = await tickets.view_day_secret(tx, OFFICE, day_on=DAY_ON)
    assert known is not None
    assert [entry_id for entry_id, _ in said] == [known.log_entry_id]
    assert said[0][1]["facts"] == {"office": OFFICE, "day": "2027-02-03", "commitment": known.commitment.hex()}


async def test_each_office_and_day_has_a_secret_of_its_own(tx: Transaction, office: Office, settings: Settings) -> None:
    places = [(OFFICE, DAY_ON), (OTHER_OFFICE, DAY_ON), (OFFICE, DAY_ON + timedelta(days=1))]
    found = [
        await tickets.day_secret_of(tx, office_id, day_on=day_on, settings=settings, now=STARTS_AT)
        for office_id, day_on in places
    ]
    assert len(set(found)) == 3
    again = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)
    assert again == found[0]


async def test_the_secret_does_not_lie_in_the_database_in_clear(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    secret = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)
    cursor = await tx.execute("select day_secret::text as row from tickets.day_secret")
    assert secret.hex() not in (await cursor.fetchone())["row"]
    assert secret.hex() not in json.dumps(await leaves(tx))


async def test_the_secret_is_revealed_when_the_day_is_over_at_the_office(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    secret = await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)
    assert await tickets.reveal_secrets(tx, settings=settings, now=JUST_BEFORE_MIDNIGHT) == 0
    assert await tickets.reveal_secrets(tx, settings=settings, now=MIDNIGHT) == 1
    assert await tickets.reveal_secrets(tx, settings=settings, now=MIDNIGHT) == 0, "once"
    known = await tickets.view_day_secret(tx, OFFICE, day_on=DAY_ON)
    assert known is not None
    assert known.secret == secret
    assert commitment_to(secret) == known.commitment
    entry_id, leaf = (await leaves(tx))[-1]
    assert (entry_id, leaf["kind"]) == (known.revealed_entry_id, "gate.secret_revealed")
    assert leaf["facts"] == {"office": OFFICE, "day": "2027-02-03", "secret": secret.hex()}
    assert isinstance(has_second_look(secret, b"0123456789"), bool)  # type: ignore[arg-type]


async def committed_at_once(pool: Pool, settings: Settings) -> list[object]:
    """Two tickets of the day's first are issued at the same moment."""
    met = asyncio.Barrier(2)

    async def commit() -> None:
        async with transaction(pool) as tx:
            await met.wait()
            await tickets.commit_day_secret(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)

    return list(await asyncio.gather(commit(), commit(), return_exceptions=True))


async def test_two_first_tickets_at_once_commit_to_one_secret(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    assert await committed_at_once(pool, settings) == [None, None]
    async with transaction(pool) as tx:
        assert len([leaf for _, leaf in await leaves(tx) if leaf["kind"] == "gate.secret_committed"]) == 1


async def test_without_its_lock_one_of_the_two_would_fail(
    pool: Pool, standing_office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_looked = asyncio.Barrier(2)

    async def meet_in_place_of_the_lock(tx: Transaction, **_: object) -> None:
        await both_have_looked.wait()

    async def found_nothing(tx: Transaction, **_: object) -> None:
        """As both did before either had committed."""

    monkeypatch.setattr(store, "lock_day_secret", meet_in_place_of_the_lock)
    monkeypatch.setattr(store, "day_secret", found_nothing)
    ended = await committed_at_once(pool, settings)
    assert sorted(isinstance(each, psycopg.errors.UniqueViolation) for each in ended) == [False, True]


@pytest.mark.parametrize("table", ["day_secret", "revealed_secret"])
async def test_nobody_changes_or_removes_a_secret(
    tx: Transaction, office: Office, settings: Settings, table: str
) -> None:
    await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)
    await tickets.reveal_secrets(tx, settings=settings, now=MIDNIGHT)
    for statement in (f"update tickets.{table} set commitment = commitment", f"delete from tickets.{table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with tx.transaction():
                await tx.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("secret", "commitment", "days", "constraint"),
    [
        ("decode(repeat('00', 32), 'hex')", "commitment", 1, "what_is_revealed_is_the_secret"),
        ("'x'::bytea", "sha256('day-secret|x'::bytea)", 1, "what_is_revealed_was_committed_to"),
        ("decode(repeat('00', 32), 'hex')", "commitment", 0, "a_secret_is_revealed_after_its_day"),
    ],
)
async def test_the_database_takes_only_the_committed_secret_and_only_after_its_day(
    tx: Transaction, office: Office, settings: Settings, secret: str, commitment: str, days: int, constraint: str
) -> None:
    await tickets.day_secret_of(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)
    statement = (
        "insert into tickets.revealed_secret (office_id, day_on, commitment, secret, log_entry_id, revealed_at) "
        f"select office_id, day_on, {commitment}, {secret}, 1, %(at)s from tickets.day_secret"
    )
    with pytest.raises(psycopg.errors.IntegrityError) as raised:
        await tx.execute(statement, {"at": STARTS_AT + timedelta(days=days)})  # type: ignore[arg-type]
    assert raised.value.diag.constraint_name == constraint


async def test_an_auditor_reads_commitments_and_no_sealed_secret(reader_pool: Pool) -> None:
    async with reader_pool.connection() as connection:
        await connection.execute("select commitment from tickets.day_secret")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("select sealed from tickets.day_secret")

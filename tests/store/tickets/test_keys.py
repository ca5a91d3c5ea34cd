"""Signing keys: published before they sign, followed by newer ones, revoked for good and for a reason."""

import asyncio
from types import SimpleNamespace

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege, UniqueViolation

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Malformed
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store
from dawr.tickets.actions import keys
from dawr.tickets.keys import (
    KeyNeedsReason,
    KeyRevokedAlready,
    KeyUnknown,
    PublishedKey,
    TicketKey,
    key_name,
    key_set,
    published_set,
    revoked_keys,
    signs_now,
)
from dawr.tickets.model import Appointment, Ticket, TicketStatus, Verdict
from dawr.tickets.payload import read_code
from dawr.tickets.status_list import read_token
from dawr.tickets.verdict import prove
from tests.store.tickets.invented_office import OFFICE, STARTS_AT, Office

WHY = "A copy of the key was found outside the house."


async def signing(tx: Transaction, settings: Settings) -> TicketKey:
    return await tickets.publish_key(tx, settings=settings, now=STARTS_AT)


async def rotate(tx: Transaction, settings: Settings) -> TicketKey:
    return await tickets.rotate_keys(tx, settings=settings, now=STARTS_AT)


async def revoke(tx: Transaction, key: TicketKey, settings: Settings, *, reason: str = WHY) -> PublishedKey:
    return await tickets.revoke_key(tx, name=key_name(key.key_id), reason=reason, settings=settings, now=STARTS_AT)


async def prove_now(tx: Transaction, ticket: Ticket) -> Verdict:
    """What whoever has today's published keys makes of it."""
    return prove(ticket.code, keys=key_set(await tickets.published_keys(tx))).verdict


async def viewed(tx: Transaction, office: Office, ticket: Ticket) -> Appointment:
    """What its holder sees when he looks at his turn."""
    return await tickets.appointment_of(
        tx,
        service_id=ticket.service_id,
        booking_id=ticket.booking_id,
        person_id=ticket.person_id,
        settings=office.settings,
        now=STARTS_AT,
    )


async def logged(tx: Transaction) -> list[str]:
    rows = await (await tx.execute("select leaf from transparency.entry")).fetchall()
    return [row["leaf"] for row in rows]


async def test_a_new_key_signs_from_now_on_and_the_old_one_still_proves(tx: Transaction, office: Office) -> None:
    earlier = await office.ticket(tx)
    old = await signing(tx, office.settings)
    new = await rotate(tx, office.settings)
    later = await office.ticket(tx)
    assert (await signing(tx, office.settings)).key_id == new.key_id != old.key_id
    assert [read_code(each.code)[0].key_id for each in (earlier, later)] == [old.key_id, new.key_id]
    assert [await prove_now(tx, each) for each in (earlier, later)] == [Verdict.ADMIT, Verdict.ADMIT]
    same = await viewed(tx, office, earlier)
    assert (same.ticket, same.renewed_after) == (earlier, None)
    assert [each.generation for each in await tickets.all_keys(tx)] == [1, 2]


async def test_each_generation_has_a_key_of_its_own_that_only_the_root_secret_makes(
    tx: Transaction, office: Office
) -> None:
    made = [await rotate(tx, office.settings) for _ in range(3)]
    assert len({each.key_id for each in made}) == 3
    assert [each.key_id for each in await tickets.all_keys(tx)] == [each.key_id for each in made]


async def test_under_another_root_secret_the_next_generation_is_published(
    tx: Transaction, office: Office, other_settings: Settings
) -> None:
    first = await signing(tx, office.settings)
    second = await signing(tx, other_settings)
    assert second.key_id != first.key_id
    assert [each.key_id for each in await tickets.all_keys(tx)] == [first.key_id, second.key_id]


@pytest.fixture
def other_settings(tmp_path: object) -> Settings:
    from dawr.settings import read_settings

    return read_settings({"DAWR_DATA_DIR": str(tmp_path), "DAWR_ROOT_SECRET": "22" * 32})


async def test_no_ticket_under_a_revoked_key_is_ours_and_everybody_reads_why(tx: Transaction, office: Office) -> None:
    ticket = await office.ticket(tx)
    old = await signing(tx, office.settings)
    await revoke(tx, old, office.settings)
    assert await prove_now(tx, ticket) is Verdict.NOT_OURS
    published = published_set(await tickets.all_keys(tx))
    assert key_name(old.key_id) not in [each["kid"] for each in published["keys"]]
    assert published["revoked"] == [
        {"kid": key_name(old.key_id), "revoked_at": STARTS_AT.isoformat(), "reason": WHY},
    ]
    [entry] = [leaf for leaf in await logged(tx) if '"key.revoked"' in leaf]
    assert WHY in entry
    assert key_name(old.key_id) in entry


async def test_when_the_signing_key_is_revoked_the_next_one_is_there_at_once(tx: Transaction, office: Office) -> None:
    old = await signing(tx, office.settings)
    await revoke(tx, old, office.settings)
    now = signs_now(await tickets.all_keys(tx))
    assert now is not None
    assert now.generation == 2
    assert await prove_now(tx, await office.ticket(tx)) is Verdict.ADMIT


async def test_an_older_key_is_revoked_without_a_new_one(tx: Transaction, office: Office) -> None:
    old = await signing(tx, office.settings)
    new = await rotate(tx, office.settings)
    await revoke(tx, old, office.settings)
    assert (await signing(tx, office.settings)).key_id == new.key_id
    assert len(await tickets.all_keys(tx)) == 2


async def test_who_holds_a_ticket_under_a_revoked_key_finds_a_new_one_and_reads_why(
    tx: Transaction, office: Office
) -> None:
    ticket = await office.ticket(tx)
    await revoke(tx, await signing(tx, office.settings), office.settings)
    shown = await viewed(tx, office, ticket)
    assert shown.ticket.ticket_id != ticket.ticket_id
    assert shown.ticket.sequence == ticket.sequence + 1
    assert await prove_now(tx, shown.ticket) is Verdict.ADMIT
    assert shown.renewed_after is not None
    assert (shown.renewed_after.reason, shown.renewed_after.revoked_at) == (WHY, STARTS_AT)
    old = await store.ticket(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    assert old.status is TicketStatus.CANCELLED
    again = await viewed(tx, office, ticket)
    assert (again.ticket, again.renewed_after) == (shown.ticket, shown.renewed_after)


async def test_the_gate_does_not_know_the_old_code_and_lets_the_new_one_and_the_reference_in(
    tx: Transaction, office: Office
) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    await revoke(tx, await signing(tx, office.settings), office.settings)
    assert (await office.scan(tx, guard, ticket.code)).verdict is Verdict.NOT_OURS
    new = (await viewed(tx, office, ticket)).ticket
    assert (await office.answer(tx, guard, await office.scan(tx, guard, new.code))).verdict is Verdict.ADMIT


async def test_a_reference_alone_brings_the_new_ticket_to_the_gate(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    ticket = await office.ticket(tx)
    shown = await viewed(tx, office, ticket)
    await revoke(tx, await signing(tx, office.settings), office.settings)
    scan = await office.scan(tx, guard, shown.booking.reference)
    assert (await office.answer(tx, guard, scan)).verdict is Verdict.ADMIT


async def test_who_was_let_in_and_who_is_suspended_get_no_new_ticket(tx: Transaction, office: Office) -> None:
    guard = await office.officer(tx, Role.GUARD)
    used, suspended = await office.admitted(tx, guard), await office.ticket(tx)
    await store.set_status(tx, ticket=suspended, status=TicketStatus.SUSPENDED)
    await revoke(tx, await signing(tx, office.settings), office.settings)
    assert (await viewed(tx, office, used)).ticket.ticket_id == used.ticket_id
    kept = (await viewed(tx, office, suspended)).ticket
    assert (kept.ticket_id, kept.status) == (suspended.ticket_id, TicketStatus.SUSPENDED)


async def test_a_status_list_is_signed_by_the_key_that_signs_now(tx: Transaction, office: Office) -> None:
    old = await signing(tx, office.settings)
    await revoke(tx, old, office.settings)
    made = await tickets.status_list_of(tx, OFFICE, day_on=STARTS_AT.date(), settings=office.settings, now=STARTS_AT)
    read_token(made, keys=key_set(await tickets.published_keys(tx)))
    with pytest.raises(Malformed):
        read_token(made, keys=key_set([old.public]))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
async def test_nobody_revokes_a_key_without_a_reason_that_can_be_read(
    tx: Transaction, office: Office, reason: str
) -> None:
    key = await signing(tx, office.settings)
    with pytest.raises(KeyNeedsReason):
        await revoke(tx, key, office.settings, reason=reason)


async def test_a_key_that_never_was_and_one_revoked_before_are_refused(tx: Transaction, office: Office) -> None:
    key = await signing(tx, office.settings)
    await revoke(tx, key, office.settings)
    with pytest.raises(KeyRevokedAlready):
        await revoke(tx, key, office.settings)
    with pytest.raises(KeyUnknown):
        await tickets.revoke_key(tx, name="no-such-key", reason=WHY, settings=office.settings, now=STARTS_AT)


KEY_ROW = """insert into tickets.signing_key (key_id, generation, public_key, published_at, log_entry_id)
values (%(key_id)s, %(generation)s, %(public_key)s, now(), 1)"""
SOUND_KEY = {"key_id": b"k" * 8, "generation": 7, "public_key": b"p" * 64}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"key_id": b"k" * 7}, "key_id_is_eight_bytes"),
        ({"public_key": b"p" * 65}, "public_key_is_two_coordinates"),
        ({"generation": 0}, "generations_are_counted_from_one"),
        ({"generation": 7, "key_id": b"o" * 8}, "one_signing_key_per_generation"),
        ({"generation": 8}, "one_signing_key_per_id"),
    ],
)
async def test_an_unsound_key_is_not_kept(tx: Transaction, change: dict[str, object], constraint: str) -> None:
    await tx.execute(KEY_ROW.encode(), SOUND_KEY)
    with pytest.raises((CheckViolation, UniqueViolation), match=constraint):
        await tx.execute(KEY_ROW.encode(), SOUND_KEY | change)


REVOKED_ROW = """insert into tickets.revoked_key (key_id, reason, revoked_at, log_entry_id)
values (%(key_id)s, %(reason)s, now(), 1)"""


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"key_id": b"x" * 8}, "only_a_published_key_is_revoked"),
        ({"reason": " "}, "who_revokes_a_key_says_why"),
        ({"reason": "x" * 201}, "who_revokes_a_key_says_why"),
    ],
)
async def test_an_unsound_revocation_is_not_kept(tx: Transaction, change: dict[str, object], constraint: str) -> None:
    await tx.execute(KEY_ROW.encode(), SOUND_KEY)
    with pytest.raises((CheckViolation, ForeignKeyViolation), match=constraint):
        await tx.execute(REVOKED_ROW.encode(), {"key_id": SOUND_KEY["key_id"], "reason": WHY} | change)


async def test_the_table_revokes_a_key_once_too(tx: Transaction, office: Office) -> None:
    key = await signing(tx, office.settings)
    await revoke(tx, key, office.settings)
    with pytest.raises(KeyRevokedAlready):
        await store.revoke_key(tx, key_id=key.key_id, reason=WHY, log_entry_id=1, now=STARTS_AT)


@pytest.mark.parametrize(
    "forbidden",
    [
        "update tickets.signing_key set public_key = public_key",
        "delete from tickets.signing_key",
        "update tickets.revoked_key set reason = 'none'",
        "delete from tickets.revoked_key",
    ],
)
async def test_the_application_has_no_right_to_undo_a_key_or_its_revocation(tx: Transaction, forbidden: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.execute(forbidden.encode())


async def test_many_processes_that_start_together_publish_one_key(pool: Pool, settings: Settings) -> None:
    async def publish() -> TicketKey:
        async with transaction(pool) as tx:
            return await signing(tx, settings)

    made = await asyncio.gather(*(publish() for _ in range(8)))
    assert len({each.key_id for each in made}) == 1
    async with transaction(pool) as tx:
        assert len(await tickets.all_keys(tx)) == 1


async def test_many_who_rotate_together_make_generations_one_after_the_other(pool: Pool, settings: Settings) -> None:
    async def rotate_once() -> TicketKey:
        async with transaction(pool) as tx:
            return await rotate(tx, settings)

    made = await asyncio.gather(*(rotate_once() for _ in range(6)))
    assert len({each.key_id for each in made}) == 6
    async with transaction(pool) as tx:
        assert [each.generation for each in await tickets.all_keys(tx)] == [1, 2, 3, 4, 5, 6]


async def test_without_the_lock_those_who_rotate_together_would_collide(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: all have read before anybody writes."""
    have_read = asyncio.Barrier(2)
    unlocked = SimpleNamespace(**{name: getattr(store, name) for name in store.__all__})

    async def no_lock(tx: Transaction) -> None:
        return None

    async def read_together(tx: Transaction) -> list[PublishedKey]:
        found = await store.signing_keys(tx)
        await have_read.wait()
        return found

    unlocked.lock_key_publication, unlocked.signing_keys = no_lock, read_together
    monkeypatch.setattr(keys, "store", unlocked)

    async def rotate_once() -> TicketKey:
        async with transaction(pool) as tx:
            return await rotate(tx, settings)

    made = await asyncio.gather(rotate_once(), rotate_once(), return_exceptions=True)
    assert [type(each) for each in made].count(UniqueViolation) == 1


async def test_a_holder_who_looks_twice_at_once_finds_one_new_ticket(pool: Pool, standing_office: Office) -> None:
    office = standing_office
    async with transaction(pool) as tx:
        ticket = await office.ticket(tx)
        await revoke(tx, await signing(tx, office.settings), office.settings)

    async def look() -> Ticket:
        async with transaction(pool) as tx:
            return (await viewed(tx, office, ticket)).ticket

    found = await asyncio.gather(*(look() for _ in range(6)))
    assert {each.ticket_id for each in found} != {ticket.ticket_id}
    assert len({each.ticket_id for each in found}) == 1
    assert {each.sequence for each in found} == {1}


def test_the_list_of_revoked_keys_is_read_as_it_is_written() -> None:
    assert revoked_keys('{"keys": []}') == {}
    text = '{"keys": [], "revoked": [{"kid": "AAAAAAAAAAA", "revoked_at": "2027-02-03", "reason": "stolen"}]}'
    assert revoked_keys(text) == {bytes(8): {"revoked_at": "2027-02-03", "reason": "stolen"}}


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"revoked": 1}', '{"revoked": [{}]}', '{"revoked": [{"kid": 1, "revoked_at": "", "reason": ""}]}'],
)
def test_another_list_of_revoked_keys_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        revoked_keys(text)

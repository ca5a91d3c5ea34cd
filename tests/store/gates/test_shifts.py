"""Shifts and lanes on the real server: one guard, one device, lanes that stay as they were fixed."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions as gates
from dawr.gates import store
from dawr.gates.actions.day_keys import opening_code_of
from dawr.gates.actions.lanes import lanes_on, rota_of
from dawr.gates.model.devices import DeviceId, DeviceNotEnrolled
from dawr.gates.model.shifts import DeviceInShift, GuardInShift, GuardUnknown, LanesMovedOn, ShiftOver
from dawr.gates.store.devices import lock_device
from dawr.kernel.refusal import NotFound
from dawr.people.model import SHIFT_MAX, Officer, Role
from dawr.settings import Settings
from tests.store.gates.gate import Held, enrolled, on_shift
from tests.store.gates.invented_device import granted
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, STARTS_AT, Office

DAY_ON = STARTS_AT.date()
MIDNIGHT = STARTS_AT.replace(hour=21, minute=0)
"""In Kuwait."""


@pytest.fixture
async def head(tx: Transaction, office: Office) -> Officer:
    return await granted(tx, office, Role.BRANCH_HEAD)


@pytest.fixture
async def held(tx: Transaction, head: Officer, settings: Settings) -> Held:
    return await enrolled(tx, head, settings=settings)


async def test_a_shift_ends_with_the_sign_in_and_with_the_day(
    tx: Transaction, office: Office, held: Held, settings: Settings
) -> None:
    early, late = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.GUARD)
    shift = await on_shift(tx, early, held=held, settings=settings)
    assert shift.ends_at == STARTS_AT + SHIFT_MAX
    await store.close_shift(tx, shift.shift_id, now=STARTS_AT)
    at = MIDNIGHT - timedelta(hours=1)
    assert (await on_shift(tx, late, held=held, settings=settings, now=at)).ends_at == MIDNIGHT


async def test_a_shift_that_its_guard_forgot_to_close_holds_nobody_up(
    tx: Transaction, office: Office, held: Held, settings: Settings
) -> None:
    forgetful, next_one = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.GUARD)
    first = await on_shift(tx, forgetful, held=held, settings=settings)
    with pytest.raises(DeviceInShift):
        async with tx.transaction():
            await on_shift(tx, next_one, held=held, settings=settings, now=first.ends_at - timedelta(seconds=1))
    second = await on_shift(tx, next_one, held=held, settings=settings, now=first.ends_at)
    assert second.guard_id == next_one.person_id
    assert (await store.shift(tx, first.shift_id)).closed_at == first.ends_at


async def test_a_guard_stands_at_one_device(
    tx: Transaction, office: Office, head: Officer, held: Held, settings: Settings
) -> None:
    other = await enrolled(tx, head, settings=settings, name="جهاز 2", lane=2)
    guard = await granted(tx, office, Role.GUARD)
    await on_shift(tx, guard, held=held, settings=settings)
    with pytest.raises(GuardInShift):
        await on_shift(tx, guard, held=other, settings=settings)


async def begin_at_once(pool: Pool, settings: Settings, *, guarded: bool) -> list[object]:
    """Two guards begin at one device at the same moment, each in a transaction of his own."""
    office = Office(settings=settings)
    async with transaction(pool) as tx:
        if not guarded:
            await tx.execute("set local role dawr_owner")
            await tx.execute("drop index gates.one_open_shift_per_device")
            await tx.execute("reset role")
        office_head = await granted(tx, office, Role.BRANCH_HEAD)
        device = (await enrolled(tx, office_head, settings=settings)).device
        guards = [await granted(tx, office, Role.GUARD) for _ in range(2)]

    met = asyncio.Barrier(2)

    async def begin(guard: Officer) -> object:
        async with transaction(pool) as tx:
            await met.wait()
            return await store.add_shift(
                tx,
                device=device,
                day_on=DAY_ON,
                guard_id=guard.person_id,
                lane_proposed=None,
                opens_at=STARTS_AT,
                ends_at=STARTS_AT + SHIFT_MAX,
            )

    return list(await asyncio.gather(*map(begin, guards), return_exceptions=True))


async def test_of_two_guards_who_begin_at_once_one_has_the_device(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    ended = await begin_at_once(pool, settings, guarded=True)
    assert sorted(isinstance(each, DeviceInShift) for each in ended) == [False, True]


async def test_without_its_constraint_both_would_have_it(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    ended = await begin_at_once(pool, settings, guarded=False)
    assert not [each for each in ended if isinstance(each, BaseException)]


async def ended_during_upload(
    pool: Pool, office: Office, settings: Settings, database_url: str
) -> list[BaseException | None]:
    """The head ends a shift while its device's upload, which holds the device, is about to end it too."""
    async with transaction(pool) as tx:
        head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
        held = await enrolled(tx, head, settings=settings)
        shift = await on_shift(tx, guard, held=held, settings=settings)

    async def end() -> None:
        async with transaction(pool) as tx:
            await gates.end_shift(tx, head=head, shift_id=shift.shift_id, reason="زحام", now=STARTS_AT)

    async def upload() -> None:
        async with transaction(pool) as tx:
            await lock_device(tx, held.device.device_id)
            ending.append(asyncio.create_task(end()))
            await until_locked_or_done(database_url, ending[0])
            await store.close_shift(tx, shift.shift_id, now=STARTS_AT)

    ending: list[asyncio.Task[None]] = []
    [uploaded] = await asyncio.gather(upload(), return_exceptions=True)
    return [uploaded, *await asyncio.gather(*ending, return_exceptions=True)]


async def test_a_head_ends_a_shift_while_its_device_sends_that_it_ended(
    pool: Pool, standing_office: Office, settings: Settings, database_url: str
) -> None:
    assert await ended_during_upload(pool, standing_office, settings, database_url) == [None, None]


async def test_without_locking_the_device_first_each_would_wait_for_the_other(
    pool: Pool, standing_office: Office, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""

    async def nothing(tx: Transaction, device_id: DeviceId) -> None: ...

    monkeypatch.setattr(store, "lock_device", nothing)
    found = await ended_during_upload(pool, standing_office, settings, database_url)
    assert [type(each) for each in found if each] == [psycopg.errors.DeadlockDetected]


async def test_a_device_without_keys_opens_no_shift(
    tx: Transaction, office: Office, head: Officer, settings: Settings
) -> None:
    await gates.add_device(tx, head=head, name="الباب", lane=1, settings=settings, now=STARTS_AT)
    device = (await gates.devices_of(tx, head))[0]
    guard = await granted(tx, office, Role.GUARD)
    with pytest.raises(DeviceNotEnrolled):
        await gates.open_shift(
            tx, device_id=device.device_id, guard_id=guard.person_id, day_on=DAY_ON, settings=settings, now=STARTS_AT
        )


async def test_the_first_shift_of_the_day_fixes_the_lanes(
    tx: Transaction, office: Office, head: Officer, held: Held, settings: Settings
) -> None:
    await enrolled(tx, head, settings=settings, name="جهاز 2", lane=2)
    await on_shift(tx, await granted(tx, office, Role.GUARD), held=held, settings=settings)
    await enrolled(tx, head, settings=settings, name="جهاز 3", lane=3)
    assert (await lanes_on(tx, OFFICE, day_on=DAY_ON, now=STARTS_AT)).lanes_open == 2
    tomorrow = await lanes_on(tx, OFFICE, day_on=DAY_ON + timedelta(days=1), now=STARTS_AT)
    assert tomorrow.lanes_open == 3


async def test_the_head_changes_the_lanes_once_for_each_plan_that_he_saw(
    tx: Transaction, head: Officer, held: Held
) -> None:
    planned = await lanes_on(tx, OFFICE, day_on=DAY_ON, now=STARTS_AT)
    change = {"head": head, "lanes_open": 3, "revision": planned.revision, "reason": "زحام", "now": STARTS_AT}
    await gates.change_lanes(tx, **change)  # type: ignore[arg-type]
    with pytest.raises(LanesMovedOn):
        await gates.change_lanes(tx, **change | {"lanes_open": 4})  # type: ignore[arg-type]
    now_planned = await lanes_on(tx, OFFICE, day_on=DAY_ON, now=STARTS_AT)
    assert (now_planned.lanes_open, now_planned.revision) == (3, 2)


async def test_lanes_change_by_an_override_alone(tx: Transaction, head: Officer, held: Held) -> None:
    await lanes_on(tx, OFFICE, day_on=DAY_ON, now=STARTS_AT)
    with pytest.raises(psycopg.errors.CheckViolation) as raised:
        await store.add_lane_plan(
            tx, office_id=OFFICE, day_on=DAY_ON, revision=2, lanes_open=9, override_id=None, now=STARTS_AT
        )
    assert raised.value.diag.constraint_name == "lanes_change_by_an_override_alone"


@pytest.mark.parametrize(
    "statement",
    [
        "update gates.lane_plan set lanes_open = 9",
        "delete from gates.lane_plan",
        "update gates.override set reason = 'other'",
        "delete from gates.override",
        "update gates.shift set guard_id = gen_random_uuid()",
        "delete from gates.shift",
        "update gates.pack set lanes_open = 9",
        "delete from gates.pack",
        "delete from gates.device",
    ],
)
async def test_what_happened_at_the_gate_is_not_rewritten(tx: Transaction, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await tx.execute(statement)  # type: ignore[arg-type]


async def test_another_offices_head_ends_no_shift_here(
    tx: Transaction, office: Office, held: Held, settings: Settings
) -> None:
    shift = await on_shift(tx, await granted(tx, office, Role.GUARD), held=held, settings=settings)
    elsewhere = await granted(tx, office, Role.BRANCH_HEAD, office_id=OTHER_OFFICE)
    with pytest.raises(NotFound):
        await gates.end_shift(tx, head=elsewhere, shift_id=shift.shift_id, reason="لا", now=STARTS_AT)


async def test_both_the_proposed_lane_and_the_real_one_are_kept(
    tx: Transaction, office: Office, head: Officer, held: Held, settings: Settings
) -> None:
    other = await enrolled(tx, head, settings=settings, name="جهاز 2", lane=2)
    guards = [await granted(tx, office, Role.GUARD) for _ in range(2)]
    proposed = await rota_of(tx, OFFICE, day_on=DAY_ON, lanes_open=2, settings=settings)
    assert sorted(proposed.values()) == [1, 2]
    wilful = next(guard for guard in guards if proposed[guard.person_id] == 1)
    shift = await on_shift(tx, wilful, held=other, settings=settings)
    assert (shift.lane_proposed, shift.lane) == (1, 2)


async def test_a_pack_is_brought_to_a_device_that_nobody_reaches(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    async with transaction(pool) as tx:
        head = await granted(tx, standing_office, Role.BRANCH_HEAD)
        guard = await granted(tx, standing_office, Role.GUARD)
        held = await enrolled(tx, head, settings=settings)
        for _ in range(2):
            await standing_office.ticket(tx)
    told: list[tuple[int, int]] = []
    asked = {"device_id": held.device.device_id, "day_on": DAY_ON, "settings": settings}
    opened = await gates.brought_pack(
        pool,
        guard_number=standing_office.numbers[guard.person_id],
        now=STARTS_AT - timedelta(days=1),
        told=lambda done, total: told.append((done, total)),
        **asked,  # type: ignore[arg-type]
    )
    assert told == [(2, 2)]
    assert opened.opening_code == opening_code_of(opened.shift.shift_id, settings=settings)
    assert (opened.shift.opens_at, opened.shift.ends_at) == (MIDNIGHT - timedelta(days=1), MIDNIGHT)
    assert len(held.open(opened.pack, code=opened.opening_code)["tickets"]) == 2
    with pytest.raises(GuardUnknown):
        await gates.brought_pack(
            pool,
            guard_number=standing_office.numbers[head.person_id],
            now=STARTS_AT,
            told=lambda *_: None,
            **asked,  # type: ignore[arg-type]
        )
    with pytest.raises(ShiftOver):
        await gates.brought_pack(
            pool,
            guard_number=standing_office.numbers[guard.person_id],
            now=STARTS_AT + timedelta(days=1),
            told=lambda *_: None,
            **asked,  # type: ignore[arg-type]
        )

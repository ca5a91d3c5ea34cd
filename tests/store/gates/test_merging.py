"""What devices recorded comes into the books once, in any order of uploads, and nobody is let in twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from dawr.booking import actions as booking
from dawr.booking import store as booking_store
from dawr.booking.model import BookingState
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions as gates
from dawr.gates import store as gates_store
from dawr.gates.model.merging import Contest
from dawr.gates.store import shifts as shift_store
from dawr.people.model import Officer, Role
from dawr.tickets import actions as tickets
from dawr.tickets.model import MismatchState, Ticket, TicketId, TicketStatus, Verdict
from dawr.tickets.store import gate as gate_store
from dawr.tickets.store import tickets as ticket_store
from tests.store.gates.invented_device import MERGED_AT, OFFICE, Device, enrol_device, granted
from tests.store.gates.locks import until_locked_or_done
from tests.store.tickets.invented_office import OTHER_OFFICE, STARTS_AT, Office

HOURS_AGO = STARTS_AT - timedelta(hours=2)


@pytest.fixture
async def guard(tx: Transaction, office: Office) -> Officer:
    return await granted(tx, office, Role.GUARD)


@pytest.fixture
async def device(tx: Transaction, guard: Officer) -> Device:
    return await enrol_device(tx, guard)


@pytest.fixture
async def head(tx: Transaction, office: Office) -> Officer:
    return await granted(tx, office, Role.BRANCH_HEAD)


async def verdicts(tx: Transaction) -> list[str]:
    """Of every scan in the books, in the order of their times."""
    rows = await tx.execute(
        """select gate_outcome.verdict from tickets.gate_outcome inner join tickets.gate_scan using (office_id, scan_id)
        order by gate_outcome.decided_at, gate_scan.scanned_at"""
    )
    return [row["verdict"] for row in await rows.fetchall()]


async def contests(tx: Transaction) -> list[Contest]:
    return [each.why for each in await gates.contested_at(tx, OFFICE, since=HOURS_AGO)]


async def count(tx: Transaction, table: str) -> int:
    row = await (await tx.execute(f"select count(*) as n from {table}".encode())).fetchone()
    assert row is not None
    return int(row["n"])


async def test_an_admission_at_a_device_is_what_it_is_at_the_gate_with_a_network(
    tx: Transaction, office: Office, guard: Officer, device: Device
) -> None:
    ticket = await office.ticket(tx)
    device.admitted(ticket)
    await device.upload(tx, office.settings)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    assert held.state is BookingState.ATTENDED
    shown = await tickets.ticket_for(tx, wanted=held, settings=office.settings, now=MERGED_AT)
    assert shown.status is TicketStatus.USED
    assert await verdicts(tx) == ["admit"]
    row = await (await tx.execute("select guard_id, admitted_at, state from tickets.visit")).fetchone()
    assert row == {"guard_id": guard.person_id, "admitted_at": device.clock, "state": "waiting"}
    assert await contests(tx) == []


async def test_every_outcome_is_sealed_in_the_log(tx: Transaction, office: Office, device: Device) -> None:
    before = await count(tx, "transparency.entry")
    device.admitted(await office.ticket(tx))
    device.scanned(None, found="damaged_code")
    device.mismatched(await office.ticket(tx))
    entries = await count(tx, "transparency.entry")
    await device.upload(tx, office.settings)
    assert before <= entries
    rows = await (
        await tx.execute("select log_entry_id, octet_length(log_salt) as salt from tickets.gate_outcome")
    ).fetchall()
    assert len({row["log_entry_id"] for row in rows}) == 3
    assert {row["salt"] for row in rows} == {32}


async def test_of_two_devices_that_let_in_one_ticket_the_second_is_contested_and_nothing_is_lost(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2, head=head)
    ticket = await office.ticket(tx)
    device.admitted(ticket)
    other.admitted(ticket)
    await other.upload(tx, office.settings)
    await device.upload(tx, office.settings)
    assert await count(tx, "tickets.visit") == 1
    assert await count(tx, "tickets.admission") == 1
    assert sorted(await verdicts(tx)) == ["admit", "used"]
    (line,) = await gates.contested_at(tx, OFFICE, since=HOURS_AGO)
    assert (line.why, line.device_id, line.ticket_id) == (
        Contest.ADMITTED_BEFORE,
        device.device_id,
        ticket.ticket_id,
    )


async def test_who_gave_his_turn_back_in_the_outage_was_not_let_in_with_it(
    tx: Transaction, office: Office, device: Device
) -> None:
    ticket = await office.ticket(tx)
    device.admitted(ticket)
    await office.give_back(tx, ticket)
    await device.upload(tx, office.settings)
    assert await contests(tx) == [Contest.TURN_OVER]
    assert await count(tx, "tickets.visit") == 0
    assert await verdicts(tx) == ["cancelled"]


async def test_a_ticket_of_another_office_or_of_nobody_is_not_let_in(
    tx: Transaction, office: Office, device: Device
) -> None:
    foreign = await office.ticket(tx, office_id=OTHER_OFFICE)
    device.admitted(foreign)
    device.admitted(replace(foreign, ticket_id=TicketId(b"0123456789")))
    await device.upload(tx, office.settings)
    assert sorted(await contests(tx)) == [Contest.NOT_NOW_OR_NOT_HERE, Contest.UNKNOWN_TICKET]
    assert await count(tx, "tickets.admission") == 0


async def test_a_mismatch_at_a_device_shows_to_the_branch_head_and_spends_the_ticket_online_too(
    tx: Transaction, office: Office, guard: Officer, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    device.mismatched(ticket)
    await device.upload(tx, office.settings)
    ((mismatch, state),) = (await tickets.mismatches_at(tx, head=head, now=MERGED_AT)).at_gate
    assert (mismatch.ticket_id, mismatch.wrong_tries, mismatch.guard_ids) == (ticket.ticket_id, 2, (guard.person_id,))
    assert state is MismatchState.AWAITS_DECISION
    colleague = await granted(tx, office, Role.GUARD)
    assert (await office.scan(tx, colleague, ticket.code)).verdict is Verdict.IDENTITY_MISMATCH
    await tickets.allow_another_round(
        tx, head=head, scan_id=mismatch.scan_id, reason="رأيت البطاقة", settings=office.settings, now=MERGED_AT
    )
    assert (await office.scan(tx, colleague, ticket.code)).verdict is None, "the digits are awaited again"


async def test_a_branch_head_allows_another_round_where_no_gate_with_a_network_had_asked(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    device.mismatched(ticket)
    await device.upload(tx, office.settings)
    ((mismatch, _),) = (await tickets.mismatches_at(tx, head=head, now=MERGED_AT)).at_gate
    await tickets.allow_another_round(
        tx, head=head, scan_id=mismatch.scan_id, reason="رأيت البطاقة", settings=office.settings, now=MERGED_AT
    )
    ((_, state),) = (await tickets.mismatches_at(tx, head=head, now=MERGED_AT)).at_gate
    assert state is MismatchState.ALLOWED


async def test_a_mismatch_of_a_ticket_that_never_was_breaks_no_page(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    device.mismatched(replace(await office.ticket(tx), ticket_id=TicketId(b"0123456789")))
    await device.upload(tx, office.settings)
    assert (await tickets.mismatches_at(tx, head=head, now=MERGED_AT)).at_gate == ()
    assert await verdicts(tx) == ["identity_mismatch"], "and is kept all the same"


async def test_a_branch_heads_code_goes_on_after_a_mismatch_and_both_outcomes_stand(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    device.mismatched(ticket)
    again = device.scanned(ticket, found="identity_mismatch")
    device.overruled(head.person_id, scan=again)
    device.answered(again, right=True, round_="other")
    device.record("decided", scan=again, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == []
    assert await verdicts(tx) == ["identity_mismatch", "identity_mismatch", "admit"]
    assert await count(tx, "tickets.visit") == 1


async def test_another_card_found_at_one_device_is_not_let_in_at_another_without_a_branch_heads_code(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    device.mismatched(ticket)
    await device.upload(tx, office.settings)
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2, head=head)
    other.clock = device.clock
    other.admitted(ticket)
    await other.upload(tx, office.settings)
    assert await contests(tx) == [Contest.MISMATCHED_BEFORE]
    assert await count(tx, "tickets.visit") == 0
    again = other.scanned(ticket, found="identity_mismatch")
    other.overruled(head.person_id, scan=again)
    other.answered(again, right=True, round_="other")
    other.record("decided", scan=again, verdict="admit")
    await other.upload(tx, office.settings)
    assert await contests(tx) == [Contest.MISMATCHED_BEFORE]
    assert await count(tx, "tickets.visit") == 1


async def test_another_card_found_online_is_not_let_in_at_a_device_until_a_branch_head_allowed_a_round(
    tx: Transaction, office: Office, guard: Officer, device: Device, head: Officer
) -> None:
    first, second = await office.ticket(tx), await office.ticket(tx)
    colleague = await granted(tx, office, Role.GUARD)
    for ticket in (first, second):
        scan = await office.mismatched(tx, colleague, ticket)
    await tickets.allow_another_round(
        tx, head=head, scan_id=scan.scan_id, reason="رأيت البطاقة", settings=office.settings, now=STARTS_AT
    )
    device.admitted(first)
    device.admitted(second)
    await device.upload(tx, office.settings)
    (line,) = await gates.contested_at(tx, OFFICE, since=HOURS_AGO)
    assert (line.why, line.ticket_id) == (Contest.MISMATCHED_BEFORE, first.ticket_id)


async def test_who_tries_a_ticket_after_its_holder_was_let_in_takes_nothing_from_him(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    device.admitted(ticket)
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2, head=head)
    other.clock = device.clock
    other.mismatched(ticket)
    await other.upload(tx, office.settings)
    await device.upload(tx, office.settings)
    assert await contests(tx) == []
    assert await count(tx, "tickets.visit") == 1


async def test_a_round_that_was_allowed_is_good_when_the_visitor_comes_back(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    left = device.mismatched(ticket)
    device.overruled(head.person_id, scan=left)
    device.record("decided", scan=left, verdict="left")
    again = device.scanned(ticket)
    device.answered(again, right=True, round_="other")
    device.record("decided", scan=again, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == []
    assert await count(tx, "tickets.visit") == 1


async def test_a_round_that_was_allowed_and_lost_is_none_to_come_back_with(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    ticket = await office.ticket(tx)
    lost = device.mismatched(ticket)
    device.overruled(head.person_id, scan=lost)
    for attempt in (1, 2):
        device.answered(lost, right=False, attempt=attempt, round_="other")
    device.record("decided", scan=lost, verdict="identity_mismatch")
    again = device.scanned(ticket)
    device.answered(again, right=True, round_="other")
    device.record("decided", scan=again, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == [Contest.MISMATCHED_BEFORE]


async def test_a_round_within_the_same_scan_keeps_both_outcomes_too(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    scan = device.mismatched(await office.ticket(tx))
    device.overruled(head.person_id, scan=scan)
    device.answered(scan, right=True, round_="other")
    device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == []
    assert await verdicts(tx) == ["identity_mismatch", "admit"]


@pytest.mark.parametrize(
    ("found", "what"),
    [("status_list_stale", "stale_list"), ("other_lane", "other_lane"), ("no_answers", "no_answers")],
)
async def test_what_only_a_branch_head_goes_on_after_is_contested_without_his_code(
    tx: Transaction, office: Office, device: Device, head: Officer, found: str, what: str
) -> None:
    for is_allowed in (True, False):
        scan = device.scanned(await office.ticket(tx), found=found)
        if is_allowed:
            device.overruled(head.person_id, scan=scan, what=what)
        if what != "no_answers":
            device.answered(scan, right=True)
        device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == [Contest.NOT_ALLOWED]
    assert await count(tx, "tickets.visit") == 1


async def test_an_altered_device_that_lets_in_without_right_digits_lets_in_nobody(
    tx: Transaction, office: Office, device: Device
) -> None:
    scan = device.scanned(await office.ticket(tx))
    device.record("decided", scan=scan, verdict="admit")
    wrong = device.scanned(await office.ticket(tx))
    device.answered(wrong, right=False)
    device.record("decided", scan=wrong, verdict="admit")
    third = device.mismatched(await office.ticket(tx))
    device.answered(third, right=True, attempt=2)
    device.record("decided", scan=third, verdict="admit")
    ticket = await office.ticket(tx)
    device.mismatched(ticket)
    device.admitted(ticket)
    await device.upload(tx, office.settings)
    assert sorted(await contests(tx)) == [Contest.MISMATCHED_BEFORE, *[Contest.NOT_ANSWERED] * 3]
    assert await count(tx, "tickets.visit") == 0


async def test_a_ticket_of_another_lane_is_not_let_in_though_the_device_says_that_it_is_its_own(
    tx: Transaction, office: Office, device: Device
) -> None:
    other = await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=2)
    other.admitted(await office.ticket(tx))
    device.pack_id = other.pack_id
    device.admitted(await office.ticket(tx))
    for each in (device, other):
        await each.upload(tx, office.settings)
    assert await contests(tx) == [Contest.NOT_ALLOWED] * 2, "the second names a pack that was not its own"
    assert await count(tx, "tickets.visit") == 0


async def test_a_wrong_code_is_shown_to_the_branch_head_and_uses_up_none(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    scan = device.scanned(await office.ticket(tx), found="no_answers")
    device.record("code_refused", scan=scan, officer=str(head.person_id), number=1, what="no_answers")
    device.record("code_refused", officer=str(head.person_id), number=1, what="clock")
    device.overruled(head.person_id, scan=scan, what="no_answers", number=1)
    device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    lines = await gates.contested_at(tx, OFFICE, since=HOURS_AGO)
    assert [(line.why, line.officer_id, line.number) for line in lines] == [
        (Contest.CODE_REFUSED, head.person_id, 1)
    ] * 2
    assert await count(tx, "tickets.visit") == 1


async def test_steps_without_a_scan_are_kept_and_shown(tx: Transaction, office: Office, device: Device) -> None:
    scan = device.admitted(await office.ticket(tx))
    del device.records[:]
    device.answered(scan, right=True)
    device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    assert await contests(tx) == [Contest.OUT_OF_ORDER] * 2


async def test_a_code_is_good_once_and_never_the_guards_own_nor_a_strangers(
    tx: Transaction, office: Office, guard: Officer, device: Device, head: Officer
) -> None:
    clerk = await granted(tx, office, Role.CLERK)
    for officer, number in (
        (head.person_id, 1),
        (head.person_id, 1),
        (guard.person_id, 2),
        (clerk.person_id, 3),
        (await office.person(tx), 4),
        (head.person_id, 21),
    ):
        device.overruled(officer, scan=None, what="clock", number=number)
    await device.upload(tx, office.settings)
    assert (await contests(tx))[::-1] == [
        Contest.CODE_USED_BEFORE,
        Contest.OWN_CODE,
        Contest.NOT_AN_OFFICER,
        Contest.NOT_AN_OFFICER,
        Contest.NO_SUCH_NUMBER,
    ]
    assert await count(tx, "gates.code_use") == 1


async def test_a_code_used_twice_lets_the_visitor_in_all_the_same_and_is_contested_itself(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    for _ in range(2):
        scan = device.scanned(await office.ticket(tx), found="other_lane")
        device.overruled(head.person_id, scan=scan, what="other_lane", number=1)
        device.answered(scan, right=True)
        device.record("decided", scan=scan, verdict="admit")
    await device.upload(tx, office.settings)
    (line,) = await gates.contested_at(tx, OFFICE, since=HOURS_AGO)
    assert (line.why, line.kind, line.officer_id, line.number) == (
        Contest.CODE_USED_BEFORE,
        "overruled",
        head.person_id,
        1,
    )
    assert await count(tx, "tickets.visit") == 2


async def test_a_second_look_has_two_tries_with_one_number_and_any_officers_but_the_guards_own(
    tx: Transaction, office: Office, guard: Officer, device: Device
) -> None:
    clerk = await granted(tx, office, Role.CLERK)
    scan = device.scanned(await office.ticket(tx))
    device.answered(scan, right=True)
    number = device.looked_again(clerk.person_id, scan=scan, right=False)
    device.looked_again(clerk.person_id, scan=scan, right=True, attempt=2, number=number)
    device.record("decided", scan=scan, verdict="admit")
    other = device.scanned(await office.ticket(tx))
    device.answered(other, right=True)
    device.looked_again(clerk.person_id, scan=other, right=True, number=number)
    device.looked_again(guard.person_id, scan=other, right=True)
    device.record("decided", scan=other, verdict="admit")
    await device.upload(tx, office.settings)
    assert (await contests(tx))[::-1] == [Contest.CODE_USED_BEFORE, Contest.OWN_CODE]
    assert await count(tx, "tickets.visit") == 2


async def test_a_failed_second_look_is_a_mismatch_and_lets_nobody_in(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    clerk = await granted(tx, office, Role.CLERK)
    scan = device.scanned(await office.ticket(tx))
    device.answered(scan, right=True)
    number = device.looked_again(clerk.person_id, scan=scan, right=False)
    device.looked_again(clerk.person_id, scan=scan, right=False, attempt=2, number=number)
    device.record("decided", scan=scan, verdict="identity_mismatch")
    await device.upload(tx, office.settings)
    assert await verdicts(tx) == ["identity_mismatch"]
    assert await count(tx, "tickets.visit") == 0
    ((mismatch, _),) = (await tickets.mismatches_at(tx, head=head, now=MERGED_AT)).at_gate
    assert (mismatch.wrong_tries, mismatch.guard_ids) == (0, (device.guard_id,))


async def test_an_override_at_a_device_stands_in_the_public_log(
    tx: Transaction, office: Office, device: Device, head: Officer
) -> None:
    device.overruled(head.person_id, scan=None, what="clock")
    await device.upload(tx, office.settings)
    rows = await (await tx.execute("select leaf from transparency.entry")).fetchall()
    told = [row["leaf"] for row in rows if "gate.clock" in row["leaf"]]
    assert len(told) == 1
    assert str(head.person_id) not in told[0]


async def test_the_visitor_who_left_is_in_no_verdict_and_the_end_of_a_shift_ends_it(
    tx: Transaction, office: Office, device: Device
) -> None:
    scan = device.scanned(await office.ticket(tx))
    device.record("decided", scan=scan, verdict="left")
    device.record("shift_closed")
    await device.upload(tx, office.settings)
    assert await verdicts(tx) == []
    row = await (await tx.execute("select closed_at from gates.shift")).fetchone()
    assert row == {"closed_at": device.clock}


async def test_a_shift_of_a_day_to_come_may_be_ended_before_it_opens(
    tx: Transaction, office: Office, device: Device
) -> None:
    opens_at = STARTS_AT + timedelta(hours=14)
    device.shift_id = await gates_store.add_shift(
        tx,
        device=await gates_store.device(tx, device.device_id),
        day_on=opens_at.date() + timedelta(days=1),
        guard_id=device.guard_id,
        lane_proposed=None,
        opens_at=opens_at,
        ends_at=opens_at + timedelta(hours=24),
    )
    device.record("shift_opened")
    device.record("shift_closed")
    await device.upload(tx, office.settings)
    assert (await gates_store.shift(tx, device.shift_id)).closed_at == opens_at


async def test_a_device_whose_records_cannot_be_merged_holds_up_no_other(
    pool: Pool, standing_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (device, other), ticket = await standing_devices(pool, standing_office, count_=2)
    broken, sound = sorted((device, other), key=lambda each: each.device_id)
    sound.admitted(ticket)
    broken.record("shift_closed")
    async with transaction(pool) as tx:
        await sound.send(tx)
        await broken.send(tx)
    with monkeypatch.context() as fault:
        fault.setattr(shift_store, "SQL", shift_store.SQL | {"close_shift": "select 1 / 0"})
        await gates.merge_records(pool, settings=standing_office.settings, now=MERGED_AT)
    async with transaction(pool) as tx:
        chains = await gates.chains_at(tx, OFFICE)
        assert (chains[broken.device_id].unmerged, chains[sound.device_id].unmerged) == (1, 0)
    await gates.merge_records(pool, settings=standing_office.settings, now=MERGED_AT)
    async with transaction(pool) as tx:
        assert (await gates.chains_at(tx, OFFICE))[broken.device_id].unmerged == 0, "the worker tries again"


async def test_a_record_is_merged_once(tx: Transaction, office: Office, device: Device) -> None:
    device.scanned(None, found="not_ours")
    await device.upload(tx, office.settings)
    await device.merge(tx, office.settings)
    assert await verdicts(tx) == ["not_ours"]
    with pytest.raises(psycopg.errors.UniqueViolation, match="record_is_merged_once"):
        await tx.execute(
            "insert into gates.merged (device_id, n, office_id, merged_at) values (%s, 1, %s, now())",
            (device.device_id, OFFICE),
        )


async def test_what_a_killed_process_left_unmerged_is_merged_by_the_worker(pool: Pool, standing_office: Office) -> None:
    (device, other), ticket = await standing_devices(pool, standing_office, count_=2)
    device.admitted(ticket)
    other.scanned(None, found="not_ours")
    async with transaction(pool) as tx:
        await device.send(tx)
        await other.send(tx)
        await gates.merge_next(tx, device.device_id, settings=standing_office.settings, now=MERGED_AT)
    await gates.merge_records(pool, settings=standing_office.settings, now=MERGED_AT)
    async with transaction(pool) as tx:
        assert sorted(await verdicts(tx)) == ["admit", "not_ours"]
        assert {each.unmerged for each in (await gates.chains_at(tx, OFFICE)).values()} == {0}


async def standing_devices(pool: Pool, office: Office, *, count_: int) -> tuple[list[Device], Ticket]:
    async with transaction(pool) as tx:
        head = await granted(tx, office, Role.BRANCH_HEAD)
        devices = [
            await enrol_device(tx, await granted(tx, office, Role.GUARD), lane=lane, head=head)
            for lane in range(1, count_ + 1)
        ]
        return devices, await office.ticket(tx)


async def merged_at_once(pool: Pool, office: Office, devices: list[Device]) -> None:
    async with transaction(pool) as tx:
        for device in devices:
            await device.send(tx)
    await asyncio.gather(
        *(gates.merge_device(pool, each.device_id, settings=office.settings, now=MERGED_AT) for each in devices * 2)
    )


async def test_four_devices_that_let_in_one_ticket_and_are_merged_at_once_open_one_visit(
    pool: Pool, standing_office: Office
) -> None:
    devices, ticket = await standing_devices(pool, standing_office, count_=4)
    for device in devices:
        device.admitted(ticket)
    await merged_at_once(pool, standing_office, devices)
    async with transaction(pool) as tx:
        assert await count(tx, "tickets.visit") == 1
        assert sorted(await verdicts(tx)) == ["admit", "used", "used", "used"]
        assert await contests(tx) == [Contest.ADMITTED_BEFORE] * 3


async def both_merged(pool: Pool, office: Office, devices: list[Device], database_url: str) -> int:
    """The second device's admission is merged while the first one's is not committed; how many visits there are."""
    async with transaction(pool) as tx:
        for device in devices:
            await device.send(tx)

    async def merge_second() -> None:
        async with transaction(pool) as tx:
            await devices[1].merge(tx, office.settings)

    async with transaction(pool) as tx:
        await devices[0].merge(tx, office.settings)
        second = asyncio.create_task(merge_second())
        await until_locked_or_done(database_url, second)
    await second
    async with transaction(pool) as tx:
        return await count(tx, "tickets.visit")


async def test_an_admission_waits_for_one_of_the_same_ticket_that_is_on_its_way(
    pool: Pool, standing_office: Office, database_url: str
) -> None:
    devices, ticket = await standing_devices(pool, standing_office, count_=2)
    for device in devices:
        device.admitted(ticket)
    assert await both_merged(pool, standing_office, devices, database_url) == 1


async def test_without_locks_and_constraints_the_same_would_open_two_visits(
    pool: Pool, standing_office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control."""
    devices, ticket = await standing_devices(pool, standing_office, count_=2)
    for device in devices:
        device.admitted(ticket)
    nothing = "select 1 as locked"
    monkeypatch.setattr(booking_store, "SQL", booking_store.SQL | {"lock_booking": nothing, "attend": nothing})
    monkeypatch.setattr(ticket_store, "SQL", ticket_store.SQL | {"lock_ticket": nothing, "set_status": nothing})
    admit = gate_store.SQL["admit"].replace("on conflict (service_id, ticket_id) do nothing", "")
    monkeypatch.setattr(gate_store, "SQL", gate_store.SQL | {"admit": admit})
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("alter table tickets.admission drop constraint one_admission_per_ticket cascade")
        await owner.execute("alter table tickets.visit drop constraint one_visit_per_ticket cascade")
        await owner.execute("alter table tickets.visit drop constraint one_visit_per_booking")
    assert await both_merged(pool, standing_office, devices, database_url) == 2


async def test_records_that_come_days_later_are_merged_without_loss(
    tx: Transaction, office: Office, device: Device
) -> None:
    ticket, absent = await office.ticket(tx), await office.ticket(tx)
    device.admitted(ticket)
    days_later = STARTS_AT + timedelta(days=3)
    await booking.mark_missed(tx, before_on=days_later.date(), now=days_later)
    await device.upload(tx, office.settings)
    came = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    missed = await booking.booking(tx, absent.service_id, absent.booking_id)
    assert (came.state, missed.state) == (BookingState.ATTENDED, BookingState.MISSED)
    assert (await verdicts(tx), await contests(tx), await count(tx, "tickets.visit")) == (["admit"], [], 1)

"""The day pack on the real server: what a device holds, and that only the device and its code open it."""

import json
from datetime import timedelta
from hashlib import pbkdf2_hmac
from io import BytesIO

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.gates import actions as gates
from dawr.gates import store as gates_store
from dawr.gates.actions.day_keys import lane_key_of, opening_code_of
from dawr.gates.actions.packs import sealed_pack
from dawr.gates.model.shifts import Shift
from dawr.people import actions as people
from dawr.people.model import Photograph, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets import store as tickets_store
from dawr.tickets.challenge import is_right
from dawr.tickets.keys import key_set, parse_jwk_set
from dawr.tickets.model import Challenge, Ticket, TicketStatus, Verdict
from dawr.tickets.selection import commitment_to, lane_of
from dawr.tickets.status_list import read_token
from dawr.tickets.verdict import prove
from tests.store.gates.gate import Held, enrolled, on_shift, plain
from tests.store.gates.invented_device import granted
from tests.store.tickets.invented_office import OFFICE, OTHER_OFFICE, OTHER_SERVICE, SERVICE, STARTS_AT, Office

DAY_ON = STARTS_AT.date()


async def prepared(tx: Transaction, settings: Settings) -> None:
    await tickets.prepare_some(tx, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT)


async def opened_pack(tx: Transaction, office: Office, settings: Settings) -> dict:  # type: ignore[type-arg]
    """The pack of a guard's shift at lane 1, as his device reads it."""
    head = await granted(tx, office, Role.BRANCH_HEAD)
    guard = await granted(tx, office, Role.GUARD)
    held = await enrolled(tx, head, settings=settings)
    shift = await on_shift(tx, guard, held=held, settings=settings)
    await prepared(tx, settings)
    sealed = await sealed_pack(tx, shift, device=held.device, settings=settings, now=STARTS_AT)
    pack = held.open(sealed, code=opening_code_of(shift.shift_id, settings=settings))
    assert pack["shift"]["shift"] == str(shift.shift_id)
    return pack  # type: ignore[no-any-return]


def challenge_in(row: list, *, part: int) -> Challenge:  # type: ignore[type-arg]
    positions, serial_positions, answer_hash = row[1][part]
    return Challenge(
        round=part + 1,
        positions=tuple(positions),
        serial_positions=tuple(serial_positions),
        answer_hash=plain(answer_hash),
        wrong_tries=0,
    )


async def digits_of(tx: Transaction, ticket: Ticket, challenge: Challenge, *, settings: Settings) -> str:
    card = await people.card_of(
        tx, ticket.person_id, settings=settings, looked_by=None, reason="tickets.look.gate", now=STARTS_AT
    )
    number = [card.civil_number[place - 1] for place in challenge.positions]
    return "".join(number + [card.serial[place - 1] for place in challenge.serial_positions])


async def test_a_pack_has_exactly_what_its_format_says(tx: Transaction, office: Office, settings: Settings) -> None:
    await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    assert pack.keys() == {
        *("version", "pack", "built_ms", "device", "shift", "office", "keys", "status_list", "lanes", "secret"),
        *("answer_key", "decoy_names", "officers", "tickets", "mismatched", "references", "services", "offices"),
    }
    assert pack["office"] == {
        "office": OFFICE,
        "name": {"ar": "إدارة حولي", "en": "HAW department"},
        "timezone": "Asia/Kuwait",
        "day": "2027-02-03",
        "day_starts_ms": 1801602000000,
        "day_ends_ms": 1801602000000 + 24 * 3_600_000,
    }
    assert pack["lanes"]["open"] == 1
    assert pack["services"].keys() == {SERVICE, OTHER_SERVICE}
    assert pack["offices"].keys() == {OFFICE, OTHER_OFFICE}
    assert len(pack["decoy_names"]) == 60
    assert {each["role"] for each in pack["officers"]} == {"branch_head", "guard"}


async def test_a_pack_names_no_ticket_no_visitor_and_no_number(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    ticket = await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    text = json.dumps(pack, ensure_ascii=False)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    for secret in (
        office.numbers[ticket.person_id],
        "نورة عبدالله",
        ticket.ticket_id.hex(),
        held.reference,
        ticket.code,
    ):
        assert secret not in text


async def test_the_packs_answers_are_the_online_gates(tx: Transaction, office: Office, settings: Settings) -> None:
    ticket = await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    first = challenge_in(pack["tickets"][0], part=0)
    digits = await digits_of(tx, ticket, first, settings=settings)
    assert is_right(first, key=plain(pack["answer_key"]), ticket_id=ticket.ticket_id, typed=digits)
    guard = await granted(tx, office, Role.GUARD)
    scan = await office.scan(tx, guard, ticket.code)
    shown = await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)
    assert shown.challenge == first


async def test_a_challenge_that_the_online_gate_chose_first_goes_into_the_pack(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    ticket = await office.ticket(tx)
    guard = await granted(tx, office, Role.GUARD)
    scan = await office.scan(tx, guard, ticket.code)
    chosen = (await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)).challenge
    pack = await opened_pack(tx, office, settings)
    assert challenge_in(pack["tickets"][0], part=0) == chosen


async def test_another_round_online_asks_what_the_pack_asks_in_its_other_round(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    ticket = await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    guard, head = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.BRANCH_HEAD)
    scan = await office.mismatched(tx, guard, ticket)
    assert scan.verdict is Verdict.IDENTITY_MISMATCH
    await tickets.allow_another_round(
        tx, head=head, scan_id=scan.scan_id, reason="بطاقة تالفة", settings=settings, now=STARTS_AT
    )
    again = await tickets_store.newest_challenge(tx, ticket=ticket)
    assert again == challenge_in(pack["tickets"][0], part=1)


async def test_each_card_is_looked_at_once_and_its_person_can_read_that(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    ticket = await office.ticket(tx)
    for _ in range(2):
        await prepared(tx, settings)
    looks = [each for each in await people.looks_at(tx, ticket.person_id) if each.reason == "tickets.look.day_pack"]
    assert [each.looked_by for each in looks] == [None]


async def test_a_cancelled_ticket_is_not_in_the_pack_and_a_used_one_is(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    guard = await granted(tx, office, Role.GUARD)
    used = await office.admitted(tx, guard)
    cancelled = await office.ticket(tx)
    await tickets_store.set_status(tx, ticket=cancelled, status=TicketStatus.CANCELLED)
    pack = await opened_pack(tx, office, settings)
    assert [row[0] for row in pack["tickets"]] == [used.status_index]


async def test_a_reference_alone_finds_the_signed_code(tx: Transaction, office: Office, settings: Settings) -> None:
    ticket = await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    salt = b"reference|" + plain(pack["answer_key"])
    made = pbkdf2_hmac("sha256", held.reference.encode(), salt, 10_000, 52)
    sealed = {plain(lookup): plain(code) for lookup, code in pack["references"]}[made[:8]]
    code = AESGCM(made[20:52]).decrypt(made[8:20], sealed, None).decode()
    assert code == ticket.code
    assert prove(code, keys=parse_jwk_set(json.dumps(pack["keys"]))).verdict is Verdict.ADMIT


async def test_the_packs_status_list_is_the_offices_and_signed(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    token = read_token(plain(pack["status_list"]), keys=key_set(await tickets.published_keys(tx)))
    assert token.subject.endswith(f"/status-lists/{OFFICE}/2027-02-03")
    assert token.issued_at == STARTS_AT


async def test_the_packs_secret_is_the_one_committed_to_before_the_first_ticket(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    await office.ticket(tx)
    pack = await opened_pack(tx, office, settings)
    known = await tickets.view_day_secret(tx, OFFICE, day_on=DAY_ON)
    assert known is not None
    assert commitment_to(plain(pack["secret"])) == known.commitment
    assert known.secret is None, "not before the day is over"


async def test_only_the_device_with_the_code_opens_the_pack(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
    held = await enrolled(tx, head, settings=settings)
    other = await enrolled(tx, head, settings=settings, name="جهاز 2", lane=2)
    shift = await on_shift(tx, guard, held=held, settings=settings)
    sealed = await sealed_pack(tx, shift, device=held.device, settings=settings, now=STARTS_AT)
    code = opening_code_of(shift.shift_id, settings=settings)
    assert held.open(sealed, code=code)["version"] == 1
    wrong = ("2" if code[0] != "2" else "3") + code[1:]
    for holder, typed in [(held, wrong), (other, code)]:
        with pytest.raises(InvalidTag):
            holder.open(sealed, code=typed)


async def test_the_same_shift_has_the_same_code_and_another_one_another(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
    held = await enrolled(tx, head, settings=settings)
    shift = await on_shift(tx, guard, held=held, settings=settings)
    again = await on_shift(tx, guard, held=held, settings=settings, now=STARTS_AT + timedelta(hours=1))
    assert again == shift
    await gates.end_shift(tx, head=head, shift_id=shift.shift_id, reason="مرض", now=STARTS_AT + timedelta(hours=2))
    later = await on_shift(tx, guard, held=held, settings=settings, now=STARTS_AT + timedelta(hours=2))
    assert opening_code_of(later.shift_id, settings=settings) != opening_code_of(shift.shift_id, settings=settings)


async def test_photographs_are_of_the_devices_own_lane_and_each_look_is_recorded(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
    held = [await enrolled(tx, head, settings=settings, name=f"جهاز {lane}", lane=lane) for lane in (1, 2)]
    own: list[Ticket] = []
    key = lane_key_of(OFFICE, day_on=DAY_ON, settings=settings)
    while len(own) < 2:
        ticket = await with_photograph(tx, office, settings)
        own += [ticket] if lane_of(key, ticket.ticket_id, lanes_open=2) == 1 else []
    await prepared(tx, settings)
    shift = await on_shift(tx, guard, held=held[0], settings=settings)
    answer = await gates.sealed_photographs(
        tx, shift, device=held[0].device, after=-1, settings=settings, now=STARTS_AT
    )
    shown = opened(held[0], answer["sealed"], shift_code=opening_code_of(shift.shift_id, settings=settings))
    assert {index for index, _, _ in shown} == {each.status_index for each in own}
    assert {media_type for _, media_type, _ in shown} == {"image/png"}
    assert answer["last"] is None
    looks = await people.looks_at(tx, own[0].person_id)
    assert ("gates.look.photograph", guard.person_id) in {(each.reason, each.looked_by) for each in looks}
    rest = await gates.sealed_photographs(
        tx,
        shift,
        device=held[0].device,
        after=max(each.status_index for each in own),
        settings=settings,
        now=STARTS_AT,
    )
    assert opened(held[0], rest["sealed"], shift_code=opening_code_of(shift.shift_id, settings=settings)) == []


async def test_preparing_that_was_killed_goes_on_where_it_was(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    async with transaction(pool) as tx:
        for _ in range(3):
            await standing_office.ticket(tx)
    with pytest.raises(KeyboardInterrupt):
        await killed_while_preparing(pool, settings)
    async with transaction(pool) as tx:
        assert await tickets.count_unprepared(tx, OFFICE, day_on=DAY_ON) == 3
    told: list[int] = []
    await tickets.prepare_day(pool, OFFICE, day_on=DAY_ON, settings=settings, now=STARTS_AT, told=told.append)
    assert told == [3]
    async with transaction(pool) as tx:
        assert await tickets.count_unprepared(tx, OFFICE, day_on=DAY_ON) == 0


async def killed_while_preparing(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await prepared(tx, settings)
        raise KeyboardInterrupt


async def test_the_worker_prepares_today_and_tomorrow_where_there_are_devices(
    pool: Pool, standing_office: Office, settings: Settings
) -> None:
    days = [DAY_ON, DAY_ON + timedelta(days=1), DAY_ON + timedelta(days=2)]
    async with transaction(pool) as tx:
        for ahead in range(3):
            await standing_office.ticket(tx, starts_at=STARTS_AT + timedelta(days=ahead))
    await gates.prepare_packs(pool, settings=settings, now=STARTS_AT)
    async with transaction(pool) as tx:
        assert await tickets.count_unprepared(tx, OFFICE, day_on=DAY_ON) == 1, "no device, no preparing"
        head = await granted(tx, standing_office, Role.BRANCH_HEAD)
        await enrolled(tx, head, settings=settings)
    await gates.prepare_packs(pool, settings=settings, now=STARTS_AT)
    async with transaction(pool) as tx:
        left = [await tickets.count_unprepared(tx, OFFICE, day_on=day_on) for day_on in days]
    assert left == [0, 0, 1]


async def test_what_was_prepared_cannot_be_changed(tx: Transaction, office: Office, settings: Settings) -> None:
    await office.ticket(tx)
    await prepared(tx, settings)
    for table in ("prepared_challenge", "offline_reference"):
        for statement in (f"update tickets.{table} set ticket_id = ticket_id", f"delete from tickets.{table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with tx.transaction():
                    await tx.execute(statement)  # type: ignore[arg-type]


async def with_photograph(tx: Transaction, office: Office, settings: Settings) -> Ticket:
    ticket = await office.ticket(tx)
    portrait = Photograph(media_type="image/png", content=portrait_bytes())
    await people.record_card(tx, ticket.person_id, settings=settings, photograph=portrait)
    return ticket


def portrait_bytes() -> bytes:
    drawn = BytesIO()
    Image.new("L", (3, 4)).save(drawn, "png")
    return drawn.getvalue()


def opened(held: Held, sealed: object, *, shift_code: str) -> list:  # type: ignore[type-arg]
    return held.open(sealed, code=shift_code)["photographs"]  # type: ignore[no-any-return, arg-type]


async def test_a_revoked_key_is_in_no_new_pack(tx: Transaction, office: Office, settings: Settings) -> None:
    await office.ticket(tx)
    await tickets.rotate_keys(tx, settings=settings, now=STARTS_AT)
    first, second = await tickets.all_keys(tx)
    await tickets.revoke_key(tx, name=first.name, reason="copied", settings=settings, now=STARTS_AT)
    pack = await opened_pack(tx, office, settings)
    assert [key["kid"] for key in pack["keys"]["keys"]] == [second.name]


async def lane_and_numbers(
    tx: Transaction, shift: Shift, *, held: Held, settings: Settings
) -> tuple[int, tuple[int, int]]:
    """Of a pack that is made for a shift: the device's lane, and from which to which number its officers' codes go."""
    device = await gates_store.device(tx, held.device.device_id)
    sealed = await sealed_pack(tx, shift, device=device, settings=settings, now=STARTS_AT)
    pack = held.open(sealed, code=opening_code_of(shift.shift_id, settings=settings))
    numbers = [number for officer in pack["officers"] for number, _ in officer["codes"]]
    return pack["device"]["lane"], (min(numbers), max(numbers))


async def test_a_device_that_is_moved_ends_its_shift_and_has_its_new_lane_from_the_next_one_on(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    head, guard = await granted(tx, office, Role.BRANCH_HEAD), await granted(tx, office, Role.GUARD)
    held = await enrolled(tx, head, settings=settings)
    before = await on_shift(tx, guard, held=held, settings=settings)
    await gates.move_device(tx, head=head, device_id=held.device.device_id, lane=4, reason="باب آخر", now=STARTS_AT)
    assert (await gates_store.shift(tx, before.shift_id)).closed_at == STARTS_AT
    after = await on_shift(tx, guard, held=held, settings=settings)
    assert (after.lane, after.shift_id == before.shift_id) == (4, False)
    assert await lane_and_numbers(tx, after, held=held, settings=settings) == (4, (61, 80))
    assert await lane_and_numbers(tx, before, held=held, settings=settings) == (1, (1, 20)), "as its records are judged"


async def test_a_pack_tells_which_tickets_came_with_anothers_card_until_a_branch_head_allowed_a_round(
    tx: Transaction, office: Office, settings: Settings
) -> None:
    first, second = await office.ticket(tx), await office.ticket(tx)
    guard, head = await granted(tx, office, Role.GUARD), await granted(tx, office, Role.BRANCH_HEAD)
    for ticket in (first, second):
        scan = await office.mismatched(tx, guard, ticket)
    await tickets.allow_another_round(
        tx, head=head, scan_id=scan.scan_id, reason="بطاقة تالفة", settings=settings, now=STARTS_AT
    )
    pack = await opened_pack(tx, office, settings)
    assert pack["mismatched"] == [first.status_index]

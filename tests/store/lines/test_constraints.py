"""What the tables of a line refuse by themselves, whatever the program says."""

import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.lines import actions
from tests.store.booking.slots import forbidden, refused_by
from tests.store.lines.invented_line import ACT, LINE, OPENS_AT, SERVICE, Lines, person

PLACE = """
insert into lines.place (service_id, line_id, person_id, label, joined_at, number)
values ('KW-MOI/18', 'KW-MOI/18/2027-02-01-0900', %s, 'LABEL222', now(), %s)
"""
WAVE = """
insert into lines.wave (service_id, line_id, up_to_number, at)
values ('KW-MOI/18', 'KW-MOI/18/2027-02-01-0900', %s, %s)
"""
LINE_ROW = """
insert into lines.line (
    service_id, line_id, gathers_at, opens_at, closes_at, act_seconds, extend_seconds, inside_max, seats,
    slots_sha256, key, rules_entry_id
)
values ('KW-MOI/18', 'OTHER', now() + %s::interval, now() + '1 hour', now() + %s::interval, %s, 0, %s, %s, '', %s, 1)
"""
KEY = b"k" * 32


async def test_one_person_has_one_place(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    place = await lines.join(tx)
    await refused_by(tx, "one_place_per_person_and_line", PLACE, place.person_id, None)


async def test_one_number_is_one_persons(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    await lines.opened_with(tx, 1)
    await refused_by(tx, "number_is_given_once", PLACE, person(), 1)
    await refused_by(tx, "number_begins_at_one", PLACE, person(), 0)


async def test_a_place_is_of_a_line(tx: Transaction) -> None:
    await refused_by(tx, "place_is_of_a_line", PLACE, person(), None)


async def test_nobody_moves_forward_and_a_used_turn_stays(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    _, second = await lines.opened_with(tx, 2)
    await refused_by(tx, "nobody_moves_forward", "update lines.place set number = number - 1 where number = 2")
    await refused_by(tx, "nobody_moves_forward", "update lines.place set number = null")
    await lines.let_in(tx)
    await actions.extend(tx, service_id=SERVICE, line_id=LINE, person_id=second, now=OPENS_AT)
    await refused_by(tx, "nobody_moves_forward", "update lines.place set extended_at = null")
    await lines.take(tx, second)
    await refused_by(
        tx, "nobody_moves_forward", "update lines.place set booking_id = gen_random_uuid() where number = 2"
    )
    await refused_by(tx, "nobody_moves_forward", "delete from lines.place where number = 2")


@pytest.mark.parametrize("change", ["acted_at = now()", "booking_id = gen_random_uuid()", "asked_key = '\\x00'"])
async def test_who_acted_has_a_booking_and_the_key_of_his_request(tx: Transaction, lines: Lines, change: str) -> None:
    await lines.announce(tx)
    await lines.join(tx)
    await refused_by(tx, "who_acted_has_a_booking", f"update lines.place set {change}")


async def test_waves_only_grow(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    await tx.execute(WAVE.encode(), (5, OPENS_AT))
    await refused_by(tx, "waves_only_grow", WAVE, 5, OPENS_AT + ACT)
    await refused_by(tx, "waves_only_grow", WAVE, 4, OPENS_AT + ACT)
    await refused_by(tx, "waves_only_grow", WAVE, 6, OPENS_AT - ACT)


async def test_a_line_opens_once_closes_once_and_counts_upwards(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    await refused_by(tx, "numbers_follow_the_opening", "update lines.line set last_number = 1")
    await refused_by(tx, "a_closed_line_was_opened", "update lines.line set closed_at = now(), closed_entry_id = 1")
    await lines.opened_with(tx, 3)
    for change in ("opened_at = opened_at + '1 s'", "gathered = 2", "gathered_root = 'x'", "last_number = 2"):
        await refused_by(tx, "line_is_opened_once", f"update lines.line set {change}")
    await refused_by(tx, "a_closed_line_is_logged", "update lines.line set closed_at = now()")
    await tx.execute("update lines.line set closed_at = now(), closed_entry_id = 1")
    for change in ("closed_at = null, closed_entry_id = null", "last_number = 4"):
        await refused_by(tx, "line_is_opened_once", f"update lines.line set {change}")


async def test_a_line_is_opened_whole_and_not_before_its_time(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    whole = "gathered = 0, gathered_root = '', opened_entry_id = 1"
    await refused_by(
        tx, "a_line_opens_on_time", f"update lines.line set opened_at = opens_at - '1 s'::interval, {whole}"
    )
    for part in ("opened_at = opens_at", "gathered = 0", "gathered_root = ''", "opened_entry_id = 1"):
        await refused_by(tx, "an_opened_line_says_who_was_there", f"update lines.line set {part}")


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("line_gathers_before_it_opens", ("2 hours", "3 hours", 600, 1, 1, KEY)),
        ("line_closes_after_it_opens", ("0", "1 hour", 600, 1, 1, KEY)),
        ("line_gives_time_to_act", ("0", "2 hours", 0, 1, 1, KEY)),
        ("line_lets_somebody_in", ("0", "2 hours", 600, 0, 1, KEY)),
        ("line_has_seats", ("0", "2 hours", 600, 1, 0, KEY)),
        ("line_key_has_32_bytes", ("0", "2 hours", 600, 1, 1, b"k")),
    ],
)
async def test_a_line_has_usable_rules(tx: Transaction, constraint: str, values: tuple[object, ...]) -> None:
    await refused_by(tx, constraint, LINE_ROW, *values)


async def test_what_is_published_is_never_changed(tx: Transaction, lines: Lines) -> None:
    await lines.announce(tx)
    for column in ("key", "opens_at", "gathers_at", "closes_at", "act_seconds", "inside_max", "seats", "slots_sha256"):
        await forbidden(tx, f"update lines.line set {column} = {column}")
    await forbidden(tx, "update lines.place set label = label")
    for table in ("line", "slot", "wave", "gathered"):
        await forbidden(tx, f"delete from lines.{table}")
    for table, column in (("slot", "seats"), ("wave", "at"), ("gathered", "labels")):
        await forbidden(tx, f"update lines.{table} set {column} = {column}")


async def test_the_reader_sees_neither_the_key_nor_whose_a_label_is(
    pool: Pool, reader_pool: Pool, standing_lines: Lines
) -> None:
    async with transaction(pool) as tx:
        await standing_lines.announce(tx)
        await standing_lines.opened_with(tx, 2)
    async with transaction(reader_pool) as tx:
        await forbidden(tx, "select key from lines.line")
        await forbidden(tx, "select number from lines.place")
        await forbidden(tx, "select number from lines.standing")
        await tx.execute("select last_number from lines.line")
        await tx.execute("select labels from lines.gathered")

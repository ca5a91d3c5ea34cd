"""What the register says of a card: sealed in its row, opened with a look that its holder can read."""

from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest

from dawr.db.pool import Pool, Transaction, transaction
from dawr.demo.portraits import portrait
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.sealing import SealBroken
from dawr.people import actions
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Card, Country
from dawr.people.photograph import parse_photograph
from dawr.settings import Settings

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
SERIAL = "104772398"
FACE = parse_photograph(portrait("somebody invented"))


def number(ordinal: int) -> str:
    return invented_kuwaiti_number(date(1990, 1, 1), ordinal)


async def registered(tx: Transaction, settings: Settings, ordinal: int = 0) -> PersonId:
    return await actions.register_person(
        tx,
        civil_number=number(ordinal),
        country=Country.KUWAIT,
        name_ar="نورة",
        name_latin="Noura",
        settings=settings,
        now=NOW,
    )


async def card_of(tx: Transaction, person_id: PersonId, settings: Settings) -> Card:
    return await actions.card_of(tx, person_id, settings=settings, looked_by=None, reason="why", now=NOW)


async def test_a_card_comes_back_as_it_was_recorded(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    assert await card_of(tx, person_id, settings) == Card(civil_number=number(0))
    await actions.record_card(tx, person_id, settings=settings, serial=SERIAL, photograph=FACE)
    assert await card_of(tx, person_id, settings) == Card(civil_number=number(0), serial=SERIAL, photograph=FACE)


async def test_what_a_later_sign_in_leaves_out_stays_known(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    await actions.record_card(tx, person_id, settings=settings, serial=SERIAL, photograph=FACE)
    await actions.record_card(tx, person_id, settings=settings)
    await actions.record_card(tx, person_id, settings=settings, serial="200000001")
    assert await registered(tx, settings) == person_id
    assert await card_of(tx, person_id, settings) == Card(civil_number=number(0), serial="200000001", photograph=FACE)


async def test_each_look_at_a_card_is_one_that_its_holder_can_read(tx: Transaction, settings: Settings) -> None:
    person_id, guard = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await actions.card_of(tx, person_id, settings=settings, looked_by=guard, reason="tickets.look.gate", now=NOW)
    assert [(look.looked_by, look.reason) for look in await actions.looks_at(tx, person_id)] == [
        (guard, "tickets.look.gate")
    ]


async def test_a_look_at_a_face_is_recorded_and_one_at_no_face_is_none(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    look = {"settings": settings, "looked_by": None, "reason": "why", "now": NOW}
    assert await actions.photograph_of(tx, person_id, **look) is None
    assert await actions.looks_at(tx, person_id) == []
    await actions.record_card(tx, person_id, settings=settings, photograph=FACE)
    assert await actions.photograph_of(tx, person_id, **look) == FACE
    assert len(await actions.looks_at(tx, person_id)) == 1


async def test_nobody_has_no_card(tx: Transaction, settings: Settings) -> None:
    for ask in (actions.card_of, actions.photograph_of):
        with pytest.raises(NotFound):
            await ask(tx, PersonId(uuid4()), settings=settings, looked_by=None, reason="why", now=NOW)


async def test_the_row_holds_neither_the_serial_nor_the_picture(
    pool: Pool, database_url: str, settings: Settings
) -> None:
    async with transaction(pool) as tx:
        person_id = await registered(tx, settings)
        await actions.record_card(tx, person_id, settings=settings, serial=SERIAL, photograph=FACE)
    with psycopg.connect(database_url) as owner:
        row = owner.execute("select card_serial_sealed, photograph_sealed from people.person").fetchone()
    assert row is not None
    assert SERIAL.encode() not in row[0]
    assert FACE.content[:16] not in row[1]


@pytest.mark.parametrize("column", ["card_serial_sealed", "photograph_sealed"])
async def test_a_card_moved_to_another_persons_row_does_not_open(
    pool: Pool, database_url: str, settings: Settings, column: str
) -> None:
    async with transaction(pool) as tx:
        one, other = await registered(tx, settings, 0), await registered(tx, settings, 1)
        for person_id in (one, other):
            await actions.record_card(tx, person_id, settings=settings, serial=SERIAL, photograph=FACE)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            f"update people.person set {column} = (select {column} from people.person where person_id = %s) "
            "where person_id = %s".encode(),
            (one, other),
        )
    async with transaction(pool) as tx:
        await card_of(tx, one, settings)
        with pytest.raises(SealBroken):
            await card_of(tx, other, settings)

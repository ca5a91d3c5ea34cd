"""Entering a draw as a program does: the same rules as on the pages, in JSON."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.releases import actions
from dawr.settings import Settings
from tests.pages.conftest import CallerFor
from tests.pages.releases.invented_draw import DRAW, SERVICE, frozen_draw, open_draw

ENTRY = f"/draws/{DRAW}/entry"


def somebody() -> PersonId:
    return PersonId(uuid4())


async def test_a_person_enters_and_reads_how_his_entry_stands(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    caller = await caller_for(somebody())
    entered = await caller.post(ENTRY, {"wishes": []})
    assert entered.status_code == 201
    assert entered.json()["receipt"].startswith("dawr-receipt-v1\n")
    status = await caller.get(ENTRY)
    assert status.status_code == 200
    assert status.json()["label"] == entered.json()["label"]
    assert "frozen_at" not in status.json()


async def test_the_receipt_is_the_one_that_the_pages_show(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    person_id = somebody()
    entered = (await (await caller_for(person_id)).post(ENTRY)).json()
    async with transaction(opened_pool) as tx:
        receipt = await actions.receipt_for(
            tx, service_id=SERVICE, draw_id=DRAW, person_id=person_id, settings=settings
        )
    assert (receipt.label, receipt.line, receipt.version) == (entered["label"], entered["line"], entered["version"])
    assert receipt.signature in entered["receipt"]


async def test_the_same_request_sent_three_times_at_once_is_one_entry_with_one_answer(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    caller = await caller_for(somebody())
    answers = await asyncio.gather(*(caller.post(ENTRY, key="the-same") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


async def test_another_request_of_who_has_entered_is_refused(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    caller = await caller_for(somebody())
    await caller.post(ENTRY, key="first")
    again = await caller.post(ENTRY, key="second")
    assert (again.status_code, again.json()["type"]) == (409, "releases.already_entered")


async def test_two_people_with_the_same_key_are_two_people(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    callers = [await caller_for(somebody()) for _ in range(2)]
    answers = await asyncio.gather(*(caller.post(ENTRY, key="1") for caller in callers))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["label"] != answers[1].json()["label"]


async def test_of_a_crowd_each_gets_his_own_answer(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    bodies: list[dict[str, object]] = [
        {"wishes": []},
        {"wishes": [{"office": "KW-MOI/NOWHERE"}]},
        {"class": "medical"},
        {"wishes": [{}, {}, {}, {}]},
        {"surprise": 1},
        {"wishes": []},
    ]
    callers = [await caller_for(somebody()) for _ in bodies]
    answers = await asyncio.gather(*(caller.post(ENTRY, body) for caller, body in zip(callers, bodies, strict=True)))
    assert [answer.status_code for answer in answers] == [201, 422, 422, 400, 400, 201]


async def test_nobody_enters_unknown_or_not_surely_known(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    assert (await (await caller_for()).post(ENTRY)).status_code == 401
    assert (await (await caller_for(somebody(), assurance=1)).post(ENTRY)).status_code == 401
    assert (await (await caller_for(somebody(), age=timedelta(hours=3))).post(ENTRY)).status_code == 401


async def test_one_persons_entry_is_never_anothers(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await open_draw(opened_pool, settings=settings)
    await (await caller_for(somebody())).post(ENTRY)
    assert (await (await caller_for(somebody())).get(ENTRY)).status_code == 404


async def test_a_frozen_list_and_a_draw_that_is_not_there_take_nobody(
    caller_for: CallerFor, opened_pool: Pool, settings: Settings
) -> None:
    await frozen_draw(opened_pool, settings=settings, entrants=1)
    caller = await caller_for(somebody())
    frozen = await caller.post(ENTRY)
    assert (frozen.status_code, frozen.json()["type"]) == (409, "releases.list_frozen")
    assert (await caller.post("/draws/KW-MOI/18/1999-01-01/entry")).status_code == 404

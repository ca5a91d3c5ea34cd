"""Quota orders on the real server: who may give one, and what happens to a row that nobody signed."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation

from dawr.catalogue import actions
from dawr.catalogue.quota import (
    AuthorityKeyDiffers,
    QuotaOrder,
    QuotaOrderBackdated,
    QuotaOrderBroken,
    QuotaOrderOvertaken,
    signed,
)
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import AuthorityId
from dawr.kernel.signing import SigningKey, is_signed_by
from dawr.people.model import Role, RoleMissing
from dawr.settings import Settings
from dawr.web.session import SignInNeeded, Visitor
from tests.store.catalogue.officials import ARTICLE_18, HAWALLI, MOI, NOBODY, NOW, THURSDAY, load_kuwait, officer


async def order(tx: Transaction, visitor: Visitor, settings: Settings, **changes: Any) -> QuotaOrder:
    wanted: dict[str, Any] = {
        "service_id": ARTICLE_18,
        "people_a_day": 500,
        "from_on": THURSDAY,
        "until_on": None,
        "decision": "قرار 12 لسنة 2027",
        "spoken_for": {},
        "now": NOW,
    }
    return await actions.order_quota(tx, visitor, settings=settings, **(wanted | changes))


async def test_the_authority_orders_a_number_and_it_holds_from_its_day(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    visitor = await officer(tx, Role.AUTHORITY, settings=settings)
    assert await actions.quota_on(tx, ARTICLE_18, day_on=THURSDAY) is None
    given = await order(tx, visitor, settings)
    assert given.number == 1
    assert await actions.quota_on(tx, ARTICLE_18, day_on=date(2027, 2, 3)) is None
    assert await actions.quota_on(tx, ARTICLE_18, day_on=THURSDAY) == 500
    view = await actions.view_service(tx, ARTICLE_18, now=NOW)
    assert view.key is not None
    assert is_signed_by(view.key.public_key, view.orders[0].statement(), signature=view.orders[0].signature)


async def test_a_later_order_stands_over_an_earlier_one_from_its_own_day(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    visitor = await officer(tx, Role.AUTHORITY, settings=settings)
    await order(tx, visitor, settings, people_a_day=500)
    await order(tx, visitor, settings, people_a_day=700, from_on=date(2027, 3, 1), until_on=date(2027, 3, 4))
    await order(tx, visitor, settings, people_a_day=450)
    quotas = {
        day: await actions.quota_on(tx, ARTICLE_18, day_on=date(2027, *day))
        for day in ((2, 28), (3, 1), (3, 3), (3, 4))
    }
    assert quotas == {(2, 28): 450, (3, 1): 700, (3, 3): 700, (3, 4): 450}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INVESTIGATOR, Role.AUDITOR, Role.INSPECTOR])
async def test_nobody_but_the_authority_may_order(tx: Transaction, settings: Settings, role: Role) -> None:
    await load_kuwait(tx)
    visitor = await officer(tx, role, settings=settings)
    with pytest.raises(RoleMissing):
        await order(tx, visitor, settings, people_a_day=501)
    with pytest.raises(RoleMissing):
        await actions.services_to_order(tx, visitor, now=NOW)


async def test_a_branch_head_and_a_stranger_may_not_order(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    head = await officer(tx, Role.BRANCH_HEAD, settings=settings, office_id=HAWALLI)
    with pytest.raises(RoleMissing):
        await order(tx, head, settings)
    with pytest.raises(SignInNeeded):
        await order(tx, NOBODY, settings)


async def test_another_ministry_may_not_order(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    visitor = await officer(tx, Role.AUTHORITY, settings=settings, authority_id=AuthorityId("KW-MOFA"))
    with pytest.raises(RoleMissing):
        await order(tx, visitor, settings)


async def test_an_order_never_reaches_back(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    late_evening = datetime(2027, 2, 4, 21, 30, tzinfo=UTC)  # already the fifth in Kuwait
    visitor = await officer(tx, Role.AUTHORITY, settings=settings, now=late_evening)
    with pytest.raises(QuotaOrderBackdated):
        await order(tx, visitor, settings, now=late_evening)
    assert (await order(tx, visitor, settings, now=late_evening, from_on=date(2027, 2, 5))).number == 1


FORGERIES = {
    "a higher number": {"people_a_day": 501},
    "an earlier day": {"from_on": date(2027, 1, 1)},
    "another end": {"until_on": date(2030, 1, 1)},
    "another decision": {"decision": "قرار 13 لسنة 2027"},
    "another hour": {"set_at": datetime(2027, 2, 1, 6, 1, tzinfo=UTC)},
    "another service": {"service_id": "KW-MOI/20"},
    "no signature": {"signature": ""},
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_a_row_altered_behind_our_back_is_never_used(
    pool: Pool, database_url: str, settings: Settings, what: str
) -> None:
    async with transaction(pool) as tx:
        await load_kuwait(tx)
        await order(tx, await officer(tx, Role.AUTHORITY, settings=settings), settings)
    ((column, value),) = FORGERIES[what].items()
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(f"update catalogue.quota_order set {column} = %s".encode(), (value,))
    async with transaction(pool) as tx:
        with pytest.raises(QuotaOrderBroken):
            await actions.quota_on(tx, FORGERIES[what].get("service_id", ARTICLE_18), day_on=THURSDAY)  # type: ignore[arg-type]


async def test_a_row_that_the_application_itself_wrote_without_the_key_is_never_used(
    tx: Transaction, settings: Settings
) -> None:
    await load_kuwait(tx)
    given = await order(tx, await officer(tx, Role.AUTHORITY, settings=settings), settings)
    own_key = SigningKey.from_seed(b"o" * 32)
    forged = signed(replace(given, number=2, people_a_day=5000), key=own_key)
    await tx.execute(
        """insert into catalogue.quota_order
        select service_id, 2, authority_id, 5000, from_on, until_on, decision, set_at, set_by, %s
        from catalogue.quota_order""",
        (forged.signature,),
    )
    with pytest.raises(QuotaOrderBroken):
        await actions.quota_on(tx, ARTICLE_18, day_on=THURSDAY)


async def test_an_order_cut_out_of_the_middle_is_noticed(pool: Pool, database_url: str, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await load_kuwait(tx)
        visitor = await officer(tx, Role.AUTHORITY, settings=settings)
        await order(tx, visitor, settings)
        await order(tx, visitor, settings, people_a_day=300)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("delete from catalogue.quota_order where number = 1")
    async with transaction(pool) as tx:
        with pytest.raises(QuotaOrderBroken):
            await actions.quota_on(tx, ARTICLE_18, day_on=THURSDAY)


async def test_another_key_cannot_take_the_place_of_the_pinned_one(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    visitor = await officer(tx, Role.AUTHORITY, settings=settings)
    await order(tx, visitor, settings)
    with pytest.raises(AuthorityKeyDiffers):
        await order(tx, visitor, replace(settings, root_secret=b"x" * 32))


async def test_of_two_orders_at_the_same_moment_one_is_kept(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await load_kuwait(tx)
        visitor = await officer(tx, Role.AUTHORITY, settings=settings)
        await order(tx, visitor, settings)

    async def another(people_a_day: int) -> QuotaOrder:
        async with transaction(pool) as tx:
            return await order(tx, visitor, settings, people_a_day=people_a_day)

    outcomes = await asyncio.gather(*(another(600 + n) for n in range(8)), return_exceptions=True)
    kept = [outcome for outcome in outcomes if isinstance(outcome, QuotaOrder)]
    assert kept
    assert all(isinstance(outcome, QuotaOrder | QuotaOrderOvertaken) for outcome in outcomes)
    async with transaction(pool) as tx:
        assert [each.number for each in await actions.quota_orders(tx, ARTICLE_18)] == list(range(1, len(kept) + 2))


async def test_the_database_refuses_an_order_by_a_strange_authority(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    await order(tx, await officer(tx, Role.AUTHORITY, settings=settings), settings)
    columns = "service_id, number + 1, {}, {}, from_on, until_on, {}, set_at, set_by, signature"
    for authority, people, decision in (
        ("'SY-MOI'", "1", "decision"),
        (f"'{MOI}'", "-1", "decision"),
        (f"'{MOI}'", "1", "''"),
    ):
        chosen = columns.format(authority, people, decision)
        attack = f"insert into catalogue.quota_order select {chosen} from catalogue.quota_order"
        await tx.execute("savepoint attack")
        with pytest.raises(CheckViolation):
            await tx.execute(attack.encode())
        await tx.execute("rollback to attack")


async def test_the_order_stands_in_the_public_log(tx: Transaction, settings: Settings) -> None:
    await load_kuwait(tx)
    await order(tx, await officer(tx, Role.AUTHORITY, settings=settings), settings)
    rows = await (await tx.execute("select leaf from transparency.entry order by 1")).fetchall()
    leaves = [row["leaf"] for row in rows]
    assert any('"quota.order"' in leaf and '"people_a_day":500' in leaf for leaf in leaves)
    assert any('"key.published"' in leaf for leaf in leaves)

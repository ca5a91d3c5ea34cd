"""Reserved shares: opened by a clerk for what his office serves, taken back there, and in the log both times."""

import asyncio

import pytest

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import Officer
from dawr.releases import actions
from dawr.releases.class_grant import (
    ClassGrant,
    GrantRevoked,
    NotServedHere,
    RevocationUnexplained,
    StandingGrant,
)
from dawr.releases.model import ClassUnknown, GrantToSelf
from dawr.transparency.leaf import opens
from tests.store.releases.invented_draw import (
    ANNOUNCED_AT,
    DAY,
    FARWANIYA,
    HAWALLI,
    NINE,
    SERVICE,
    Draws,
    clerk_at,
    person,
)


async def revoke(
    tx: Transaction, grant: StandingGrant, *, clerk: Officer, reason: str = "the letter was forged"
) -> None:
    await actions.revoke_class(
        tx, service_id=SERVICE, grant_id=grant.grant_id, clerk=clerk, reason=reason, now=ANNOUNCED_AT
    )


async def test_nobody_opens_a_reserved_share_for_himself(tx: Transaction, draws: Draws) -> None:
    clerk = clerk_at()
    with pytest.raises(GrantToSelf):
        await draws.grant(tx, clerk.person_id, clerk=clerk)


async def test_a_clerk_opens_no_share_of_a_service_that_his_office_does_not_serve(
    tx: Transaction, draws: Draws
) -> None:
    served = {service.service_id for service in await catalogue.services_at(tx, HAWALLI)}
    foreign = [service for service in await catalogue.services(tx) if service.service_id not in served]
    assert {"KW-MOI"} < {service.authority_id for service in foreign}, "his own authority has others too"
    grant = ClassGrant(draw_class="medical", evidence="a letter", until_on=DAY)
    for service in foreign:
        with pytest.raises(NotServedHere):
            await actions.grant_class(
                tx, grant, service_id=service.service_id, person_id=person(), clerk=clerk_at(), now=ANNOUNCED_AT
            )


async def test_a_share_that_was_taken_back_is_no_longer_drawn_on(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 2}, reserved={NINE: {"medical": 1}})
    early, late = person(), person()
    for person_id in (early, late):
        grant = await draws.grant(tx, person_id)
        if person_id == early:
            await draws.enter(tx, early, draw_class="medical")
        await revoke(tx, grant, clerk=clerk_at())
    with pytest.raises(ClassUnknown):
        await draws.enter(tx, late, draw_class="medical")
    (entry,) = await actions.entries_of(tx, early)
    assert "\tmedical\t" in entry.line, "an entry that stands is not changed behind its person's back"


async def test_of_two_grants_of_one_class_the_other_still_holds(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 2}, reserved={NINE: {"medical": 1}})
    person_id = person()
    first, _ = [await draws.grant(tx, person_id) for _ in range(2)]
    await revoke(tx, first, clerk=clerk_at())
    assert await draws.enter(tx, person_id, draw_class="medical")


async def test_another_office_takes_nothing_back(tx: Transaction, draws: Draws) -> None:
    grant = await draws.grant(tx, person())
    with pytest.raises(NotFound):
        await revoke(tx, grant, clerk=clerk_at(FARWANIYA))


async def test_nothing_is_taken_back_without_a_reason_or_twice(tx: Transaction, draws: Draws) -> None:
    grant = await draws.grant(tx, person())
    with pytest.raises(RevocationUnexplained):
        await revoke(tx, grant, clerk=clerk_at(), reason="")
    await revoke(tx, grant, clerk=clerk_at())
    with pytest.raises(GrantRevoked):
        await revoke(tx, grant, clerk=clerk_at())


async def test_two_colleagues_who_take_it_back_at_once_do_it_once(pool: Pool, standing_draws: Draws) -> None:
    async with transaction(pool) as tx:
        grant = await standing_draws.grant(tx, person())

    async def alone() -> str:
        try:
            async with transaction(pool) as tx:
                await revoke(tx, grant, clerk=clerk_at())
        except Refusal as refusal:
            return refusal.code
        return "revoked"

    assert sorted(await asyncio.gather(alone(), alone())) == ["releases.grant_revoked", "revoked"]


async def test_an_office_lists_what_it_granted_while_it_lasts(tx: Transaction, draws: Draws) -> None:
    kept, revoked = [await draws.grant(tx, person()) for _ in range(2)]
    elsewhere = await draws.grant(tx, person(), clerk=clerk_at(FARWANIYA))
    await revoke(tx, revoked, clerk=clerk_at())
    assert await actions.grants_at(tx, HAWALLI, day_on=DAY) == [kept]
    assert await actions.grants_at(tx, FARWANIYA, day_on=DAY) == [elsewhere]
    assert await actions.grants_at(tx, HAWALLI, day_on=kept.until_on) == []


async def test_the_log_seals_who_granted_and_who_took_back_and_why(tx: Transaction, draws: Draws) -> None:
    clerk, colleague = clerk_at(), clerk_at()
    grant = await draws.grant(tx, person(), clerk=clerk)
    await revoke(tx, grant, clerk=colleague)
    facts = {
        "what": "class.granted",
        "grant": str(grant.grant_id),
        "service": SERVICE,
        "person": str(grant.person_id),
        "class": "medical",
        "office": HAWALLI,
        "by": str(clerk.person_id),
    }
    taken_back = facts | {"what": "class.revoked", "by": str(colleague.person_id), "reason": "the letter was forged"}
    for table, sealed in (("class_grant", facts), ("class_revocation", taken_back)):
        statement = f"""
        select leaf, log_salt from releases.{table}
        inner join transparency.entry on entry.entry_id = {table}.log_entry_id where grant_id = %s
        """
        row = await (await tx.execute(statement.encode(), (grant.grant_id,))).fetchone()
        assert row is not None
        assert opens(row["leaf"].encode(), salt=bytes(row["log_salt"]), facts=sealed), table
        assert str(grant.person_id) not in row["leaf"]

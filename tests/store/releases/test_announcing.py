"""Announcing a draw: its rules are fixed, logged and safe before anybody can enter."""

from datetime import timedelta
from typing import Any

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import SlotId, SlotPromised
from dawr.capacity import actions as capacity
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.refusal import Malformed, NotFound
from dawr.people.model import Role
from dawr.releases import actions
from dawr.releases.beacon import instant_of
from dawr.releases.model import (
    AlreadyAnnounced,
    DrawId,
    QuotaSmallerThanSeats,
    RulesUnsafe,
    Stage,
    WitnessesMissing,
    eligibility_of,
    stage_of,
)
from dawr.transparency import actions as transparency
from tests.store.catalogue.officials import officer
from tests.store.releases.invented_draw import (
    ANNOUNCED_AT,
    DAY,
    DRAW,
    DRAWS_AT,
    FAR_NINE,
    FREEZES_AT,
    HALF_PAST,
    MOVES_UNTIL,
    NINE,
    OPENS_AT,
    SERVICE,
    Draws,
    drawing_settings,
    person,
)

OTHER = DrawId("KW-MOI/18/2027-02-01-B")


async def test_a_release_is_as_its_rules_say_and_they_are_in_the_log(tx: Transaction, draws: Draws) -> None:
    reserved = {NINE: {"medical": 1}}
    release = await draws.announce(tx, {NINE: 3, FAR_NINE: 2}, reserved=reserved)
    assert stage_of(release, now=ANNOUNCED_AT) is Stage.ANNOUNCED
    assert (release.rules.seats, release.rules.classes) == (5, ("medical",))
    assert release.draws_at == DRAWS_AT
    assert release.rules.eligible == eligibility_of(await catalogue.service(tx, SERVICE))
    assert release == await actions.release(tx, SERVICE, DRAW)
    assert release in await actions.all_releases(tx)
    assert await actions.all_releases(tx, service_id=SERVICE) == [release]
    assert [each.round for each in await actions.rounds(tx, release)] == [release.round]
    row = await (await tx.execute("select leaf from transparency.entry order by entry_id desc limit 1")).fetchone()
    assert row is not None
    for fact in ('"times_a_year_max":1', '"may_act":["employer","self"]', "nobody enters for another"):
        assert fact in row["leaf"]
    for fact in ('"draw.rules"', f'"draw_id":"{DRAW}"', f'"round":{release.round}', release.rules.places_sha256):
        assert fact in row["leaf"]
    assert await transparency.index_of(tx, release.rules_entry_id) is None


async def test_places_come_in_the_order_of_time_by_the_offices_clock(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {HALF_PAST: 1, FAR_NINE: 2, NINE: 3}, reserved={NINE: {"medical": 1}})
    places = await actions.places(tx, release)
    assert [(place.place_id, place.count) for place in places] == [(FAR_NINE, 2), (NINE, 3), (HALF_PAST, 1)]
    assert places[0].starts_at == "2027-02-10T09:00+03:00"
    assert places[1].reserved == {"medical": 1}


async def test_a_draw_id_is_used_once(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 3})
    with pytest.raises(AlreadyAnnounced):
        await draws.announce(tx, {HALF_PAST: 3})


@pytest.mark.parametrize("draw_id", ["", "with space", "قرعة", "x" * 101, "a\tb"])
async def test_a_draw_id_is_visible_ascii(tx: Transaction, draws: Draws, draw_id: str) -> None:
    with pytest.raises(Malformed):
        await draws.announce(tx, {NINE: 3}, draw_id=DrawId(draw_id))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opens_at": ANNOUNCED_AT - timedelta(seconds=1)}, "opens before its rules"),
        ({"freezes_at": OPENS_AT}, "freezes before it opens"),
        ({"moves_until": DRAWS_AT}, "ends before it is drawn"),
        ({"confirm_seconds": 0}, "time to confirm"),
        ({"travel_seconds": -1}, "time to confirm"),
        ({"travel_seconds": 9 * 86400}, "before its winner could come"),
        (
            {"freezes_at": MOVES_UNTIL - timedelta(hours=1), "moves_until": MOVES_UNTIL + timedelta(days=9)},
            "before its",
        ),
    ],
)
async def test_unsafe_rules_are_refused(tx: Transaction, draws: Draws, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RulesUnsafe, match=reason):
        await draws.announce(tx, {NINE: 3}, **changes)


async def test_a_draw_without_a_lead_before_the_beacon_is_refused(tx: Transaction, draws: Draws) -> None:
    hasty = drawing_settings(draws.settings)
    object.__setattr__(hasty, "draw_lead_seconds", 0)
    with pytest.raises(RulesUnsafe, match="no lead"):
        await Draws(settings=hasty).announce(tx, {NINE: 3})


async def test_a_draw_without_seats_is_refused(tx: Transaction, draws: Draws) -> None:
    await draws.publish(tx, {NINE: 1})
    await booking.offer_seats(tx, service_id=SERVICE, wanted=[(person(), NINE)], until=FREEZES_AT, now=ANNOUNCED_AT)
    for slot_ids in ([], [NINE]):
        with pytest.raises((RulesUnsafe, Malformed)):
            async with tx.transaction():
                await draws.announce(tx, {}, slot_ids=slot_ids)


@pytest.mark.parametrize("quorum", [0, 3])
async def test_a_draw_needs_witnesses_and_enough_of_them(tx: Transaction, draws: Draws, quorum: int) -> None:
    with pytest.raises(WitnessesMissing):
        await Draws(settings=drawing_settings(draws.settings, quorum=quorum)).announce(tx, {NINE: 3})


async def test_more_reserved_seats_than_seats_are_refused(tx: Transaction, draws: Draws) -> None:
    with pytest.raises(Malformed, match="reserved"):
        await draws.announce(tx, {NINE: 3}, reserved={NINE: {"medical": 2, "elderly": 2}})


async def test_a_slot_that_is_not_there_is_refused(tx: Transaction, draws: Draws) -> None:
    await draws.publish(tx, {NINE: 1})
    with pytest.raises(NotFound):
        await draws.announce(tx, {}, slot_ids=[NINE, SlotId("NOWHERE")])


async def _order(tx: Transaction, draws: Draws, people_a_day: int) -> None:
    visitor = await officer(tx, Role.AUTHORITY, settings=draws.settings)
    await capacity.order_quota(
        tx,
        visitor,
        settings=draws.settings,
        service_id=SERVICE,
        people_a_day=people_a_day,
        from_on=DAY,
        decision="قرار مخترع",
        now=ANNOUNCED_AT,
    )


async def test_a_draw_never_gives_more_than_the_authoritys_number(tx: Transaction, draws: Draws) -> None:
    await _order(tx, draws, 5)
    with pytest.raises(QuotaSmallerThanSeats) as refused:
        async with tx.transaction():
            await draws.announce(tx, {NINE: 3, FAR_NINE: 3})
    assert refused.value.facts == {"day_on": "2027-02-10", "quota": 5, "seats": 6}
    await draws.announce(tx, {NINE: 3, FAR_NINE: 2})
    assert await booking.quota_left(tx, SERVICE, days_on=[DAY]) == {DAY: 5}


async def test_two_draws_together_never_give_more_than_the_authoritys_number(tx: Transaction, draws: Draws) -> None:
    await _order(tx, draws, 5)
    await draws.announce(tx, {NINE: 3})
    with pytest.raises(QuotaSmallerThanSeats):
        async with tx.transaction():
            await draws.announce(tx, {FAR_NINE: 3}, draw_id=OTHER)
    await draws.announce(tx, {HALF_PAST: 2}, draw_id=OTHER)


async def test_what_was_given_before_counts_against_the_number(tx: Transaction, draws: Draws) -> None:
    await draws.publish(tx, {FAR_NINE: 3})
    wanted = [(person(), FAR_NINE), (person(), FAR_NINE)]
    await booking.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=FREEZES_AT, now=ANNOUNCED_AT)
    await _order(tx, draws, 4)
    with pytest.raises(QuotaSmallerThanSeats):
        async with tx.transaction():
            await draws.announce(tx, {NINE: 3})
    release = await draws.announce(tx, {NINE: 1, FAR_NINE: 3})
    assert release.rules.seats == 2


async def test_one_seat_is_not_promised_by_two_draws(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 3})
    with pytest.raises(SlotPromised):
        await draws.announce(tx, {NINE: 3, HALF_PAST: 1}, draw_id=OTHER)


async def test_the_round_is_due_after_lead_and_witnesses(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 3})
    chain = release.rules.beacon
    assert instant_of(release.round, chain=chain) == DRAWS_AT
    assert instant_of(release.round - 1, chain=chain) < DRAWS_AT

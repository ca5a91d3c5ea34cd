"""Entering, changing one's wishes and leaving, on the real server."""

import asyncio
from datetime import date, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import SlotId
from dawr.catalogue.model import ServiceClosed
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import CODE_ALPHABET, PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import is_signed_by
from dawr.releases import actions, model
from dawr.releases.actions import entering, entering_together
from dawr.releases.entry_line import read_entry_line
from dawr.releases.model import (
    AlreadyEntered,
    ClassUnknown,
    DrawId,
    HasTurnAlready,
    ListFrozen,
    NoSuchPlace,
    Receipt,
    ReleaseNotOpen,
    TurnsUsedUp,
    Wish,
    receipt_message,
    receipt_text,
)
from dawr.transparency.leaf import read_leaf
from tests.store.releases.invented_draw import (
    ANY,
    DAY,
    DRAW,
    ENTERS_AT,
    FAR_NINE,
    FREEZES_AT,
    HALF_PAST,
    IN_FARWANIYA,
    IN_HAWALLI,
    NINE,
    OPENS_AT,
    SERVICE,
    TEN,
    Draws,
    person,
    slot,
)

OTHER = DrawId("KW-MOI/18/2027-02-01-B")


async def _change(tx: Transaction, draws: Draws, person_id: PersonId, **changes: object) -> Receipt:
    wanted: dict[str, object] = {"wishes": (), "draw_class": "", "now": ENTERS_AT + timedelta(minutes=1)}
    return await actions.change_entry(
        tx,
        service_id=SERVICE,
        draw_id=DRAW,
        person_id=person_id,
        settings=draws.settings,
        **(wanted | changes),  # type: ignore[arg-type]
    )


async def test_the_receipt_is_signed_over_the_line_that_stands(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1, FAR_NINE: 1})
    person_id = person()
    receipt = await draws.enter(tx, person_id, wishes=[IN_FARWANIYA, IN_HAWALLI])
    assert receipt.line == f"{receipt.label}\t\t0\t{FAR_NINE} {NINE}"
    assert len(receipt.label) == 8
    assert set(receipt.label) <= set(CODE_ALPHABET)
    assert receipt.key == release.rules.receipt_key
    assert receipt.version == 1
    message = receipt_message(draw_id=DRAW, line=receipt.line, version=1, entered_at=receipt.entered_at)
    assert is_signed_by(bytes.fromhex(receipt.key), message, signature=receipt.signature)
    kept = await actions.receipt_for(tx, service_id=SERVICE, draw_id=DRAW, person_id=person_id, settings=draws.settings)
    assert kept == receipt
    assert model.receipt_text(kept) == model.receipt_text(receipt)


async def test_any_place_is_a_line_of_the_label_alone(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    receipt = await draws.enter(tx)
    assert receipt.line == receipt.label


async def test_wishes_become_places_in_the_order_of_time(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {TEN: 1, FAR_NINE: 1, NINE: 1, HALF_PAST: 1})
    receipt = await draws.enter(tx, wishes=[IN_HAWALLI, ANY])
    assert read_entry_line(receipt.line.encode()).preferences == (NINE, HALF_PAST, TEN, FAR_NINE)
    with pytest.raises(NoSuchPlace):
        await draws.enter(tx, wishes=[Wish(office_id="", day="2027-02-11", part="")])


async def test_nobody_enters_before_it_opens_or_after_it_froze(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    with pytest.raises(ReleaseNotOpen):
        await draws.enter(tx, now=OPENS_AT - timedelta(seconds=1))
    person_id = person()
    await draws.enter(tx, person_id, now=OPENS_AT)
    with pytest.raises(ListFrozen):
        await draws.enter(tx, now=FREEZES_AT)
    await draws.freeze(tx)
    for now in (ENTERS_AT, FREEZES_AT):
        with pytest.raises(ListFrozen):
            await draws.enter(tx, now=now)
        with pytest.raises(ListFrozen):
            await _change(tx, draws, person_id, now=now)
        with pytest.raises(ListFrozen):
            await draws.withdraw(tx, person_id, now=now)


async def test_a_person_enters_once_and_in_one_draw_of_the_service(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.announce(tx, {FAR_NINE: 1}, draw_id=OTHER)
    person_id = person()
    await draws.enter(tx, person_id)
    for draw_id in (DRAW, OTHER):
        with pytest.raises(AlreadyEntered):
            async with tx.transaction():
                await draws.enter(tx, person_id, draw_id=draw_id)
    await draws.withdraw(tx, person_id)
    await draws.enter(tx, person_id, draw_id=OTHER)


async def test_after_its_draw_a_person_may_enter_the_next(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    await draws.announce(tx, {FAR_NINE: 1}, draw_id=OTHER, later=timedelta(days=1))
    person_ids = [person(), person()]
    for person_id in person_ids:
        await draws.enter(tx, person_id)
    await draws.freeze(tx)
    (entry,) = await actions.entries_of(tx, person_ids[0])
    assert entry.is_live
    with pytest.raises(AlreadyEntered):
        async with tx.transaction():
            await draws.enter(tx, person_ids[0], draw_id=OTHER, now=ENTERS_AT + timedelta(days=1))
    _, places = await draws.run(tx)
    loser = next(person_id for person_id, place in places.items() if place is None)
    (entry,) = await actions.entries_of(tx, loser)
    assert not entry.is_live
    await draws.enter(tx, loser, draw_id=OTHER, now=ENTERS_AT + timedelta(days=1))
    newest, oldest = await actions.entries_of(tx, loser)
    assert (newest.is_live, oldest.is_live) == (True, False)
    assert await actions.entry_of(tx, service_id=SERVICE, draw_id=OTHER, person_id=loser) == newest


async def test_whoever_holds_a_turn_does_not_enter(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    person_id = person()
    await booking.offer_seats(tx, service_id=SERVICE, wanted=[(person_id, NINE)], until=FREEZES_AT, now=ENTERS_AT)
    with pytest.raises(HasTurnAlready):
        await draws.enter(tx, person_id)


async def test_changed_wishes_keep_the_label_and_get_the_next_receipt(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 1})
    person_id = person()
    first = await draws.enter(tx, person_id, wishes=[IN_HAWALLI])
    second = await _change(tx, draws, person_id, wishes=[IN_FARWANIYA])
    assert second.label == first.label
    assert second.line == f"{first.label}\t\t0\t{FAR_NINE}"
    assert second.signature != first.signature
    assert second.entered_at == ENTERS_AT + timedelta(minutes=1)


async def test_receipts_of_one_label_are_in_order_within_one_second(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1, FAR_NINE: 1})
    person_id = person()
    receipts = [
        await draws.enter(tx, person_id, wishes=[IN_HAWALLI]),
        await _change(tx, draws, person_id, wishes=[IN_FARWANIYA], now=ENTERS_AT),
        await _change(tx, draws, person_id, wishes=[IN_HAWALLI], now=ENTERS_AT),
    ]
    assert [receipt.version for receipt in receipts] == [1, 2, 3]
    assert len({receipt.signature for receipt in receipts}) == 3
    assert receipts[0].line == receipts[2].line


async def test_who_asks_for_what_stands_keeps_his_receipt(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1})
    person_id = person()
    receipt = await draws.enter(tx, person_id, wishes=[IN_HAWALLI])
    assert await _change(tx, draws, person_id, wishes=[IN_HAWALLI]) == receipt
    assert await actions.view_ended(tx, release, label=receipt.label) == ()


async def test_the_log_says_which_receipts_a_change_and_a_withdrawal_ended(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1, FAR_NINE: 1})
    person_id = person()
    first = await draws.enter(tx, person_id, wishes=[IN_HAWALLI])
    second = await _change(tx, draws, person_id, wishes=[IN_FARWANIYA])
    assert await draws.withdraw(tx, person_id) == first.label
    changed, withdrawn = await actions.view_ended(tx, release, label=first.label)
    assert (changed.receipt.version, changed.receipt.is_withdrawal) == (1, False)
    assert (withdrawn.receipt.version, withdrawn.receipt.is_withdrawal) == (2, True)
    assert changed.log is withdrawn.log is None
    for ended, receipt, kind in (
        (changed, first, "draw.entry_changed"),
        (withdrawn, second, "draw.entry_withdrawn"),
    ):
        leaf = "select leaf from transparency.entry where entry_id = %s"
        row = await (await tx.execute(leaf, (ended.receipt.entry_id,))).fetchone()
        assert row is not None
        said = read_leaf(row["leaf"].encode())
        assert said.kind == kind
        assert said.facts == {
            "draw_id": DRAW,
            "label": receipt.label,
            "version": receipt.version,
            "receipt_sha256": sha256(receipt_text(receipt).encode()).hexdigest(),
        }


async def test_entering_itself_says_nothing_in_the_log(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    count = "select count(*) as n from transparency.entry"
    before = await (await tx.execute(count)).fetchone()
    await draws.enter(tx)
    assert await (await tx.execute(count)).fetchone() == before


async def test_whoever_leaves_leaves_nothing_that_names_him(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 1})
    person_id = person()
    await draws.enter(tx, person_id)
    await draws.withdraw(tx, person_id)
    assert await actions.entries_of(tx, person_id) == []
    for missing in (draws.withdraw(tx, person_id), _change(tx, draws, person_id)):
        with pytest.raises(NotFound):
            await missing


async def test_of_two_changes_at_once_each_ends_another_receipt(standing_draws: Draws, pool: Pool) -> None:
    person_id = person()
    async with transaction(pool) as tx:
        release = await standing_draws.announce(tx, {NINE: 1, FAR_NINE: 1, TEN: 1})
        label = (await standing_draws.enter(tx, person_id)).label

    async def change(wish: Wish) -> int:
        async with transaction(pool) as tx:
            return (await _change(tx, standing_draws, person_id, wishes=[wish], now=ENTERS_AT)).version

    wishes = (IN_HAWALLI, IN_FARWANIYA, ANY)
    assert sorted(await asyncio.gather(*map(change, wishes))) == [2, 3, 4]
    async with transaction(pool) as tx:
        ended = await actions.view_ended(tx, release, label=label)
    assert [each.receipt.version for each in ended] == [1, 2, 3]


async def test_a_label_that_left_is_never_given_again(
    tx: Transaction, draws: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draws.announce(tx, {NINE: 1})
    drawn = iter([b"\x00" * 8, b"\x00" * 8, b"\x01" * 8])
    monkeypatch.setattr(entering_together, "secrets", SimpleNamespace(token_bytes=lambda _length: next(drawn)))
    person_id = person()
    assert (await draws.enter(tx, person_id)).label == "2" * 8
    await draws.withdraw(tx, person_id)
    assert (await draws.enter(tx, person_id)).label == "3" * 8


async def _had(tx: Transaction, person_id: PersonId, *, day_on: date = DAY, state: str = "attended") -> None:
    """The person was given a turn on this day, and this became of it."""
    seat = slot(SlotId(f"HAW-{day_on:%Y%m%d}-0800"), seats=1, day_on=day_on)
    await booking.publish_slots(tx, slots=[seat], now=ENTERS_AT)
    wanted = [(person_id, seat.slot_id)]
    await booking.offer_seats(tx, service_id=SERVICE, wanted=wanted, until=FREEZES_AT, now=ENTERS_AT)
    await tx.execute("update booking.booking set state = %s where person_id = %s", (state, person_id))


async def test_who_has_had_the_turns_of_a_year_enters_for_the_next(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1})
    assert release.rules.eligible.times_a_year_max == 1
    person_id = person()
    await _had(tx, person_id)
    places = await actions.places(tx, release)
    for refused in (
        draws.enter(tx, person_id),
        entering.require_may_enter(tx, release, person_id=person_id, seats=places, now=ENTERS_AT),
    ):
        with pytest.raises(TurnsUsedUp) as refusal:
            await refused
        assert refusal.value.facts == {"times_max": 1, "year": 2027, "next_on": "2028-01-01"}
    had_last_year = person()
    await _had(tx, had_last_year, day_on=date(2026, 12, 31))
    await draws.enter(tx, had_last_year)


@pytest.mark.parametrize("state", ["missed", "lapsed", "cancelled"])
async def test_a_turn_that_was_not_used_does_not_count(tx: Transaction, draws: Draws, state: str) -> None:
    await draws.announce(tx, {NINE: 1})
    person_id = person()
    await _had(tx, person_id, state=state)
    await draws.enter(tx, person_id)


async def test_nobody_enters_for_a_service_that_is_not_offered(tx: Transaction, draws: Draws) -> None:
    release = await draws.announce(tx, {NINE: 1})
    places = await actions.places(tx, release)
    await tx.execute("update catalogue.service set until_on = %s where service_id = %s", (DAY, SERVICE))
    for refused in (
        draws.enter(tx),
        entering.require_may_enter(tx, release, person_id=person(), seats=places, now=ENTERS_AT),
        draws.announce(tx, {TEN: 1}, draw_id=OTHER),
    ):
        with pytest.raises(ServiceClosed):
            await refused


async def test_a_reserved_share_needs_a_grant_and_a_release_that_has_it(tx: Transaction, draws: Draws) -> None:
    await draws.announce(tx, {NINE: 2}, reserved={NINE: {"medical": 1}})
    person_id = person()
    with pytest.raises(ClassUnknown):
        await draws.enter(tx, person_id, draw_class="medical")
    await draws.grant(tx, person_id)
    await draws.grant(tx, person_id, "elderly")
    with pytest.raises(ClassUnknown):
        await draws.enter(tx, person_id, draw_class="elderly")
    receipt = await draws.enter(tx, person_id, draw_class="medical")
    assert receipt.line == f"{receipt.label}\tmedical\t0\t"


async def test_a_label_that_another_has_is_drawn_again(
    tx: Transaction, draws: Draws, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draws.announce(tx, {NINE: 1})
    drawn = iter([b"\x00" * 8, b"\x00" * 8, b"\x00" * 8, b"\x01" * 8])
    monkeypatch.setattr(entering_together, "secrets", SimpleNamespace(token_bytes=lambda _length: next(drawn)))
    assert (await draws.enter(tx)).label == "2" * 8
    assert (await draws.enter(tx)).label == "3" * 8


async def test_nobody_finds_a_draw_that_is_not_there(tx: Transaction, draws: Draws) -> None:
    with pytest.raises(NotFound):
        await draws.enter(tx)


async def test_credit_grows_to_three_and_is_forgotten_on_success(tx: Transaction, draws: Draws) -> None:
    """A rival with a right to the only seat makes him lose for certain; where the rival is absent he wins."""
    person_id, rival = person(), person()
    await draws.grant(tx, rival)
    carried = []
    for number in range(7):
        draw_id = DrawId(f"KW-MOI/18/2027-02-01-{number}")
        later, seat = timedelta(hours=6 * number), SlotId(f"HAW-20270210-09{number:02}")
        await draws.announce(tx, {seat: 1}, draw_id=draw_id, reserved={seat: {"medical": 1}}, later=later)
        receipt = await draws.enter(tx, person_id, draw_id=draw_id, now=ENTERS_AT + later)
        carried.append(read_entry_line(receipt.line.encode()).credit)
        if number != 5:
            await draws.enter(tx, rival, draw_class="medical", draw_id=draw_id, now=ENTERS_AT + later)
        _, places = await draws.run(tx, draw_id=draw_id, later=later)
        assert (places[person_id] is None) == (number != 5)
        await tx.execute("update booking.booking set state = 'missed' where state = 'offered'")
    assert carried == [0, 1, 2, 3, 3, 3, 0]

"""Acting while one's turn runs: take a seat, or ask once for more time."""

from collections.abc import Sequence
from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import BookingId, Wanted
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.lines import store
from dawr.lines.model import (
    LineId,
    NotInLine,
    Place,
    SlotNotInLine,
    StatusAsk,
    TakeAsk,
    require_extendable,
    require_turn,
)


async def take_many(tx: Transaction, asks: Sequence[TakeAsk], *, now: datetime) -> list[BookingId | Refusal]:
    """To each whose turn runs the seat that he asks for; the same request sent again gets the first answer.

    Refuses who is not in line, whose turn has not come, is over or was used, a slot that the line does not give out,
    and what `booking.take_seats` refuses; after such a refusal his turn runs on.
    """
    # A closing takes its line alone, so that nothing is given out behind it.
    await store.hold_lines(tx, asks)
    await store.lock_places(tx, asks)
    asked_places = await store.ask_places(tx, asks)
    asked_slots = await store.ask_slots_asked(tx, asks)
    found, offered = await asked_places.answer(), await asked_slots.answer()
    answers: dict[int, BookingId | Refusal] = {}
    for nth, ask in enumerate(asks):
        if (answer := _known_answer(ask, found[nth], is_offered=offered[nth], now=now)) is not None:
            answers[nth] = answer
    acting = [nth for nth in range(len(asks)) if nth not in answers]
    if acting:
        seats = await booking.take_seats(tx, [_wanted(asks[nth]) for nth in acting], now=now)
        answers |= dict(zip(acting, seats, strict=True))
        taken = {
            (asks[nth].service_id, asks[nth].line_id, asks[nth].person_id): (asks[nth], seat)
            for nth, seat in zip(acting, seats, strict=True)
            if not isinstance(seat, Refusal)
        }
        await store.mark_acted(tx, taken=list(taken.values()), now=now)
    return [answers[nth] for nth in range(len(asks))]


async def extend(
    tx: Transaction, *, service_id: ServiceId, line_id: LineId, person_id: PersonId, now: datetime
) -> Place:
    """More time for a turn that runs, once; refuses a second time and a turn that does not run."""
    ask = StatusAsk(service_id=service_id, line_id=line_id, person_id=person_id)
    async with tx.pipeline():
        await store.hold_lines(tx, [ask])
        await store.lock_places(tx, [ask])
        asked = await store.ask_places(tx, [ask])
    [found] = await asked.answer()
    if found.times is None or found.place is None:
        raise NotInLine
    require_extendable(found.place, times=found.times, now=now)
    await store.extend(tx, place=found.place, now=now)
    [extended] = await (await store.ask_places(tx, [ask])).answer()
    assert extended.place is not None, "the place is locked"
    return extended.place


def _known_answer(ask: TakeAsk, found: store.Found, *, is_offered: bool, now: datetime) -> BookingId | Refusal | None:
    """What can be said without asking for a seat; None for him who may have one."""
    if found.times is None:
        return NotFound()
    if found.place is None:
        return NotInLine()
    if found.place.asked_key == ask.asked_key:
        return found.place.booking_id
    try:
        require_turn(found.place, times=found.times, now=now)
    except Refusal as refusal:
        return refusal
    return None if is_offered else SlotNotInLine()


def _wanted(ask: TakeAsk) -> Wanted:
    return Wanted(service_id=ask.service_id, person_id=ask.person_id, slot_id=ask.slot_id, asked_key=ask.asked_key)

"""Taking one's number, looking where one stands, and leaving; set-based, for many callers at once."""

from collections.abc import Sequence
from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import HasLiveBooking
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.lines import store
from dawr.lines.model import JoinAsk, LineId, NotInLine, Place, StatusAsk, TurnUsed, require_joinable
from dawr.lines.order import label_of
from dawr.settings import Settings


def join_ask(service_id: ServiceId, line_id: LineId, *, person_id: PersonId, settings: Settings) -> JoinAsk:
    """The ask of a person for his number, under the label that is his in this line."""
    label = label_of(line_id, person_id, key=settings.key_for("line labels"))
    return JoinAsk(service_id=service_id, line_id=line_id, person_id=person_id, label=label)


async def join_many(tx: Transaction, asks: Sequence[JoinAsk], *, now: datetime) -> list[Place | Refusal]:
    """To each his place: the one that he has, or a new one at the end; before the opening it has no number yet.

    Whoever missed his turn gets a later number. Refuses a line that does not exist, does not gather yet, or is closed,
    and whoever holds a live turn of the service already.
    """
    await store.lock_lines(tx, asks)
    asked_turns = await booking.ask_turns_held_by(tx, sorted({(ask.service_id, ask.person_id) for ask in asks}))
    turns = await asked_turns.answer()
    holders = {person for person, held in turns.items() if any(turn.is_live for turn in held)}
    await store.join(tx, asks=[ask for ask in asks if (ask.service_id, ask.person_id) not in holders], now=now)
    asked_places = await store.ask_places(tx, asks)
    found = await asked_places.answer()
    return [
        _joined(each, holds_booking=(ask.service_id, ask.person_id) in holders, now=now)
        for ask, each in zip(asks, found, strict=True)
    ]


async def status_many(tx: Transaction, asks: Sequence[StatusAsk]) -> list[Place | Refusal]:
    """To each his place, with his turn and what he holds; refuses who is not in the line."""
    asked = await store.ask_places(tx, asks)
    return [found.place or (NotInLine() if found.times else NotFound()) for found in await asked.answer()]


async def leave(tx: Transaction, *, service_id: ServiceId, line_id: LineId, person_id: PersonId) -> None:
    """Give up one's place; whoever has left already has left. Refuses who has taken a seat."""
    ask = StatusAsk(service_id=service_id, line_id=line_id, person_id=person_id)
    async with tx.pipeline():
        await store.hold_lines(tx, [ask])
        await store.lock_places(tx, [ask])
        asked = await store.ask_places(tx, [ask])
    [found] = await asked.answer()
    if found.place is None:
        return
    if found.place.booking_id is not None:
        raise TurnUsed
    await store.leave(tx, place=found.place)


def _joined(found: store.Found, *, holds_booking: bool, now: datetime) -> Place | Refusal:
    if found.times is None:
        return NotFound()
    if found.place is not None and not found.place.has_missed(now=now):
        return found.place
    if holds_booking:
        return HasLiveBooking()
    try:
        require_joinable(found.times, now=now)
    except Refusal as refusal:
        return refusal
    assert found.place is not None, "who may join has a place now"
    return found.place

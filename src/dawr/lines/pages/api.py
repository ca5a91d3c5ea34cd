"""The JSON API of waiting lines: the same acts as on the pages, for the minute in which everybody comes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.datastructures import State

from dawr.booking.model import BookingId, HasLiveBooking, QuotaExceeded, SlotBegun, SlotFull
from dawr.db.batcher import Batcher
from dawr.db.pool import Transaction
from dawr.kernel.refusal import NotFound, Refusal
from dawr.lines import actions
from dawr.lines.model import (
    JoinAsk,
    LineClosed,
    NotGathering,
    NotInLine,
    NotYourTurn,
    Place,
    SlotNotInLine,
    StatusAsk,
    TakeAsk,
    TurnMissed,
    TurnUsed,
)
from dawr.lines.pages.address import SLOT_LENGTH_MAX, AskedLine, asked_line, asked_slot
from dawr.lines.pages.assured import require_sure
from dawr.web.door import Call, HotRoute, once_per_application
from dawr.web.metrics import observe_batch, watch_queue


class SeatBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which slot."""

    slot: Annotated[str, msgspec.Meta(min_length=1, max_length=SLOT_LENGTH_MAX)]


class PlaceAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One's place; absent is what has not come yet: the number before the opening, the turn, the booking."""

    line: str
    label: str
    joined_at: datetime
    number: int | None = None
    let_in_at: datetime | None = None
    turn_ends_at: datetime | None = None
    booking: UUID | None = None


class SeatAnswer(msgspec.Struct, kw_only=True):
    """The confirmed booking."""

    line: str
    slot: str
    booking: UUID


class HotWork:
    """What one web process does for many callers at once in lines."""

    def __init__(self, state: State) -> None:
        self.settings = state.settings
        self.joining: Batcher[JoinAsk, Place] = Batcher(
            state.pool, self._join, name="join", lane=_lane, observe=observe_batch
        )
        self.watching: Batcher[StatusAsk, Place] = Batcher(
            state.pool, actions.status_many, name="place_status", lane=_lane, observe=observe_batch
        )
        self.taking: Batcher[TakeAsk, BookingId] = Batcher(
            state.pool, self._take, name="take", lane=_lane, observe=observe_batch
        )
        watch_queue("join", lambda: self.joining.waiting)
        watch_queue("place_status", lambda: self.watching.waiting)
        watch_queue("take", lambda: self.taking.waiting)

    async def _join(self, tx: Transaction, asks: Sequence[JoinAsk]) -> list[Place | Refusal]:
        return await actions.join_many(tx, asks, now=datetime.now(UTC))

    async def _take(self, tx: Transaction, asks: Sequence[TakeAsk]) -> list[BookingId | Refusal]:
        return await actions.take_many(tx, asks, now=datetime.now(UTC))


def hot_work(state: State) -> HotWork:
    """The one of this application."""
    return once_per_application(state, "hot_lines", make=HotWork)


def hot_routes(state: State) -> list[HotRoute]:
    """Taking one's number, looking where one stands, and taking a seat."""
    answers = _Answers(hot_work(state))
    return [
        HotRoute(
            method="POST",
            noun="lines",
            verb="place",
            answer=answers.join,
            summary="Take one's number in a waiting line; whoever has one keeps it.",
            asks=None,
            answers=PlaceAnswer,
            refusals=(HasLiveBooking, LineClosed, NotGathering),
            status=201,
        ),
        HotRoute(
            method="GET",
            noun="lines",
            verb="place",
            answer=answers.status,
            summary="Where one stands. Whom the line serves now is in /lines/…/now.json, for everybody alike.",
            asks=None,
            answers=PlaceAnswer,
            refusals=(NotInLine, NotFound),
        ),
        HotRoute(
            method="POST",
            noun="lines",
            verb="booking",
            answer=answers.take,
            summary="Take a seat while one's turn runs.",
            asks=SeatBody,
            answers=SeatAnswer,
            refusals=(
                HasLiveBooking,
                LineClosed,
                NotInLine,
                NotYourTurn,
                QuotaExceeded,
                SlotBegun,
                SlotFull,
                SlotNotInLine,
                TurnMissed,
                TurnUsed,
            ),
            status=201,
        ),
    ]


class _Answers:
    """The answers of the three routes."""

    def __init__(self, work: HotWork) -> None:
        self._work = work
        self._body = msgspec.json.Decoder(SeatBody)

    async def join(self, call: Call) -> PlaceAnswer:
        asked = _asked(call)
        person_id = require_sure(call.visitor, now=call.now)
        ask = actions.join_ask(asked.service_id, asked.line_id, person_id=person_id, settings=self._work.settings)
        return _answer(await self._work.joining.ask(ask))

    async def status(self, call: Call) -> PlaceAnswer:
        asked = _asked(call)
        person_id = call.visitor.require_person()
        ask = StatusAsk(service_id=asked.service_id, line_id=asked.line_id, person_id=person_id)
        return _answer(await self._work.watching.ask(ask))

    async def take(self, call: Call) -> SeatAnswer:
        asked = _asked(call)
        person_id = require_sure(call.visitor, now=call.now)
        slot_id = asked_slot(call.read(self._body).slot)
        booking_id = await self._work.taking.ask(
            TakeAsk(
                service_id=asked.service_id,
                line_id=asked.line_id,
                person_id=person_id,
                slot_id=slot_id,
                asked_key=call.asked_key,
            )
        )
        return SeatAnswer(line=asked.line_id, slot=slot_id, booking=booking_id)


def _asked(call: Call) -> AskedLine:
    authority, code, opening = call.parts
    return asked_line(authority=authority, code=code, opening=opening)


def _answer(place: Place) -> PlaceAnswer:
    return PlaceAnswer(
        line=place.line_id,
        label=place.label,
        joined_at=place.joined_at,
        number=place.number,
        let_in_at=place.let_in_at,
        turn_ends_at=place.turn_ends_at,
        booking=place.booking_id,
    )


def _lane(ask: JoinAsk | StatusAsk | TakeAsk) -> tuple[str, str]:
    return ask.service_id, ask.line_id

"""The JSON API of draws: the same acts as on the pages, for the hour when thousands a second come."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from litestar.datastructures import State

from dawr.db.batcher import Batcher
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import NotFound, Refusal
from dawr.people.model import Assurance, require_fresh_person
from dawr.releases import actions
from dawr.releases.actions import EntryAsked, EntryWatched, WatchedEntry
from dawr.releases.model import (
    AlreadyEntered,
    ClassUnknown,
    HasTurnAlready,
    ListFrozen,
    NoSuchPlace,
    Receipt,
    ReleaseNotOpen,
    TooManyPlaces,
    TurnsUsedUp,
    Wish,
    receipt_text,
)
from dawr.releases.pages.address import asked_draw
from dawr.releases.pages.wishes import WISHES_MAX
from dawr.web.door import Call, HotRoute, once_per_application
from dawr.web.metrics import observe_batch, watch_queue

ENTER_AGE_MAX = timedelta(hours=2)

Short = Annotated[str, msgspec.Meta(max_length=64)]


class WishBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One choice: an office or any, a day (2027-02-04) or any, `morning` or `noon` or any; "" means any."""

    office: Short = ""
    day: Short = ""
    part: Short = ""


class EntryBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Ranked wishes, none for any place, and the reserved class that the person draws on, if one was granted to him."""

    wishes: Annotated[list[WishBody], msgspec.Meta(max_length=WISHES_MAX)] = []
    reserved_class: Annotated[str, msgspec.Meta(max_length=32)] = msgspec.field(name="class", default="")


class EntryAnswer(msgspec.Struct, kw_only=True):
    """The entry as it was taken; `receipt` is the signed text to keep."""

    draw: str
    label: str
    line: str
    version: int
    entered_at: datetime
    receipt: str


class EntryStatus(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How a person's entry stands; an instant that has not come is absent, and so is an offer that was not made."""

    draw: str
    label: str
    line: str
    version: int
    entered_at: datetime
    freezes_at: datetime
    frozen_at: datetime | None = None
    drawn_at: datetime | None = None
    closed_at: datetime | None = None
    offered_place: str | None = None


class HotWork:
    """What one web process does for many callers at once in draws."""

    def __init__(self, state: State) -> None:
        self._key = actions.receipt_key(state.settings)
        self.entering: Batcher[EntryAsked, Receipt] = Batcher(
            state.pool, self._enter, name="enter", lane=lambda ask: ask.draw, observe=observe_batch
        )
        self.watching: Batcher[EntryWatched, WatchedEntry] = Batcher(
            state.pool, actions.watch_many, name="entry_status", lane=lambda ask: ask.draw, observe=observe_batch
        )
        watch_queue("enter", lambda: self.entering.waiting)
        watch_queue("entry_status", lambda: self.watching.waiting)

    async def _enter(self, tx: Transaction, asks: Sequence[EntryAsked]) -> list[Receipt | Refusal]:
        return await actions.enter_many(tx, asks, key=self._key, now=datetime.now(UTC))


def hot_work(state: State) -> HotWork:
    """The one of this application."""
    return once_per_application(state, "hot_draws", make=HotWork)


def hot_routes(state: State) -> list[HotRoute]:
    """Entering a draw, and reading one's own entry."""
    return [
        HotRoute(
            method="POST",
            noun="draws",
            verb="entry",
            answer=_Entering(hot_work(state)).enter,
            summary="Enter a draw. The time of entering gives no advantage.",
            asks=EntryBody,
            answers=EntryAnswer,
            refusals=(
                AlreadyEntered,
                ClassUnknown,
                HasTurnAlready,
                ListFrozen,
                NoSuchPlace,
                ReleaseNotOpen,
                TooManyPlaces,
                TurnsUsedUp,
            ),
            status=201,
        ),
        HotRoute(
            method="GET",
            noun="draws",
            verb="entry",
            answer=_Entering(hot_work(state)).status,
            summary="How one's own entry in a draw stands.",
            asks=None,
            answers=EntryStatus,
            refusals=(NotFound,),
        ),
    ]


class _Entering:
    """The answers of the two routes."""

    def __init__(self, work: HotWork) -> None:
        self._work = work
        self._body = msgspec.json.Decoder(EntryBody)

    async def enter(self, call: Call) -> EntryAnswer:
        person_id = _require_sure(call)
        asked = asked_draw(*call.parts)
        body = call.read(self._body)
        receipt = await self._work.entering.ask(
            EntryAsked(
                service_id=asked.service_id,
                draw_id=asked.draw_id,
                person_id=person_id,
                wishes=tuple(Wish(office_id=wish.office, day=wish.day, part=wish.part) for wish in body.wishes),
                draw_class=body.reserved_class,
                asked_key=call.asked_key,
            )
        )
        return EntryAnswer(
            draw=receipt.draw_id,
            label=receipt.label,
            line=receipt.line,
            version=receipt.version,
            entered_at=receipt.entered_at,
            receipt=receipt_text(receipt),
        )

    async def status(self, call: Call) -> EntryStatus:
        asked = asked_draw(*call.parts)
        person_id = call.visitor.require_person()
        watched = await self._work.watching.ask(
            EntryWatched(service_id=asked.service_id, draw_id=asked.draw_id, person_id=person_id)
        )
        return EntryStatus(
            draw=asked.draw_id,
            label=watched.label,
            line=watched.line,
            version=watched.version,
            entered_at=watched.entered_at,
            freezes_at=watched.freezes_at,
            frozen_at=watched.frozen_at,
            drawn_at=watched.drawn_at,
            closed_at=watched.closed_at,
            offered_place=watched.offered_place,
        )


def _require_sure(call: Call) -> PersonId:
    """One chance for one person rests on knowing which person it is."""
    return require_fresh_person(call.visitor, assurance=Assurance.SUBSTANTIAL, age_max=ENTER_AGE_MAX, now=call.now)

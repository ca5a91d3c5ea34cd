"""What a page about lines shows, loaded from here and from the features that this one stands on."""

from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.lines.actions import reading
from dawr.lines.model import FirstCome, LineId, Stage, stage_of, standing_of
from dawr.lines.views import LineCard, LineView, LogPlaces, OwnPlace
from dawr.transparency import actions as transparency

COMING = frozenset({Stage.ANNOUNCED, Stage.GATHERING, Stage.OPENING, Stage.OPEN})


async def view_lines(tx: Transaction, *, now: datetime) -> list[LineCard]:
    """Lines as cards: those that are not over, soonest to open first, then the others, newest first."""
    cards = [await _card(tx, line, now=now) for line in await reading.all_lines(tx)]
    coming = [card for card in cards if card.stage in COMING]
    return sorted(coming, key=lambda card: card.line.rules.opens_at) + [
        card for card in cards if card.stage not in COMING
    ]


async def view_line(tx: Transaction, service_id: ServiceId, line_id: LineId, *, now: datetime) -> LineView:
    """Everything public about one line."""
    line = await reading.line(tx, service_id, line_id)
    slots = await reading.slots_to_take(tx, line, now=now) if line.closed_at is None else []
    office_ids = dict.fromkeys(slot.office_id for slot in slots)
    return LineView(
        card=await _card(tx, line, now=now),
        slots_left=tuple(slots),
        offices={office_id: await catalogue.office(tx, office_id) for office_id in office_ids},
        log=LogPlaces(
            rules=await transparency.index_of(tx, line.rules_entry_id),
            opened=await _log_place(tx, line.opened_entry_id),
            closed=await _log_place(tx, line.closed_entry_id),
        ),
    )


async def view_own(tx: Transaction, person_id: PersonId, *, now: datetime) -> list[OwnPlace]:
    """A person's places in lines, the newest first."""
    own = []
    for place in await reading.places_of(tx, person_id):
        card = await _card(tx, await reading.line(tx, place.service_id, place.line_id), now=now)
        own.append(OwnPlace(card=card, place=place, standing=standing_of(place, stage=card.stage, now=now)))
    return own


async def _card(tx: Transaction, line: FirstCome, *, now: datetime) -> LineCard:
    service = await catalogue.service(tx, line.service_id)
    authority = await catalogue.authority(tx, service.authority_id)
    return LineCard(line=line, stage=stage_of(line, now=now), service=service, timezone=authority.timezone)


async def _log_place(tx: Transaction, entry_id: int | None) -> int | None:
    return None if entry_id is None else await transparency.index_of(tx, entry_id)

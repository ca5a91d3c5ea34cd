"""What a page about lines shows, loaded from here and from the features that this one stands on."""

from collections.abc import Sequence
from datetime import datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.lines.actions import reading
from dawr.lines.model import FirstCome, LineId, stage_of, standing_of
from dawr.lines.views import LineCard, LineView, LogPlaces, OwnPlace
from dawr.transparency import actions as transparency


async def view_lines(tx: Transaction, *, now: datetime) -> list[LineCard]:
    """Lines as cards: those that are not over, soonest to open first, then the others, newest first."""
    cards = await _cards(tx, await reading.all_lines(tx), now=now)
    coming = [card for card in cards if card.is_coming]
    return sorted(coming, key=lambda card: card.line.rules.opens_at) + [card for card in cards if not card.is_coming]


async def view_line(tx: Transaction, service_id: ServiceId, line_id: LineId, *, now: datetime) -> LineView:
    """Everything public about one line."""
    line = await reading.line(tx, service_id, line_id)
    [card] = await _cards(tx, [line], now=now)
    slots = await reading.slots_to_take(tx, line, now=now) if line.closed_at is None else []
    office_ids = dict.fromkeys(slot.office_id for slot in slots)
    return LineView(
        card=card,
        serving=await reading.now_serving(tx, line, now=now),
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
    places = await reading.places_of(tx, person_id)
    lines = [await reading.line(tx, place.service_id, place.line_id) for place in places]
    return [
        OwnPlace(card=card, place=place, standing=standing_of(place, stage=card.stage, now=now))
        for place, card in zip(places, await _cards(tx, lines, now=now), strict=True)
    ]


async def _cards(tx: Transaction, lines: Sequence[FirstCome], *, now: datetime) -> list[LineCard]:
    """Each service and authority is read once, however many lines are theirs."""
    service_ids = {line.service_id for line in lines}
    services = {service_id: await catalogue.service(tx, service_id) for service_id in service_ids}
    authority_ids = {service.authority_id for service in services.values()}
    authorities = {authority_id: await catalogue.authority(tx, authority_id) for authority_id in authority_ids}
    return [
        LineCard(
            line=line,
            stage=stage_of(line, now=now),
            service=services[line.service_id],
            timezone=authorities[services[line.service_id].authority_id].timezone,
        )
        for line in lines
    ]


async def _log_place(tx: Transaction, entry_id: int | None) -> int | None:
    return None if entry_id is None else await transparency.index_of(tx, entry_id)

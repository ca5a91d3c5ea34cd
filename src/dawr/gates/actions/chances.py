"""What everybody may enter, and a refused visitor at its ordinary place: open lines, and draws that take entries."""

from dataclasses import dataclass
from datetime import datetime

from dawr.catalogue.model import Office
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.lines import actions as lines
from dawr.lines import model as line_model
from dawr.lines.model import FirstCome, LineId
from dawr.releases import actions as releases
from dawr.releases.model import PREFERENCES_MAX, DrawId, Release, Stage, Wish, stage_of
from dawr.settings import Settings

LISTED_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that takes people now; `is_in` where the visitor has his place already."""

    line: FirstCome
    is_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A draw that takes entries now, or will; `seats_here` is how many of its places are at the visited office."""

    release: Release
    is_open: bool
    is_in: bool
    seats_here: int


async def lines_to_join(tx: Transaction, service_id: ServiceId, *, person_id: PersonId, now: datetime) -> list[Line]:
    """The lines of a service that give out seats, the one that closes first before the others."""
    found = await lines.all_lines(tx, service_id=service_id)
    taking = {line_model.Stage.GATHERING, line_model.Stage.OPENING, line_model.Stage.OPEN}
    joinable = [each for each in found if line_model.stage_of(each, now=now) in taking]
    held = {place.line_id for place in await lines.places_of(tx, person_id) if not place.has_missed(now=now)}
    ordered = sorted(joinable, key=lambda each: each.rules.closes_at)[:LISTED_MAX]
    return [Line(line=each, is_in=each.line_id in held) for each in ordered]


async def join_line(
    tx: Transaction, service_id: ServiceId, line_id: str, *, person_id: PersonId, settings: Settings, now: datetime
) -> None:
    """His number at the end of the line, as everybody's; raises what the line refuses with."""
    ask = lines.join_ask(service_id, LineId(line_id), person_id=person_id, settings=settings)
    [answer] = await lines.join_many(tx, [ask], now=now)
    if isinstance(answer, Refusal):
        raise answer


async def draws_to_enter(
    tx: Transaction, service_id: ServiceId, *, person_id: PersonId, here: Office, now: datetime
) -> list[Draw]:
    """The draws of a service that take entries now or later, the one that closes first before the others."""
    found = await releases.all_releases(tx, service_id=service_id)
    coming = [each for each in found if stage_of(each, now=now) in {Stage.OPEN, Stage.ANNOUNCED}]
    return [
        await _draw(tx, each, person_id=person_id, here=here, now=now)
        for each in sorted(coming, key=lambda each: each.rules.freezes_at)[:LISTED_MAX]
    ]


async def enter_draw(
    tx: Transaction, draw: Draw, *, person_id: PersonId, here: Office, settings: Settings, now: datetime
) -> None:
    """His entry, as everybody's: for this office where the draw has places here, else for any place."""
    is_for_here = 0 < await _places_here(tx, draw.release, here=here) <= PREFERENCES_MAX
    await releases.enter(
        tx,
        service_id=draw.release.service_id,
        draw_id=DrawId(draw.release.draw_id),
        person_id=person_id,
        wishes=[Wish(office_id=here.office_id, day="", part="")] if is_for_here else [],
        draw_class="",
        settings=settings,
        now=now,
    )


async def _draw(tx: Transaction, release: Release, *, person_id: PersonId, here: Office, now: datetime) -> Draw:
    entry = await releases.entry_of(tx, service_id=release.service_id, draw_id=release.draw_id, person_id=person_id)
    places = await releases.places(tx, release)
    return Draw(
        release=release,
        is_open=stage_of(release, now=now) is Stage.OPEN,
        is_in=entry is not None,
        seats_here=sum(place.count for place in places if place.office == here.office_id),
    )


async def _places_here(tx: Transaction, release: Release, *, here: Office) -> int:
    return sum(place.office == here.office_id for place in await releases.places(tx, release))

"""Officers of the authority read tips, ask back, and say what came of them; each look is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Authority, Office
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer, Role, RoleMissing, SignedIn
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import Ticket
from dawr.tips import store
from dawr.tips.actions.sealing import sealed, unsealed
from dawr.tips.actions.telling import MESSAGE, messages_of, photograph_place, words_of
from dawr.tips.model import (
    ANSWER_LENGTH_MAX,
    OUTSIDE,
    READERS,
    NotToBeAsked,
    Opened,
    Tip,
    TipId,
    TipKind,
    TipState,
    Wanted,
    WordsNeeded,
    by_hour,
    check_step,
    check_words,
)

LIST_COUNT_MAX = 300
LOOKS_COUNT_MAX = 50
INCIDENT_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An authority's tips as an officer has them listed, and the offices that he may choose from."""

    officer: Officer
    authority: Authority
    offices: Mapping[OfficeId, Office]
    tips: tuple[Tip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """What was told of the front of one office since a day, for whoever keeps it clear."""

    office: Office
    from_on: date
    tips: tuple[Tip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """The ticket that a tip is tied to, and for an investigator the guard who let its bearer in."""

    ticket: Ticket
    guard_id: PersonId | None


async def reader_of(tx: Transaction, visitor: SignedIn, *, authority: str, now: datetime) -> Officer:
    """The visitor as one who reads the tips of this authority, or of his first one; raises RoleMissing."""
    held = await people.roles_of(tx, visitor.require_person(), now=now)
    for role in READERS:
        for officer in held:
            if officer.role is role and authority in ("", officer.authority_id):
                return await people.acting_officer(tx, visitor, role=role, authority_id=officer.authority_id, now=now)
    raise RoleMissing(role=Role.INSPECTOR.value, place=authority or "Dawr")


async def reader_for(tx: Transaction, visitor: SignedIn, tip_id: TipId, *, now: datetime) -> Officer:
    """The visitor as a reader of this tip; raises RoleMissing, and NotFound where it is another authority's."""
    officer = await reader_of(tx, visitor, authority="", now=now)
    found = await store.tip(tx, tip_id)
    if found.authority_id in (None, officer.authority_id):
        return officer
    try:
        return await reader_of(tx, visitor, authority=found.authority_id or "", now=now)
    except RoleMissing as error:
        raise NotFound from error


async def inbox_of(tx: Transaction, officer: Officer, *, wanted: Wanted) -> Inbox:
    """The tips of his authority and those that name none, the newest hour first."""
    return Inbox(
        officer=officer,
        authority=await catalogue.authority(tx, officer.authority_id),
        offices=await _offices(tx, officer.authority_id),
        tips=tuple(await store.tips(tx, officer.authority_id, wanted=wanted, count_max=LIST_COUNT_MAX)),
    )


async def open_tip(tx: Transaction, officer: Officer, tip_id: TipId, *, settings: Settings, now: datetime) -> Opened:
    """All that was told but the photographs; the look is kept."""
    found = await _own(tx, officer, tip_id)
    await store.add_look(tx, tip_id, officer_id=officer.person_id, photograph=None, now=now)
    place, words = await words_of(tx, tip_id, settings=settings)
    return Opened(
        tip=found,
        place=place,
        words=words,
        photographs=await store.count_photographs(tx, tip_id),
        steps=tuple(await store.steps(tx, tip_id)),
        messages=await messages_of(tx, tip_id, settings=settings),
        looks=tuple(await store.looks(tx, tip_id, count_max=LOOKS_COUNT_MAX)),
        logged=await store.logged(tx, tip_id),
        same_code=await store.same_code(tx, found),
    )


async def photograph_of(
    tx: Transaction, officer: Officer, tip_id: TipId, *, number: int, settings: Settings, now: datetime
) -> bytes:
    """A JPEG; the look at it is kept."""
    await _own(tx, officer, tip_id)
    stored = await store.sealed_photograph(tx, tip_id, number=number)
    await store.add_look(tx, tip_id, officer_id=officer.person_id, photograph=number, now=now)
    return unsealed(stored, tip_id=tip_id, what=photograph_place(number), settings=settings)


async def tied_to(tx: Transaction, officer: Officer, tip: Tip) -> Tied | None:
    """The ticket of ours that was shown; who admitted its bearer is the investigator's alone to see."""
    shown = tip.recognised
    if shown is None or shown.service_id is None or shown.ticket_id is None:
        return None
    guard_id = None
    if officer.role is Role.INVESTIGATOR:
        guard_id = await tickets.admitted_by(tx, service_id=shown.service_id, ticket_id=shown.ticket_id)
    ticket = await tickets.known_ticket(tx, service_id=shown.service_id, ticket_id=shown.ticket_id)
    return Tied(ticket=ticket, guard_id=guard_id)


async def answer_tip(
    tx: Transaction, officer: Officer, tip_id: TipId, *, words: str, settings: Settings, now: datetime
) -> None:
    """Ask or tell its author something, which he reads with his receipt; refuses where he wished not to be asked."""
    found = await _own(tx, officer, tip_id)
    if not found.may_be_asked:
        raise NotToBeAsked
    if not words.strip():
        raise WordsNeeded
    check_words(words, length_max=ANSWER_LENGTH_MAX)
    stored = sealed(words.encode(), tip_id=tip_id, what=MESSAGE, settings=settings)
    hour = now.replace(minute=0, second=0, microsecond=0)
    await store.add_message(tx, tip_id, officer_id=officer.person_id, words_sealed=stored, written_at=hour)


async def take_step(
    tx: Transaction, officer: Officer, tip_id: TipId, *, state: TipState, words: str, now: datetime
) -> None:
    """Move a tip onward; its author reads where it stands and the words."""
    taken = await store.steps(tx, tip_id)
    check_step(await _own(tx, officer, tip_id), state=state, words=words)
    await store.add_step(
        tx, tip_id, number=len(taken) + 1, state=state, words=words, officer_id=officer.person_id, now=now
    )


async def incidents_at(tx: Transaction, officer: Officer, office_id: OfficeId, *, now: datetime) -> Incidents:
    """What was told of the front of an office in the last weeks, without a word of its own and without its tickets."""
    office = await catalogue.office(tx, office_id)
    if office.authority_id != officer.authority_id:
        raise NotFound
    from_on = now.astimezone(ZoneInfo(office.timezone)).date() - timedelta(days=INCIDENT_DAYS)
    found = await store.incidents(tx, office_id, kinds=_in_order(OUTSIDE), from_on=from_on, count_max=LIST_COUNT_MAX)
    return Incidents(office=office, from_on=from_on, tips=tuple(found))


async def heat_of(
    tx: Transaction, officer: Officer, *, now: datetime
) -> tuple[list[int], dict[OfficeId, dict[int, int]], Mapping[OfficeId, Office]]:
    """Hours, tips by office and hour, and the authority's offices: where and when sellers stand."""
    from_on = (now - timedelta(days=INCIDENT_DAYS)).date()
    counts = await store.counts_by_hour(tx, officer.authority_id, kinds=_in_order(OUTSIDE), from_on=from_on)
    return *by_hour(counts), await _offices(tx, officer.authority_id)


async def _own(tx: Transaction, officer: Officer, tip_id: TipId) -> Tip:
    """A tip of the officer's authority, or of none; another authority's does not exist for him."""
    found = await store.tip(tx, tip_id)
    if found.authority_id not in (None, officer.authority_id):
        raise NotFound
    return found


async def _offices(tx: Transaction, authority_id: AuthorityId) -> dict[OfficeId, Office]:
    return {each.office_id: each for each in await catalogue.offices(tx) if each.authority_id == authority_id}


def _in_order(kinds: frozenset[TipKind]) -> list[TipKind]:
    return [kind for kind in TipKind if kind in kinds]

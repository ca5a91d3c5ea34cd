"""Helping a visitor who was not let in: a real turn or a fair chance there and then, in his own name.

Nobody gets ahead of anybody by it: only seats that no draw and no line can give any more are given, and whoever joins a
line or a draw stands where everybody stands.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_bytes
from uuid import UUID

from dawr.booking import actions as booking
from dawr.booking.model import BookingState, SlotId, Wanted
from dawr.db.pool import Transaction
from dawr.gates.actions.chances import enter_draw, join_line
from dawr.gates.actions.refused_views import RefusedView, view_refused
from dawr.gates.model.refused import (
    HELPED_A_DAY_MAX,
    Chosen,
    HelpedTooOften,
    NothingToGive,
    Reason,
    ReasonNeeded,
    Refused,
    Remedy,
    RemedyGiven,
    RemedyKind,
    kind_of_turn,
    reason_of,
    require_own_business,
)
from dawr.gates.store import refused as store
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import Officer, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import CardNotKnown, ScanId, ShownScan, day_of, office_of
from dawr.transparency import actions as transparency

HELPERS = (Role.CLERK, Role.GUARD, Role.BRANCH_HEAD)
"""Who helps visitors at an office."""

SCANNED_WITHIN = timedelta(hours=12)
PAGE_LASTS = timedelta(hours=12)
"""For so long a refused visitor's page is there, for himself and for who helps him."""
LOOK_LASTS = timedelta(minutes=10)
"""While the visitor stands there, reading his card and opening his page are one look."""
ASKED_KEY_BYTES = 16


async def refused_scan(tx: Transaction, *, officer: Officer, scan_id: ScanId, now: datetime) -> ShownScan:
    """A scan at this office in the last hours that ended in a refusal; any other does not exist here."""
    shown = await tickets.shown_scan(tx, guard=officer, scan_id=scan_id)
    is_refused = shown.scan.verdict is not None and reason_of(shown.scan.verdict, is_bearer=True) is not None
    if not is_refused or now - shown.scan.scanned_at >= SCANNED_WITHIN:
        raise NotFound
    return shown


async def help_by_card(
    tx: Transaction,
    *,
    officer: Officer,
    number: str,
    reason: Reason | None,
    scan_id: ScanId | None,
    service_id: ServiceId | None,
    settings: Settings,
    now: datetime,
) -> Refused:
    """Begin to help whoever has this number on his card; reason and service are those of the scan, if there was one.

    He can read that he was looked up. Refuses with CardNotKnown, OwnCard, HelpedTooOften, and ReasonNeeded where nobody
    said why.
    """
    person_id = await people.find_by_civil_number(tx, number, settings=settings)
    if person_id is None:
        raise CardNotKnown
    require_own_business(person_id, officer_id=officer.person_id)
    if scan_id is not None:
        shown = await refused_scan(tx, officer=officer, scan_id=scan_id, now=now)
        assert shown.scan.verdict is not None, "a refused scan has a verdict"
        is_bearer = shown.ticket is not None and person_id in (shown.ticket.person_id, shown.ticket.bearer_id)
        reason = reason_of(shown.scan.verdict, is_bearer=is_bearer)
        service_id = shown.ticket.service_id if shown.ticket else service_id
    if reason is None:
        raise ReasonNeeded
    await people.record_look(tx, person_id, looked_by=officer.person_id, reason="gates.look.refused", now=now)
    return await _begin(
        tx,
        office_id=office_of(officer),
        person_id=person_id,
        officer_id=officer.person_id,
        reason=reason,
        service_id=service_id,
        scan_id=scan_id,
        now=now,
    )


async def help_oneself(tx: Transaction, *, person_id: PersonId, scan_id: ScanId, now: datetime) -> Refused:
    """Begin with a scan of one's own ticket that was refused lately; any other does not exist."""
    scans = await tickets.refused_scans_of(tx, person_id, after=now - SCANNED_WITHIN)
    scan = next((each for each in scans if each.scan_id == scan_id), None)
    if scan is None:
        raise NotFound
    reason = reason_of(scan.verdict, is_bearer=True)
    assert reason is not None, "whoever was let in is not among them"
    return await _begin(
        tx,
        office_id=scan.office_id,
        person_id=person_id,
        officer_id=None,
        reason=reason,
        service_id=scan.service_id,
        scan_id=scan_id,
        now=now,
    )


async def helped(
    tx: Transaction, person_id: PersonId, *, office_id: OfficeId, refused_id: UUID, now: datetime
) -> Refused:
    """A refused visitor for himself, and for the officer who read his card, whose later looks he can read too.

    For anybody else, and after PAGE_LASTS, he does not exist.
    """
    of = await store.refused(tx, office_id=office_id, refused_id=refused_id)
    if person_id not in (of.person_id, of.officer_id) or now - of.refused_at >= PAGE_LASTS:
        raise NotFound
    if person_id == of.officer_id and now - of.refused_at >= LOOK_LASTS:
        await people.record_look(tx, of.person_id, looked_by=person_id, reason="gates.look.refused", now=now)
    return of


async def give(tx: Transaction, of: Refused, *, wanted: Chosen, settings: Settings, now: datetime) -> Remedy:
    """Give the visitor one of the things that his page offers; in the log, sealed.

    Refuses a second time, what is not or no longer offered, and what booking, lines and releases refuse.
    """
    if of.officer_id is not None:
        await store.lock_remedies_of(tx, officer_id=of.officer_id)
    view = await view_refused(tx, of, now=now)
    if view.given is not None:
        raise RemedyGiven
    remedy = await _given(tx, view, wanted=wanted, settings=settings, now=now)
    facts = {
        "office": of.office_id,
        "refused": str(of.refused_id),
        "officer": str(of.officer_id) if of.officer_id else None,
        "scan": str(of.scan_id) if of.scan_id else None,
        "reason": of.reason.value,
        "kind": remedy.kind.value,
        "service": remedy.service_id,
        "booking": str(remedy.booking_id) if remedy.booking_id else None,
        "release": remedy.release_id,
    }
    sealed = await transparency.append_sealed(tx, "gate.remedy", facts=facts, now=now)
    day_on = day_of(now, timezone=view.here.timezone)
    await store.add_remedy(tx, of=of, remedy=remedy, day_on=day_on, sealed=sealed)
    return remedy


async def shown_code(tx: Transaction, of: Refused) -> str:
    """The code of the ticket that was refused; "" where there was none of ours."""
    if of.scan_id is None:
        return ""
    scan = await tickets.scan_of(tx, office_id=of.office_id, scan_id=of.scan_id)
    if scan.service_id is None or scan.ticket_id is None:
        return ""
    return (await tickets.known_ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)).code


async def code_of_turn(tx: Transaction, view: RefusedView, *, settings: Settings, now: datetime) -> str | None:
    """The code of the ticket for the turn that he comes to next; None before it is confirmed."""
    if view.turn is None or view.turn.booking.state is not BookingState.CONFIRMED:
        return None
    return (await tickets.issue_ticket(tx, confirmed=view.turn.booking, settings=settings, now=now)).code


async def _begin(
    tx: Transaction,
    *,
    office_id: OfficeId,
    person_id: PersonId,
    officer_id: PersonId | None,
    reason: Reason,
    service_id: ServiceId | None,
    scan_id: ScanId | None,
    now: datetime,
) -> Refused:
    if await store.count_refused_of(tx, person_id=person_id, after=now - timedelta(days=1)) >= HELPED_A_DAY_MAX:
        raise HelpedTooOften(count_max=HELPED_A_DAY_MAX)
    refused_id = await store.add_refused(
        tx,
        office_id=office_id,
        person_id=person_id,
        officer_id=officer_id,
        reason=reason,
        service_id=service_id,
        scan_id=scan_id,
        now=now,
    )
    return await store.refused(tx, office_id=office_id, refused_id=refused_id)


async def _given(tx: Transaction, view: RefusedView, *, wanted: Chosen, settings: Settings, now: datetime) -> Remedy:
    if view.service is None:
        raise NothingToGive
    remedy = Remedy(
        kind=wanted.kind, service_id=view.service.service_id, booking_id=None, release_id=None, given_at=now
    )
    person_id = view.of.person_id
    match wanted.kind:
        case RemedyKind.IN_LINE if any(each.line.line_id == wanted.target_id for each in view.offers.lines):
            await join_line(tx, remedy.service_id, wanted.target_id, person_id=person_id, settings=settings, now=now)
            return replace(remedy, release_id=wanted.target_id)
        case RemedyKind.IN_DRAW:
            draw = next((each for each in view.offers.draws if each.release.draw_id == wanted.target_id), None)
            if draw is None:
                raise NothingToGive
            await enter_draw(tx, draw, person_id=person_id, here=view.here, settings=settings, now=now)
            return replace(remedy, release_id=wanted.target_id)
        case RemedyKind.MOVED | RemedyKind.GIVEN if any(
            seat.slot.slot_id == wanted.target_id for seat in view.offers.seats
        ):
            return await _seated(tx, view, SlotId(wanted.target_id), remedy=remedy, settings=settings, now=now)
    raise NothingToGive


async def _seated(
    tx: Transaction, view: RefusedView, slot_id: SlotId, *, remedy: Remedy, settings: Settings, now: datetime
) -> Remedy:
    """The turn that he has is moved, or one is given to him; his ticket is made at once, and an old one ends."""
    own = view.own.booking if view.own else None
    if own is not None:
        held = await booking.move(tx, service_id=own.service_id, booking_id=own.booking_id, slot_id=slot_id, now=now)
    else:
        wanted = Wanted(
            service_id=remedy.service_id,
            person_id=view.of.person_id,
            slot_id=slot_id,
            asked_key=token_bytes(ASKED_KEY_BYTES),
        )
        booking_id = await booking.take_left_over(tx, wanted, now=now)
        held = await booking.booking(tx, remedy.service_id, booking_id)
    await tickets.issue_ticket(tx, confirmed=held, settings=settings, now=now)
    return replace(remedy, kind=kind_of_turn(own), booking_id=held.booking_id)

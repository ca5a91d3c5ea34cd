"""The gate, online form: a scan, the card's digits, one admission; every outcome in the log.

Whoever locks a booking and its ticket locks the booking first.
"""

from dataclasses import replace
from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import Booking, BookingState
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.kernel.text import clean_code
from dawr.people import actions as people
from dawr.people.model import Officer, Photograph
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.hall import begin_visit
from dawr.tickets.actions.issuing import ticket_for
from dawr.tickets.actions.keys import published_keys
from dawr.tickets.actions.preparing import answer_key_of, chosen_round
from dawr.tickets.actions.recognising import is_reference
from dawr.tickets.challenge import decided_by_try, is_right
from dawr.tickets.keys import key_set
from dawr.tickets.model import (
    Allowed,
    Challenge,
    DeviceDecision,
    NotConfirmed,
    NotTheSameGuard,
    Scan,
    ScanId,
    ShownScan,
    Ticket,
    TicketStatus,
    Verdict,
    day_of,
    live_status,
    meant_by_reference,
    office_of,
    require_second_officer,
)
from dawr.tickets.payload import read_code
from dawr.tickets.verdict import Place, StatusList, judge, prove
from dawr.transparency import actions as transparency


async def scan_code(
    tx: Transaction,
    *,
    guard: Officer,
    shown: str,
    service_ids: frozenset[ServiceId] | None,
    settings: Settings,
    now: datetime,
) -> Scan:
    """Record what a guard held before the gate: a verdict at once, or none while the card's digits are awaited.

    `shown` is the text of a QR code, or a booking reference typed by hand; `service_ids` is what this gate serves.
    Refuses with ReferenceOfSeveral a reference that several turns of today have; nothing is recorded then.
    """
    office_id = office_of(guard)
    ticket, verdict = await _presented(
        tx, shown, office_id=office_id, service_ids=service_ids, settings=settings, now=now
    )
    if ticket is not None and verdict is Verdict.ADMIT:
        await store.lock_ticket(tx, ticket=ticket)
        verdict = await judged(tx, ticket, office_id=office_id, service_ids=service_ids, now=now)
    if ticket is not None and verdict is Verdict.ADMIT:
        if await store.newest_challenge(tx, ticket=ticket) is None:
            await choose_challenge(tx, ticket, officer=guard, settings=settings, now=now)
        # Read again: a mismatch at a device may have spent it before it was chosen here.
        challenge = await store.newest_challenge(tx, ticket=ticket)
        verdict = Verdict.IDENTITY_MISMATCH if challenge is None or challenge.is_spent else verdict
    scan_id = await store.add_scan(tx, office_id=office_id, guard_id=guard.person_id, ticket=ticket, now=now)
    scan = await store.scan(tx, office_id=office_id, scan_id=scan_id)
    return scan if verdict is Verdict.ADMIT else await decide(tx, scan, verdict=verdict, now=now)


async def answer_challenge(
    tx: Transaction, *, guard: Officer, scan_id: ScanId, typed: str, settings: Settings, now: datetime
) -> Scan:
    """Hold the typed digits against the card: admit once, or count the try; answering twice answers once.

    Refuses with OwnRound a guard who allowed this ticket another round himself.
    """
    scan = await store.scan(tx, office_id=office_of(guard), scan_id=scan_id)
    if scan.guard_id != guard.person_id:
        raise NotTheSameGuard
    if scan.verdict is not None or scan.service_id is None or scan.ticket_id is None:
        return scan
    ticket = await store.ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    await booking.locked_booking(tx, ticket.service_id, ticket.booking_id)
    await store.lock_ticket(tx, ticket=ticket)
    scan = await store.scan(tx, office_id=scan.office_id, scan_id=scan_id)
    if scan.verdict is not None:
        return scan
    require_second_officer(guard.person_id, others=await store.who_allowed(tx, ticket=ticket))
    verdict = await judged(tx, ticket, office_id=scan.office_id, service_ids=None, now=now)
    if verdict is Verdict.ADMIT:
        verdict_or_none = await _tried(tx, scan, ticket=ticket, typed=typed, settings=settings, now=now)
        if verdict_or_none is None:
            return scan
        verdict = verdict_or_none
    return await decide(tx, scan, verdict=verdict, now=now)


async def shown_scan(tx: Transaction, *, guard: Officer, scan_id: ScanId) -> ShownScan:
    """What the gate's screen shows of a scan: the signed name, never a printed one, and what it waits for."""
    scan = await store.scan(tx, office_id=office_of(guard), scan_id=scan_id)
    if scan.service_id is None or scan.ticket_id is None:
        return ShownScan(scan=scan, ticket=None, name=None, challenge=None, admitted_at=None)
    ticket = await store.ticket(tx, service_id=scan.service_id, ticket_id=scan.ticket_id)
    _, claims = read_code(ticket.code)
    return ShownScan(
        scan=scan,
        ticket=ticket,
        name=claims.name,
        challenge=await store.newest_challenge(tx, ticket=ticket) if scan.verdict is None else None,
        admitted_at=await store.admitted_at(tx, ticket=ticket),
        token=await store.token_of(tx, ticket=ticket) if scan.verdict is Verdict.ADMIT else None,
    )


async def shown_face(
    tx: Transaction, shown: ShownScan, *, guard: Officer, settings: Settings, now: datetime
) -> Photograph | None:
    """The register's photograph of whoever comes with a ticket, while his card is awaited; each look is recorded."""
    if shown.ticket is None or shown.challenge is None:
        return None
    return await people.photograph_of(
        tx,
        shown.ticket.bearer_id,
        settings=settings,
        looked_by=guard.person_id,
        reason="tickets.look.gate",
        now=now,
    )


async def judged(
    tx: Transaction,
    ticket: Ticket,
    *,
    office_id: OfficeId,
    service_ids: frozenset[ServiceId] | None,
    now: datetime,
) -> Verdict:
    """The verdict on a proven ticket by what the database knows this moment, its holder's card apart."""
    office = await catalogue.office(tx, office_id)
    ticket = await store.ticket(tx, service_id=ticket.service_id, ticket_id=ticket.ticket_id)
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    if held.state is BookingState.MISSED:
        # The hours in the ticket say whether that was so `now`: a device's records may come days later.
        held = replace(held, state=BookingState.CONFIRMED)
    _, claims = read_code(ticket.code)
    status_list = StatusList(as_of_at=now, statuses={ticket.status_index: live_status(ticket, held)})
    place = Place(
        office_id=office_id, timezone=office.timezone, now=now, status_list=status_list, service_ids=service_ids
    )
    return judge(claims, place=place)


async def choose_challenge(
    tx: Transaction,
    ticket: Ticket,
    *,
    officer: Officer,
    settings: Settings,
    now: datetime,
    round_: int = 1,
    allowed: Allowed | None = None,
) -> Challenge:
    """Begin the next round with what was prepared for it, or is chosen now; a further one was `allowed`."""
    chosen = await store.prepared_challenge(tx, ticket=ticket, round_=round_)
    if chosen is None:
        card = await people.card_of(
            tx,
            ticket.bearer_id,
            settings=settings,
            looked_by=officer.person_id,
            reason="tickets.look.gate",
            now=now,
        )
        key = await _answer_key(tx, ticket, settings=settings)
        chosen = await chosen_round(tx, ticket, card=card, round_=round_, key=key, now=now)
    await store.add_challenge(tx, ticket=ticket, challenge=chosen, allowed=allowed, now=now)
    return chosen


async def _presented(
    tx: Transaction,
    shown: str,
    *,
    office_id: OfficeId,
    service_ids: frozenset[ServiceId] | None,
    settings: Settings,
    now: datetime,
) -> tuple[Ticket | None, Verdict]:
    """The ticket that the shown text proves, ADMIT standing for "go on and judge it"."""
    try:
        if is_reference(shown):
            wanted = await _meant(tx, clean_code(shown), office_id=office_id, service_ids=service_ids, now=now)
            return await ticket_for(tx, wanted=wanted, settings=settings, now=now), Verdict.ADMIT
        finding = prove(shown, keys=key_set(await published_keys(tx)))
        if finding.claims is None:
            return None, finding.verdict
        ticket = await store.ticket(tx, service_id=finding.claims.service_id, ticket_id=finding.claims.ticket_id)
    except NotFound:
        return None, Verdict.NOT_OURS
    except NotConfirmed:
        return None, Verdict.CANCELLED
    return ticket, Verdict.ADMIT


async def _meant(
    tx: Transaction,
    reference: str,
    *,
    office_id: OfficeId,
    service_ids: frozenset[ServiceId] | None,
    now: datetime,
) -> Booking:
    timezone = (await catalogue.office(tx, office_id)).timezone
    found = await booking.bookings_by_reference(tx, reference, office_id=office_id)
    return meant_by_reference(found, day_on=day_of(now, timezone=timezone), timezone=timezone, service_ids=service_ids)


async def _tried(
    tx: Transaction, scan: Scan, *, ticket: Ticket, typed: str, settings: Settings, now: datetime
) -> Verdict | None:
    """What one try at the digits decides; None while another is left."""
    challenge = await store.newest_challenge(tx, ticket=ticket)
    assert challenge is not None, "a scan without a verdict has a challenge"
    if challenge.is_spent:
        return Verdict.IDENTITY_MISMATCH
    key = await _answer_key(tx, ticket, settings=settings)
    right = is_right(challenge, key=key, ticket_id=ticket.ticket_id, typed=typed)
    await store.add_answer(tx, scan=scan, ticket=ticket, challenge=challenge, is_right=right, now=now)
    verdict = decided_by_try(challenge, is_right=right)
    if verdict is not Verdict.ADMIT:
        return verdict
    return Verdict.ADMIT if await let_in(tx, scan, ticket=ticket, now=now) else Verdict.USED


async def let_in(tx: Transaction, scan: Scan, *, ticket: Ticket, now: datetime) -> bool:
    """The ticket's one admission, and the visit that begins with it; False where it was let in before."""
    if not await store.admit(tx, ticket=ticket, scan=scan, now=now):
        return False
    await store.set_status(tx, ticket=ticket, status=TicketStatus.USED)
    await begin_visit(tx, ticket=ticket, office_id=scan.office_id, guard_id=scan.guard_id, now=now)
    # Who is inside has used his turn: it can be neither given back nor missed.
    await booking.attend(tx, service_id=ticket.service_id, booking_id=ticket.booking_id, now=now)
    return True


async def decide(
    tx: Transaction, scan: Scan, *, verdict: Verdict, now: datetime, device: DeviceDecision | None = None
) -> Scan:
    """Enter a scan's verdict and seal it into the log; `device` is which record said it, and when by its clock."""
    facts = {
        "scan": str(scan.scan_id),
        "office": scan.office_id,
        "guard": str(scan.guard_id),
        "ticket": scan.ticket_id.hex() if scan.ticket_id else None,
        "verdict": verdict.value,
        **({"device": str(device.device_id), "record": device.record_hash.hex()} if device else {}),
    }
    sealed = await transparency.append_sealed(tx, "gate.outcome", facts=facts, now=now)
    await store.add_outcome(
        tx,
        office_id=scan.office_id,
        scan_id=scan.scan_id,
        verdict=verdict,
        sealed=sealed,
        now=device.decided_at if device else now,
    )
    return replace(scan, verdict=verdict)


async def _answer_key(tx: Transaction, ticket: Ticket, *, settings: Settings) -> bytes:
    office = await catalogue.office(tx, ticket.office_id)
    day_on = day_of(ticket.starts_at, timezone=office.timezone)
    return answer_key_of(ticket.office_id, day_on=day_on, settings=settings)

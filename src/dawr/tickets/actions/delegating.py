"""Declaring who comes in one's place, and taking it back; the ticket is issued anew each time."""

from dataclasses import dataclass
from datetime import datetime

from dawr.booking import actions as booking
from dawr.booking.model import Booking, BookingId
from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Actor, Office, Service
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.people import actions as people
from dawr.people.model import Country
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.actions.issuing import issue_ticket
from dawr.tickets.model import (
    EARLY,
    Delegation,
    ProxyDeclared,
    ProxyTooLate,
    Ticket,
    TicketStatus,
    Visit,
    may_change_who_comes,
    require_other,
    require_proxy_allowed,
)
from dawr.transparency import actions as transparency
from dawr.transparency.model import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoComes:
    """A person's own turn and his declared proxy; `tail` is the last three digits of the proxy's number.

    `may_change`: whether somebody may still be declared or taken back.
    """

    booking: Booking
    service: Service
    office: Office
    delegation: Delegation | None
    tail: str
    may_change: bool


async def who_comes(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> WhoComes:
    """For the person himself; anybody else's turn does not exist."""
    held = await booking.own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    declared = await store.delegation(tx, service_id=service_id, booking_id=booking_id)
    return WhoComes(
        booking=held,
        service=await catalogue.service(tx, service_id),
        office=await catalogue.office(tx, held.office_id),
        delegation=declared,
        tail=(await people.person(tx, declared.proxy_id)).civil_number_tail if declared else "",
        may_change=await _may_change(tx, held, now=now),
    )


async def declare_proxy(
    tx: Transaction,
    *,
    service_id: ServiceId,
    booking_id: BookingId,
    person_id: PersonId,
    civil_number: str,
    name: str,
    acts_as: Actor,
    settings: Settings,
    now: datetime,
) -> Ticket:
    """The ticket under which the proxy is let in, in place of the person's own.

    Refuses with ProxyExcluded, ProxyTooLate, ProxyDeclared, ProxiesSpent, OwnProxy, and what is no civil number.
    """
    held = await _own(tx, service_id=service_id, booking_id=booking_id, person_id=person_id, now=now)
    require_proxy_allowed(await catalogue.service(tx, service_id), acts_as=acts_as)
    if await store.delegation(tx, service_id=service_id, booking_id=booking_id):
        raise ProxyDeclared
    proxy_id = await people.register_person(
        tx,
        civil_number=civil_number,
        country=Country(settings.sign_in.country),
        name_ar="",
        name_latin="",
        settings=settings,
        now=now,
    )
    require_other(proxy_id, than=person_id)
    sealed = await _log(tx, "proxy.declared", held, proxy_id=proxy_id, acts_as=acts_as, now=now)
    await store.add_delegation(
        tx,
        service_id=service_id,
        booking_id=booking_id,
        person_id=person_id,
        proxy_id=proxy_id,
        proxy_name=name,
        acts_as=acts_as,
        sealed=sealed,
        now=now,
    )
    return await issue_ticket(tx, confirmed=held, settings=settings, now=now)


async def revoke_proxy(
    tx: Transaction,
    *,
    service_id: ServiceId,
    booking_id: BookingId,
    person_id: PersonId,
    settings: Settings,
    now: datetime,
) -> Ticket:
    """The person comes himself after all; taking back twice takes back once. Refuses with ProxyTooLate."""
    held = await _own(tx, service_id=service_id, booking_id=booking_id, person_id=person_id, now=now)
    declared = await store.delegation(tx, service_id=service_id, booking_id=booking_id)
    if declared is not None:
        sealed = await _log(tx, "proxy.revoked", held, proxy_id=declared.proxy_id, acts_as=declared.acts_as, now=now)
        await store.revoke_delegation(tx, delegation=declared, sealed=sealed, now=now)
    return await issue_ticket(tx, confirmed=held, settings=settings, now=now)


async def proxy_of(tx: Transaction, visit: Visit) -> Delegation | None:
    """Who came for the person of a visit; nobody takes a proxy back who has been let in."""
    return await store.delegation(tx, service_id=visit.service_id, booking_id=visit.booking_id)


async def _own(
    tx: Transaction, *, service_id: ServiceId, booking_id: BookingId, person_id: PersonId, now: datetime
) -> Booking:
    """The booking, which nobody lets in or gives back before this transaction ends."""
    await booking.own_booking(tx, service_id=service_id, booking_id=booking_id, person_id=person_id)
    held = await booking.locked_booking(tx, service_id, booking_id)
    if not await _may_change(tx, held, now=now):
        raise ProxyTooLate
    return held


async def _may_change(tx: Transaction, held: Booking, *, now: datetime) -> bool:
    newest = await store.newest_ticket(tx, service_id=held.service_id, booking_id=held.booking_id)
    is_suspended = newest is not None and newest.status is TicketStatus.SUSPENDED
    return may_change_who_comes(held, opens_at=held.starts_at - EARLY, is_suspended=is_suspended, now=now)


async def _log(
    tx: Transaction, kind: str, held: Booking, *, proxy_id: PersonId, acts_as: Actor, now: datetime
) -> Sealed:
    facts = {
        "service": held.service_id,
        "booking": str(held.booking_id),
        "person": str(held.person_id),
        "proxy": str(proxy_id),
        "acts_as": acts_as.value,
    }
    return await transparency.append_sealed(tx, kind, facts=facts, now=now)

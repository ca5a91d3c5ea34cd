"""Declared proxies."""

from datetime import datetime

from dawr.booking.model import BookingId
from dawr.catalogue.model import Actor
from dawr.db.pool import Transaction, constraint_refusals, maybe_one, run
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.tickets.model import Delegation, ProxiesSpent, ProxyDeclared
from dawr.tickets.store.rows import SQL
from dawr.transparency.model import Sealed


async def add_delegation(
    tx: Transaction,
    *,
    service_id: ServiceId,
    booking_id: BookingId,
    person_id: PersonId,
    proxy_id: PersonId,
    proxy_name: str,
    acts_as: Actor,
    sealed: Sealed,
    now: datetime,
) -> None:
    refusals = {"one_proxy_per_booking": ProxyDeclared(), "five_proxies_of_a_booking_at_most": ProxiesSpent()}
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_delegation"],
            service_id=service_id,
            booking_id=booking_id,
            person_id=person_id,
            proxy_id=proxy_id,
            proxy_name=proxy_name,
            acts_as=acts_as,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
            now=now,
        )


async def delegation(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId) -> Delegation | None:
    """The proxy who comes now; none where the person comes himself."""
    row = await maybe_one(tx, SQL["delegation"], service_id=service_id, booking_id=booking_id)
    return Delegation(**row | {"acts_as": Actor(row["acts_as"])}) if row else None


async def revoke_delegation(tx: Transaction, *, delegation: Delegation, sealed: Sealed, now: datetime) -> None:
    await run(
        tx,
        SQL["revoke_delegation"],
        service_id=delegation.service_id,
        booking_id=delegation.booking_id,
        number=delegation.number,
        log_entry_id=sealed.entry_id,
        log_salt=sealed.salt,
        now=now,
    )

"""Reserved shares: who may draw on one, after a clerk saw the evidence, and until he or a colleague takes it back."""

import secrets
from datetime import date, datetime
from uuid import UUID

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Service
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.people import actions as people
from dawr.people.model import NotRegistered, Officer, Role, RoleMissing, SignedIn
from dawr.releases import store
from dawr.releases.class_grant import (
    ClassGrant,
    ClassGrantId,
    NotServedHere,
    RevocationUnexplained,
    StandingGrant,
)
from dawr.settings import Settings
from dawr.transparency import actions as transparency


async def desks_of(tx: Transaction, visitor: SignedIn, *, now: datetime) -> dict[OfficeId, list[Service]]:
    """The offices where the visitor is a clerk, each with the services that it serves; raises RoleMissing."""
    held = await people.roles_of(tx, visitor.require_person(), now=now)
    office_ids = [officer.office_id for officer in held if officer.role is Role.CLERK and officer.office_id]
    if not office_ids:
        raise RoleMissing(role=Role.CLERK.value, place="Dawr")
    return {office_id: await catalogue.services_at(tx, office_id) for office_id in office_ids}


async def grants_at(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[StandingGrant]:
    """What the clerks of an office have granted and nobody has taken back, newest first, while it lasts."""
    return await store.class_grants_at(tx, office_id=office_id, day_on=day_on)


async def grant_class(
    tx: Transaction, grant: ClassGrant, *, service_id: ServiceId, person_id: PersonId, clerk: Officer, now: datetime
) -> StandingGrant:
    """A clerk saw the evidence that lets a person draw on a reserved share; the log keeps who and when.

    Refuses with NotServedHere a service of other offices, and with GrantToSelf a clerk who means himself.
    """
    office_id = await _serving(tx, clerk, service_id=service_id)
    given = StandingGrant(
        grant_id=ClassGrantId(UUID(bytes=secrets.token_bytes(16), version=4)),
        service_id=service_id,
        person_id=person_id,
        office_id=office_id,
        draw_class=grant.draw_class,
        evidence=grant.evidence,
        until_on=grant.until_on,
        granted_by=clerk.person_id,
        granted_at=now,
    )
    facts = _facts(given, what="class.granted", by=clerk)
    sealed = await transparency.append_sealed(tx, "override", facts=facts, now=now)
    await store.grant_class(tx, grant=given, sealed=sealed)
    return given


async def grant_class_at_desk(
    tx: Transaction,
    civil_number: str,
    *,
    service_id: ServiceId,
    grant: ClassGrant,
    clerk: Officer,
    settings: Settings,
    now: datetime,
) -> StandingGrant:
    """`grant_class` for the number on a card; its holder can read that it was looked up. Raises NotRegistered."""
    await _serving(tx, clerk, service_id=service_id)
    person_id = await people.find_by_civil_number(tx, civil_number, settings=settings)
    if person_id is None:
        raise NotRegistered
    await people.record_look(tx, person_id, looked_by=clerk.person_id, reason="releases.look.for_a_class", now=now)
    return await grant_class(tx, grant, service_id=service_id, person_id=person_id, clerk=clerk, now=now)


async def revoke_class(
    tx: Transaction, *, service_id: ServiceId, grant_id: ClassGrantId, clerk: Officer, reason: str, now: datetime
) -> None:
    """Take a grant of the clerk's own office back; who has entered a draw with it keeps that entry.

    Raises NotFound for a grant of another office, RevocationUnexplained, and GrantRevoked the second time.
    """
    grant = await store.class_grant(tx, service_id=service_id, grant_id=grant_id)
    if grant.office_id != clerk.office_id:
        raise NotFound
    if not reason:
        raise RevocationUnexplained
    facts = _facts(grant, what="class.revoked", by=clerk) | {"reason": reason}
    sealed = await transparency.append_sealed(tx, "override", facts=facts, now=now)
    await store.revoke_class(tx, grant=grant, reason=reason, revoked_by=clerk.person_id, sealed=sealed, now=now)


async def _serving(tx: Transaction, clerk: Officer, *, service_id: ServiceId) -> OfficeId:
    """The clerk's office, where it serves the service."""
    assert clerk.office_id is not None, "a clerk is of an office"
    if service_id not in {service.service_id for service in await catalogue.services_at(tx, clerk.office_id)}:
        raise NotServedHere
    return clerk.office_id


def _facts(grant: StandingGrant, *, what: str, by: Officer) -> dict[str, str]:
    return {
        "what": what,
        "grant": str(grant.grant_id),
        "service": grant.service_id,
        "person": str(grant.person_id),
        "class": grant.draw_class,
        "office": grant.office_id,
        "by": str(by.person_id),
    }

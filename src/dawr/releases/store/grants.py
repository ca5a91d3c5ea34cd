"""Reserved classes: granted, and taken back."""

from datetime import date, datetime

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, run
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.releases.class_grant import ClassGrantId, GrantRevoked, StandingGrant
from dawr.releases.model.refusals import GrantToSelf
from dawr.releases.store.rows import SQL
from dawr.transparency.model import Sealed


async def grant_class(tx: Transaction, *, grant: StandingGrant, sealed: Sealed) -> None:
    with constraint_refusals({"nobody_grants_a_class_to_himself": GrantToSelf()}):
        await run(
            tx,
            SQL["grant_class"],
            service_id=grant.service_id,
            grant_id=grant.grant_id,
            person_id=grant.person_id,
            office_id=grant.office_id,
            draw_class=grant.draw_class,
            evidence=grant.evidence,
            granted_by=grant.granted_by,
            granted_at=grant.granted_at,
            until_on=grant.until_on,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
        )


async def class_grant(tx: Transaction, *, service_id: ServiceId, grant_id: ClassGrantId) -> StandingGrant:
    row = await maybe_one(tx, SQL["class_grant"], service_id=service_id, grant_id=grant_id)
    if row is None:
        raise NotFound
    return StandingGrant(**row)


async def class_grants_at(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[StandingGrant]:
    """The grants of an office that still hold on `day_on`, newest first."""
    rows = await many(tx, SQL["class_grants_at"], office_id=office_id, day_on=day_on)
    return [StandingGrant(**row) for row in rows]


async def revoke_class(
    tx: Transaction, *, grant: StandingGrant, reason: str, revoked_by: PersonId, sealed: Sealed, now: datetime
) -> None:
    with constraint_refusals({"a_grant_is_revoked_once": GrantRevoked()}):
        await run(
            tx,
            SQL["revoke_class"],
            service_id=grant.service_id,
            grant_id=grant.grant_id,
            reason=reason,
            revoked_by=revoked_by,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
            now=now,
        )

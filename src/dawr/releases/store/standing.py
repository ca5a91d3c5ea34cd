"""People's credit for lost draws, and their classes."""

from datetime import date, datetime

from dawr.db.pool import Transaction, constraint_refusals, many, one, run
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.releases.entry_line import CREDIT_MAX
from dawr.releases.model.refusals import GrantToSelf
from dawr.releases.store.rows import SQL


async def losses(tx: Transaction, *, service_id: ServiceId, person_id: PersonId) -> int:
    """Draws of the service lost since the last success, CREDIT_MAX at most."""
    row = await one(tx, SQL["losses"], service_id=service_id, person_id=person_id, credit_max=CREDIT_MAX)
    return int(row["losses"])


async def grant_class(
    tx: Transaction,
    *,
    service_id: ServiceId,
    person_id: PersonId,
    draw_class: str,
    evidence: str,
    granted_by: PersonId,
    until_on: date,
    now: datetime,
) -> None:
    with constraint_refusals({"nobody_grants_a_class_to_himself": GrantToSelf()}):
        await run(
            tx,
            SQL["grant_class"],
            service_id=service_id,
            person_id=person_id,
            draw_class=draw_class,
            evidence=evidence,
            granted_by=granted_by,
            until_on=until_on,
            now=now,
        )


async def classes_of(tx: Transaction, *, service_id: ServiceId, person_id: PersonId, day_on: date) -> tuple[str, ...]:
    rows = await many(tx, SQL["classes_of"], service_id=service_id, person_id=person_id, day_on=day_on)
    return tuple(row["draw_class"] for row in rows)

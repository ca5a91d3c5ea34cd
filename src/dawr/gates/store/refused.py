"""Visitors who were not let in, and what each was given."""

from datetime import date, datetime
from uuid import UUID

from dawr.booking.model import BookingId
from dawr.db.pool import Transaction, constraint_refusals, maybe_one, one, run
from dawr.gates.model.refused import (
    UNSCANNED_MAX,
    Reason,
    Refused,
    RefusedId,
    Remedy,
    RemedyGiven,
    RemedyKind,
    TooManyUnscanned,
)
from dawr.gates.store.rows import SQL
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.tickets.model import ScanId
from dawr.transparency.model import Sealed


async def add_refused(
    tx: Transaction,
    *,
    office_id: OfficeId,
    person_id: PersonId,
    officer_id: PersonId | None,
    reason: Reason,
    service_id: ServiceId | None,
    scan_id: ScanId | None,
    now: datetime,
) -> RefusedId:
    row = await one(
        tx,
        SQL["add_refused"],
        office_id=office_id,
        person_id=person_id,
        officer_id=officer_id,
        reason=reason,
        service_id=service_id,
        scan_id=scan_id,
        now=now,
    )
    return RefusedId(row["refused_id"])


async def refused(tx: Transaction, *, office_id: OfficeId, refused_id: UUID) -> Refused:
    row = await maybe_one(tx, SQL["refused"], office_id=office_id, refused_id=refused_id)
    if row is None:
        raise NotFound
    return Refused(**row | {"reason": Reason(row["reason"])})


async def count_refused_of(tx: Transaction, *, person_id: PersonId, after: datetime) -> int:
    count: int = (await one(tx, SQL["count_refused_of"], person_id=person_id, after=after))["n"]
    return count


async def lock_remedies_of(tx: Transaction, *, officer_id: PersonId) -> None:
    await run(tx, SQL["lock_remedies_of"], officer_id=officer_id)


async def add_remedy(tx: Transaction, *, of: Refused, remedy: Remedy, day_on: date, sealed: Sealed) -> None:
    refusals = {
        "one_remedy_per_refused_visitor": RemedyGiven(),
        "one_remedy_per_scan": RemedyGiven(),
        "twenty_remedies_a_day_without_a_scan": TooManyUnscanned(count_max=UNSCANNED_MAX),
    }
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_remedy"],
            office_id=of.office_id,
            refused_id=of.refused_id,
            officer_id=of.officer_id,
            scan_id=of.scan_id,
            kind=remedy.kind,
            service_id=remedy.service_id,
            booking_id=remedy.booking_id,
            release_id=remedy.release_id,
            day_on=day_on,
            given_at=remedy.given_at,
            log_entry_id=sealed.entry_id,
            log_salt=sealed.salt,
        )


async def remedy(tx: Transaction, *, of: Refused) -> Remedy | None:
    row = await maybe_one(tx, SQL["remedy"], office_id=of.office_id, refused_id=of.refused_id)
    if row is None:
        return None
    booking_id = BookingId(row["booking_id"]) if row["booking_id"] else None
    return Remedy(**row | {"kind": RemedyKind(row["kind"]), "booking_id": booking_id})

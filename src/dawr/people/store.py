"""Rows in, nouns out."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, constraint_refusals, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.people.civil_number import CivilNumber
from dawr.people.model import (
    Country,
    LookNeedsReason,
    LookUp,
    Officer,
    OfficerRole,
    OfficerRoleId,
    OwnRole,
    Person,
    Role,
    RoleAlreadyHeld,
    SignInOver,
)

SQL = load_statements(__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCard:
    """A card as it lies in its row."""

    civil_number_sealed: bytes
    card_serial_sealed: bytes | None
    photograph_sealed: bytes | None


async def register_person(
    tx: Transaction,
    *,
    person_id: PersonId,
    civil_number: CivilNumber,
    civil_number_hash: bytes,
    civil_number_sealed: bytes,
    name_ar: str,
    name_latin: str,
    now: datetime,
) -> PersonId:
    """Who has this number: `person_id` if nobody had it yet, else the person known before.

    He goes by the new names if somebody vouched for them.
    """
    row = await one(
        tx,
        SQL["register_person"],
        person_id=person_id,
        country=civil_number.country,
        civil_number_hash=civil_number_hash,
        civil_number_sealed=civil_number_sealed,
        civil_number_tail=civil_number.tail,
        name_ar=name_ar,
        name_latin=name_latin,
        now=now,
    )
    return PersonId(row["person_id"])


async def person(tx: Transaction, *, person_id: PersonId) -> Person | None:
    row = await maybe_one(tx, SQL["person"], person_id=person_id)
    return Person(**row | {"country": Country(row["country"])}) if row else None


async def person_with_civil_number(tx: Transaction, *, civil_number_hash: bytes, even_unnamed: bool) -> PersonId | None:
    row = await maybe_one(
        tx, SQL["person_with_civil_number"], civil_number_hash=civil_number_hash, even_unnamed=even_unnamed
    )
    return PersonId(row["person_id"]) if row else None


async def sealed_civil_number(tx: Transaction, *, person_id: PersonId) -> bytes | None:
    row = await maybe_one(tx, SQL["sealed_civil_number"], person_id=person_id)
    return row["civil_number_sealed"] if row else None


async def sealed_card(tx: Transaction, *, person_id: PersonId) -> SealedCard | None:
    row = await maybe_one(tx, SQL["sealed_card"], person_id=person_id)
    return SealedCard(**row) if row else None


async def save_card(
    tx: Transaction, *, person_id: PersonId, card_serial_sealed: bytes | None, photograph_sealed: bytes | None
) -> None:
    """What is None leaves what is known already."""
    await run(
        tx,
        SQL["save_card"],
        person_id=person_id,
        card_serial_sealed=card_serial_sealed,
        photograph_sealed=photograph_sealed,
    )


async def record_look(
    tx: Transaction, *, person_id: PersonId, looked_by: PersonId | None, reason: str, now: datetime
) -> None:
    with constraint_refusals({"look_up_has_a_reason": LookNeedsReason()}):
        await run(tx, SQL["record_look"], person_id=person_id, looked_by=looked_by, reason=reason, now=now)


async def looks_at(tx: Transaction, *, person_id: PersonId, count_max: int) -> list[LookUp]:
    return [_look_up(row) for row in await many(tx, SQL["looks_at"], person_id=person_id, count_max=count_max)]


async def grant_role(tx: Transaction, officer: Officer, *, granted_by: PersonId | None, now: datetime) -> None:
    refusals = {
        "role_is_held_once_at_a_time": RoleAlreadyHeld(place=officer.place),
        "nobody_grants_to_himself": OwnRole(),
    }
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["grant_role"],
            person_id=officer.person_id,
            role=officer.role,
            authority_id=officer.authority_id,
            office_id=officer.office_id,
            granted_by=granted_by,
            now=now,
        )


async def revoke_role(
    tx: Transaction,
    *,
    person_id: PersonId,
    officer_role_id: OfficerRoleId,
    revoked_by: PersonId | None,
    now: datetime,
) -> Officer | None:
    """The officer whose role ended, or None if it had ended already."""
    with constraint_refusals({"nobody_revokes_his_own": OwnRole()}):
        row = await maybe_one(
            tx,
            SQL["revoke_role"],
            person_id=person_id,
            officer_role_id=officer_role_id,
            revoked_by=revoked_by,
            now=now,
        )
    return _officer(row) if row else None


async def live_role(tx: Transaction, *, person_id: PersonId, officer_role_id: OfficerRoleId) -> Officer | None:
    row = await maybe_one(tx, SQL["live_role"], person_id=person_id, officer_role_id=officer_role_id)
    return _officer(row) if row else None


async def roles_of(tx: Transaction, *, person_id: PersonId, now: datetime) -> list[Officer]:
    return [_officer(row) for row in await many(tx, SQL["roles_of"], person_id=person_id, now=now)]


async def offices_of(tx: Transaction, *, person_id: PersonId, role: Role) -> list[OfficeId]:
    rows = await many(tx, SQL["offices_of"], person_id=person_id, role=role)
    return [OfficeId(row["office_id"]) for row in rows]


async def live_roles_at(
    tx: Transaction, *, authority_id: AuthorityId, office_id: OfficeId | None, count_max: int
) -> list[OfficerRole]:
    """The roles of an office, or of a whole authority where `office_id` is None."""
    rows = await many(tx, SQL["live_roles_at"], authority_id=authority_id, office_id=office_id, count_max=count_max)
    return [
        OfficerRole(
            officer_role_id=OfficerRoleId(row["officer_role_id"]),
            officer=_officer(row),
            name_ar=row["name_ar"],
            name_latin=row["name_latin"],
            starts_at=row["starts_at"],
        )
        for row in rows
    ]


async def spend_sign_in(tx: Transaction, *, state_hash: bytes, now: datetime) -> None:
    with constraint_refusals({"sign_in_is_finished_once": SignInOver()}):
        await run(tx, SQL["spend_sign_in"], state_hash=state_hash, now=now)


async def forget_spent_sign_ins(tx: Transaction, *, before: datetime) -> None:
    await run(tx, SQL["forget_spent_sign_ins"], before=before)


def _officer(row: DictRow) -> Officer:
    return Officer(
        person_id=PersonId(row["person_id"]),
        role=Role(row["role"]),
        authority_id=AuthorityId(row["authority_id"]),
        office_id=row["office_id"] and OfficeId(row["office_id"]),
    )


def _look_up(row: DictRow) -> LookUp:
    looked_by = row["looked_by"]
    held = zip(row["roles"], row["authority_ids"], row["office_ids"], strict=True)
    officers = tuple(
        _officer({"person_id": looked_by, "role": role, "authority_id": authority_id, "office_id": office_id})
        for role, authority_id, office_id in held
    )
    return LookUp(looked_at=row["looked_at"], looked_by=looked_by, officers=officers, reason=row["reason"])

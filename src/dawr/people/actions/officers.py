"""Who may act as what, and where."""

from datetime import datetime

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.people import model, store
from dawr.people.actions.persons import LIST_COUNT_MAX
from dawr.people.model import (
    NoRole,
    Officer,
    OfficerRole,
    Role,
    RoleMissing,
    SignedIn,
)


async def acting_officer(
    tx: Transaction,
    visitor: SignedIn,
    *,
    role: Role,
    authority_id: AuthorityId,
    office_id: OfficeId | None = None,
    now: datetime,
) -> Officer:
    """The visitor in this role there; without an office, at any of the authority's.

    Raises RoleMissing, and StepUpNeeded where he did not sign in surely or lately enough to act.
    """
    held = await store.roles_of(tx, person_id=visitor.require_person(), now=now)
    officer = model.role_in(held, role=role, authority_id=authority_id, office_id=office_id)
    model.require_fresh_person(visitor, assurance=model.Assurance.SUBSTANTIAL, age_max=model.SHIFT_MAX, now=now)
    return officer


async def officer_at(tx: Transaction, visitor: SignedIn, *, role: Role, office: str, now: datetime) -> Officer:
    """The visitor in this role at the office that a form or an address names; refuses as `acting_officer` does."""
    authority_id = AuthorityId(office.partition("/")[0])
    return await acting_officer(tx, visitor, role=role, authority_id=authority_id, office_id=OfficeId(office), now=now)


async def require_any_role(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Officer]:
    """The visitor's roles; raises NoRole for a person without one."""
    held = await roles_of(tx, visitor.require_person(), now=now)
    if not held:
        raise NoRole
    return held


async def roles_of(tx: Transaction, person_id: PersonId, *, now: datetime) -> list[Officer]:
    """Every role that the person holds now."""
    return await store.roles_of(tx, person_id=person_id, now=now)


async def officers_at(tx: Transaction, office_id: OfficeId, *, role: Role) -> list[OfficerRole]:
    """Who holds this role at an office now."""
    authority_id = AuthorityId(office_id.partition("/")[0])
    held = await store.live_roles_at(tx, authority_id=authority_id, office_id=office_id, count_max=LIST_COUNT_MAX)
    return [each for each in held if each.officer.role is role]


async def offices_of(tx: Transaction, person_id: PersonId, *, role: Role) -> list[OfficeId]:
    """The offices where the person holds this role and nobody has revoked it."""
    return await store.offices_of(tx, person_id=person_id, role=role)


async def announcers_of(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Officer]:
    """The visitor's roles that may announce draws and lines, the widest first; raises RoleMissing where none is."""
    held = await roles_of(tx, visitor.require_person(), now=now)
    announcers = [officer for role in model.ANNOUNCERS for officer in held if officer.role is role]
    if not announcers:
        raise RoleMissing(role=Role.BRANCH_HEAD.value, place="Dawr")
    return announcers


async def announcer_at(tx: Transaction, visitor: SignedIn, *, authority_id: AuthorityId, now: datetime) -> Officer:
    """The visitor as one who may announce for this authority, with his widest right; raises RoleMissing."""
    for announcer in await announcers_of(tx, visitor, now=now):
        if announcer.authority_id == authority_id:
            return announcer
    raise RoleMissing(role=Role.BRANCH_HEAD.value, place=authority_id)

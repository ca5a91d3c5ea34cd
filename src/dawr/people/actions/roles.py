"""Roles that officers give each other and take away."""

from datetime import datetime

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.people import model, store
from dawr.people.actions.officers import roles_of
from dawr.people.actions.persons import LIST_COUNT_MAX, find_by_civil_number, record_look
from dawr.people.civil_number import parse_civil_number
from dawr.people.model import (
    Country,
    GrantNotYours,
    NotRegistered,
    Officer,
    OfficerRole,
    OfficerRoleId,
    Role,
)
from dawr.settings import Settings
from dawr.transparency import actions as transparency


async def granters_of(tx: Transaction, person_id: PersonId, *, now: datetime) -> list[Officer]:
    """The person's roles that may give roles to others; raises GrantNotYours where there is none."""
    granters = [held for held in await roles_of(tx, person_id, now=now) if held.role in model.GRANTABLE]
    if not granters:
        raise GrantNotYours
    return granters


async def granter_at(tx: Transaction, person_id: PersonId, *, place: str, now: datetime) -> Officer:
    """The one of those that is held at `place`; raises GrantNotYours."""
    for granter in await granters_of(tx, person_id, now=now):
        if granter.place == place:
            return granter
    raise GrantNotYours


async def grantable_roles(tx: Transaction, granter: Officer) -> list[OfficerRole]:
    """The roles that this officer could revoke, where he holds his own."""
    listed = await store.live_roles_at(
        tx, authority_id=granter.authority_id, office_id=granter.office_id, count_max=LIST_COUNT_MAX
    )
    allowed = model.GRANTABLE[granter.role]
    return [held for held in listed if held.officer.role in allowed and held.officer.person_id != granter.person_id]


async def look_for_colleague(
    tx: Transaction, number: str, *, granter: Officer, settings: Settings, now: datetime
) -> PersonId:
    """Who has the number on a colleague's card; he can read that it was looked up.

    Raises NotACivilNumber, and NotRegistered for somebody who never signed in.
    """
    parse_civil_number(number, country=Country(settings.sign_in.country))
    colleague_id = await find_by_civil_number(tx, number, settings=settings)
    if colleague_id is None:
        raise NotRegistered
    await record_look(tx, colleague_id, looked_by=granter.person_id, reason="people.look.for_a_role", now=now)
    return colleague_id


async def grant_role(
    tx: Transaction,
    *,
    person_id: PersonId,
    role: Role,
    authority_id: AuthorityId,
    office_id: OfficeId | None,
    granted_by: PersonId | None,
    now: datetime,
) -> None:
    """Give a person a role; `granted_by` is None where the installation itself does it, and is checked otherwise."""
    wanted = Officer(person_id=person_id, role=role, authority_id=authority_id, office_id=office_id)
    await grant(tx, wanted, granted_by=granted_by, now=now)


async def grant(tx: Transaction, wanted: Officer, *, granted_by: PersonId | None, now: datetime) -> None:
    """`grant_role` for a role that is put together already."""
    model.check_role_place(wanted)
    if granted_by is not None:
        model.check_grant(await store.roles_of(tx, person_id=granted_by, now=now), wanted=wanted)
    await store.grant_role(tx, wanted, granted_by=granted_by, now=now)
    await _log(tx, wanted, act="role granted", now=now)


async def revoke_role(
    tx: Transaction,
    *,
    person_id: PersonId,
    officer_role_id: OfficerRoleId,
    revoked_by: PersonId | None,
    now: datetime,
) -> None:
    """End a role from this moment; the same officers may who may grant it. Raises NotFound for one that has ended."""
    held = await store.live_role(tx, person_id=person_id, officer_role_id=officer_role_id)
    if held is None:
        raise NotFound
    if revoked_by is not None:
        model.check_grant(await store.roles_of(tx, person_id=revoked_by, now=now), wanted=held)
    ended = await store.revoke_role(
        tx, person_id=person_id, officer_role_id=officer_role_id, revoked_by=revoked_by, now=now
    )
    if ended is None:
        raise NotFound
    await _log(tx, ended, act="role revoked", now=now)


async def _log(tx: Transaction, officer: Officer, *, act: str, now: datetime) -> None:
    """The public learns which roles change where; whose they are stays in the people schema."""
    facts = {"act": act, "role": officer.role.value, "place": officer.place}
    await transparency.append_public(tx, "override", facts=facts, now=now)

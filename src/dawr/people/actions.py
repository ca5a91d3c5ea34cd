"""Knowing a person by his number, telling him who looked, and who may act as what."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import keyed_hash
from dawr.people import model, openid, store
from dawr.people.civil_number import CivilNumber, NotACivilNumber, parse_civil_number
from dawr.people.model import (
    Country,
    GrantNotYours,
    LookNeedsReason,
    LookUp,
    NoRole,
    NotRegistered,
    Officer,
    OfficerRole,
    OfficerRoleId,
    Person,
    Role,
    RoleMissing,
    SignedIn,
)
from dawr.people.sealing import NONCE_BYTES, seal, unseal
from dawr.settings import Settings
from dawr.transparency import actions as transparency

LIST_COUNT_MAX = 500


async def register_person(
    tx: Transaction,
    *,
    civil_number: str,
    country: Country,
    name_ar: str,
    name_latin: str,
    settings: Settings,
    now: datetime,
) -> PersonId:
    """The person with this number, registered now or before; raises NotACivilNumber."""
    number = parse_civil_number(civil_number, country=country)
    person_id = PersonId(UUID(bytes=secrets.token_bytes(16), version=4))
    return await store.register_person(
        tx,
        person_id=person_id,
        civil_number=number,
        civil_number_hash=_civil_number_hash(number, settings=settings),
        civil_number_sealed=seal(
            _civil_number_key(settings),
            number.digits.encode(),
            nonce=secrets.token_bytes(NONCE_BYTES),
            belongs_to=person_id.bytes,
        ),
        name_ar=name_ar,
        name_latin=name_latin,
        now=now,
    )


async def person(tx: Transaction, person_id: PersonId) -> Person:
    """A registered person; raises NotFound."""
    found = await store.person(tx, person_id=person_id)
    if found is None:
        raise NotFound
    return found


async def find_by_civil_number(tx: Transaction, number: str, *, settings: Settings) -> PersonId | None:
    """Who has this number, in the country of these settings; None for nobody and for what is no number at all."""
    try:
        civil_number = parse_civil_number(number, country=Country(settings.sign_in.country))
    except NotACivilNumber:
        return None
    return await store.person_with_civil_number(
        tx, civil_number_hash=_civil_number_hash(civil_number, settings=settings)
    )


async def reveal_civil_number(
    tx: Transaction,
    person_id: PersonId,
    *,
    settings: Settings,
    looked_by: PersonId | None,
    reason: str,
    now: datetime,
) -> str:
    """A person's whole number, and a record of the look that he can read; `reason` is a sentence of the catalogues.

    `looked_by` is None where Dawr itself needs the number. Raises NotFound and LookNeedsReason.
    """
    sealed = await store.sealed_civil_number(tx, person_id=person_id)
    if sealed is None:
        raise NotFound
    await record_look(tx, person_id, looked_by=looked_by, reason=reason, now=now)
    return unseal(_civil_number_key(settings), sealed, belongs_to=person_id.bytes).decode()


async def record_look(
    tx: Transaction, person_id: PersonId, *, looked_by: PersonId | None, reason: str, now: datetime
) -> None:
    """Tell a person that somebody looked at him; a look without a reason is refused."""
    if not reason.strip():
        raise LookNeedsReason
    await store.record_look(tx, person_id=person_id, looked_by=looked_by, reason=reason, now=now)


async def looks_at(tx: Transaction, person_id: PersonId) -> list[LookUp]:
    """Who looked at this person's number, newest first."""
    return await store.looks_at(tx, person_id=person_id, count_max=LIST_COUNT_MAX)


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


async def require_any_role(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Officer]:
    """The visitor's roles; raises NoRole for a person without one."""
    held = await roles_of(tx, visitor.require_person(), now=now)
    if not held:
        raise NoRole
    return held


async def roles_of(tx: Transaction, person_id: PersonId, *, now: datetime) -> list[Officer]:
    """Every role that the person holds now."""
    return await store.roles_of(tx, person_id=person_id, now=now)


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


def client_key(settings: Settings) -> ECKey:
    """The key by which the national ID knows us, the same in every process."""
    halves = (settings.key_for(f"people: sign-in client {half}") for half in (1, 2))
    return openid.client_key(b"".join(halves))


def public_keys(settings: Settings) -> dict[str, Any]:
    """What the national ID needs to know us by (RFC 7517)."""
    return openid.public_key_set(client_key(settings))


def return_url(settings: Settings) -> str:
    """Where the national ID sends the browser back to; the only address that is registered with it."""
    return f"{settings.public_url}/sign-in/return"


async def _log(tx: Transaction, officer: Officer, *, act: str, now: datetime) -> None:
    """The public learns which roles change where; whose they are stays in the people schema."""
    facts = {"act": act, "role": officer.role.value, "place": officer.place}
    await transparency.append_public(tx, "override", facts=facts, now=now)


def _civil_number_hash(number: CivilNumber, *, settings: Settings) -> bytes:
    message = f"{number.country}:{number.digits}".encode()
    return keyed_hash(settings.key_for("people: civil number hash"), message)


def _civil_number_key(settings: Settings) -> bytes:
    return settings.key_for("people: civil number seal")

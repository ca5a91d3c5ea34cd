"""Persons, the roles that officers hold, and how sure we must be of who is there."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NewType, Protocol
from uuid import UUID

from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import Refusal

OfficerRoleId = NewType("OfficerRoleId", UUID)

CLOCK_SKEW = timedelta(seconds=60)
"""How far the clocks of two honest computers may be apart."""


class Country(StrEnum):
    """Whose national identity system issued a civil number."""

    KUWAIT = "KW"
    SAUDI_ARABIA = "SA"
    SYRIA = "SY"


class Role(StrEnum):
    """What an officer may do; the authority and office say where."""

    CLERK = "clerk"
    GUARD = "guard"
    BRANCH_HEAD = "branch_head"
    AUTHORITY = "authority"
    OPERATOR = "operator"
    INVESTIGATOR = "investigator"
    AUDITOR = "auditor"
    INSPECTOR = "inspector"


SHIFT_MAX = timedelta(hours=8)
"""How old a sign-in may be with which an officer acts, or a person confirms or gives back a turn."""

BRANCH_ROLES = frozenset({Role.CLERK, Role.GUARD, Role.BRANCH_HEAD})
"""Roles held at one office; every other role is held for a whole authority."""

GRANTABLE: Mapping[Role, frozenset[Role]] = {
    Role.BRANCH_HEAD: frozenset({Role.CLERK, Role.GUARD}),
    Role.AUTHORITY: frozenset({Role.CLERK, Role.GUARD, Role.BRANCH_HEAD, Role.INSPECTOR}),
}
"""Who may grant and revoke what.

Operators, investigators, auditors and the authority's own officers are missing on purpose: only the installation
itself grants those, so that nobody whom they watch can choose them.
"""

ANNOUNCERS = (Role.AUTHORITY, Role.BRANCH_HEAD)
"""Who may announce how seats are given out: the authority for all its offices, a branch head for his own.

Never the operator. The widest right stands first.
"""


class Assurance(IntEnum):
    """How surely the national ID knew the person, as in eIDAS."""

    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being as far as Dawr needs to know; `civil_number_tail` is the last three digits."""

    person_id: PersonId
    country: Country
    civil_number_tail: str
    name_ar: str
    name_latin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A face as the register has it, ready for a browser."""

    media_type: str
    content: bytes

    @property
    def data_url(self) -> str:
        """The picture inside the page itself (RFC 2397), so that no address of it exists."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the register says of a person's card; the serial number is "" and the photograph None where it has none."""

    civil_number: str
    serial: str = ""
    photograph: Photograph | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person in a role; `office_id` is None for the roles that are held for a whole authority."""

    person_id: PersonId
    role: Role
    authority_id: AuthorityId
    office_id: OfficeId | None

    @property
    def place(self) -> str:
        """Where the role is held: the office, or the whole authority."""
        return self.office_id or self.authority_id

    def serves(self, *, role: Role, authority_id: AuthorityId, office_id: OfficeId | None) -> bool:
        """Whether this is that role there; without an office, any office of the authority will do."""
        same_office = office_id is None or self.office_id == office_id
        return self.role is role and self.authority_id == authority_id and same_office


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerRole:
    """A granted role with its holder's name, as those who may revoke it see it."""

    officer_role_id: OfficerRoleId
    officer: Officer
    name_ar: str
    name_latin: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """One look at a person's number; `looked_by` is None for Dawr itself, `officers` are the looker's roles then."""

    looked_at: datetime
    looked_by: PersonId | None
    officers: tuple[Officer, ...]
    reason: str


class SignedIn(Protocol):
    """What the decisions below need to know of a visitor; `web` keeps the real one."""

    @property
    def authenticated_at(self) -> datetime | None: ...

    @property
    def assurance(self) -> int: ...

    def require_person(self) -> PersonId: ...


class StepUpNeeded(Refusal):
    """The sign-in is too old or too weak for this act; `pages` sends the person to sign in again."""

    code = "people.step_up_needed"
    status = 401

    def __init__(self, *, assurance: Assurance) -> None:
        super().__init__(assurance=assurance.name.lower())
        self.assurance = assurance


class RoleMissing(Refusal):
    """The person does not hold this role there."""

    code = "people.role_missing"
    status = 403


class NoRole(Refusal):
    """The person holds no role at all."""

    code = "people.no_role"
    status = 403


class GrantNotYours(Refusal):
    """The officer may not grant or revoke this role there."""

    code = "people.grant_not_yours"
    status = 403


class OwnRole(Refusal):
    """Nobody changes his own roles."""

    code = "people.own_role"
    status = 403


class RoleNeedsOffice(Refusal):
    """A branch role names an office of its authority, every other role names none."""

    code = "people.role_needs_office"
    status = 422


class RoleAlreadyHeld(Refusal):
    """The person holds this role there already."""

    code = "people.role_already_held"


class RoleUnknown(Refusal):
    """No role, or none that there is, was chosen."""

    code = "people.role_unknown"
    status = 422


class NotRegistered(Refusal):
    """Nobody with this civil number has signed in yet."""

    code = "people.not_registered"
    status = 422


class LookNeedsReason(Refusal):
    """Nobody looks at a civil number without saying why."""

    code = "people.look_needs_reason"
    status = 422


class SignInRefused(Refusal):
    """The provider's answer could not be trusted; `reason` is an English phrase for the engineer."""

    code = "people.sign_in_refused"
    status = 400


class SignInOver(Refusal):
    """This sign-in was used already, took too long, or began in another browser."""

    code = "people.sign_in_over"
    status = 400


class SignInDeclined(Refusal):
    """The person stopped at the provider."""

    code = "people.sign_in_declined"
    status = 403


class AssuranceTooLow(Refusal):
    """The provider knew the person less surely than the act needs."""

    code = "people.assurance_too_low"
    status = 403


class IdentityIncomplete(Refusal):
    """The provider vouched for a person but gave no usable civil number or name."""

    code = "people.identity_incomplete"
    status = 403


class ProviderUnreachable(Refusal):
    """The national ID does not answer, or answers nonsense; `reason` is for the engineer."""

    code = "people.provider_unreachable"
    status = 503


def require_fresh_person(visitor: SignedIn, *, assurance: Assurance, age_max: timedelta, now: datetime) -> PersonId:
    """The visitor, who signed in at least this surely and at most `age_max` ago; raises StepUpNeeded otherwise."""
    person_id = visitor.require_person()
    signed_in_at = visitor.authenticated_at
    is_fresh = signed_in_at is not None and now - signed_in_at <= age_max
    if visitor.assurance < assurance or not is_fresh:
        raise StepUpNeeded(assurance=assurance)
    return person_id


def role_in(
    officers: Sequence[Officer], *, role: Role, authority_id: AuthorityId, office_id: OfficeId | None
) -> Officer:
    """The first of a person's roles that serves there; raises RoleMissing."""
    for officer in officers:
        if officer.serves(role=role, authority_id=authority_id, office_id=office_id):
            return officer
    raise RoleMissing(role=role.value, place=office_id or authority_id)


def check_role_place(officer: Officer) -> None:
    """A branch role stands at an office of its own authority, every other role at none."""
    if officer.role in BRANCH_ROLES:
        is_in_place = (officer.office_id or "").startswith(f"{officer.authority_id}/")
    else:
        is_in_place = officer.office_id is None
    if not is_in_place:
        raise RoleNeedsOffice(place=officer.place)


def wanted_role(granter: Officer, colleague_id: PersonId, *, role: str, office: str) -> Officer:
    """The role that `granter` wants to give, at his own office or at the one that he typed; raises RoleUnknown."""
    if role not in Role.__members__.values():
        raise RoleUnknown
    prefix = f"{granter.authority_id}/"
    typed = prefix + office.strip().upper().removeprefix(prefix) if office.strip() else None
    is_branch_role = Role(role) in BRANCH_ROLES
    return Officer(
        person_id=colleague_id,
        role=Role(role),
        authority_id=granter.authority_id,
        office_id=(granter.office_id or (OfficeId(typed) if typed else None)) if is_branch_role else None,
    )


def check_grant(granter_roles: Sequence[Officer], *, wanted: Officer) -> None:
    """Whether the holder of `granter_roles` may grant or revoke `wanted`."""
    if any(held.person_id == wanted.person_id for held in granter_roles):
        raise OwnRole
    if not any(_may_grant(held, wanted) for held in granter_roles):
        raise GrantNotYours


def _may_grant(held: Officer, wanted: Officer) -> bool:
    is_own_place = held.authority_id == wanted.authority_id and held.office_id in (None, wanted.office_id)
    return is_own_place and wanted.role in GRANTABLE.get(held.role, frozenset())

"""Who may act where, who may grant what, and how fresh a sign-in must be."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import Refusal
from dawr.people.model import (
    GRANTABLE,
    Assurance,
    GrantNotYours,
    Officer,
    OwnRole,
    Role,
    RoleMissing,
    RoleNeedsOffice,
    RoleUnknown,
    StepUpNeeded,
    check_grant,
    check_role_place,
    require_fresh_person,
    role_in,
    wanted_role,
)

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
MOI, MOFA = AuthorityId("KW-MOI"), AuthorityId("KW-MOFA")
HAWALLI, FARWANIYA, CONSULAR = OfficeId("KW-MOI/HAW-R"), OfficeId("KW-MOI/FAR-R"), OfficeId("KW-MOFA/CON")
ME, COLLEAGUE = PersonId(UUID(int=1)), PersonId(UUID(int=2))


def officer(
    role: Role, office_id: OfficeId | None = None, *, person_id: PersonId = ME, authority_id: AuthorityId = MOI
) -> Officer:
    return Officer(person_id=person_id, role=role, authority_id=authority_id, office_id=office_id)


CLERK = officer(Role.CLERK, HAWALLI)


def test_a_clerk_acts_at_his_own_office() -> None:
    assert role_in([CLERK], role=Role.CLERK, authority_id=MOI, office_id=HAWALLI) == CLERK
    assert role_in([CLERK], role=Role.CLERK, authority_id=MOI, office_id=None) == CLERK


@pytest.mark.parametrize(
    ("role", "authority_id", "office_id"),
    [
        (Role.CLERK, MOI, FARWANIYA),
        (Role.GUARD, MOI, HAWALLI),
        (Role.BRANCH_HEAD, MOI, HAWALLI),
        (Role.CLERK, MOFA, None),
        (Role.CLERK, MOFA, CONSULAR),
        (Role.AUTHORITY, MOI, None),
    ],
)
def test_a_clerk_is_nothing_else_and_nowhere_else(
    role: Role, authority_id: AuthorityId, office_id: OfficeId | None
) -> None:
    with pytest.raises(RoleMissing):
        role_in([CLERK], role=role, authority_id=authority_id, office_id=office_id)


def test_a_person_without_a_role_acts_nowhere() -> None:
    with pytest.raises(RoleMissing):
        role_in([], role=Role.CLERK, authority_id=MOI, office_id=None)


@pytest.mark.parametrize(
    "wanted",
    [
        officer(Role.CLERK),
        officer(Role.CLERK, CONSULAR),
        officer(Role.GUARD, OfficeId("KW-MOI")),
        officer(Role.GUARD, OfficeId("KW-MOI2/X")),
        officer(Role.AUDITOR, HAWALLI),
        officer(Role.AUTHORITY, HAWALLI),
    ],
)
def test_a_branch_role_names_an_office_of_its_authority_and_others_name_none(wanted: Officer) -> None:
    with pytest.raises(RoleNeedsOffice):
        check_role_place(wanted)


@pytest.mark.parametrize("wanted", [CLERK, officer(Role.BRANCH_HEAD, FARWANIYA), officer(Role.AUDITOR)])
def test_a_role_in_its_place_passes(wanted: Officer) -> None:
    check_role_place(wanted)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.CLERK, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.GUARD, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.CLERK, FARWANIYA, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.BRANCH_HEAD, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.INSPECTOR, person_id=COLLEAGUE)),
    ],
)
def test_an_officer_grants_what_is_his_to_grant(held: Officer, wanted: Officer) -> None:
    check_grant([held], wanted=wanted)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.CLERK, FARWANIYA, person_id=COLLEAGUE)),
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.BRANCH_HEAD, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.AUTHORITY, person_id=COLLEAGUE)),
        (officer(Role.BRANCH_HEAD, HAWALLI), officer(Role.INSPECTOR, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.AUTHORITY, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.OPERATOR, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.AUDITOR, person_id=COLLEAGUE)),
        (officer(Role.AUTHORITY), officer(Role.CLERK, CONSULAR, person_id=COLLEAGUE, authority_id=MOFA)),
        (officer(Role.CLERK, HAWALLI), officer(Role.GUARD, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.OPERATOR), officer(Role.CLERK, HAWALLI, person_id=COLLEAGUE)),
        (officer(Role.INVESTIGATOR), officer(Role.CLERK, HAWALLI, person_id=COLLEAGUE)),
    ],
)
def test_an_officer_grants_nothing_beyond_that(held: Officer, wanted: Officer) -> None:
    with pytest.raises(GrantNotYours):
        check_grant([held], wanted=wanted)


def test_nobody_grants_to_himself() -> None:
    with pytest.raises(OwnRole):
        check_grant([officer(Role.AUTHORITY)], wanted=CLERK)


def test_nobody_can_grant_the_roles_that_watch() -> None:
    granted = {role for roles in GRANTABLE.values() for role in roles}
    assert not granted & {Role.OPERATOR, Role.INVESTIGATOR, Role.AUDITOR, Role.AUTHORITY}
    assert Role.OPERATOR not in GRANTABLE


@pytest.mark.parametrize("typed", ["far-r", "KW-MOI/FAR-R", " kw-moi/far-r "])
def test_the_office_may_be_typed_with_or_without_its_authority(typed: str) -> None:
    wanted = wanted_role(officer(Role.AUTHORITY), COLLEAGUE, role="clerk", office=typed)
    assert wanted == officer(Role.CLERK, FARWANIYA, person_id=COLLEAGUE)


def test_a_branch_head_gives_roles_at_his_own_office_whatever_was_typed() -> None:
    wanted = wanted_role(officer(Role.BRANCH_HEAD, HAWALLI), COLLEAGUE, role="guard", office="FAR-R")
    assert wanted.office_id == HAWALLI


def test_an_inspector_has_no_office() -> None:
    assert wanted_role(officer(Role.AUTHORITY), COLLEAGUE, role="inspector", office="HAW-R").office_id is None


@pytest.mark.parametrize("role", ["", "king", "Clerk"])
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    with pytest.raises(RoleUnknown):
        wanted_role(officer(Role.AUTHORITY), COLLEAGUE, role=role, office="HAW-R")


class Stranger(Refusal):
    code = "tests.stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visiting:
    person_id: PersonId | None = ME
    authenticated_at: datetime | None = NOW
    assurance: int = Assurance.SUBSTANTIAL

    def require_person(self) -> PersonId:
        if self.person_id is None:
            raise Stranger
        return self.person_id


def fresh(visitor: Visiting, *, now: datetime = NOW) -> PersonId:
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=timedelta(minutes=15), now=now)


def test_a_fresh_and_sure_sign_in_passes() -> None:
    assert fresh(Visiting(), now=NOW + timedelta(minutes=15)) == ME
    assert fresh(Visiting(assurance=Assurance.HIGH)) == ME


@pytest.mark.parametrize(
    "visitor", [Visiting(assurance=Assurance.LOW), Visiting(assurance=0), Visiting(authenticated_at=None)]
)
def test_a_weak_sign_in_must_be_stepped_up(visitor: Visiting) -> None:
    with pytest.raises(StepUpNeeded) as refused:
        fresh(visitor)
    assert refused.value.facts == {"assurance": "substantial"}


def test_an_old_sign_in_must_be_done_again() -> None:
    with pytest.raises(StepUpNeeded):
        fresh(Visiting(), now=NOW + timedelta(minutes=15, seconds=1))


def test_a_stranger_is_asked_to_sign_in_before_all_else() -> None:
    with pytest.raises(Stranger):
        fresh(Visiting(person_id=None))

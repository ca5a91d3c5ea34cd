"""Persons, looks, roles and spent sign-ins on the real server, by trying to break each rule."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege, UniqueViolation

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.kernel.refusal import NotFound
from dawr.kernel.sealing import SealBroken
from dawr.people import actions, store
from dawr.people.civil_number import NotACivilNumber, invented_kuwaiti_number
from dawr.people.model import (
    Country,
    GrantNotYours,
    LookNeedsReason,
    NoRole,
    NotRegistered,
    Officer,
    OfficerRoleId,
    OwnRole,
    Role,
    RoleAlreadyHeld,
    RoleMissing,
    RoleNeedsOffice,
    SignInOver,
    StepUpNeeded,
)
from dawr.settings import Settings
from dawr.web.session import SignInNeeded, Visitor

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
MOI = AuthorityId("KW-MOI")
HAWALLI, FARWANIYA = OfficeId("KW-MOI/HAW-R"), OfficeId("KW-MOI/FAR-R")


def number(ordinal: int) -> str:
    return invented_kuwaiti_number(date(1990, 1, 1), ordinal)


async def registered(tx: Transaction, settings: Settings, ordinal: int = 0, *, name: str = "نورة") -> PersonId:
    return await actions.register_person(
        tx,
        civil_number=number(ordinal),
        country=Country.KUWAIT,
        name_ar=name,
        name_latin="Noura",
        settings=settings,
        now=NOW,
    )


def visiting(person_id: PersonId | None, *, since: datetime = NOW, assurance: int = 3) -> Visitor:
    return Visitor(person_id=person_id, authenticated_at=since, assurance=assurance, language="ar", digits="western")


async def given(
    tx: Transaction,
    person_id: PersonId,
    role: Role,
    office_id: OfficeId | None = None,
    *,
    by: PersonId | None = None,
    now: datetime = NOW,
) -> None:
    await actions.grant_role(
        tx, person_id=person_id, role=role, authority_id=MOI, office_id=office_id, granted_by=by, now=now
    )


async def role_id(tx: Transaction, person_id: PersonId) -> OfficerRoleId:
    row = await (
        await tx.execute(
            "select officer_role_id from people.officer_role where person_id = %s and ends_at is null", (person_id,)
        )
    ).fetchone()
    assert row is not None
    return OfficerRoleId(row["officer_role_id"])


async def test_whom_only_another_named_has_no_name_and_is_found_by_his_card_alone(
    tx: Transaction, settings: Settings
) -> None:
    unnamed = await actions.register_person(
        tx, civil_number=number(0), country=Country.KUWAIT, name_ar="", name_latin="", settings=settings, now=NOW
    )
    assert await actions.find_by_civil_number(tx, number(0), settings=settings) is None
    assert await actions.find_by_civil_number(tx, number(0), settings=settings, even_unnamed=True) == unnamed
    assert await registered(tx, settings) == unnamed
    await actions.register_person(
        tx, civil_number=number(0), country=Country.KUWAIT, name_ar="", name_latin="", settings=settings, now=NOW
    )
    assert (await actions.person(tx, unnamed)).name_ar == "نورة"
    assert await actions.find_by_civil_number(tx, number(0), settings=settings) == unnamed


async def test_the_same_number_is_the_same_person_under_the_newest_name(tx: Transaction, settings: Settings) -> None:
    first = await registered(tx, settings)
    again = await registered(tx, settings, name="نورة سالم")
    assert first == again
    person = await actions.person(tx, first)
    assert (person.name_ar, person.civil_number_tail) == ("نورة سالم", number(0)[-3:])
    assert await registered(tx, settings, 1) != first


async def test_what_is_no_civil_number_registers_nobody(tx: Transaction, settings: Settings) -> None:
    with pytest.raises(NotACivilNumber):
        await actions.register_person(
            tx,
            civil_number="288020122595",
            country=Country.KUWAIT,
            name_ar="س",
            name_latin="S",
            settings=settings,
            now=NOW,
        )


async def test_a_person_is_found_by_the_number_in_both_kinds_of_digits(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    arabic = number(0).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert await actions.find_by_civil_number(tx, f" {arabic[:6]} {arabic[6:]}", settings=settings) == person_id
    assert await actions.find_by_civil_number(tx, number(7), settings=settings) is None
    assert await actions.find_by_civil_number(tx, "no number", settings=settings) is None


async def test_the_number_stands_nowhere_in_the_database(tx: Transaction, settings: Settings) -> None:
    await registered(tx, settings)
    row = await (await tx.execute("select person::text as everything from people.person")).fetchone()
    assert row is not None
    assert number(0) not in row["everything"]
    assert number(0).encode().hex() not in row["everything"]


async def test_a_number_moved_to_another_persons_row_does_not_open(
    pool: Pool, database_url: str, settings: Settings
) -> None:
    async with transaction(pool) as tx:
        one, other = await registered(tx, settings, 0), await registered(tx, settings, 1)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "update people.person set civil_number_sealed = "
            "(select civil_number_sealed from people.person where person_id = %s) where person_id = %s",
            (one, other),
        )
    async with transaction(pool) as tx:
        with pytest.raises(SealBroken):
            await actions.reveal_civil_number(tx, other, settings=settings, looked_by=None, reason="why", now=NOW)


async def test_every_look_is_written_down_with_who_why_and_as_what(tx: Transaction, settings: Settings) -> None:
    person_id, clerk = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, clerk, Role.CLERK, HAWALLI)
    later = NOW + timedelta(hours=1)
    await actions.revoke_role(tx, person_id=clerk, officer_role_id=await role_id(tx, clerk), revoked_by=None, now=later)
    for looked_by, reason, at in [
        (clerk, "people.look.for_a_role", NOW),
        (clerk, "after the role ended", later),
        (None, "to print", later + timedelta(hours=1)),
    ]:
        shown = await actions.reveal_civil_number(
            tx, person_id, settings=settings, looked_by=looked_by, reason=reason, now=at
        )
        assert shown == number(0)
    looks = await actions.looks_at(tx, person_id)
    assert [(look.looked_by, look.reason) for look in looks] == [
        (None, "to print"),
        (clerk, "after the role ended"),
        (clerk, "people.look.for_a_role"),
    ]
    assert [look.officers for look in looks] == [
        (),
        (),
        (Officer(person_id=clerk, role=Role.CLERK, authority_id=MOI, office_id=HAWALLI),),
    ]
    assert await actions.looks_at(tx, clerk) == []


@pytest.mark.parametrize("reason", ["", "   ", "\u00a0"])
async def test_nobody_looks_without_a_reason(tx: Transaction, settings: Settings, reason: str) -> None:
    person_id = await registered(tx, settings)
    with pytest.raises(LookNeedsReason):
        await actions.reveal_civil_number(tx, person_id, settings=settings, looked_by=None, reason=reason, now=NOW)


async def test_the_database_too_wants_a_reason(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    for reason in (" ", "x" * 201):
        with pytest.raises(LookNeedsReason):
            async with tx.transaction():
                await store.record_look(tx, person_id=person_id, looked_by=None, reason=reason, now=NOW)


async def test_a_look_at_nobody_is_refused(tx: Transaction, settings: Settings) -> None:
    with pytest.raises(NotFound):
        await actions.reveal_civil_number(
            tx, PersonId(uuid4()), settings=settings, looked_by=None, reason="why", now=NOW
        )
    with pytest.raises(ForeignKeyViolation, match="look_up_is_at_a_registered_person"):
        await store.record_look(tx, person_id=PersonId(uuid4()), looked_by=None, reason="why", now=NOW)


@pytest.mark.parametrize(
    "forbidden",
    [
        "update people.look_up set reason = 'else'",
        "delete from people.look_up",
        "update people.person set civil_number_sealed = ''",
        "update people.person set civil_number_hash = ''",
        "delete from people.person",
        "update people.officer_role set role = 'authority'",
        "update people.officer_role set granted_by = null",
        "delete from people.officer_role",
        "update people.spent_sign_in set state_hash = ''",
        "truncate people.look_up",
    ],
)
async def test_the_application_has_no_right_to_rewrite_what_happened(tx: Transaction, forbidden: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        await tx.execute(forbidden.encode())


@pytest.mark.parametrize(
    "looking",
    [
        "select civil_number_sealed from people.person",
        "select civil_number_hash from people.person",
        "select civil_number_tail from people.person",
        "select card_serial_sealed from people.person",
        "select photograph_sealed from people.person",
        "select name_ar from people.person",
        "select looked_by from people.look_up",
        "select reason from people.look_up",
        "select state_hash from people.spent_sign_in",
    ],
)
async def test_the_reader_sees_neither_names_nor_numbers(reader_pool: Pool, looking: str) -> None:
    async with transaction(reader_pool) as tx:
        with pytest.raises(InsufficientPrivilege):
            await tx.execute(looking.encode())


async def test_the_reader_may_count(reader_pool: Pool) -> None:
    async with transaction(reader_pool) as tx:
        await tx.execute("select count(person_id) from people.person")
        await tx.execute("select role, authority_id from people.officer_role")


PERSON_COLUMNS = """insert into people.person (person_id, country, civil_number_hash, civil_number_sealed,
card_serial_sealed, photograph_sealed, civil_number_tail, name_ar, name_latin, registered_at)
values (gen_random_uuid(), %(country)s, %(hash)s, %(sealed)s, %(serial)s, %(photograph)s, %(tail)s, %(name_ar)s,
%(name_latin)s, now())"""
SOUND_PERSON = {
    "country": "KW",
    "hash": b"h" * 32,
    "sealed": b"s" * 40,
    "serial": b"s" * (28 + 9),
    "photograph": b"s" * (28 + 20_480),
    "tail": "596",
    "name_ar": "نورة",
    "name_latin": "Noura",
}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"country": "Kuwait"}, "country_is_two_letters"),
        ({"hash": b"h" * 31}, "civil_number_hash_has_32_bytes"),
        ({"sealed": b"288020122596"}, "civil_number_is_sealed"),
        ({"serial": b"104772398"}, "card_serial_is_sealed"),
        ({"serial": b"s" * (28 + 21)}, "card_serial_is_sealed"),
        ({"photograph": b"s" * 28}, "photograph_is_sealed_and_small"),
        ({"photograph": b"s" * (28 + 20_481)}, "photograph_is_sealed_and_small"),
        ({"tail": "5961"}, "civil_number_tail_is_three_digits"),
        ({"tail": "٥٩٦"}, "civil_number_tail_is_three_digits"),
        ({"name_ar": ""}, "person_has_both_names_or_none"),
        ({"name_latin": ""}, "person_has_both_names_or_none"),
        ({"name_ar": "س" * 201}, "person_has_both_names_or_none"),
    ],
)
async def test_an_unsound_person_is_not_kept(tx: Transaction, change: dict[str, object], constraint: str) -> None:
    await tx.execute(PERSON_COLUMNS.encode(), SOUND_PERSON | {"hash": b"g" * 32})
    with pytest.raises(CheckViolation, match=constraint):
        await tx.execute(PERSON_COLUMNS.encode(), SOUND_PERSON | change)


async def test_a_number_belongs_to_one_person(tx: Transaction) -> None:
    await tx.execute(PERSON_COLUMNS.encode(), SOUND_PERSON)
    with pytest.raises(UniqueViolation, match="civil_number_belongs_to_one_person"):
        await tx.execute(PERSON_COLUMNS.encode(), SOUND_PERSON)


ROLE_COLUMNS = """insert into people.officer_role (person_id, role, authority_id, office_id, granted_by, starts_at,
ends_at, revoked_by) values (%(person_id)s, %(role)s, 'KW-MOI', %(office_id)s, %(granted_by)s,
'2027-02-04Z', %(ends_at)s, %(revoked_by)s)"""
SOUND_ROLE = {"role": "clerk", "office_id": HAWALLI, "granted_by": None, "ends_at": None, "revoked_by": None}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"role": "king", "office_id": None}, "role_is_known"),
        ({"office_id": None}, "branch_role_names_its_office"),
        ({"role": "auditor"}, "branch_role_names_its_office"),
        ({"office_id": "KW-MOFA/CON"}, "office_is_of_the_authority"),
        ({"office_id": "KW-MOIX/CON"}, "office_is_of_the_authority"),
        ({"granted_by": "self"}, "nobody_grants_to_himself"),
        ({"revoked_by": "self", "ends_at": "2027-02-05Z"}, "nobody_revokes_his_own"),
        ({"ends_at": "2027-02-03Z"}, "role_ends_after_it_starts"),
        ({"revoked_by": UUID(int=1)}, "only_an_ended_role_was_revoked"),
    ],
)
async def test_an_unsound_role_is_not_kept(
    tx: Transaction, settings: Settings, change: dict[str, object], constraint: str
) -> None:
    person_id = await registered(tx, settings)
    wanted = {"person_id": person_id} | SOUND_ROLE
    await tx.execute(ROLE_COLUMNS.encode(), wanted)
    changed = {name: person_id if value == "self" else value for name, value in change.items()}
    with pytest.raises(CheckViolation, match=constraint):
        await tx.execute(ROLE_COLUMNS.encode(), wanted | {"office_id": FARWANIYA} | changed)


async def test_a_role_of_an_unregistered_person_is_not_kept(tx: Transaction) -> None:
    with pytest.raises(ForeignKeyViolation, match="role_is_held_by_a_registered_person"):
        await given(tx, PersonId(uuid4()), Role.AUDITOR)


@pytest.mark.parametrize(("role", "office_id"), [(Role.CLERK, HAWALLI), (Role.AUDITOR, None)])
async def test_a_role_is_held_once_at_a_time(
    tx: Transaction, settings: Settings, role: Role, office_id: OfficeId | None
) -> None:
    person_id = await registered(tx, settings)
    await given(tx, person_id, role, office_id)
    with pytest.raises(RoleAlreadyHeld):
        async with tx.transaction():
            await given(tx, person_id, role, office_id)
    await actions.revoke_role(
        tx, person_id=person_id, officer_role_id=await role_id(tx, person_id), revoked_by=None, now=NOW
    )
    await given(tx, person_id, role, office_id)


async def test_an_officer_acts_from_the_grant_until_the_revocation(tx: Transaction, settings: Settings) -> None:
    clerk = await registered(tx, settings)
    await given(tx, clerk, Role.CLERK, HAWALLI)
    end = NOW + timedelta(days=1)

    async def acts(now: datetime, office_id: OfficeId | None = HAWALLI) -> bool:
        try:
            officer = await actions.acting_officer(
                tx, visiting(clerk, since=now), role=Role.CLERK, authority_id=MOI, office_id=office_id, now=now
            )
        except RoleMissing:
            return False
        return officer.person_id == clerk

    assert await acts(NOW)
    assert await acts(NOW, None)
    assert not await acts(NOW, FARWANIYA)
    assert not await acts(NOW - timedelta(seconds=1))
    assert await actions.offices_of(tx, clerk, role=Role.CLERK) == [HAWALLI]
    assert await actions.offices_of(tx, clerk, role=Role.GUARD) == []
    await actions.revoke_role(tx, person_id=clerk, officer_role_id=await role_id(tx, clerk), revoked_by=None, now=end)
    assert await acts(end - timedelta(seconds=1))
    assert not await acts(end)
    assert await actions.offices_of(tx, clerk, role=Role.CLERK) == []


@pytest.mark.parametrize(
    ("assurance", "age"), [(1, timedelta(0)), (2, timedelta(hours=8, seconds=1)), (3, timedelta(hours=9))]
)
async def test_an_officer_who_signed_in_weakly_or_a_shift_ago_proves_himself_again(
    tx: Transaction, settings: Settings, assurance: int, age: timedelta
) -> None:
    clerk = await registered(tx, settings)
    await given(tx, clerk, Role.CLERK, HAWALLI)
    sure = visiting(clerk, since=NOW - timedelta(hours=8), assurance=2)
    await actions.acting_officer(tx, sure, role=Role.CLERK, authority_id=MOI, now=NOW)
    unsure = visiting(clerk, since=NOW - age, assurance=assurance)
    with pytest.raises(StepUpNeeded):
        await actions.acting_officer(tx, unsure, role=Role.CLERK, authority_id=MOI, now=NOW)


async def test_a_visitor_who_has_not_signed_in_is_asked_to(tx: Transaction) -> None:
    with pytest.raises(SignInNeeded):
        await actions.acting_officer(tx, visiting(None), role=Role.CLERK, authority_id=MOI, now=NOW)


async def test_a_person_without_a_role_has_no_staff_page(tx: Transaction, settings: Settings) -> None:
    with pytest.raises(NoRole):
        await actions.require_any_role(tx, visiting(await registered(tx, settings)), now=NOW)


async def test_who_holds_several_roles_announces_by_the_widest(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    await given(tx, person_id, Role.BRANCH_HEAD, HAWALLI)
    await given(tx, person_id, Role.OPERATOR)
    visitor = visiting(person_id)
    announcer = await actions.announcer_at(tx, visitor, authority_id=MOI, now=NOW)
    assert (announcer.role, announcer.office_id) == (Role.BRANCH_HEAD, HAWALLI)
    await given(tx, person_id, Role.AUTHORITY)
    assert (await actions.announcer_at(tx, visitor, authority_id=MOI, now=NOW)).role is Role.AUTHORITY
    assert [each.role for each in await actions.announcers_of(tx, visitor, now=NOW)] == [
        Role.AUTHORITY,
        Role.BRANCH_HEAD,
    ]
    with pytest.raises(RoleMissing):
        await actions.announcer_at(tx, visitor, authority_id=AuthorityId("KW-MOJ"), now=NOW)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.INVESTIGATOR, Role.AUDITOR])
async def test_who_runs_or_watches_the_house_announces_nothing(tx: Transaction, settings: Settings, role: Role) -> None:
    person_id = await registered(tx, settings)
    await given(tx, person_id, role)
    with pytest.raises(RoleMissing):
        await actions.announcers_of(tx, visiting(person_id), now=NOW)


async def test_a_branch_head_grants_and_revokes_at_his_own_office(tx: Transaction, settings: Settings) -> None:
    head, colleague = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, head, Role.BRANCH_HEAD, HAWALLI)
    await given(tx, colleague, Role.CLERK, HAWALLI, by=head)
    granter = await actions.granter_at(tx, head, place=HAWALLI, now=NOW)
    assert [held.officer.person_id for held in await actions.grantable_roles(tx, granter)] == [colleague]
    await actions.revoke_role(
        tx, person_id=colleague, officer_role_id=await role_id(tx, colleague), revoked_by=head, now=NOW
    )
    assert await actions.grantable_roles(tx, granter) == []


async def test_a_branch_head_has_no_say_elsewhere_nor_over_himself(tx: Transaction, settings: Settings) -> None:
    head, colleague = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, head, Role.BRANCH_HEAD, HAWALLI)
    await given(tx, colleague, Role.CLERK, FARWANIYA)
    with pytest.raises(GrantNotYours):
        await given(tx, colleague, Role.GUARD, FARWANIYA, by=head)
    with pytest.raises(GrantNotYours):
        await actions.revoke_role(
            tx, person_id=colleague, officer_role_id=await role_id(tx, colleague), revoked_by=head, now=NOW
        )
    with pytest.raises(OwnRole):
        await given(tx, head, Role.GUARD, HAWALLI, by=head)
    with pytest.raises(RoleNeedsOffice):
        await given(tx, colleague, Role.GUARD, by=head)
    with pytest.raises(GrantNotYours):
        await actions.granter_at(tx, head, place=FARWANIYA, now=NOW)


async def test_an_operator_grants_nothing(tx: Transaction, settings: Settings) -> None:
    operator, colleague = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, operator, Role.OPERATOR)
    with pytest.raises(GrantNotYours):
        await given(tx, colleague, Role.CLERK, HAWALLI, by=operator)
    with pytest.raises(GrantNotYours):
        await actions.granters_of(tx, operator, now=NOW)


async def test_a_granter_whose_own_role_ended_grants_nothing_more(tx: Transaction, settings: Settings) -> None:
    head, colleague = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, head, Role.BRANCH_HEAD, HAWALLI)
    await actions.revoke_role(tx, person_id=head, officer_role_id=await role_id(tx, head), revoked_by=None, now=NOW)
    with pytest.raises(GrantNotYours):
        await given(tx, colleague, Role.CLERK, HAWALLI, by=head)


async def test_a_role_that_has_ended_cannot_end_again(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    await given(tx, person_id, Role.AUDITOR)
    ended = await role_id(tx, person_id)
    await actions.revoke_role(tx, person_id=person_id, officer_role_id=ended, revoked_by=None, now=NOW)
    with pytest.raises(NotFound):
        await actions.revoke_role(tx, person_id=person_id, officer_role_id=ended, revoked_by=None, now=NOW)


async def test_the_public_log_learns_of_each_grant_and_no_name(tx: Transaction, settings: Settings) -> None:
    person_id = await registered(tx, settings)
    await given(tx, person_id, Role.CLERK, HAWALLI)
    await actions.revoke_role(
        tx, person_id=person_id, officer_role_id=await role_id(tx, person_id), revoked_by=None, now=NOW
    )
    rows = await (await tx.execute("select leaf from transparency.entry order by entry_id")).fetchall()
    said = [json.loads(row["leaf"]) for row in rows]
    place = {"role": "clerk", "place": HAWALLI}
    assert [leaf["facts"] for leaf in said] == [{"act": "role granted"} | place, {"act": "role revoked"} | place]


async def test_a_colleague_can_read_that_he_was_looked_up(tx: Transaction, settings: Settings) -> None:
    head, colleague = await registered(tx, settings, 0), await registered(tx, settings, 1)
    await given(tx, head, Role.BRANCH_HEAD, HAWALLI)
    granter = await actions.granter_at(tx, head, place=HAWALLI, now=NOW)
    found = await actions.look_for_colleague(tx, number(1), granter=granter, settings=settings, now=NOW)
    assert found == colleague
    (look,) = await actions.looks_at(tx, colleague)
    assert look.officers == (granter,)
    with pytest.raises(NotRegistered):
        await actions.look_for_colleague(tx, number(9), granter=granter, settings=settings, now=NOW)


async def spend_at_once(pool: Pool) -> list[bool]:
    """Eight browsers come back with one state; who got through."""

    async def spend() -> bool:
        try:
            async with transaction(pool) as tx:
                await store.spend_sign_in(tx, state_hash=b"s" * 32, now=NOW)
        except SignInOver:
            return False
        return True

    return await asyncio.gather(*(spend() for _ in range(8)))


async def test_a_state_is_spent_once_however_many_come_at_once(pool: Pool) -> None:
    assert sum(await spend_at_once(pool)) == 1


async def test_without_the_constraint_a_replay_would_pass(pool: Pool, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("alter table people.spent_sign_in drop constraint sign_in_is_finished_once")
    assert sum(await spend_at_once(pool)) == 8


async def test_a_state_hash_has_its_size(tx: Transaction) -> None:
    with pytest.raises(CheckViolation, match="state_hash_has_32_bytes"):
        await store.spend_sign_in(tx, state_hash=b"s", now=NOW)


async def test_spent_states_are_forgotten_when_they_are_old(tx: Transaction) -> None:
    await store.spend_sign_in(tx, state_hash=b"s" * 32, now=NOW)
    await store.forget_spent_sign_ins(tx, before=NOW)
    with pytest.raises(SignInOver):
        async with tx.transaction():
            await store.spend_sign_in(tx, state_hash=b"s" * 32, now=NOW)
    await store.forget_spent_sign_ins(tx, before=NOW + timedelta(seconds=1))
    await store.spend_sign_in(tx, state_hash=b"s" * 32, now=NOW)


async def test_one_person_registered_many_times_at_once_is_one_person(pool: Pool, settings: Settings) -> None:
    async def register() -> PersonId:
        async with transaction(pool) as tx:
            return await registered(tx, settings)

    assert len(set(await asyncio.gather(*(register() for _ in range(8))))) == 1

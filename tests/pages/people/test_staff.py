"""Staff pages: each role finds its work, and nobody else gets in."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.demo.national_id import invented_people
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.people import actions
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Role, RoleMissing
from dawr.settings import Settings
from dawr.web.session import Visitor
from tests.pages.people.conftest import Everybody, SignIn

NUMBERS = {person.hint: person.civil_number for person in invented_people()}
MOI, HAWALLI = AuthorityId("KW-MOI"), OfficeId("KW-MOI/HAW-R")


def csrf(page: httpx.Response) -> str:
    return page.text.split('name="_csrf_token" value="')[1].split('"')[0]


async def surely(client: httpx.AsyncClient, sign_in: SignIn, hint: str) -> None:
    await sign_in(client, hint, path="/sign-in?assurance=high")


async def given(client: httpx.AsyncClient, at: str, **fields: str) -> httpx.Response:
    form = await client.get(f"/staff/roles/new?at={at}")
    assert form.status_code == 200, form.text
    return await client.post("/staff/roles/new", data={"_csrf_token": csrf(form), "at": at} | fields)


async def roles_of(opened: Pool, person_id: PersonId) -> set[tuple[str, str]]:
    async with transaction(opened) as tx:
        held = await actions.roles_of(tx, person_id, now=datetime.now(UTC))
    return {(officer.role.value, officer.place) for officer in held}


@pytest.mark.parametrize("path", ["/staff", "/staff/roles", "/staff/roles/new?at=KW-MOI", "/my/looks"])
async def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).params["next"] == path


@pytest.mark.parametrize(("language", "said"), [("ar", "هذه الصفحة للعاملين"), ("en", "This page is for staff")])
async def test_a_person_at_a_staff_page_is_refused_in_his_language(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, language: str, said: str
) -> None:
    await client.get(f"/language/{language}")
    await sign_in(client, "citizen")
    answer = await client.get("/staff")
    assert answer.status_code == 403
    assert said in answer.text
    for path in ("/staff/roles", "/staff/roles/new?at=KW-MOI"):
        assert (await client.get(path)).status_code in (303, 403)


@pytest.mark.parametrize(
    ("hint", "links"),
    [
        ("guard", ["/gate", "/refused/help", "/gate/codes", "/gate/own-figures"]),
        ("clerk", ["/counter", "/desk/print", "/refused/help", "/staff/classes", "/gate/codes"]),
        (
            "branch-head",
            [
                *("/staff/capacity", "/staff/releases", "/staff/lines", "/staff/roles", "/gate/lanes"),
                *("/gate/mismatches", "/refused/help", "/gate/contested", "/gate/codes", "/gate/board", "/counter/day"),
            ],
        ),
        ("authority", ["/staff/quota", "/staff/releases", "/staff/lines", "/staff/roles", "/gate/board"]),
        ("operator", ["/draws"]),
        ("investigator", ["/tips/inbox", "/log", "/draws"]),
        ("auditor", ["/log", "/draws", "/gate/second-looks", "/gate/board"]),
        ("inspector", ["/tips/inbox", "/gate/board", "/services"]),
    ],
)
async def test_each_officer_finds_the_work_of_his_role(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, hint: str, links: list[str]
) -> None:
    await sign_in(client, hint)
    answer = await client.get("/staff")
    assert answer.status_code == 200
    content = answer.text.split('<main id="main"')[1].split("</main>")[0]
    assert re.findall(r'<a class="govuk-link" href="([^"]+)"', content) == links


async def test_the_clerk_of_another_office_does_not_act_here(opened: Pool, everybody: Everybody) -> None:
    clerk, elsewhere = (
        Visitor(
            person_id=everybody[hint],
            authenticated_at=datetime.now(UTC),
            assurance=2,
            language="ar",
            digits="western",
        )
        for hint in ("clerk", "clerk-elsewhere")
    )
    async with transaction(opened) as tx:
        here = {"role": Role.CLERK, "authority_id": MOI, "office_id": HAWALLI, "now": datetime.now(UTC)}
        officer = await actions.acting_officer(tx, clerk, **here)
        assert officer.office_id == HAWALLI
        with pytest.raises(RoleMissing):
            await actions.acting_officer(tx, elsewhere, **here)


async def test_a_role_asks_for_a_sure_sign_in_and_comes_back(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody
) -> None:
    await sign_in(client, "branch-head")
    assert (await client.get("/staff/roles")).status_code == 200
    answer = await client.get(f"/staff/roles/new?at={HAWALLI}")
    asked = httpx.URL(answer.headers["location"]).params
    assert (asked["assurance"], asked["next"]) == ("high", f"/staff/roles/new?at={HAWALLI}")
    assert (await sign_in(client, "branch-head", path=answer.headers["location"])).headers["location"] == asked["next"]
    assert (await client.get(asked["next"])).status_code == 200


async def test_a_branch_head_gives_a_role_and_takes_it_back(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, opened: Pool
) -> None:
    await surely(client, sign_in, "branch-head")
    arabic = NUMBERS["nurse"].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    answer = await given(client, HAWALLI, civil_number=arabic, role="guard")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/roles")
    assert await roles_of(opened, everybody["nurse"]) == {("guard", HAWALLI)}
    listed = await client.get("/staff/roles")
    assert "ليلى أحمد النجار" in listed.text
    (action,) = re.findall(rf'action="(/staff/roles/{everybody["nurse"]}/[^"]+/revoke)"', listed.text)
    answer = await client.post(action, data={"_csrf_token": csrf(listed)})
    assert answer.status_code == 303
    assert await roles_of(opened, everybody["nurse"]) == set()
    assert (await client.post(action, data={"_csrf_token": csrf(listed)})).status_code == 404


async def test_an_officer_of_the_authority_gives_a_role_at_any_of_its_offices(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, opened: Pool
) -> None:
    await surely(client, sign_in, "authority")
    answer = await given(client, "KW-MOI", civil_number=NUMBERS["nurse"], role="branch_head", office="far-r")
    assert answer.status_code == 303
    assert await roles_of(opened, everybody["nurse"]) == {("branch_head", "KW-MOI/FAR-R")}


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"civil_number": "", "role": "guard"}, "civil_number"),
        ({"civil_number": "288020122595", "role": "guard"}, "civil_number"),
        ({"civil_number": invented_kuwaiti_number(date(1960, 1, 1), 0), "role": "guard"}, "civil_number"),
        ({"civil_number": NUMBERS["branch-head"], "role": "guard"}, "civil_number"),
        ({"civil_number": NUMBERS["nurse"], "role": ""}, "role"),
        ({"civil_number": NUMBERS["nurse"], "role": "king"}, "role"),
        ({"civil_number": NUMBERS["nurse"], "role": "branch_head"}, "role"),
        ({"civil_number": NUMBERS["nurse"], "role": "auditor"}, "role"),
        ({"civil_number": NUMBERS["guard"], "role": "guard"}, "role"),
    ],
)
async def test_what_cannot_be_given_comes_back_beside_its_field(
    client: httpx.AsyncClient,
    sign_in: SignIn,
    everybody: Everybody,
    opened: Pool,
    fields: dict[str, str],
    beside: str,
) -> None:
    await surely(client, sign_in, "branch-head")
    answer = await given(client, HAWALLI, **fields)
    assert answer.status_code == 422
    assert "<title>خطأ:" in answer.text
    assert f'href="#{beside}"' in answer.text
    assert f'id="{beside}-error"' in answer.text
    assert f'id="{beside}"' in answer.text
    assert (fields["civil_number"] or "nothing was typed") not in answer.text, "a number never comes back in a page"
    assert await roles_of(opened, everybody["nurse"]) == set()


async def test_an_authoritys_officer_must_name_one_of_its_offices(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody
) -> None:
    await surely(client, sign_in, "authority")
    answer = await given(client, "KW-MOI", civil_number=NUMBERS["nurse"], role="clerk", office="")
    assert answer.status_code == 422
    assert 'href="#office"' in answer.text


@pytest.mark.parametrize("hint", ["operator", "clerk", "auditor", "citizen"])
async def test_who_may_not_give_roles_gives_none(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, opened: Pool, hint: str
) -> None:
    await surely(client, sign_in, hint)
    looks = await client.get("/my/looks")
    fields = {"_csrf_token": csrf(looks), "at": HAWALLI, "civil_number": NUMBERS["nurse"], "role": "guard"}
    assert (await client.get("/staff/roles")).status_code == 403
    assert (await client.get(f"/staff/roles/new?at={HAWALLI}")).status_code == 403
    assert (await client.post("/staff/roles/new", data=fields)).status_code == 403
    assert await roles_of(opened, everybody["nurse"]) == set()


async def test_a_branch_head_cannot_take_back_a_role_of_another_office(
    client: httpx.AsyncClient, sign_in: SignIn, everybody: Everybody, opened: Pool
) -> None:
    async with transaction(opened) as tx:
        row = await (
            await tx.execute(
                "select officer_role_id from people.officer_role where person_id = %s", (everybody["clerk-elsewhere"],)
            )
        ).fetchone()
    assert row is not None
    await surely(client, sign_in, "branch-head")
    path = f"/staff/roles/{everybody['clerk-elsewhere']}/{row['officer_role_id']}/revoke"
    token = csrf(await client.get("/staff/roles"))
    assert (await client.post(path, data={"_csrf_token": token})).status_code == 403
    assert await roles_of(opened, everybody["clerk-elsewhere"]) == {("clerk", "KW-MOI/FAR-R")}


async def test_a_look_is_shown_to_the_person_with_role_place_and_reason(
    browser: Callable[[], httpx.AsyncClient], sign_in: SignIn, everybody: Everybody, opened: Pool, settings: Settings
) -> None:
    async with browser() as head, browser() as nurse:
        await surely(head, sign_in, "branch-head")
        await given(head, HAWALLI, civil_number=NUMBERS["nurse"], role="king")
        async with transaction(opened) as tx:
            for looked_by, reason in [(everybody["nurse"], "x"), (None, "y"), (everybody["citizen"], "z")]:
                await actions.record_look(
                    tx, everybody["nurse"], looked_by=looked_by, reason=reason, now=datetime.now(UTC)
                )
        await sign_in(nurse, "nurse")
        arabic = (await nurse.get("/my/looks")).text
        await nurse.get("/language/en")
        english = (await nurse.get("/my/looks")).text
    for said in ("رئيس القسم", "KW-MOI/HAW-R", "لمنحك صفة في العمل", "أنت", "نظام دَور نفسه", "شخص بلا صفة"):
        assert said in arabic
    for said in ("Branch head", "KW-MOI/HAW-R", "To give you a role at work", "You", "Dawr itself"):
        assert said in english
    assert NUMBERS["nurse"] not in arabic


async def test_whoever_was_never_looked_at_reads_so(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "citizen")
    assert "لم يطّلع عليه أحد حتى الآن" in (await client.get("/my/looks")).text

"""Signing in, the whole way through a real OpenID Connect provider."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet

from dawr.db.pool import Pool, transaction
from dawr.demo.national_id import invented_people
from dawr.people import actions
from dawr.people.pages import COOKIE
from dawr.settings import Settings
from tests.pages.people.conftest import SignIn, form_action, site_with


async def returned(client: httpx.AsyncClient, settings: Settings, *, hint: str = "citizen") -> str:
    """The address at which the provider sends the browser back, not yet visited."""
    choice = await client.get(f"/sign-in?as={hint}", follow_redirects=True)
    answer = await client.post(form_action(choice, "/sign-in"), data={"person": hint})
    while answer.headers["location"].startswith(settings.sign_in.issuer):
        answer = await client.get(answer.headers["location"])
    return str(answer.headers["location"])


async def test_a_citizen_signs_in_and_goes_on_where_he_was(
    client: httpx.AsyncClient, sign_in: SignIn, opened: Pool, settings: Settings
) -> None:
    answer = await sign_in(client, "citizen", path="/sign-in?next=%2Fmy%2Flooks%3Fx%3D1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/looks?x=1")
    page = await client.get("/my/looks")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    (citizen,) = [person for person in invented_people() if person.hint == "citizen"]
    async with transaction(opened) as tx:
        person_id = await actions.find_by_civil_number(tx, citizen.civil_number, settings=settings)
        assert person_id is not None
        person = await actions.person(tx, person_id)
        card = await actions.card_of(
            tx, person_id, settings=settings, looked_by=None, reason="why", now=datetime.now(UTC)
        )
    assert (person.name_ar, person.name_latin) == (citizen.name_ar, citizen.name)
    assert (card.civil_number, card.serial) == (citizen.civil_number, citizen.card_serial)


async def test_signing_in_twice_is_one_person(client: httpx.AsyncClient, sign_in: SignIn, opened: Pool) -> None:
    await sign_in(client, "citizen")
    await sign_in(client, "citizen")
    async with transaction(opened) as tx:
        row = await (await tx.execute("select count(person_id) as persons from people.person")).fetchone()
    assert row == {"persons": 1}


async def test_the_request_itself_stays_off_the_address_bar(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.get("/sign-in?next=/draws")
    address = urlsplit(answer.headers["location"])
    assert answer.headers["location"].startswith(f"{settings.sign_in.issuer}/auth?")
    assert set(parse_qs(address.query)) == {"client_id", "request_uri"}


async def test_the_pending_sign_in_is_kept_from_scripts_and_from_other_pages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in")
    (cookie,) = [said for said in answer.headers.get_list("set-cookie") if said.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/sign-in" in cookie


async def test_an_officer_lands_at_his_work(client: httpx.AsyncClient, sign_in: SignIn, everybody: object) -> None:
    assert (await sign_in(client, "guard")).headers["location"] == "/staff"
    assert (await sign_in(client, "citizen")).headers["location"] == "/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/\t/evil.example"],
)
async def test_nobody_is_sent_to_another_site(client: httpx.AsyncClient, sign_in: SignIn, elsewhere: str) -> None:
    answer = await sign_in(client, "citizen", path=str(httpx.URL("/sign-in", params={"next": elsewhere})))
    assert answer.headers["location"] == "/"


async def test_a_return_address_works_once(
    client: httpx.AsyncClient, browser: Callable[[], httpx.AsyncClient], settings: Settings
) -> None:
    address = await returned(client, settings)
    cookie = client.cookies[COOKIE]
    assert (await client.get(address)).status_code == 303
    async with browser() as thief:
        thief.cookies.set(COOKIE, cookie, domain="localhost.local", path="/sign-in")
        answer = await thief.get(address, headers={"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 400
        assert "people.sign_in_over" in answer.text
        assert (await thief.get("/my/looks")).status_code == 303


async def test_a_code_that_was_redeemed_is_refused_by_the_provider_too(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    used = parse_qs(urlsplit(await returned(client, settings)).query)
    await client.get(str(httpx.URL("/sign-in/return", params={name: value[0] for name, value in used.items()})))
    fresh = parse_qs(urlsplit(await returned(client, settings)).query)
    mixed = {"code": used["code"][0], "state": fresh["state"][0], "iss": fresh["iss"][0]}
    answer = await client.get(str(httpx.URL("/sign-in/return", params=mixed)))
    assert answer.status_code == 400
    assert "people.sign_in_refused" in answer.text


async def test_a_code_sent_to_another_browser_signs_nobody_in(
    client: httpx.AsyncClient, browser: Callable[[], httpx.AsyncClient], settings: Settings
) -> None:
    address = await returned(client, settings)
    async with browser() as victim:
        await victim.get("/sign-in")
        answer = await victim.get(address)
        assert answer.status_code == 400
        assert "people.sign_in_over" in answer.text


@pytest.mark.parametrize("query", ["", "?state=x", "?code=c&state=x", "?state=x&state=y&code=c"])
async def test_a_return_that_we_did_not_ask_for_is_refused(client: httpx.AsyncClient, query: str) -> None:
    await client.get("/sign-in")
    assert (await client.get(f"/sign-in/return{query}")).status_code == 400


async def test_an_answer_from_another_issuer_is_refused(client: httpx.AsyncClient, settings: Settings) -> None:
    address = httpx.URL(await returned(client, settings)).copy_set_param("iss", "https://evil.example")
    answer = await client.get(str(address))
    assert answer.status_code == 400
    assert "people.sign_in_refused" in answer.text


async def test_whoever_stops_at_the_provider_is_told_so_in_his_language(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    choice = await client.get("/sign-in?as=citizen", follow_redirects=True)
    answer = await client.post(form_action(choice, "/stop"), follow_redirects=True)
    assert answer.status_code == 403
    assert "توقفت عند الهوية الوطنية" in answer.text
    await client.get("/language/en")
    choice = await client.get("/sign-in?as=citizen", follow_redirects=True)
    answer = await client.post(form_action(choice, "/stop"), follow_redirects=True)
    assert "You stopped at the national ID" in answer.text


async def test_signing_out_ends_the_session_and_the_next_sign_in_asks_again(
    client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in(client, "citizen")
    page = await client.get("/my/looks")
    token = page.text.split('name="_csrf_token" value="')[1].split('"')[0]
    answer = await client.post("/sign-out", data={"_csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await client.get("/my/looks")).headers["location"].startswith("/sign-in?")
    asked = await client.get("/sign-in", follow_redirects=True)
    assert "/interaction/" in str(asked.url)


async def test_signing_out_needs_our_own_form(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "citizen")
    assert (await client.post("/sign-out")).status_code == 403
    assert (await client.get("/my/looks")).status_code == 200


async def test_our_public_keys_are_published_without_the_secret(client: httpx.AsyncClient) -> None:
    published = (await client.get("/sign-in/jwks.json")).json()
    (key,) = KeySet.import_key_set(published).keys
    assert not key.is_private


async def test_a_sign_in_that_must_be_surer_is_surer(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    choice = await client.get("/sign-in?assurance=high&as=guard", follow_redirects=True)
    assert "أعلى درجات التأكد" in choice.text
    answer = await sign_in(client, "citizen", path="/sign-in?assurance=high")
    assert answer.status_code == 303


async def test_a_link_may_preselect_a_person_who_still_has_to_choose_himself(client: httpx.AsyncClient) -> None:
    everyone = await client.get("/sign-in", follow_redirects=True)
    one = await client.get("/sign-in?as=guard", follow_redirects=True)
    unknown = await client.get("/sign-in?as=nobody", follow_redirects=True)
    assert everyone.text.count('name="person"') == len(invented_people())
    assert one.text.count('name="person"') == 1
    assert unknown.text.count('name="person"') == len(invented_people())


async def test_outside_a_demonstration_no_link_preselects_anybody(opened: Pool, national_id: Settings) -> None:
    async with site_with(replace(national_id, is_demonstration=False), opened) as client:
        choice = await client.get("/sign-in?as=guard", follow_redirects=True)
    assert choice.text.count('name="person"') == len(invented_people())


async def test_the_provider_says_on_each_page_that_its_people_are_invented(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    choice = await client.get("/sign-in", follow_redirects=True)
    english = await client.get(f"{choice.url}?lang=en")
    failure = await client.get(f"{settings.sign_in.issuer}/interaction/none")
    assert 'lang="ar" dir="rtl"' in choice.text
    assert 'lang="en" dir="ltr"' in english.text
    assert "invented people" in english.text
    assert "من صنع الخيال" in choice.text
    assert "من صنع الخيال" in failure.text
    for answer in (choice, english, failure):
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_provider_takes_neither_an_unknown_client_nor_a_request_that_was_not_pushed(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    for client_id in ("dawr", "stranger"):
        parameters = {
            "client_id": client_id,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": actions.return_url(settings),
        }
        answer = await client.get(str(httpx.URL(f"{settings.sign_in.issuer}/auth", params=parameters)))
        assert answer.status_code in (303, 400)
        assert "code=" not in answer.headers.get("location", "")


async def test_an_unreachable_provider_is_a_clear_page(opened: Pool, national_id: Settings) -> None:
    nowhere = replace(national_id.sign_in, issuer="http://127.0.0.1:9")
    async with site_with(replace(national_id, sign_in=nowhere), opened) as client:
        answer = await client.get("/sign-in")
    assert answer.status_code == 503
    assert "الهوية الوطنية لا تجيب الآن" in answer.text

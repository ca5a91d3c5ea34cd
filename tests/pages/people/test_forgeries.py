"""Each lie that a national ID, or somebody who pretends to be one, could tell at sign-in."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from dawr.db.pool import Pool, transaction
from dawr.people import actions
from dawr.settings import Settings
from tests.pages.people.forging_provider import ForgingProvider

Lie = Callable[[ForgingProvider], None]


async def begun(client: httpx.AsyncClient, forger: ForgingProvider, *, path: str = "/sign-in") -> dict[str, str]:
    """The parameters with which the browser was sent away; the forger is honest about them until told otherwise."""
    answer = await client.get(path)
    assert answer.headers["location"].startswith(f"{forger.issuer}/auth?"), answer.text
    asked = dict(httpx.URL(answer.headers["location"]).params)
    forger.claims = forger.honest_claims(asked)
    return asked


async def came_back(client: httpx.AsyncClient, forger: ForgingProvider, asked: dict[str, str]) -> httpx.Response:
    answer = {"code": "c", "state": asked["state"], "iss": forger.issuer}
    return await client.get(str(httpx.URL("/sign-in/return", params=answer)))


async def is_signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/my/looks")).status_code == 200


async def test_an_honest_provider_signs_the_person_in(
    deceived: httpx.AsyncClient, forger: ForgingProvider, settings: Settings
) -> None:
    asked = await begun(deceived, forger)
    assert (await came_back(deceived, forger, asked)).headers["location"] == "/"
    assert await is_signed_in(deceived)
    assert forger.proved_verifier(asked)
    (redeemed,) = forger.redeemed
    keys = KeySet.import_key_set(actions.public_keys(settings))
    assertion = jwt.decode(redeemed["client_assertion"], keys, algorithms=["ES256"]).claims
    assert (assertion["iss"], assertion["aud"]) == ("dawr", forger.issuer)
    assert "client_secret" not in redeemed


def claims(**change: Any) -> Lie:
    def lie(forger: ForgingProvider) -> None:
        forger.claims = {name: value for name, value in (forger.claims | change).items() if value is not None}

    return lie


def unsigned(forger: ForgingProvider) -> None:
    forger.id_token = _token({"alg": "none", "kid": "k1"}, forger.claims)


def signed_with_the_public_key(forger: ForgingProvider) -> None:
    token = _token({"alg": "HS256", "kid": "k1"}, forger.claims).removesuffix(".")
    tag = hmac.digest(forger.key.as_pem(private=False), token.encode(), "sha256")
    forger.id_token = f"{token}.{urlsafe_b64encode(tag).rstrip(b'=').decode()}"


def signed_by_a_stranger(forger: ForgingProvider) -> None:
    forger.signer = ECKey.generate_key("P-256", {"kid": "k1"})


def signed_by_a_key_that_is_not_published(forger: ForgingProvider) -> None:
    forger.signer = ECKey.generate_key("P-256", {"kid": "k9"})
    forger.header = {"alg": "ES256", "kid": "k9"}


def refused_by_the_token_endpoint(forger: ForgingProvider) -> None:
    forger.token_status = 400


def _token(header: dict[str, Any], said: dict[str, Any]) -> str:
    parts = (msgspec.json.encode(header), msgspec.json.encode(said), b"")
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


LIES: dict[str, Lie] = {
    "alg none": unsigned,
    "alg swapped to a keyed hash": signed_with_the_public_key,
    "a stranger's signature": signed_by_a_stranger,
    "an unknown key": signed_by_a_key_that_is_not_published,
    "wrong issuer": claims(iss="https://evil.example"),
    "wrong audience": claims(aud="somebody-else"),
    "wrong authorized party": claims(azp="somebody-else"),
    "wrong nonce": claims(nonce="another"),
    "no nonce": claims(nonce=None),
    "expired": claims(exp=1_000_000_000),
    "from the future": claims(iat=4_000_000_000, exp=4_000_000_300),
    "an old session": claims(auth_time=int(time.time()) - 3600),
    "no time of the sign-in": claims(auth_time=None),
    "a code that was used": refused_by_the_token_endpoint,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_lie_signs_nobody_in(
    deceived: httpx.AsyncClient, forger: ForgingProvider, opened: Pool, lie: Lie
) -> None:
    asked = await begun(deceived, forger)
    lie(forger)
    answer = await came_back(deceived, forger, asked)
    assert answer.status_code == 400
    assert "people.sign_in_refused" in answer.text
    assert not await is_signed_in(deceived)
    async with transaction(opened) as tx:
        row = await (await tx.execute("select count(person_id) as persons from people.person")).fetchone()
    assert row == {"persons": 0}


async def test_a_refused_state_is_spent_all_the_same(deceived: httpx.AsyncClient, forger: ForgingProvider) -> None:
    asked = await begun(deceived, forger)
    forger.token_status = 400
    await came_back(deceived, forger, asked)
    forger.token_status = 200
    answer = await came_back(deceived, forger, asked)
    assert "people.sign_in_over" in answer.text
    assert len(forger.redeemed) == 1


async def test_an_answer_that_names_another_issuer_never_reaches_the_token_endpoint(
    deceived: httpx.AsyncClient, forger: ForgingProvider
) -> None:
    asked = await begun(deceived, forger)
    for issuer in ("https://evil.example", None):
        asked = await begun(deceived, forger)
        params = {"code": "c", "state": asked["state"]} | ({"iss": issuer} if issuer else {})
        answer = await deceived.get(str(httpx.URL("/sign-in/return", params=params)))
        assert answer.status_code == 400
    assert forger.redeemed == []


async def test_too_weak_a_sign_in_is_refused_where_a_surer_one_was_asked(
    deceived: httpx.AsyncClient, forger: ForgingProvider
) -> None:
    asked = await begun(deceived, forger, path="/sign-in?assurance=high")
    assert asked["acr_values"] == "http://eidas.europa.eu/LoA/high"
    answer = await came_back(deceived, forger, asked)
    assert answer.status_code == 403
    assert "people.assurance_too_low" in answer.text
    assert not await is_signed_in(deceived)


@pytest.mark.parametrize(
    "change", [{"civil_number": "288020122595"}, {"civil_number": ""}, {"name_ar": None, "name": None}]
)
async def test_a_person_without_a_usable_number_or_name_is_told_so(
    deceived: httpx.AsyncClient, forger: ForgingProvider, change: dict[str, Any]
) -> None:
    asked = await begun(deceived, forger)
    claims(**change)(forger)
    answer = await came_back(deceived, forger, asked)
    assert answer.status_code == 403
    assert "people.identity_incomplete" in answer.text
    assert not await is_signed_in(deceived)


async def test_one_name_stands_for_both_where_the_provider_gives_one(
    deceived: httpx.AsyncClient, forger: ForgingProvider, opened: Pool, settings: Settings
) -> None:
    asked = await begun(deceived, forger)
    claims(name_ar=None)(forger)
    await came_back(deceived, forger, asked)
    async with transaction(opened) as tx:
        person_id = await actions.find_by_civil_number(tx, "288020122596", settings=settings)
        assert person_id is not None
        assert (await actions.person(tx, person_id)).name_ar == "Noura Salem"


async def test_the_number_may_come_from_user_info(deceived: httpx.AsyncClient, forger: ForgingProvider) -> None:
    asked = await begun(deceived, forger)
    number = forger.claims.pop("civil_number")
    forger.user_info = {"sub": "subject-1", "civil_number": number}
    await came_back(deceived, forger, asked)
    assert await is_signed_in(deceived)


async def test_the_number_may_come_from_signed_user_info(deceived: httpx.AsyncClient, forger: ForgingProvider) -> None:
    asked = await begun(deceived, forger)
    said = {"sub": "subject-1", "iss": forger.issuer, "aud": "dawr", "civil_number": forger.claims.pop("civil_number")}
    forger.user_info = jwt.encode(forger.header, said, forger.key, algorithms=["ES256"])
    await came_back(deceived, forger, asked)
    assert await is_signed_in(deceived)


async def test_user_info_about_somebody_else_is_refused(deceived: httpx.AsyncClient, forger: ForgingProvider) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "k1"})
    said = {"sub": "subject-1", "iss": forger.issuer, "aud": "dawr", "civil_number": "288020122596"}
    for user_info in (
        {"sub": "subject-2", "civil_number": "288020122596"},
        jwt.encode(forger.header, said | {"aud": "x"}, forger.key, algorithms=["ES256"]),
        jwt.encode(forger.header, said | {"sub": "subject-2"}, forger.key, algorithms=["ES256"]),
        jwt.encode(forger.header, said, stranger, algorithms=["ES256"]),
        _token({"alg": "none", "kid": "k1"}, said),
    ):
        asked = await begun(deceived, forger)
        del forger.claims["civil_number"]
        forger.user_info = user_info
        answer = await came_back(deceived, forger, asked)
        assert "people.sign_in_refused" in answer.text
        assert not await is_signed_in(deceived)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
        {"jwks_uri": None},
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(
    deceived: httpx.AsyncClient, forger: ForgingProvider, metadata: dict[str, Any]
) -> None:
    forger.metadata = metadata
    answer = await deceived.get("/sign-in")
    assert answer.status_code == 503
    assert "people.provider_unreachable" in answer.text

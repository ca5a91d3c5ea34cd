"""What we believe of a provider, its answers and its tokens, and each forgery that we do not."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from dawr.people.model import Assurance, ProviderUnreachable, SignInDeclined, SignInRefused
from dawr.people.openid import (
    IdToken,
    ProviderMetadata,
    assurance_of,
    authorization_parameters,
    check_id_token,
    check_metadata,
    check_user_claims,
    check_user_token,
    client_assertion,
    client_key,
    code_challenge,
    public_key_set,
    returned_code,
    signing_key,
    with_query,
)
from dawr.people.pending import PendingSignIn

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
ISSUER = "https://id.example"
CLIENT = "dawr"
NONCE = "nonce-1"
ACR = ("low", "substantial", "high")
KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
SECONDS = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "subject-1",
    "aud": CLIENT,
    "exp": SECONDS + 300,
    "iat": SECONDS,
    "auth_time": SECONDS - 5,
    "nonce": NONCE,
    "acr": "high",
}
METADATA = ProviderMetadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/auth",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    code_challenge_methods_supported=["S256"],
    token_endpoint_auth_methods_supported=["private_key_jwt"],
)


def public(key: ECKey) -> ECKey:
    return ECKey.import_key(key.as_dict(private=False))


def signed(claims: dict[str, Any], *, key: ECKey = KEY) -> str:
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key, algorithms=["ES256"])


def raw(header: dict[str, Any], claims: dict[str, Any], *, signature: bytes = b"") -> str:
    parts = (msgspec.json.encode(header), msgspec.json.encode(claims), signature)
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def check(token: str, *, key: ECKey | RSAKey = KEY, began_at: datetime = NOW - timedelta(seconds=30)) -> IdToken:
    return check_id_token(
        token,
        key=public(key) if isinstance(key, ECKey) else key,
        algorithms=("ES256", "PS256"),
        issuer=ISSUER,
        client_id=CLIENT,
        nonce=NONCE,
        began_at=began_at,
        now=NOW,
    )


def test_an_honest_token_is_believed() -> None:
    token = check(signed(CLAIMS))
    assert (token.subject, token.acr) == ("subject-1", "high")
    assert token.authenticated_at == NOW - timedelta(seconds=5)


def test_a_token_signed_with_the_other_pinned_algorithm_is_believed() -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    token = jwt.encode({"alg": "PS256", "kid": "k1"}, CLAIMS, key, algorithms=["PS256"])
    assert check(token, key=key).subject == "subject-1"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_that_nobody_signed_is_refused(alg: str) -> None:
    with pytest.raises(SignInRefused):
        check(raw({"alg": alg, "kid": "k1"}, CLAIMS))


@pytest.mark.parametrize(
    "secret",
    [KEY.as_pem(private=False), msgspec.json.encode(KEY.as_dict(private=False)), b""],
    ids=["pem", "jwk", "empty"],
)
def test_a_public_key_taken_for_a_shared_secret_signs_nothing(secret: bytes) -> None:
    unsigned = raw({"alg": "HS256", "kid": "k1"}, CLAIMS).removesuffix(".")
    tag = hmac.digest(secret, unsigned.encode(), "sha256")
    with pytest.raises(SignInRefused):
        check(f"{unsigned}.{urlsafe_b64encode(tag).rstrip(b'=').decode()}")


def test_an_algorithm_that_we_did_not_pin_is_refused() -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, key, algorithms=["RS256"])
    with pytest.raises(SignInRefused, match="RS256"):
        check(token, key=key)


def test_another_key_under_the_same_name_is_refused() -> None:
    with pytest.raises(SignInRefused):
        check(signed(CLAIMS, key=OTHER))


def test_a_token_that_brings_its_own_key_is_refused() -> None:
    header = {"alg": "ES256", "kid": "k1", "jwk": OTHER.as_dict(private=False)}
    forged = jwt.encode(header, CLAIMS, OTHER, algorithms=["ES256"])
    with pytest.raises(SignInRefused):
        check(forged)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "....", "é.é.é", signed(CLAIMS) + "A", raw({}, CLAIMS)])
def test_text_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SignInRefused):
        check(token)
    keys = KeySet([public(KEY), public(OTHER)])
    with pytest.raises(SignInRefused):
        check(token, key=signing_key(token, keys=keys) or KEY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": ISSUER + "/"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "somebody-else"}, "another audience"),
        ({"aud": []}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": [CLIENT, "somebody-else"]}, "several audiences and no authorized party"),
        ({"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"}, "another authorized party"),
        ({"azp": "somebody-else"}, "another authorized party"),
        ({"nonce": "nonce-2"}, "another nonce"),
        ({"nonce": ""}, "another nonce"),
        ({"nonce": None}, "another nonce"),
        ({"exp": SECONDS - 60}, "expired"),
        ({"iat": SECONDS + 61}, "not valid yet"),
        ({"nbf": SECONDS + 61}, "not valid yet"),
        ({"auth_time": SECONDS + 61}, "not valid yet"),
        ({"iat": SECONDS - 601}, "issued too long ago"),
        ({"auth_time": SECONDS - 91}, "signed in before we asked"),
        ({"sub": ""}, "no subject"),
        ({"sub": 7}, "no subject"),
        ({"exp": "soon"}, "no exp"),
        ({"exp": True}, "no exp"),
        ({"exp": 1e300}, "no exp"),
        ({"auth_time": -1}, "no auth_time"),
    ],
)
def test_a_token_with_one_wrong_claim_is_refused_for_it(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        check(signed(CLAIMS | change))
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"])
def test_a_token_without_a_claim_that_we_need_is_refused(name: str) -> None:
    with pytest.raises(SignInRefused):
        check(signed({key: value for key, value in CLAIMS.items() if key != name}))


def test_several_audiences_are_fine_when_we_are_the_authorized_party() -> None:
    assert check(signed(CLAIMS | {"aud": [CLIENT, "wallet"], "azp": CLIENT})).subject == "subject-1"


def test_a_key_is_found_by_its_name_alone() -> None:
    second = ECKey.generate_key("P-256", {"kid": "k2"})
    keys = KeySet([public(KEY), second])
    found = signing_key(signed(CLAIMS), keys=keys)
    assert found is not None
    assert found.kid == "k1"
    assert signing_key(raw({"alg": "ES256", "kid": "k3"}, CLAIMS, signature=b"s"), keys=keys) is None
    nameless = raw({"alg": "ES256"}, CLAIMS, signature=b"s")
    assert signing_key(nameless, keys=keys) is None
    assert signing_key(nameless, keys=KeySet([public(KEY)])) is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"issuer": "https://evil.example"}, "the issuer differs"),
        ({"token_endpoint": "http://id.example/token"}, "an address is not https"),
        ({"jwks_uri": "file:///etc/keys"}, "an address is not https"),
        ({"userinfo_endpoint": "http://id.example/me"}, "an address is not https"),
        ({"pushed_authorization_request_endpoint": "http://id.example/par"}, "an address is not https"),
        ({"code_challenge_methods_supported": ["plain"]}, "no PKCE with S256"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, "no private_key_jwt"),
    ],
)
def test_a_provider_that_cannot_do_what_we_insist_on_is_not_used(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProviderUnreachable) as refused:
        check_metadata(replace(METADATA, **change), issuer=ISSUER)
    assert refused.value.facts["reason"] == reason


def test_a_provider_in_order_is_used_and_plain_http_only_on_this_machine() -> None:
    assert check_metadata(METADATA, issuer=ISSUER) == METADATA
    with pytest.raises(ProviderUnreachable):
        check_metadata(replace(METADATA, issuer="http://id.example"), issuer="http://id.example")


@pytest.mark.parametrize("issuer", ["https://other.example", "", ISSUER + "/"])
def test_an_answer_from_another_issuer_is_a_mix_up(issuer: str) -> None:
    with pytest.raises(SignInRefused):
        returned_code({"code": "c", "iss": issuer}, issuer=ISSUER, is_issuer_promised=False)


def test_a_promised_issuer_must_be_there() -> None:
    with pytest.raises(SignInRefused):
        returned_code({"code": "c"}, issuer=ISSUER, is_issuer_promised=True)
    assert returned_code({"code": "c"}, issuer=ISSUER, is_issuer_promised=False) == "c"
    assert returned_code({"code": "c", "iss": ISSUER}, issuer=ISSUER, is_issuer_promised=True) == "c"


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ({"error": "access_denied"}, SignInDeclined),
        ({"error": "server_error"}, SignInRefused),
        ({"error": "server_error", "code": "c"}, SignInRefused),
        ({}, SignInRefused),
        ({"code": ""}, SignInRefused),
    ],
)
def test_an_answer_without_a_code_signs_nobody_in(answer: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        returned_code(answer, issuer=ISSUER, is_issuer_promised=False)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    assert (
        code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_the_request_asks_for_a_sign_in_that_the_person_performs_now() -> None:
    pending = PendingSignIn(
        state="s", nonce="n", verifier="v", next_path="/", assurance=Assurance.SUBSTANTIAL, began_at=NOW
    )
    asked = partial(
        authorization_parameters,
        pending,
        client_id=CLIENT,
        return_url="https://dawr.example/sign-in/return",
        scope="openid",
        acr_values=ACR,
        language="ar",
    )
    parameters = asked(login_hint="")
    assert parameters["response_type"] == "code"
    assert parameters["code_challenge_method"] == "S256"
    assert (parameters["prompt"], parameters["max_age"]) == ("login", "0")
    assert parameters["acr_values"] == "substantial high"
    assert "login_hint" not in parameters
    assert asked(login_hint="guard")["login_hint"] == "guard"


def test_our_assertion_is_ours_for_one_minute_and_names_the_provider() -> None:
    key = client_key(bytes(range(64)))
    assertion = client_assertion(key, client_id=CLIENT, audience=ISSUER, jti="j", now=NOW)
    token = jwt.decode(assertion, KeySet.import_key_set(public_key_set(key)), algorithms=["ES256"])
    assert token.claims == {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": ISSUER,
        "jti": "j",
        "iat": SECONDS,
        "exp": SECONDS + 60,
    }


def test_the_client_key_is_the_same_in_every_process_and_its_public_form_holds_no_secret() -> None:
    one, same, other = (client_key(bytes([byte] * 64)) for byte in (1, 1, 2))
    assert public_key_set(one) == public_key_set(same)
    assert public_key_set(one) != public_key_set(other)
    assert "d" not in public_key_set(one)["keys"][0]


def test_user_info_about_another_subject_is_refused() -> None:
    assert check_user_claims({"sub": "a", "x": 1}, subject="a")["x"] == 1
    for claims in ({"sub": "b"}, {}):
        with pytest.raises(SignInRefused):
            check_user_claims(claims, subject="a")


@pytest.mark.parametrize("claims", [{"iss": ISSUER, "aud": "x"}, {"iss": "https://evil.example", "aud": CLIENT}, {}])
def test_signed_user_info_for_another_client_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused):
        check_user_token(claims, issuer=ISSUER, client_id=CLIENT)


def test_what_the_id_token_says_stands_over_user_info() -> None:
    token = check(signed(CLAIMS | {"name": "signed"})).with_claims({"name": "unsigned", "civil_number": "1"})
    assert token.claims["name"] == "signed"
    assert token.claims["civil_number"] == "1"


def test_an_unknown_acr_is_worth_the_least() -> None:
    assert [assurance_of(acr, acr_values=ACR) for acr in (*ACR, "gold", "")] == [1, 2, 3, 1, 1]


def test_parameters_are_added_to_an_address_that_has_some() -> None:
    address = with_query("https://id.example/auth?tenant=kw", {"state": "a b&c"})
    assert parse_qs(urlsplit(address).query) == {"tenant": ["kw"], "state": ["a b&c"]}

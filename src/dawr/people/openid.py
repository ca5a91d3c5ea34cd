"""OpenID Connect as a relying party: what we send, and what we believe.

Code flow only, with PKCE S256 (RFC 7636), private_key_jwt (RFC 7523), pushed requests where the provider has them
(RFC 9126) and the issuer in the answer (RFC 9207).
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet

from dawr.kernel.signing import same_bytes
from dawr.people.model import CLOCK_SKEW, Assurance, ProviderUnreachable, SignInDeclined, SignInRefused
from dawr.people.pending import PendingSignIn

ASSERTION_LIFE = timedelta(seconds=60)
ISSUED_AGE_MAX = timedelta(minutes=10)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """What the provider says of itself at /.well-known/openid-configuration, as far as we use it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    pushed_authorization_request_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: list[str] = field(default_factory=list)
    token_endpoint_auth_methods_supported: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """A verified ID token; `claims` holds everything that it said."""

    subject: str
    authenticated_at: datetime
    acr: str
    claims: Mapping[str, Any]

    def with_claims(self, more: Mapping[str, Any]) -> "IdToken":
        """The same token with claims from elsewhere; what it said itself stands."""
        return replace(self, claims={**more, **self.claims})


def check_metadata(metadata: ProviderMetadata, *, issuer: str) -> ProviderMetadata:
    """The metadata, if it is this issuer's own, safe to speak with and able to do what we insist on."""
    endpoints = (
        metadata.authorization_endpoint,
        metadata.token_endpoint,
        metadata.jwks_uri,
        metadata.userinfo_endpoint,
        metadata.pushed_authorization_request_endpoint,
    )
    faults = {
        "the issuer differs": metadata.issuer != issuer,
        "an address is not https": not all(_is_safe(address) for address in (issuer, *filter(None, endpoints))),
        "no PKCE with S256": "S256" not in metadata.code_challenge_methods_supported,
        "no private_key_jwt": "private_key_jwt" not in metadata.token_endpoint_auth_methods_supported,
    }
    for reason, is_so in faults.items():
        if is_so:
            raise ProviderUnreachable(reason=reason)
    return metadata


def client_key(secret: bytes) -> ECKey:
    """Our ES256 key from 64 secret bytes, so that every web process has the same one and no file holds it."""
    assert len(secret) == 64, "a scalar modulo the order needs spare bits to be even"
    scalar = int.from_bytes(secret) % (P256_ORDER - 1) + 1
    private = derive_private_key(scalar, SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem, {"use": "sig", "alg": "ES256"})
    return ECKey.import_key(pem, {"use": "sig", "alg": "ES256", "kid": key.thumbprint()})


def public_key_set(key: ECKey) -> dict[str, Any]:
    """What the provider reads at /sign-in/jwks.json (RFC 7517)."""
    return {"keys": [key.as_dict(private=False)]}


def client_assertion(key: ECKey, *, client_id: str, audience: str, jti: str, now: datetime) -> str:
    """The signed statement that we are this client (RFC 7523), good for a minute and for one use."""
    seconds = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": jti,
        "iat": seconds,
        "exp": seconds + int(ASSERTION_LIFE.total_seconds()),
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


def code_challenge(verifier: str) -> str:
    """BASE64URL(SHA256(verifier)) without padding (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_parameters(
    pending: PendingSignIn,
    *,
    client_id: str,
    return_url: str,
    scope: str,
    acr_values: Sequence[str],
    language: str,
    login_hint: str,
) -> dict[str, str]:
    """The request for a sign-in that the person performs now.

    prompt=login and max_age=0: on a shared telephone or a kiosk a silent sign-in would admit whoever sat there before.
    """
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": return_url,
        "scope": scope,
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": code_challenge(pending.verifier),
        "code_challenge_method": "S256",
        "prompt": "login",
        "max_age": "0",
        "acr_values": " ".join(acr_values[pending.assurance - 1 :]),
        "ui_locales": language,
        "login_hint": login_hint,
    }
    return {name: value for name, value in parameters.items() if value}


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """An address with parameters after those that it may have already."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(parameters)}"


def returned_code(answer: Mapping[str, str], *, issuer: str, is_issuer_promised: bool) -> str:
    """The code in the provider's answer to our own state; raises SignInRefused for another issuer's (mix-up)."""
    if answer.get("iss", "" if is_issuer_promised else issuer) != issuer:
        raise SignInRefused(reason="the answer comes from another issuer")
    if answer.get("error") in {"access_denied", "login_required", "interaction_required"}:
        raise SignInDeclined
    if "error" in answer or not answer.get("code"):
        raise SignInRefused(reason=f"the provider answered {answer.get('error', 'without a code')!r:.80}")
    return answer["code"]


def signing_key(token: str, *, keys: KeySet) -> Key | None:
    """The provider's key that a token names, or None if these keys do not hold it."""
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise SignInRefused(reason="not a signed token") from error
    if kid is None:
        return keys.keys[0] if len(keys.keys) == 1 else None
    return next((key for key in keys.keys if key.kid == kid), None)


def signed_claims(token: str, *, key: Key, algorithms: Sequence[str]) -> dict[str, Any]:
    """The claims of a token signed by `key` with one of our pinned algorithms; raises SignInRefused.

    The token's own word on its algorithm only chooses among ours: "none" and keyed hashes are never ours.
    """
    try:
        return jwt.decode(token, key, algorithms=list(algorithms)).claims
    except (JoseError, ValueError) as error:
        raise SignInRefused(reason=f"the token is not signed as agreed: {error}") from error


def check_id_token(
    token: str,
    *,
    key: Key,
    algorithms: Sequence[str],
    issuer: str,
    client_id: str,
    nonce: str,
    began_at: datetime,
    now: datetime,
) -> IdToken:
    """The ID token, believed (OpenID Connect Core 3.1.3.7); raises SignInRefused with the first fault.

    The person must have proved who he is after `began_at`, when we asked, and not in an older session.
    """
    claims = signed_claims(token, key=key, algorithms=algorithms)
    audiences = _audiences(claims)
    expires_at, issued_at, authenticated_at = (_instant(claims, name) for name in ("exp", "iat", "auth_time"))
    not_before = _instant(claims, "nbf") if "nbf" in claims else issued_at
    faults = {
        "another issuer": claims.get("iss") != issuer,
        "another audience": client_id not in audiences,
        "several audiences and no authorized party": len(audiences) > 1 and "azp" not in claims,
        "another authorized party": claims.get("azp", client_id) != client_id,
        "expired": expires_at <= now - CLOCK_SKEW,
        "not valid yet": max(issued_at, not_before, authenticated_at) > now + CLOCK_SKEW,
        "issued too long ago": issued_at < now - ISSUED_AGE_MAX,
        "another nonce": not same_bytes(str(claims.get("nonce", "")).encode(), nonce.encode()),
        "signed in before we asked": authenticated_at < began_at - CLOCK_SKEW,
        "no subject": not claims.get("sub") or not isinstance(claims["sub"], str),
    }
    for reason, is_so in faults.items():
        if is_so:
            raise SignInRefused(reason=reason)
    return IdToken(
        subject=claims["sub"], authenticated_at=authenticated_at, acr=str(claims.get("acr", "")), claims=claims
    )


def check_user_claims(claims: Mapping[str, Any], *, subject: str) -> Mapping[str, Any]:
    """Claims from the user-info endpoint, if they are about the person of the ID token (Core 5.3.2)."""
    if claims.get("sub") != subject:
        raise SignInRefused(reason="user info is about another subject")
    return claims


def check_user_token(claims: Mapping[str, Any], *, issuer: str, client_id: str) -> Mapping[str, Any]:
    """Claims that came in a signed token, if it was made for us: a token of another kind or client is not."""
    if claims.get("iss") != issuer or client_id not in _audiences(claims):
        raise SignInRefused(reason="user info was signed for another client")
    return claims


def is_loopback(address: str) -> bool:
    """Whether an address never leaves this machine."""
    return urlsplit(address).hostname in LOOPBACK


def assurance_of(acr: str, *, acr_values: Sequence[str]) -> Assurance:
    """What an acr is worth; one that the settings do not name is worth the least."""
    return Assurance(acr_values.index(acr) + 1) if acr in acr_values else Assurance.LOW


def _audiences(claims: Mapping[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _instant(claims: Mapping[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds < 1e11:
        raise SignInRefused(reason=f"no {name}")
    return datetime.fromtimestamp(seconds, UTC)


def _is_safe(address: str) -> bool:
    """https, or plain http that never leaves this machine."""
    scheme = urlsplit(address).scheme
    return scheme == "https" or (scheme == "http" and is_loopback(address))

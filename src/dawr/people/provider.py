"""The way to the national-ID provider: its metadata and keys, pushed requests, codes for tokens, user info."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from ssl import SSLContext
from typing import Any, TypeVar

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from dawr.people.model import ProviderUnreachable, SignInRefused
from dawr.people.openid import ProviderMetadata, check_metadata, is_loopback, signing_key

KEPT_MAX = timedelta(minutes=10)
REFRESH_MIN = timedelta(seconds=30)
"""How soon keys may be asked for again when a token names one that we do not know."""

ANSWER_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 200_000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The token endpoint's answer, as far as we use it."""

    id_token: str
    access_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequest:
    """The pushed-request endpoint's answer."""

    request_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    metadata: ProviderMetadata
    keys: KeySet
    at: datetime


@dataclass(slots=True, kw_only=True)
class Provider:
    """One provider as this process knows it; what it publishes is kept for ten minutes."""

    issuer: str
    _known: _Known | None = field(default=None, init=False)

    async def metadata(self, *, now: datetime) -> ProviderMetadata:
        return (await self._known_at(now, age_max=KEPT_MAX)).metadata

    async def key_of(self, token: str, *, now: datetime) -> Key:
        """The key that signed `token`; asks again for keys that changed since, but not at anybody's pleasure."""
        for age_max in (KEPT_MAX, REFRESH_MIN):
            known = await self._known_at(now, age_max=age_max)
            if key := signing_key(token, keys=known.keys):
                return key
        raise SignInRefused(reason="signed with an unknown key")

    async def push(self, parameters: Mapping[str, str], *, now: datetime) -> str:
        """The request_uri that stands for `parameters` (RFC 9126)."""
        metadata = await self.metadata(now=now)
        response = await _ask("POST", metadata.pushed_authorization_request_endpoint, form=parameters)
        if response.status_code != httpx.codes.CREATED:
            raise ProviderUnreachable(reason=f"the pushed request was refused: {_error_of(response)}")
        return _decoded(response, PushedRequest).request_uri

    async def redeem(self, parameters: Mapping[str, str], *, now: datetime) -> Tokens:
        """The tokens for a code; raises SignInRefused where the provider refuses it."""
        metadata = await self.metadata(now=now)
        response = await _ask("POST", metadata.token_endpoint, form=parameters)
        if response.is_client_error:
            raise SignInRefused(reason=f"the code was refused: {_error_of(response)}")
        return _decoded(response, Tokens)

    async def user_info(self, access_token: str, *, now: datetime) -> str | dict[str, Any]:
        """What the provider says of the person beside the ID token: claims, or a token that holds them."""
        metadata = await self.metadata(now=now)
        response = await _ask("GET", metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if not response.is_success:
            raise SignInRefused(reason="user info was refused")
        is_token = response.headers.get("content-type", "").startswith("application/jwt")
        return response.text.strip() if is_token else _decoded(response, dict[str, Any])

    async def _known_at(self, now: datetime, *, age_max: timedelta) -> _Known:
        if self._known is None or now - self._known.at > age_max:
            self._known = await self._published(now)
        return self._known

    async def _published(self, now: datetime) -> _Known:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = check_metadata(_decoded(await _ask("GET", address), ProviderMetadata), issuer=self.issuer)
        published = _decoded(await _ask("GET", metadata.jwks_uri), dict[str, list[dict[str, Any]]])
        return _Known(metadata=metadata, keys=_key_set(published.get("keys", [])), at=now)


@cache
def provider_at(issuer: str) -> Provider:
    """The one Provider of this process for `issuer`."""
    return Provider(issuer=issuer)


def _key_set(published: list[dict[str, Any]]) -> KeySet:
    """The signature keys that we can read; others are somebody else's business."""
    keys: list[Key] = []
    for fields in published:
        try:
            if fields.get("use", "sig") == "sig" and fields.get("kty") != "oct":
                keys.append(import_key(fields))
        except (JoseError, ValueError):
            continue
    return KeySet(keys)


async def _ask(
    method: str, address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    try:
        async with httpx.AsyncClient(
            verify=_trust(), timeout=ANSWER_SECONDS_MAX, trust_env=not is_loopback(address)
        ) as client:
            response = await client.request(method, address, data=form, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderUnreachable(reason=f"{address}: {type(error).__name__}") from error
    if response.is_server_error or response.is_redirect or len(response.content) > ANSWER_BYTES_MAX:
        raise ProviderUnreachable(reason=f"{address}: status {response.status_code}")
    return response


@cache
def _trust() -> SSLContext:
    """The certificates that we trust, loaded once: reading them costs more than the request."""
    return httpx.create_ssl_context()


def _decoded(response: httpx.Response, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        raise ProviderUnreachable(reason=f"{response.url}: not the JSON that the standard asks for") from error


def _error_of(response: httpx.Response) -> str:
    try:
        fields = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return f"status {response.status_code}"
    return f"{fields.get('error')}: {fields.get('error_description', '')}"[:200]

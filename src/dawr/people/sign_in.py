"""Signing in at the national ID, step by step: begin, come back, be identified, be known."""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from dawr.db.pool import Transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.sealing import NONCE_BYTES
from dawr.kernel.text import clean_line
from dawr.people import actions, openid, store
from dawr.people.civil_number import NotACardSerial, NotACivilNumber, parse_card_serial
from dawr.people.model import Assurance, AssuranceTooLow, Country, IdentityIncomplete, Photograph
from dawr.people.openid import IdToken
from dawr.people.pending import PendingSignIn, opened_pending, sealed_pending
from dawr.people.photograph import NotAPhotograph, parse_photograph
from dawr.people.provider import Provider, Tokens, provider_at
from dawr.settings import Settings, SignIn

SPENT_KEPT = timedelta(days=1)
NAME_LENGTH_MAX = 200


async def begin(
    *, settings: Settings, next_path: str, assurance: Assurance, login_hint: str, language: str, now: datetime
) -> tuple[str, str]:
    """Where to send the browser, and the sealed pending sign-in that it brings back; nothing is stored."""
    provider, sign_in = provider_at(settings.sign_in.issuer), settings.sign_in
    metadata = await provider.metadata(now=now)
    pending = PendingSignIn(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        next_path=next_path,
        assurance=assurance,
        began_at=now,
    )
    parameters = openid.authorization_parameters(
        pending,
        client_id=sign_in.client_id,
        return_url=actions.return_url(settings),
        scope=sign_in.scope,
        acr_values=sign_in.acr_values,
        language=language,
        login_hint=login_hint,
    )
    if metadata.pushed_authorization_request_endpoint:
        proof = await _client_proof(provider, settings=settings, now=now)
        request_uri = await provider.push(parameters | proof, now=now)
        parameters = {"client_id": sign_in.client_id, "request_uri": request_uri}
    cookie = sealed_pending(pending, key=_pending_key(settings), seal_nonce=secrets.token_bytes(NONCE_BYTES))
    return openid.with_query(metadata.authorization_endpoint, parameters), cookie


async def come_back(tx: Transaction, *, cookie: str, state: str, settings: Settings, now: datetime) -> PendingSignIn:
    """The pending sign-in of this browser, used up; raises SignInOver where it is not his, too old or used before."""
    pending = opened_pending(cookie, key=_pending_key(settings), state=state, now=now)
    await store.forget_spent_sign_ins(tx, before=now - SPENT_KEPT)
    await store.spend_sign_in(tx, state_hash=pending.state_hash, now=now)
    return pending


async def identify(
    pending: PendingSignIn, *, answer: Mapping[str, str], settings: Settings, now: datetime
) -> tuple[IdToken, Assurance]:
    """Who came back from the provider, how surely known, with the claims that we asked for.

    It speaks with the provider, so no transaction is open meanwhile.
    """
    sign_in = settings.sign_in
    tokens = await _redeem(pending, answer=answer, settings=settings, now=now)
    identity = openid.check_id_token(
        tokens.id_token,
        key=await provider_at(sign_in.issuer).key_of(tokens.id_token, now=now),
        algorithms=sign_in.algorithms,
        issuer=sign_in.issuer,
        client_id=sign_in.client_id,
        nonce=pending.nonce,
        began_at=pending.began_at,
        now=now,
    )
    assurance = openid.assurance_of(identity.acr, acr_values=sign_in.acr_values)
    if assurance < pending.assurance:
        raise AssuranceTooLow(needed=pending.assurance.name.lower())
    if sign_in.civil_number_claim not in identity.claims and tokens.access_token:
        claims = await _user_claims(tokens.access_token, settings=settings, now=now)
        identity = identity.with_claims(openid.check_user_claims(claims, subject=identity.subject))
    return identity, assurance


async def register_visitor(
    tx: Transaction, *, claims: Mapping[str, Any], settings: Settings, now: datetime
) -> PersonId:
    """The person whom the provider vouched for, known from now on; raises IdentityIncomplete."""
    sign_in = settings.sign_in
    name_ar, name_latin = (
        clean_line(str(claims.get(name) or ""))[:NAME_LENGTH_MAX]
        for name in (sign_in.name_claim, sign_in.latin_name_claim)
    )
    if not (name_ar or name_latin):
        raise IdentityIncomplete
    try:
        person_id = await actions.register_person(
            tx,
            civil_number=str(claims.get(sign_in.civil_number_claim) or ""),
            country=Country(sign_in.country),
            name_ar=name_ar or name_latin,
            name_latin=name_latin or name_ar,
            settings=settings,
            now=now,
        )
    except NotACivilNumber as error:
        raise IdentityIncomplete from error
    serial, photograph = card_claims(claims, sign_in=sign_in)
    await actions.record_card(tx, person_id, settings=settings, serial=serial, photograph=photograph)
    return person_id


def card_claims(claims: Mapping[str, Any], *, sign_in: SignIn) -> tuple[str, Photograph | None]:
    """The card's serial number and the photograph, base64 or a data: address; nobody is turned away for want of one."""
    serial, photograph = "", None
    with suppress(NotACardSerial):
        serial = parse_card_serial(str(claims.get(sign_in.card_serial_claim) or ""))
    with suppress(NotAPhotograph, ValueError):
        encoded = str(claims.get(sign_in.photograph_claim) or "").rpartition(",")[2]
        photograph = parse_photograph(b64decode(encoded, validate=True))
    return serial, photograph


async def _redeem(pending: PendingSignIn, *, answer: Mapping[str, str], settings: Settings, now: datetime) -> Tokens:
    """The tokens for the code in the provider's answer, which only this browser's verifier can fetch."""
    provider = provider_at(settings.sign_in.issuer)
    metadata = await provider.metadata(now=now)
    is_promised = metadata.authorization_response_iss_parameter_supported
    parameters = {
        "grant_type": "authorization_code",
        "code": openid.returned_code(answer, issuer=settings.sign_in.issuer, is_issuer_promised=is_promised),
        "redirect_uri": actions.return_url(settings),
        "code_verifier": pending.verifier,
        **await _client_proof(provider, settings=settings, now=now),
    }
    return await provider.redeem(parameters, now=now)


async def _client_proof(provider: Provider, *, settings: Settings, now: datetime) -> dict[str, str]:
    """The fields by which a request to the provider is ours."""
    sign_in = settings.sign_in
    wants_endpoint = sign_in.assertion_audience == "token_endpoint"
    audience = (await provider.metadata(now=now)).token_endpoint if wants_endpoint else sign_in.issuer
    assertion = openid.client_assertion(
        actions.client_key(settings),
        client_id=sign_in.client_id,
        audience=audience,
        jti=secrets.token_urlsafe(16),
        now=now,
    )
    return {
        "client_id": sign_in.client_id,
        "client_assertion_type": openid.ASSERTION_TYPE,
        "client_assertion": assertion,
    }


async def _user_claims(access_token: str, *, settings: Settings, now: datetime) -> Mapping[str, Any]:
    """What the provider says of the person outside the ID token; raises IdentityIncomplete if it never does."""
    sign_in, provider = settings.sign_in, provider_at(settings.sign_in.issuer)
    if not (await provider.metadata(now=now)).userinfo_endpoint:
        raise IdentityIncomplete
    said = await provider.user_info(access_token, now=now)
    if isinstance(said, dict):
        return said
    claims = openid.signed_claims(said, key=await provider.key_of(said, now=now), algorithms=sign_in.algorithms)
    return openid.check_user_token(claims, issuer=sign_in.issuer, client_id=sign_in.client_id)


def _pending_key(settings: Settings) -> bytes:
    return settings.key_for("people: pending sign-in")

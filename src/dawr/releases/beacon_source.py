"""Fetching a round of public randomness over HTTP."""

import asyncio

import httpx

from dawr.kernel.refusal import Malformed, Refusal
from dawr.releases.beacon import Beacon, read_beacon

ANSWER_BYTES_MAX = 65536
ANSWER_SECONDS_MAX = 10
_NOT_YET = (httpx.codes.NOT_FOUND, httpx.codes.TOO_EARLY)


class RoundNotDue(Refusal):
    """The chain has not published this round yet."""

    code = "releases.round_not_due"
    status = 425


class BeaconUnreachable(Refusal):
    """The chain does not answer, or answers with something else than the round."""

    code = "releases.beacon_unreachable"
    status = 503


async def fetch_round(chain_url: str, round_number: int) -> Beacon:
    """The round as the chain at `chain_url` gives it (drand's API v2, or v1 by the chain's hash); not yet checked."""
    url = round_url(chain_url, round_number)
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX), httpx.AsyncClient() as client:
            status, text = await _answer(client, url)
    except (httpx.HTTPError, TimeoutError) as unreachable:
        raise BeaconUnreachable(url=url, reason=str(unreachable) or type(unreachable).__name__) from unreachable
    if status in _NOT_YET:
        raise RoundNotDue(round_number=round_number)
    if status != httpx.codes.OK:
        raise BeaconUnreachable(url=url, reason=f"status {status}")
    return _the_round(text, round_number=round_number, url=url)


def round_url(chain_url: str, round_number: int) -> str:
    """Where a round stands, by the form of the chain's own address."""
    folder = "rounds" if "/v2/" in chain_url else "public"
    return f"{chain_url.rstrip('/')}/{folder}/{round_number}"


async def _answer(client: httpx.AsyncClient, url: str) -> tuple[int, bytes]:
    """Status and body, the body cut where it grows beyond a round."""
    text = b""
    async with client.stream("GET", url) as response:
        async for chunk in response.aiter_bytes():
            text += chunk
            if len(text) > ANSWER_BYTES_MAX:
                break
        return response.status_code, text


def _the_round(text: bytes, *, round_number: int, url: str) -> Beacon:
    try:
        beacon = read_beacon(text)
    except Malformed as unreadable:
        raise BeaconUnreachable(url=url, reason=unreadable.facts["reason"]) from unreadable
    if beacon.round_number != round_number or not beacon.signature:
        raise BeaconUnreachable(url=url, reason="the answer is another round, or has no signature")
    return beacon

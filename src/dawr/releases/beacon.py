"""Rounds of public randomness: when each is due, and whether one is genuine."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from drand_verify import verify_bls_unchained_g1_rfc9380

from dawr.kernel.refusal import Malformed, Refusal

ROUND_MAX = 2**53
"""Beyond this a JSON reader may round the number."""


class BeaconRefused(Refusal):
    """The round is not one that its chain published."""

    code = "releases.beacon_refused"
    status = 422


class Standing(StrEnum):
    """How far a round could be checked."""

    SIGNED = "signed by the chain"
    DEMONSTRATION = "signed by a demonstration beacon, not random for anyone who runs it"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A drand chain of scheme bls-unchained-g1-rfc9380, or a demonstration stand-in that signs with Ed25519."""

    public_key: str
    genesis_seconds: int
    period_seconds: int
    is_demonstration: bool = False


QUICKNET = Chain(
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c"
    "8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5"
    "a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis_seconds=1692803367,
    period_seconds=3,
)
"""The League of Entropy's fast chain: https://docs.drand.love/developer/http-api."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """One round; `randomness` 64 hexadecimal digits, `signature` hexadecimal or empty where none was given."""

    round_number: int
    randomness: str
    signature: str = ""


def round_at(instant: datetime, *, chain: Chain) -> int:
    """The latest round published at `instant`; 0 before the first."""
    return max(0, _since_genesis(instant, chain=chain) // _period(chain) + 1)


def first_round_from(instant: datetime, *, chain: Chain) -> int:
    """The first round that is published at `instant` or later."""
    return max(1, -(-_since_genesis(instant, chain=chain) // _period(chain)) + 1)


def instant_of(round_number: int, *, chain: Chain) -> datetime:
    """When a round is published."""
    return datetime.fromtimestamp(chain.genesis_seconds + chain.period_seconds * (round_number - 1), UTC)


def _since_genesis(instant: datetime, *, chain: Chain) -> timedelta:
    return instant - instant_of(1, chain=chain)


def _period(chain: Chain) -> timedelta:
    return timedelta(seconds=chain.period_seconds)


def read_beacon(text: bytes) -> Beacon:
    """A round as drand's API (v1 or v2) or a beacon.json gives it; randomness follows from a signature."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as unreadable:
        raise Malformed(reason="the beacon's round is not JSON") from unreadable
    if not isinstance(document, dict):
        raise Malformed(reason="the beacon's round is not a JSON object")
    round_number, signature = document.get("round"), document.get("signature") or ""
    if type(round_number) is not int or not 1 <= round_number <= ROUND_MAX:
        raise Malformed(reason='"round" is not a whole number from 1')
    if not is_hexadecimal(signature) or len(signature) > 1024:
        raise Malformed(reason='"signature" is not hexadecimal digits')
    randomness = document.get("randomness") or (signature and randomness_of(signature))
    if not is_hexadecimal(randomness) or len(randomness) != 64:
        raise Malformed(reason='"randomness" is not 64 hexadecimal digits')
    return Beacon(round_number=round_number, randomness=randomness.lower(), signature=signature.lower())


def is_hexadecimal(value: object) -> bool:
    """Whether this is text of whole bytes in hexadecimal digits (empty text included)."""
    return isinstance(value, str) and len(value) % 2 == 0 and all(c in "0123456789abcdefABCDEF" for c in value)


def randomness_of(signature: str) -> str:
    """What drand calls the randomness of a round: the SHA-256 of its signature."""
    return sha256(bytes.fromhex(signature)).hexdigest()


def check_round(beacon: Beacon, *, chain: Chain) -> Standing:
    """How far the round could be checked; refuses randomness or a signature that are not the chain's."""
    if not beacon.signature:
        return Standing.UNCHECKED
    if randomness_of(beacon.signature) != beacon.randomness:
        raise BeaconRefused(round_number=beacon.round_number, reason="the randomness is not SHA-256 of the signature")
    signed = _is_signed_for_demonstration if chain.is_demonstration else _is_signed_by_the_network
    if not signed(beacon, chain):
        raise BeaconRefused(round_number=beacon.round_number, reason="the signature is not the chain's")
    return Standing.DEMONSTRATION if chain.is_demonstration else Standing.SIGNED


def demonstration_message(round_number: int) -> bytes:
    """What the demonstration stand-in signs for a round."""
    return b"dawr demonstration beacon\n%d\n" % round_number


def _is_signed_by_the_network(beacon: Beacon, chain: Chain) -> bool:
    if not is_hexadecimal(chain.public_key):
        return False
    try:
        return bool(verify_bls_unchained_g1_rfc9380(beacon.round_number, beacon.signature, chain.public_key))
    except ValueError:
        return False
    except BaseException as panic:
        # The library panics, outside Exception, where the key is no point of its curve.
        if type(panic).__name__ != "PanicException":
            raise
        return False


def _is_signed_for_demonstration(beacon: Beacon, chain: Chain) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(chain.public_key))
        key.verify(bytes.fromhex(beacon.signature), demonstration_message(beacon.round_number))
    except (InvalidSignature, ValueError):
        return False
    return True

"""The keys that sign tickets, and the published set that anyone verifies with."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NewType

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from dawr.kernel.refusal import Malformed, Refusal
from dawr.kernel.signing import keyed_hash
from dawr.tickets.cose import Algorithm, VerifyingKey
from dawr.tickets.model import Revocation

KeyId = NewType("KeyId", bytes)
KeySet = Mapping[KeyId, VerifyingKey]

KEY_ID_BYTES = 8
COORDINATE_BYTES = 32
REASON_LENGTH_MAX = 200
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COSE_KEY_EC2 = {1: 2, -1: 1}
"""Key type EC2 on curve P-256 (RFC 9053 section 7.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketKey:
    """An ES256 private key that signs tickets."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        return self.private.public_key()

    @property
    def key_id(self) -> KeyId:
        return key_id_of(self.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """One generation of our keys as everybody knows it; generations are counted from 1, and the newest signs."""

    generation: int
    public: ec.EllipticCurvePublicKey
    published_at: datetime
    log_entry_id: int
    revocation: Revocation | None

    @property
    def key_id(self) -> KeyId:
        return key_id_of(self.public)

    @property
    def name(self) -> str:
        """The key id as it is written: base64url, as `kid` in the key set."""
        return key_name(self.key_id)


class KeyUnknown(Refusal):
    """No key of that id was ever published here."""

    code = "tickets.key_unknown"
    status = 404


class KeyRevokedAlready(Refusal):
    """A key is revoked once, and for good."""

    code = "tickets.key_revoked_already"


class KeyNeedsReason(Refusal):
    """Nobody revokes a key without saying why: whoever holds a ticket under it reads it."""

    code = "tickets.key_needs_reason"
    status = 422


def signs_now(published: Sequence[PublishedKey]) -> PublishedKey | None:
    """The newest generation, if it is not revoked."""
    newest = max(published, key=lambda each: each.generation, default=None)
    return newest if newest is not None and newest.revocation is None else None


def next_generation(published: Sequence[PublishedKey]) -> int:
    """The number of the key that will be published next."""
    return max((each.generation for each in published), default=0) + 1


def to_be_revoked(published: Sequence[PublishedKey], *, name: str, reason: str) -> PublishedKey:
    """The key of that name; refuses an unknown one, one that is revoked already, and a missing reason."""
    found = next((each for each in published if each.name == name), None)
    if found is None:
        raise KeyUnknown(name=name)
    if found.revocation is not None:
        raise KeyRevokedAlready
    if not 0 < len(reason.strip()) <= REASON_LENGTH_MAX:
        raise KeyNeedsReason(length_max=REASON_LENGTH_MAX)
    return found


def ticket_key(seed: bytes) -> TicketKey:
    """The key that a 32-byte seed stands for; 512 bits reduced, so that no scalar is likelier (FIPS 186-5 A.2.1)."""
    wide = keyed_hash(seed, b"\x01") + keyed_hash(seed, b"\x02")
    scalar = int.from_bytes(wide) % (P256_ORDER - 1) + 1
    return TicketKey(private=ec.derive_private_key(scalar, ec.SECP256R1()))


def key_id_of(public: ec.EllipticCurvePublicKey) -> KeyId:
    """The first 8 bytes of the key's COSE thumbprint (RFC 9679)."""
    x, y = _coordinates(public)
    return KeyId(sha256(cbor2.dumps({**COSE_KEY_EC2, -2: x, -3: y}, canonical=True)).digest()[:KEY_ID_BYTES])


def key_set(keys: Iterable[ec.EllipticCurvePublicKey]) -> KeySet:
    return {key_id_of(key): VerifyingKey(algorithm=Algorithm.ES256, public=key) for key in keys}


def public_bytes(public: ec.EllipticCurvePublicKey) -> bytes:
    """The two coordinates, 64 bytes, as they are stored."""
    x, y = _coordinates(public)
    return x + y


def public_from_bytes(stored: bytes) -> ec.EllipticCurvePublicKey:
    """The key of two stored coordinates; refuses what is not a point on P-256."""
    if len(stored) != 2 * COORDINATE_BYTES:
        raise Malformed(reason="not two coordinates")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + stored)
    except ValueError as error:
        raise Malformed(reason="not a point on P-256") from error


def jwk_set(keys: Iterable[ec.EllipticCurvePublicKey]) -> dict[str, list[dict[str, str]]]:
    """The keys as a JSON Web Key Set (RFC 7517)."""
    return {"keys": [_jwk(key) for key in keys]}


def published_set(published: Iterable[PublishedKey]) -> dict[str, list[dict[str, str]]]:
    """The keys that count as a JSON Web Key Set; beside it, which do not, since when and why."""
    listed = list(published)
    revoked = [(each.name, each.revocation) for each in listed if each.revocation is not None]
    return {
        **jwk_set(each.public for each in listed if each.revocation is None),
        "revoked": [
            {"kid": name, "revoked_at": revocation.revoked_at.isoformat(), "reason": revocation.reason}
            for name, revocation in revoked
        ],
    }


def key_name(key_id: KeyId) -> str:
    """A key id in text: base64url without padding."""
    return _base64(key_id)


def parse_jwk_set(text: str) -> KeySet:
    """The ES256 keys of a JSON Web Key Set; refuses another shape and a key named by an id that is not its own."""
    try:
        entries = json.loads(text)["keys"]
        named = [(_unbase64(entry["kid"]), _public_from_jwk(entry)) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(reason="not a JSON Web Key Set of P-256 keys") from error
    if any(key_id_of(public) != key_id for key_id, public in named):
        raise Malformed(reason="a key whose kid is not its thumbprint")
    return key_set(public for _, public in named)


def revoked_keys(text: str) -> dict[KeyId, dict[str, str]]:
    """What `published_set` says beside its keys: since when and why each revoked key proves nothing any more.

    A set of another issuer may say nothing of it.
    """
    try:
        return {
            KeyId(_unbase64(each["kid"])): {
                name: str(each[name])[:REASON_LENGTH_MAX] for name in ("revoked_at", "reason")
            }
            for each in json.loads(text).get("revoked", [])
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(reason="not a list of revoked keys") from error


def _jwk(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    x, y = _coordinates(public)
    names = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}
    return {**names, "kid": _base64(key_id_of(public)), "x": _base64(x), "y": _base64(y)}


def _public_from_jwk(entry: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    if (entry["kty"], entry["crv"], entry.get("alg", "ES256")) != ("EC", "P-256", "ES256"):
        raise ValueError("not an ES256 key")
    return public_from_bytes(_unbase64(entry["x"]) + _unbase64(entry["y"]))


def _coordinates(public: ec.EllipticCurvePublicKey) -> tuple[bytes, bytes]:
    numbers = public.public_numbers()
    return numbers.x.to_bytes(COORDINATE_BYTES), numbers.y.to_bytes(COORDINATE_BYTES)


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

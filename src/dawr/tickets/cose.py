"""COSE_Sign1 (RFC 9052, 9053): one signature over one payload, as this and other issuers write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from dawr.kernel.refusal import Malformed

TAG_SIGN1 = 18
HEADER_ALGORITHM = 1
HEADER_CRITICAL = 2
HEADER_KEY_ID = 4
HEADER_TYPE = 16
NESTING_MAX = 8

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey


class Algorithm(IntEnum):
    """Signature algorithms by their number in the IANA COSE registry."""

    ES256 = -7
    EDDSA = -8
    ES384 = -35
    ES512 = -36


_HASHES = {Algorithm.ES256: hashes.SHA256(), Algorithm.ES384: hashes.SHA384(), Algorithm.ES512: hashes.SHA512()}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """A public key that verifies with this one algorithm and no other."""

    algorithm: Algorithm
    public: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign1:
    """A COSE_Sign1 message taken apart; nothing in it is proven before `is_signed_by` says so."""

    protected: bytes
    protected_header: Mapping[Any, Any]
    unprotected_header: Mapping[Any, Any]
    payload: bytes
    signature: bytes

    @property
    def key_id(self) -> bytes | None:
        """Which key to try; a hint, and harmless as one, from either header."""
        named = self.protected_header.get(HEADER_KEY_ID, self.unprotected_header.get(HEADER_KEY_ID))
        return named if isinstance(named, bytes) else None


def sign1(payload: bytes, *, key: ec.EllipticCurvePrivateKey, key_id: bytes, typ: str | None = None) -> bytes:
    """An untagged ES256 COSE_Sign1 over `payload`, the same bytes each time (RFC 6979), nothing unprotected."""
    protected = encode_header(Algorithm.ES256, key_id=key_id, typ=typ)
    der = key.sign(to_be_signed(protected, payload), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return cbor2.dumps([protected, {}, payload, r.to_bytes(32) + s.to_bytes(32)], canonical=True)


def encode_header(algorithm: int, *, key_id: bytes, typ: str | None = None) -> bytes:
    """The protected header that names an algorithm, a key and what is signed (RFC 9596), as deterministic CBOR."""
    header: dict[int, int | bytes | str] = {HEADER_ALGORITHM: int(algorithm), HEADER_KEY_ID: key_id}
    if typ is not None:
        header[HEADER_TYPE] = typ
    return cbor2.dumps(header, canonical=True)


def decode_sign1(message: bytes) -> Sign1:
    """Take a tagged or untagged message apart; refuses trailing bytes, indefinite lengths and duplicate keys.

    Refuses also a header that stands on both sides, and one that asks to be understood (RFC 9052 sections 3 and 3.1).
    """
    decoded = decode_cbor(message)
    if isinstance(decoded, cbor2.CBORTag):
        if decoded.tag != TAG_SIGN1:
            raise Malformed(reason="a CBOR tag that is not COSE_Sign1's")
        decoded = decoded.value
    match decoded:
        case [bytes() as protected, Mapping() as unprotected, bytes() as payload, bytes() as signature]:
            header = decode_cbor(protected) if protected else {}
        case _:
            raise Malformed(reason="not a COSE_Sign1 array")
    if not isinstance(header, Mapping):
        raise Malformed(reason="the protected header is not a map")
    if header.keys() & unprotected.keys():
        raise Malformed(reason="a header that is both protected and not")
    if HEADER_CRITICAL in header or HEADER_CRITICAL in unprotected:
        raise Malformed(reason="a critical header that is not understood")
    return Sign1(
        protected=protected if header else b"",
        protected_header=header,
        unprotected_header=unprotected,
        payload=payload,
        signature=signature,
    )


def decode_cbor(message: bytes) -> Any:
    """One whole CBOR item; what a decoder raises on hostile bytes has many names and one meaning."""
    stream = BytesIO(message)
    try:
        decoded = cbor2.load(stream, max_depth=NESTING_MAX, allow_indefinite=False, allow_duplicate_keys=False)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Malformed(reason="not CBOR") from error
    if stream.read(1):
        raise Malformed(reason="bytes after the CBOR item")
    return decoded


def is_signed_by(key: VerifyingKey, message: Sign1, *, external: bytes = b"") -> bool:
    """Whether `key` signed `message`; the key says with which algorithm, and the header may not disagree."""
    stated = message.protected_header.get(HEADER_ALGORITHM, message.unprotected_header.get(HEADER_ALGORITHM))
    if stated != key.algorithm:
        return False
    signed = to_be_signed(message.protected, message.payload, external=external)
    return is_signature_of(key, message.signature, signed=signed)


def to_be_signed(protected: bytes, payload: bytes, *, external: bytes = b"") -> bytes:
    """The Sig_structure of RFC 9052 section 4.4."""
    return cbor2.dumps(["Signature1", protected, external, payload])


def is_signature_of(key: VerifyingKey, signature: bytes, *, signed: bytes) -> bool:
    """Whether the bare `signature` (for ECDSA the two numbers side by side) is `key`'s over `signed`."""
    try:
        _verify(key, signature, signed=signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify(key: VerifyingKey, signature: bytes, *, signed: bytes) -> None:
    public = key.public
    if not isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, signed)
        return
    size = (public.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    der = encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
    public.verify(der, signed, ec.ECDSA(_HASHES[key.algorithm]))

"""Keyed hashes and Ed25519 signatures over bytes."""

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104), 32 bytes."""
    return hmac.digest(key, message, "sha256")


def derived_key(root: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose from the house's root secret, so that no two uses share a key."""
    return keyed_hash(root, b"dawr key for " + purpose.encode())


def same_bytes(one: bytes, other: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one, other)


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """An Ed25519 key with its id (the first 8 hex digits of the public key's SHA-256)."""

    private: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        return cls(private=Ed25519PrivateKey.from_private_bytes(seed))

    @cached_property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        return public_key_id(self.public)

    def sign(self, message: bytes) -> str:
        """The signature over `message`, base64."""
        return b64encode(self.private.sign(message)).decode()


def public_key_id(public: bytes) -> str:
    return sha256(public).hexdigest()[:8]


def is_signed_by(public: bytes, message: bytes, *, signature: str) -> bool:
    """Whether a base64 `signature` over `message` is by the Ed25519 key `public` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True

"""Secrets at rest: AES-256-GCM, each one bound to what it belongs to."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealBroken(ValueError):
    """The sealed bytes were altered, belong to something else, or were sealed with another key."""


def seal(key: bytes, plain: bytes, *, nonce: bytes, belongs_to: bytes) -> bytes:
    """The nonce, then the ciphertext with its tag; `nonce` is 12 bytes never used before with this key."""
    return nonce + AESGCM(key).encrypt(nonce, plain, belongs_to)


def unseal(key: bytes, sealed: bytes, *, belongs_to: bytes) -> bytes:
    """What was sealed for `belongs_to`; raises SealBroken."""
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, belongs_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error

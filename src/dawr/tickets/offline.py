"""How a gate with no network finds a ticket by the reference that its holder reads from an SMS.

Six characters are a thousand million references, of which the day's pack holds a few thousand, so each guess costs ten
thousand hashes, as with the card's digits. Whoever has the reference has what the SMS says, and no more.
"""

from hashlib import pbkdf2_hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HASHES_PER_REFERENCE = 10_000
LOOKUP_BYTES, NONCE_BYTES, KEY_BYTES = 8, 12, 32


def sealed_reference(key: bytes, reference: str, *, code: str) -> tuple[bytes, bytes]:
    """The lookup, 8 bytes, and the code sealed under the reference; `key` is the answer key of the office's day.

    made = PBKDF2-HMAC-SHA256(reference, "reference|" + key, HASHES_PER_REFERENCE iterations): the lookup, the nonce
    and the key of AES-256-GCM, in this order.
    """
    made = pbkdf2_hmac(
        "sha256",
        reference.encode(),
        b"reference|" + key,
        HASHES_PER_REFERENCE,
        dklen=LOOKUP_BYTES + NONCE_BYTES + KEY_BYTES,
    )
    lookup, nonce = made[:LOOKUP_BYTES], made[LOOKUP_BYTES : LOOKUP_BYTES + NONCE_BYTES]
    return lookup, AESGCM(made[LOOKUP_BYTES + NONCE_BYTES :]).encrypt(nonce, code.encode(), None)

"""Bytes and public keys as they travel between a gate's device and the server."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from dawr.kernel.refusal import Malformed
from dawr.tickets.keys import COORDINATE_BYTES, public_from_bytes

UNPADDED = re.compile(r"[A-Za-z0-9_-]*")
FINGERPRINT_DIGITS = 8


def as_text(value: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def as_bytes(text: str) -> bytes:
    """What `as_text` wrote; refuses every other spelling."""
    if not UNPADDED.fullmatch(text) or len(text) % 4 == 1:
        raise Malformed(reason="not base64url without padding")
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if as_text(value) != text:
        raise Malformed(reason="not the one spelling of these bytes")
    return value


def public_key(*, kty: str, crv: str, x: str, y: str) -> bytes:
    """The two coordinates, 64 bytes, of a JSON Web Key; refuses whatever is not a point on P-256."""
    if (kty, crv) != ("EC", "P-256"):
        raise Malformed(reason="not a key on P-256")
    coordinates = [as_bytes(x), as_bytes(y)]
    if any(len(each) != COORDINATE_BYTES for each in coordinates):
        raise Malformed(reason="a coordinate that is not 32 bytes")
    stored = b"".join(coordinates)
    public_from_bytes(stored)
    return stored


def jwk(stored: bytes) -> dict[str, str]:
    """A stored public key as a JSON Web Key."""
    x, y = stored[:COORDINATE_BYTES], stored[COORDINATE_BYTES:]
    return {"kty": "EC", "crv": "P-256", "x": as_text(x), "y": as_text(y)}


def fingerprint(signing_key: bytes) -> str:
    """What stands on the device and on the branch head's page, so that both see the same."""
    return sha256(signing_key).hexdigest()[:FINGERPRINT_DIGITS]

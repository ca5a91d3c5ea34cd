"""A day pack under seal: opened by the device that it was made for together with the shift's opening code."""

from dataclasses import dataclass
from hashlib import pbkdf2_hmac

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dawr.gates.model.devices import DeviceId
from dawr.gates.model.shifts import ShiftId
from dawr.gates.wire import as_text, jwk
from dawr.tickets.keys import public_bytes, public_from_bytes

VERSION = 1
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 32, 12, 32
HASHES_PER_OPENING = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What is random in a seal; each seal has its own."""

    ephemeral: ec.EllipticCurvePrivateKey
    salt: bytes
    nonce: bytes


def seal_pack(
    plain: bytes,
    *,
    device_id: DeviceId,
    shift_id: ShiftId,
    agreement_key: bytes,
    opening_code: str,
    chance: Chance,
) -> dict[str, object]:
    """The sealed pack as it travels and as it lies in the device (docs/formats/gate.md)."""
    shared = chance.ephemeral.exchange(ec.ECDH(), public_from_bytes(agreement_key))
    key = pack_key(shared, opening_code=opening_code, salt=chance.salt, device_id=device_id)
    return {
        "sealed": VERSION,
        "device": str(device_id),
        "shift": str(shift_id),
        "ephemeral": jwk(public_bytes(chance.ephemeral.public_key())),
        "salt": as_text(chance.salt),
        "nonce": as_text(chance.nonce),
        "ciphertext": as_text(AESGCM(key).encrypt(chance.nonce, plain, belongs_to(device_id))),
    }


def pack_key(shared: bytes, *, opening_code: str, salt: bytes, device_id: DeviceId) -> bytes:
    """The key of a seal: HKDF-SHA256 (RFC 5869) over what the two keys agree on and the stretched opening code."""
    typed = pbkdf2_hmac("sha256", opening_code.encode(), salt, HASHES_PER_OPENING)
    return HKDF(SHA256(), KEY_BYTES, salt, belongs_to(device_id)).derive(shared + typed)


def belongs_to(device_id: DeviceId) -> bytes:
    """What a seal is bound to, and what its key is derived for."""
    return f"dawr day pack|{device_id}".encode()

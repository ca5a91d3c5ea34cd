"""A device of the invented office that is enrolled as a browser would enrol itself, and opens its own packs."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dawr.db.pool import Transaction
from dawr.gates import actions as gates
from dawr.gates.model.devices import Device
from dawr.gates.model.shifts import Shift
from dawr.gates.sealed_pack import belongs_to, pack_key
from dawr.people.model import Officer, SignedIn
from dawr.settings import Settings
from dawr.tickets.keys import public_bytes, public_from_bytes
from dawr.web.session import Visitor
from tests.store.tickets.invented_office import STARTS_AT


@dataclass(slots=True, kw_only=True)
class Held:
    """A device in somebody's hand: what the server knows of it, and its two private keys."""

    device: Device
    signing: ec.EllipticCurvePrivateKey
    agreement: ec.EllipticCurvePrivateKey

    def open(self, sealed: Mapping[str, Any], *, code: str) -> Any:
        """What is under a seal; fails as the browser's own decryption would."""
        ephemeral = public_from_bytes(plain(sealed["ephemeral"]["x"]) + plain(sealed["ephemeral"]["y"]))
        key = pack_key(
            self.agreement.exchange(ec.ECDH(), ephemeral),
            opening_code=code,
            salt=plain(sealed["salt"]),
            device_id=self.device.device_id,
        )
        opened = AESGCM(key).decrypt(
            plain(sealed["nonce"]), plain(sealed["ciphertext"]), belongs_to(self.device.device_id)
        )
        return json.loads(opened)


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_keys() -> tuple[ec.EllipticCurvePrivateKey, ec.EllipticCurvePrivateKey]:
    return ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


async def enrolled(
    tx: Transaction,
    head: Officer,
    *,
    settings: Settings,
    name: str = "جهاز 1",
    lane: int = 1,
    now: datetime = STARTS_AT,
) -> Held:
    code = await gates.add_device(tx, head=head, name=name, lane=lane, settings=settings, now=now)
    signing, agreement = new_keys()
    device = await gates.enrol(
        tx,
        code=code,
        signing_key=public_bytes(signing.public_key()),
        agreement_key=public_bytes(agreement.public_key()),
        settings=settings,
        now=now,
    )
    assert device is not None
    return Held(device=device, signing=signing, agreement=agreement)


async def on_shift(
    tx: Transaction, guard: Officer, *, held: Held, settings: Settings, now: datetime = STARTS_AT
) -> Shift:
    return await gates.open_shift(
        tx,
        device_id=held.device.device_id,
        guard_id=guard.person_id,
        day_on=STARTS_AT.date(),
        settings=settings,
        now=now,
    )


def signed_in(officer: Officer, *, now: datetime = STARTS_AT) -> SignedIn:
    return Visitor(person_id=officer.person_id, authenticated_at=now, assurance=3, language="ar", digits="western")

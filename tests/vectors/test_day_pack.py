"""The vectors of the sealed day pack, in day_pack.json; a browser's own WebCrypto opens the same ones."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from dawr.gates.model.devices import DeviceId
from dawr.gates.model.shifts import ShiftId
from dawr.gates.sealed_pack import Chance, seal_pack
from dawr.gates.wire import as_bytes, as_text, public_key
from dawr.tickets.offline import sealed_reference

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "day_pack.json").read_text(encoding="utf-8"))


def sealed_again(**changes: Any) -> dict[str, object]:
    asked, sealed, agreement = VECTORS | changes, VECTORS["sealed"], VECTORS["agreement"]
    scalar = int.from_bytes(as_bytes(VECTORS["ephemeral"]["d"]))
    return seal_pack(
        asked["plain"].encode(),
        device_id=DeviceId(UUID(sealed["device"])),
        shift_id=ShiftId(UUID(sealed["shift"])),
        agreement_key=public_key(kty="EC", crv="P-256", x=agreement["x"], y=agreement["y"]),
        opening_code=asked["opening_code"],
        chance=Chance(
            ephemeral=ec.derive_private_key(scalar, ec.SECP256R1()),
            salt=as_bytes(sealed["salt"]),
            nonce=as_bytes(sealed["nonce"]),
        ),
    )


def test_the_same_chance_makes_the_same_seal() -> None:
    assert sealed_again() == VECTORS["sealed"]


def test_another_opening_code_makes_another_seal() -> None:
    assert sealed_again(opening_code="7M2QK4P8")["ciphertext"] != VECTORS["sealed"]["ciphertext"]


def test_a_reference_seals_its_code_as_in_the_vector() -> None:
    vector = VECTORS["reference"]
    lookup, sealed_code = sealed_reference(as_bytes(vector["answer_key"]), vector["reference"], code=vector["code"])
    assert (as_text(lookup), as_text(sealed_code)) == (vector["lookup"], vector["sealed_code"])

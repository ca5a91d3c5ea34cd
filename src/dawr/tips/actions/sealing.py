"""What is told lies sealed: words bound to their tip, photographs to their tip and number."""

import json
import secrets
from dataclasses import asdict
from hashlib import sha256

from dawr.kernel.sealing import NONCE_BYTES, seal, unseal
from dawr.kernel.signing import keyed_hash
from dawr.settings import Settings
from dawr.tips.model import TipId, Told


def sealed(plain: bytes, *, tip_id: TipId, what: str, settings: Settings) -> bytes:
    """`what` names the place that the sealed bytes belong to, so that none can be put in another's."""
    return seal(_key(settings), plain, nonce=secrets.token_bytes(NONCE_BYTES), belongs_to=_place(tip_id, what))


def unsealed(stored: bytes, *, tip_id: TipId, what: str, settings: Settings) -> bytes:
    """Raises SealBroken."""
    return unseal(_key(settings), stored, belongs_to=_place(tip_id, what))


def receipt_hash(receipt: str, *, settings: Settings) -> bytes:
    return keyed_hash(settings.key_for("tips: receipt hash"), receipt.encode())


def code_hash(shown: str, *, settings: Settings) -> bytes:
    """The same for the same text, so that a forged code that goes round is seen to."""
    return keyed_hash(settings.key_for("tips: code hash"), shown.encode())


def contents_hash(told: Told, *, photographs: list[bytes], settings: Settings) -> bytes:
    """The keyed hash of all that was told, which the log's sealed entry holds; a shown code stands in it as its hash.

    Without the key nobody finds a tip of few facts again by trying them all.
    """
    facts = asdict(told) | {"shown": code_hash(told.shown, settings=settings).hex() if told.shown else ""}
    facts |= {"photographs": [sha256(each).hexdigest() for each in photographs]}
    message = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode()
    return keyed_hash(settings.key_for("tips: contents hash"), message)


def _key(settings: Settings) -> bytes:
    return settings.key_for("tips: seal")


def _place(tip_id: TipId, what: str) -> bytes:
    return tip_id.bytes + what.encode()

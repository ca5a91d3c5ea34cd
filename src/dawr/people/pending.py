"""A sign-in that has begun: kept sealed in the browser that began it, so that any web process can finish it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from dawr.kernel.sealing import SealBroken, seal, unseal
from dawr.kernel.signing import same_bytes
from dawr.people.model import Assurance, SignInOver

PENDING_AGE_MAX = timedelta(minutes=15)

_BELONGS_TO = b"pending sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """What must be remembered between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    next_path: str
    assurance: Assurance
    began_at: datetime

    @property
    def state_hash(self) -> bytes:
        """What is kept of a spent state, 32 bytes."""
        return sha256(self.state.encode()).digest()


def sealed_pending(pending: PendingSignIn, *, key: bytes, seal_nonce: bytes) -> str:
    """The text of the cookie."""
    sealed = seal(key, msgspec.json.encode(pending), nonce=seal_nonce, belongs_to=_BELONGS_TO)
    return urlsafe_b64encode(sealed).decode()


def opened_pending(cookie: str, *, key: bytes, state: str, now: datetime) -> PendingSignIn:
    """The pending sign-in of this browser if it is the one that `state` names; raises SignInOver."""
    try:
        plain = unseal(key, urlsafe_b64decode(cookie.encode()), belongs_to=_BELONGS_TO)
        pending = msgspec.json.decode(plain, type=PendingSignIn)
    except (SealBroken, ValueError) as error:
        raise SignInOver from error
    is_this = same_bytes(pending.state.encode(), state.encode())
    if not is_this or now - pending.began_at > PENDING_AGE_MAX:
        raise SignInOver
    return pending

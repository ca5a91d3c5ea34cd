"""A proof of work, or a wait, buys a pass: a brake on anonymous floods, and no defence against anybody.

The challenge is ALTCHA's in its deterministic mode: the server picks the counter that the browser has to find, so the
work is bounded and checked with one keyed hash. Whoever has no JavaScript, or wants none, waits instead: the ticket of
his wait page becomes worth the same pass once its seconds are over. Both carry the same name, which is spent once.
"""

import secrets
from dataclasses import dataclass

import altcha

from dawr.kernel.signing import keyed_hash, same_bytes
from dawr.settings import Settings

COUNTER_MAX = 40_000
"""Half of it is tried on average: a third of a second on a desktop, two seconds on an old phone."""
CHALLENGE_SECONDS = 300
PASS_SECONDS = 600
PAYLOAD_LENGTH_MAX = 2000
NAME_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """The right to a pass; `name` may be spent once, and nobody takes it after `expires_at` (Unix seconds)."""

    name: bytes
    expires_at: int


class Proofs:
    """Makes and checks challenges, wait tickets and passes; every instant is told, in Unix seconds."""

    def __init__(self, settings: Settings) -> None:
        self._challenge_key = settings.key_for("flood challenge")
        self._answer_key = settings.key_for("flood challenge answer")
        self._ticket_key = settings.key_for("flood wait ticket")
        self._pass_key = settings.key_for("flood pass")

    def challenge(self, *, at: int) -> altcha.Challenge:
        """Signed, good for five minutes; made with two hashes."""
        return altcha.create_challenge(
            "SHA-256",
            1,
            counter=secrets.randbelow(COUNTER_MAX),
            expires_at=at + CHALLENGE_SECONDS,
            hmac_secret=self._challenge_key,
            hmac_key_secret=self._answer_key,
        )

    def worked(self, payload: str, *, at: int) -> Earned | None:
        """What the payload of a solved challenge has earned; None for anything else."""
        if len(payload) > PAYLOAD_LENGTH_MAX:
            return None
        found = altcha.verify_solution(payload, self._challenge_key, hmac_key_secret=self._answer_key)
        if not found.verified:
            return None
        parameters = altcha.Payload.from_base64(payload).challenge.parameters
        expires_at = parameters.expires_at or 0
        return Earned(name=bytes.fromhex(parameters.nonce), expires_at=expires_at) if at <= expires_at else None

    def ticket(self, challenge: altcha.Challenge, *, ready_at: int) -> str:
        """A wait ticket of the same name as `challenge`: worth a pass from `ready_at`."""
        parameters = challenge.parameters
        return self._sealed(self._ticket_key, parameters.nonce, ready_at, parameters.expires_at or 0)

    def waited(self, ticket: str, *, at: int) -> Earned | None:
        """What a wait ticket has earned; None before its time, after it, and for anything that is not ours."""
        opened = self._opened(self._ticket_key, ticket, numbers=2)
        if opened is None:
            return None
        name, (ready_at, expires_at) = opened
        return Earned(name=name, expires_at=expires_at) if ready_at <= at <= expires_at else None

    def make_pass(self, earned: Earned, *, at: int) -> str:
        return self._sealed(self._pass_key, earned.name.hex(), at + PASS_SECONDS)

    def pass_name(self, value: str, *, at: int) -> bytes | None:
        """The name of a pass that is valid now; None for anything else."""
        opened = self._opened(self._pass_key, value, numbers=1)
        return opened[0] if opened and at <= opened[1][0] else None

    def _sealed(self, key: bytes, name: str, *numbers: int) -> str:
        text = ".".join([name, *map(str, numbers)])
        return f"{text}.{keyed_hash(key, text.encode()).hex()}"

    def _opened(self, key: bytes, value: str, *, numbers: int) -> tuple[bytes, list[int]] | None:
        text, _, seal = value.rpartition(".")
        if not (value.isascii() and same_bytes(seal.encode(), keyed_hash(key, text.encode()).hex().encode())):
            return None
        name, *rest = text.split(".")
        assert len(rest) == numbers, "sealed by us for this purpose"
        return bytes.fromhex(name), [int(number) for number in rest]

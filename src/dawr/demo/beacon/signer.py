"""The stand-in's key and its rounds."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dawr.kernel.signing import SigningKey
from dawr.releases.beacon import Beacon, Chain, demonstration_message, randomness_of

KEY_FILE = "demonstration-beacon.key"
SCHEME = "demonstration"
GENESIS_SECONDS = 1767225600
PERIOD_SECONDS = 3
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationBeacon:
    """A chain that one machine signs alone: genuine signatures, no randomness for whoever holds the key."""

    key: SigningKey

    @property
    def chain(self) -> Chain:
        return Chain(
            public_key=self.key.public.hex(),
            genesis_seconds=GENESIS_SECONDS,
            period_seconds=PERIOD_SECONDS,
            is_demonstration=True,
        )

    @property
    def chain_hash(self) -> str:
        """The chain's name in drand's API, version 1."""
        words = (SCHEME, self.key.public.hex(), str(GENESIS_SECONDS), str(PERIOD_SECONDS))
        return sha256("\n".join(words).encode()).hexdigest()

    def sign_round(self, round_number: int) -> Beacon:
        """The round, due or not; Ed25519 signs the same round the same way each time."""
        signature = self.key.private.sign(demonstration_message(round_number)).hex()
        return Beacon(round_number=round_number, randomness=randomness_of(signature), signature=signature)


def demonstration_beacon(folder: Path) -> DemonstrationBeacon:
    """The stand-in whose key is in `folder`, made there the first time."""
    file = folder / KEY_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_once(file, os.urandom(_KEY_BYTES))
    return DemonstrationBeacon(key=SigningKey.from_seed(file.read_bytes()))


def _write_once(file: Path, seed: bytes) -> None:
    """Gives the file its name only when it is whole; the first of two writers wins."""
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(seed)
    try:
        file.hardlink_to(unfinished)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()

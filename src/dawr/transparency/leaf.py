"""The bytes of a leaf: canonical JSON, and the salted commitment that stands in for what is nobody else's to read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from dawr.kernel.signing import same_bytes
from dawr.transparency.model import JSON, EntryKind

LEAF_BYTES_MAX = 0xFFFF
"""An entry bundle gives each leaf's length in 16 bits."""

SAFE_INTEGER_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A leaf as people read it: facts in clear, or a commitment in their place."""

    kind: str
    at: datetime
    facts: Mapping[str, JSON]
    commitment: str | None


def canonical(value: JSON) -> bytes:
    """JSON in its one form (RFC 8785): sorted keys, no blanks, UTF-8; refuses floats and integers beyond 2^53."""
    _require_exact(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def public_leaf(kind: EntryKind, *, facts: Mapping[str, JSON], at: datetime) -> bytes:
    """A leaf whose facts stand in clear."""
    return _leaf({"at": timestamp(at), "facts": facts, "kind": kind.value})


def sealed_leaf(kind: EntryKind, *, commitment: str, at: datetime) -> bytes:
    """A leaf that holds a commitment alone."""
    return _leaf({"at": timestamp(at), "commitment": commitment, "kind": kind.value})


def commitment(salt: bytes, facts: Mapping[str, JSON]) -> str:
    """SHA-256 over the salt (32 bytes) and the canonical facts, in hexadecimal."""
    return sha256(salt + canonical(facts)).hexdigest()


def opens(leaf: bytes, *, salt: bytes, facts: Mapping[str, JSON]) -> bool:
    """Whether `salt` and `facts` are what a sealed `leaf` was made of."""
    sealed = json.loads(leaf).get("commitment")
    return isinstance(sealed, str) and same_bytes(sealed.encode(), commitment(salt, facts).encode())


def read_leaf(leaf: bytes) -> Statement:
    """What one of our own leaves says."""
    written = json.loads(leaf)
    return Statement(
        kind=written["kind"],
        at=datetime.fromisoformat(written["at"]),
        facts=written.get("facts", {}),
        commitment=written.get("commitment"),
    )


def timestamp(at: datetime) -> str:
    """An aware instant as 2027-02-04T06:00:00Z: whole seconds, so that no leaf tells who was first in one."""
    assert at.tzinfo is not None, "an instant is aware"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _leaf(value: Mapping[str, JSON]) -> bytes:
    leaf = canonical(value)
    if len(leaf) > LEAF_BYTES_MAX:
        raise ValueError(f"a leaf of {len(leaf)} bytes; log the hash of a long list, not the list")
    return leaf


def _require_exact(value: JSON) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not (isinstance(name, str) and name.isascii()):
                raise ValueError(f"{name!r} is not an ASCII name")
            _require_exact(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_exact(inner)
    elif isinstance(value, int):
        if abs(value) > SAFE_INTEGER_MAX:
            raise ValueError(f"{value} is not exact in every language; write it as text")
    elif value is not None and not isinstance(value, str):
        raise ValueError(f"{value!r} has no canonical form")

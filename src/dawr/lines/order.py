"""Who comes before whom at the opening: a keyed permutation that was committed to before anybody joined."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from dawr.kernel.identifiers import code_from_bytes
from dawr.transparency.merkle import root_of_leaves

LABEL_LENGTH = 8
KEY_BYTES = 32


def label_of(line_id: str, person_id: UUID, *, key: bytes) -> str:
    """A person's opaque name in one line: chosen by nobody, the same however often he asks, linkable to nothing.

    Of a million labels two may be equal by chance; these two people then have two neighbouring numbers.
    """
    digest = hmac.digest(key, line_id.encode() + b"\n" + person_id.bytes, "sha256")
    return code_from_bytes(digest[:LABEL_LENGTH])


def commitment(key: bytes) -> str:
    """What the rules say of the key before the opening."""
    return sha256(key).hexdigest()


def ordered(labels: Sequence[str], *, key: bytes) -> list[str]:
    """The labels in the order of their numbers: by SHA-256 over the key and the label."""
    return sorted(labels, key=lambda label: (sha256(key + label.encode()).digest(), label))


def labels_root(labels: Sequence[str]) -> str:
    """The Merkle root over the labels, sorted."""
    return root_of_leaves(label.encode() for label in sorted(labels)).hex()

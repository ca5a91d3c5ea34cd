"""Identifiers that travel between features, and the codes that people read aloud."""

from typing import NewType
from uuid import UUID

PersonId = NewType("PersonId", UUID)
AuthorityId = NewType("AuthorityId", str)
OfficeId = NewType("OfficeId", str)
ServiceId = NewType("ServiceId", str)

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Base32 without I, O, 0 and 1, so that a code survives handwriting and the telephone."""


def code_from_bytes(random_bytes: bytes) -> str:
    """Each byte as one character of CODE_ALPHABET (256 is a multiple of 32, so no character is likelier)."""
    return "".join(CODE_ALPHABET[byte % 32] for byte in random_bytes)


def grouped(code: str, *, size: int = 4) -> str:
    """A code in groups, as it is printed: 7QK2-M9XA."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))

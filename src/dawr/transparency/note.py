"""Signed notes, checkpoints and cosignatures (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import SigningKey
from dawr.transparency.merkle import HASH_BYTES
from dawr.transparency.model import SignatureBroken

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
SIGNATURE_LINES_MAX = 100
DASH = "\N{EM DASH} "
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key as the world knows it: name, ED25519 or COSIGNATURE_V1, 32 bytes. Its text form is a vkey."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + self._material).digest()[:4]

    @property
    def _material(self) -> bytes:
        return bytes([self.algorithm]) + self.public

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._material).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses a vkey whose name, hash or key is not well formed, or whose hash is another key's."""
        name, _, rest = text.partition("+")
        _, _, encoded = rest.partition("+")
        material = decode_base64(encoded)
        if len(material) != 33 or material[0] not in (ED25519, COSIGNATURE_V1):
            raise Malformed(reason=f"{text!r} is not an Ed25519 verifier key")
        key = cls(name=_key_name(name), algorithm=material[0], public=material[1:])
        if str(key) != text:
            raise Malformed(reason=f"{text!r} carries another key's hash")
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line: who claims to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {b64encode(self.key_id + self.value).decode()}"

    @property
    def cosigned_at(self) -> datetime:
        """When a cosignature says that it was made."""
        return datetime.fromtimestamp(int.from_bytes(self.value[:8], "big"), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, ended by a newline, and the signatures that stand under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{signature}\n" for signature in self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The body of a checkpoint: which log, how many leaves, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def parse_note(text: str) -> Note:
    """Refuses control characters, a missing blank line and malformed or too many signature lines."""
    if any(character < " " and character != "\n" for character in text):
        raise Malformed(reason="a note has no control characters")
    body, blank, lines = text.rpartition("\n\n")
    signatures = lines.split("\n")[:-1]
    if not (blank and body and text.endswith("\n") and 0 < len(signatures) <= SIGNATURE_LINES_MAX):
        raise Malformed(reason="a note is a text, an empty line and signature lines")
    return Note(text=f"{body}\n", signatures=tuple(parse_signature(line) for line in signatures))


def parse_signature(line: str) -> Signature:
    """One signature line without its newline."""
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    value = decode_base64(encoded)
    if not line.startswith(DASH) or len(value) < 5:
        raise Malformed(reason="a signature line is not well formed")
    return Signature(name=_key_name(name), key_id=value[:4], value=value[4:])


def parse_tree_head(text: str) -> TreeHead:
    """The first three lines of a checkpoint's body; extension lines are refused, since nobody can audit them."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise Malformed(reason="a checkpoint has three lines: origin, size, root")
    root = decode_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise Malformed(reason="the root is not 32 bytes long")
    return TreeHead(origin=lines[0], size=parse_decimal(lines[1]), root=root)


def parse_decimal(text: str) -> int:
    """An ASCII decimal below 10^19 without sign or leading zero."""
    if not _DECIMAL.fullmatch(text):
        raise Malformed(reason=f"{text[:40]!r} is not a decimal number")
    return int(text)


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one form: padded, no blanks, no bits left over."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed(reason="not base64") from error
    if b64encode(decoded).decode() != text:
        raise Malformed(reason="base64 in more than one form")
    return decoded


def log_key(name: str, *, key: SigningKey) -> VerifierKey:
    """The public half of a log's key."""
    return VerifierKey(name=_key_name(name), algorithm=ED25519, public=key.public)


def witness_key(name: str, *, key: SigningKey) -> VerifierKey:
    """The public half of a witness's key."""
    return VerifierKey(name=_key_name(name), algorithm=COSIGNATURE_V1, public=key.public)


def sign(text: str, *, name: str, key: SigningKey) -> Signature:
    """The log's signature over a note's text."""
    return Signature(name=name, key_id=log_key(name, key=key).key_id, value=key.private.sign(text.encode()))


def cosign(text: str, *, name: str, key: SigningKey, at: datetime) -> Signature:
    """A witness's cosignature/v1 over a checkpoint's text, with the second at which it was made."""
    seconds = int(at.timestamp())
    signature = key.private.sign(_cosigned_message(text, seconds))
    return Signature(name=name, key_id=witness_key(name, key=key).key_id, value=seconds.to_bytes(8, "big") + signature)


def verified(note: Note, key: VerifierKey) -> Signature:
    """The signature of `key` under `note`; refuses when there is none, or when one that claims to be does not hold."""
    claimed = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]
    if not claimed or not all(_holds(note.text, each, key=key) for each in claimed):
        raise SignatureBroken(name=key.name)
    return claimed[0]


def is_signed_under(note: Note, key: VerifierKey) -> bool:
    """Whether a line claims to be by `key`; `verified` tells whether it is."""
    return any((each.name, each.key_id) == (key.name, key.key_id) for each in note.signatures)


def _holds(text: str, signature: Signature, *, key: VerifierKey) -> bool:
    message, value = text.encode(), signature.value
    if key.algorithm == COSIGNATURE_V1:
        seconds, value = int.from_bytes(value[:8], "big"), value[8:]
        if seconds > _LAST_SECOND:
            return False
        message = _cosigned_message(text, seconds)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
"""Beyond it a cosignature's time has no date that a person could read."""


def _cosigned_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _key_name(name: str) -> str:
    if not _KEY_NAME.fullmatch(name):
        raise Malformed(reason=f"{name[:40]!r} is not a key name: no spaces, no plus")
    return name

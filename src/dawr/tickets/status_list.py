"""The IETF Token Status List: a few bits for each ticket, compressed with ZLIB, and signed as a CWT."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2

from dawr.kernel.refusal import Malformed
from dawr.tickets.cose import HEADER_TYPE, TAG_SIGN1, decode_cbor, decode_sign1, is_signed_by, sign1
from dawr.tickets.keys import KeyId, KeySet, TicketKey
from dawr.tickets.payload import INSTANT_SECONDS_MAX

MEDIA_TYPE = "application/statuslist+cwt"
SUBJECT, EXPIRES, ISSUED, STATUS_LIST, TTL = 2, 4, 6, 65533, 65534
CLAIMS = {SUBJECT, EXPIRES, ISSUED, STATUS_LIST, TTL}
TAG = bytes([0xC0 | TAG_SIGN1])
"""Major type 6, the form in which the draft prints its tokens."""

BITS = frozenset({1, 2, 4, 8})
LIST_FIELDS = {"bits", "lst"}
PACKED_BYTES_MAX = 2**20
"""A million statuses of the widest kind: more than any office has in a day, and all that a bomb can make us unpack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedStatuses:
    """Statuses side by side, each in `bits` bits, the first in the lowest of the first byte."""

    bits: int
    packed: bytes

    def __len__(self) -> int:
        return 8 * len(self.packed) // self.bits

    def status_at(self, index: int) -> int | None:
        """The status at `index`, None past the end: of a ticket signed later than the list it says nothing."""
        byte, place = divmod(index * self.bits, 8)
        if not 0 <= byte < len(self.packed):
            return None
        return self.packed[byte] >> place & ((1 << self.bits) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusListToken:
    """A list with what a verifier must know of it; `subject` is the address where the newest one is found."""

    subject: str
    issued_at: datetime
    expires_at: datetime
    ttl_seconds: int
    statuses: PackedStatuses


def pack(statuses: Mapping[int, int], *, bits: int) -> PackedStatuses:
    """Each status at its index; a gap is 0, and the list ends with the byte of the highest index."""
    assert bits in BITS, "a status has 1, 2, 4 or 8 bits"
    packed = bytearray(((max(statuses, default=-1) + 1) * bits + 7) // 8)
    for index, status in statuses.items():
        assert 0 <= status < 2**bits, "the status fits its bits"
        byte, place = divmod(index * bits, 8)
        packed[byte] |= status << place
    return PackedStatuses(bits=bits, packed=bytes(packed))


def encode(statuses: PackedStatuses) -> bytes:
    """The list alone, in its CBOR form."""
    return cbor2.dumps(_as_map(statuses))


def decode(message: bytes) -> PackedStatuses:
    """The list of a CBOR form; refuses with Malformed whatever is not exactly one, and one that unpacks to too much."""
    return _from_map(decode_cbor(message))


def sign_token(token: StatusListToken, *, key: TicketKey) -> bytes:
    """The signed token: a tagged COSE_Sign1 whose header says that it is a status list and nothing else."""
    claims = {
        SUBJECT: token.subject,
        EXPIRES: int(token.expires_at.timestamp()),
        ISSUED: int(token.issued_at.timestamp()),
        STATUS_LIST: _as_map(token.statuses),
        TTL: token.ttl_seconds,
    }
    return TAG + sign1(cbor2.dumps(claims), key=key.private, key_id=key.key_id, typ=MEDIA_TYPE)


def read_token(message: bytes, *, keys: KeySet) -> StatusListToken:
    """The token that one of `keys` signed; nothing is unpacked before that is proven. Whether it is stale, ask verdict.

    Refuses with Malformed what is not a status list token, or not signed by any of the keys.
    """
    signed = decode_sign1(message)
    if signed.protected_header.get(HEADER_TYPE) != MEDIA_TYPE:
        raise Malformed(reason="not a status list token")
    key = keys.get(KeyId(signed.key_id or b""))
    if key is None or not is_signed_by(key, signed):
        raise Malformed(reason="a status list that none of these keys signed")
    claims = decode_cbor(signed.payload)
    if not isinstance(claims, Mapping) or claims.keys() != CLAIMS or not isinstance(claims[SUBJECT], str):
        raise Malformed(reason="not exactly a status list's claims")
    return StatusListToken(
        subject=claims[SUBJECT],
        issued_at=_instant(claims[ISSUED]),
        expires_at=_instant(claims[EXPIRES]),
        ttl_seconds=_seconds(claims[TTL]),
        statuses=_from_map(claims[STATUS_LIST]),
    )


def _as_map(statuses: PackedStatuses) -> dict[str, Any]:
    return {"bits": statuses.bits, "lst": zlib.compress(statuses.packed, level=9)}


def _from_map(listed: object) -> PackedStatuses:
    if not isinstance(listed, Mapping) or listed.keys() != LIST_FIELDS:
        raise Malformed(reason="not exactly a status list's fields")
    bits, compressed = listed["bits"], listed["lst"]
    if type(bits) is not int or bits not in BITS or not isinstance(compressed, bytes):
        raise Malformed(reason="not statuses of 1, 2, 4 or 8 bits")
    return PackedStatuses(bits=bits, packed=_unpacked(compressed))


def _unpacked(compressed: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(compressed, PACKED_BYTES_MAX + 1)
    except zlib.error as error:
        raise Malformed(reason="not a ZLIB stream") from error
    if len(unpacked) > PACKED_BYTES_MAX:
        raise Malformed(reason="a status list longer than any")
    if not stream.eof or stream.unused_data:
        raise Malformed(reason="a ZLIB stream that is cut, or followed by something")
    return unpacked


def _instant(value: object) -> datetime:
    return datetime.fromtimestamp(_seconds(value), UTC)


def _seconds(value: object) -> int:
    if type(value) is not int or not 0 <= value < INSTANT_SECONDS_MAX:
        raise Malformed(reason="not a number of seconds")
    return value

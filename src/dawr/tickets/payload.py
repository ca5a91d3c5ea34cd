"""DW1, the signed ticket: `DW1:` and the base45 of an untagged COSE_Sign1 over deterministic CBOR."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntFlag
from typing import Any

import cbor2

from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import keyed_hash
from dawr.tickets import base45
from dawr.tickets.cose import HEADER_ALGORITHM, HEADER_KEY_ID, Algorithm, Sign1, decode_sign1, encode_header, sign1
from dawr.tickets.keys import KEY_ID_BYTES, KeyId, TicketKey
from dawr.tickets.model import TICKET_ID_BYTES, TicketId

PREFIX = "DW1:"
CODE_CHARACTERS_MAX = 600
CODE_CHARACTERS_PRINTED_MAX = 366
"""What a QR code of version 11 with level M holds; readers fail sharply above that version."""

ARRAY_OF_FOUR = b"\x84"
SIGNATURE_BYTES = 64
IDENTITY_BYTES = 16
ISSUER_BYTES_MAX = 8
NAME_BYTES_MAX = 60
CODE_PART = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])?")
INSTANT_SECONDS_MAX = 2**33
"""The year 2242: later than any ticket, and far from where dates overflow."""

ISSUER, EXPIRES, NOT_BEFORE, TICKET = 1, 4, 5, 7
SLOT, IDENTITY, NAME, STATUS_INDEX, FLAGS = -65537, -65538, -65539, -65541, -65542
KEYS = {ISSUER, EXPIRES, NOT_BEFORE, TICKET, SLOT, IDENTITY, NAME, STATUS_INDEX, FLAGS}


class Flag(IntFlag):
    """Who comes: PROXY means that name and identity are the proxy's."""

    NONE = 0
    COMPANION = 1
    PROXY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a ticket says; `identity` is the keyed commitment to the holder's civil number, 16 bytes."""

    issuer: AuthorityId
    not_before_at: datetime
    expires_at: datetime
    ticket_id: TicketId
    service_id: ServiceId
    office_id: OfficeId
    starts_at: datetime
    minutes: int
    identity: bytes
    name: str
    status_index: int
    flags: Flag = Flag.NONE


def identity_commitment(day_key: bytes, civil_number: str) -> bytes:
    """The number under the office's key of the day: a plain hash of so few numbers is reversed in minutes."""
    return keyed_hash(day_key, b"civil-id|" + civil_number.encode())[:IDENTITY_BYTES]


def day_key(root: bytes, office_id: OfficeId, *, day_on: date) -> bytes:
    """The key under which an office's tickets of one day commit to civil numbers."""
    return keyed_hash(root, f"{office_id}|{day_on.isoformat()}".encode())


def ticket_code(claims: Claims, *, key: TicketKey) -> str:
    """The signed code, its name shortened to what a printed QR code of version 11 holds."""
    code = _sign(claims, key)
    excess = len(code) - CODE_CHARACTERS_PRINTED_MAX
    if excess <= 0:
        return code
    room = len(claims.name.encode()) - (2 * excess + 2) // 3
    return _sign(replace(claims, name=shortened_name(claims.name, bytes_max=room)), key)


def shortened_name(name: str, *, bytes_max: int) -> str:
    """A long name with its middle words left out: the first and the last name are what a guard compares."""
    if len(name.encode()) <= bytes_max:
        return name
    words = name.split()
    while len(words) > 2 and len(" ".join(words).encode()) > bytes_max:
        words.pop(-2)
    return " ".join(words).encode()[:bytes_max].decode(errors="ignore").strip()


def read_code(code: str) -> tuple[Sign1, Claims]:
    """The message and its unproven claims; refuses every other spelling of them than the one that is signed."""
    if len(code) > CODE_CHARACTERS_MAX:
        raise Malformed(reason="a code longer than any ticket's")
    if not code.startswith(PREFIX):
        raise Malformed(reason="not a DW1 code")
    encoded = base45.decode(code.removeprefix(PREFIX))
    if not encoded.startswith(ARRAY_OF_FOUR):
        raise Malformed(reason="not a bare array of four")
    message = decode_sign1(encoded)
    if message.unprotected_header:
        raise Malformed(reason="a header outside the signature")
    if cbor2.dumps([message.protected, {}, message.payload, message.signature], canonical=True) != encoded:
        raise Malformed(reason="not the one deterministic encoding")
    if len(message.signature) != SIGNATURE_BYTES:
        raise Malformed(reason="a signature of the wrong length")
    _check_header(message)
    return message, decode_claims(message.payload)


def key_id_in(code: str) -> KeyId:
    """Which key a code names as the one that signed it, proven or not."""
    message, _ = read_code(code)
    return KeyId(message.key_id or b"")


def encode_claims(claims: Claims) -> bytes:
    """The claims as deterministic CBOR."""
    slot = [
        _within(claims.issuer, claims.service_id),
        _within(claims.issuer, claims.office_id),
        int(claims.starts_at.timestamp()) // 60,
        claims.minutes,
    ]
    return cbor2.dumps(
        {
            ISSUER: claims.issuer,
            EXPIRES: int(claims.expires_at.timestamp()),
            NOT_BEFORE: int(claims.not_before_at.timestamp()),
            TICKET: claims.ticket_id,
            SLOT: slot,
            IDENTITY: claims.identity,
            NAME: shortened_name(claims.name, bytes_max=NAME_BYTES_MAX),
            STATUS_INDEX: claims.status_index,
            FLAGS: claims.flags.value,
        },
        canonical=True,
    )


def decode_claims(payload: bytes) -> Claims:
    """The claims of a payload; refuses unknown, missing or ill-typed ones and any but the deterministic encoding."""
    try:
        entries = cbor2.loads(payload, max_depth=2, allow_indefinite=False, allow_duplicate_keys=False)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Malformed(reason="the payload is not CBOR") from error
    if not isinstance(entries, dict) or entries.keys() != KEYS:
        raise Malformed(reason="not exactly a ticket's claims")
    claims = _claims(entries)
    if encode_claims(claims) != payload:
        raise Malformed(reason="not the one deterministic encoding of these claims")
    return claims


def _claims(entries: Mapping[int, Any]) -> Claims:
    match entries[SLOT]:
        case [service, office, minute, minutes]:
            pass
        case _:
            raise Malformed(reason="not a slot")
    issuer = _code_part(entries[ISSUER])
    if len(issuer) > ISSUER_BYTES_MAX:
        raise Malformed(reason="an issuer of more than 8 characters")
    return Claims(
        issuer=AuthorityId(issuer),
        not_before_at=_instant(entries[NOT_BEFORE]),
        expires_at=_instant(entries[EXPIRES]),
        ticket_id=TicketId(_bytes(entries[TICKET], length=TICKET_ID_BYTES)),
        service_id=ServiceId(f"{issuer}/{_code_part(service)}"),
        office_id=OfficeId(f"{issuer}/{_code_part(office)}"),
        starts_at=_instant(_number(minute, below=INSTANT_SECONDS_MAX // 60) * 60),
        minutes=_number(minutes, below=24 * 60),
        identity=_bytes(entries[IDENTITY], length=IDENTITY_BYTES),
        name=_name(entries[NAME]),
        status_index=_number(entries[STATUS_INDEX], below=2**32),
        flags=Flag(_number(entries[FLAGS], below=4)),
    )


def _sign(claims: Claims, key: TicketKey) -> str:
    return PREFIX + base45.encode(sign1(encode_claims(claims), key=key.private, key_id=key.key_id))


def _check_header(message: Sign1) -> None:
    header = message.protected_header
    if header.keys() != {HEADER_ALGORITHM, HEADER_KEY_ID} or header[HEADER_ALGORITHM] not in set(Algorithm):
        raise Malformed(reason="not exactly algorithm and key id in the header")
    key_id = _bytes(header[HEADER_KEY_ID], length=KEY_ID_BYTES)
    if message.protected != encode_header(int(header[HEADER_ALGORITHM]), key_id=key_id):
        raise Malformed(reason="a header in another spelling")


def _within(issuer: AuthorityId, identifier: str) -> str:
    authority, _, code = identifier.partition("/")
    if authority != issuer:
        raise ValueError(f"{identifier} is not of {issuer}")
    return code


def _code_part(value: object) -> str:
    if not isinstance(value, str) or not CODE_PART.fullmatch(value):
        raise Malformed(reason="not a code of the catalogue")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not value or len(value.encode()) > NAME_BYTES_MAX or not value.isprintable():
        raise Malformed(reason="not a name of at most 60 bytes")
    return value


def _bytes(value: object, *, length: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != length:
        raise Malformed(reason=f"not {length} bytes")
    return value


def _number(value: object, *, below: int) -> int:
    if type(value) is not int or not 0 <= value < below:
        raise Malformed(reason="not a number in its range")
    return value


def _instant(value: object) -> datetime:
    return datetime.fromtimestamp(_number(value, below=INSTANT_SECONDS_MAX), UTC)

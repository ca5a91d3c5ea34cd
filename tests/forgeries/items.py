"""What an item of the corpus is, and how codes are signed, honestly and otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from dawr.tickets import base45
from dawr.tickets.cose import Algorithm, Sign1, decode_sign1, encode_header, to_be_signed
from dawr.tickets.keys import TicketKey, ticket_key
from dawr.tickets.model import TicketStatus, Verdict
from dawr.tickets.payload import PREFIX, Claims, encode_claims, ticket_code
from dawr.tickets.verdict import Place, StatusList
from tests.unit.tickets.appointments import KEY, STARTS_AT, claims

NOURA = "نورة عبدالله سالم العتيق"
KHALED = "خالد ناصر فهد الغيم"
LAST_YEARS_KEY = ticket_key(b"\x15" * 32)
STRANGERS_KEY = ticket_key(b"\x25" * 32)

KEY_SETS = {"published": [KEY.public, LAST_YEARS_KEY.public], "after a revocation": [KEY.public]}
"""The issuer's keys as they are published, and as they are once last year's has been revoked."""

GATE = Place(
    office_id=claims().office_id,
    timezone="Asia/Kuwait",
    now=STARTS_AT,
    status_list=StatusList(as_of_at=STARTS_AT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A code that is held before a gate, and what the gate has to say of it.

    `done` says what somebody did, `printed` what stands on his paper where that is not what was signed. `holder` is the
    name that the screen shows: the signed one, or None where nothing is proven.
    """

    name: str
    done: str
    code: str
    verdict: Verdict
    holder: str | None = None
    printed: Mapping[str, str] = field(default_factory=dict)
    place: Place = GATE
    key_set: str = "published"


def gate(*, status: TicketStatus | None = None, listed_ago: timedelta = timedelta(0), **changes: Any) -> Place:
    """The gate of the honest ticket, with this status in its list and other things changed."""
    there = replace(GATE, **changes)
    statuses = {} if status is None else {claims().status_index: status}
    return replace(there, status_list=StatusList(as_of_at=there.now - listed_ago, statuses=statuses))


def issued(*, key: TicketKey = KEY, **changes: Any) -> str:
    """An honest ticket's code."""
    return ticket_code(replace(claims(NOURA), **changes), key=key)


def taken_apart(code: str) -> Sign1:
    return decode_sign1(base45.decode(code.removeprefix(PREFIX)))


def header(algorithm: int = Algorithm.ES256, *, key_id: bytes = KEY.key_id) -> bytes:
    return encode_header(algorithm, key_id=key_id)


def es256(protected: bytes, payload: bytes, *, key: TicketKey = KEY) -> bytes:
    """The signature that a key gives to whatever it is shown, the same each time."""
    signing = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.private.sign(to_be_signed(protected, payload), signing))
    return r.to_bytes(32) + s.to_bytes(32)


def coded(message: bytes) -> str:
    return PREFIX + base45.encode(message)


def enveloped(protected: Any, payload: Any, signature: Any, *, unprotected: Any = None) -> str:
    """Four things as an array, as a ticket has them, whether they belong together or not."""
    return coded(cbor2.dumps([protected, unprotected or {}, payload, signature], canonical=True))


def signed(payload: bytes | Claims, *, protected: bytes | None = None, key: TicketKey = KEY) -> str:
    """Any payload under any header, with a signature that is good for both."""
    encoded = encode_claims(payload) if isinstance(payload, Claims) else payload
    named = header(key_id=key.key_id) if protected is None else protected
    return enveloped(named, encoded, es256(named, encoded, key=key))

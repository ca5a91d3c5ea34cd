"""Laws of the ticket: what was signed comes back, and what was altered never verifies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import cbor2
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.refusal import Malformed
from dawr.tickets import base45
from dawr.tickets.cose import encode_header, sign1
from dawr.tickets.keys import key_set, ticket_key
from dawr.tickets.model import TicketId, Verdict
from dawr.tickets.payload import (
    CODE_CHARACTERS_PRINTED_MAX,
    PREFIX,
    Claims,
    Flag,
    encode_claims,
    read_code,
    shortened_name,
    ticket_code,
)
from dawr.tickets.verdict import Place, StatusList, prove, verify

KEY = ticket_key(b"\x01" * 32)
STRANGER = ticket_key(b"\x02" * 32)
KEYS = key_set([KEY.public])
STARTS_AT = datetime(2027, 2, 4, 6, 30, tzinfo=UTC)
CLAIMS = Claims(
    issuer=AuthorityId("KW-MOI"),
    not_before_at=STARTS_AT - timedelta(minutes=30),
    expires_at=STARTS_AT + timedelta(hours=5),
    ticket_id=TicketId(bytes(range(10))),
    service_id=ServiceId("KW-MOI/18"),
    office_id=OfficeId("KW-MOI/HAW"),
    starts_at=STARTS_AT,
    minutes=30,
    identity=bytes(range(16)),
    name="نورة عبدالله سالم العتيق",
    status_index=41,
)
PLACE = Place(
    office_id=CLAIMS.office_id, timezone="Asia/Kuwait", now=STARTS_AT, status_list=StatusList(as_of_at=STARTS_AT)
)

codes = st.from_regex(r"[A-Z0-9]([A-Z0-9-]{0,3}[A-Z0-9])?", fullmatch=True)
minutes = st.integers(0, 2**32 // 60).map(lambda minute: datetime.fromtimestamp(minute * 60, UTC))
seconds = st.integers(0, 2**32).map(lambda second: datetime.fromtimestamp(second, UTC))
names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"], include_characters=" "), min_size=1).filter(
    lambda name: len(name.encode()) <= 60
)


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    issuer = draw(codes)
    return Claims(
        issuer=AuthorityId(issuer),
        not_before_at=draw(seconds),
        expires_at=draw(seconds),
        ticket_id=TicketId(draw(st.binary(min_size=10, max_size=10))),
        service_id=ServiceId(f"{issuer}/{draw(codes)}"),
        office_id=OfficeId(f"{issuer}/{draw(codes)}"),
        starts_at=draw(minutes),
        minutes=draw(st.integers(0, 1439)),
        identity=draw(st.binary(min_size=16, max_size=16)),
        name=draw(names),
        status_index=draw(st.integers(0, 2**32 - 1)),
        flags=Flag(draw(st.integers(0, 3))),
    )


@cache
def the_code() -> str:
    return ticket_code(CLAIMS, key=KEY)


@given(any_claims())
def test_what_was_signed_is_what_is_read(claims: Claims) -> None:
    code = ticket_code(claims, key=KEY)
    finding = prove(code, keys=KEYS)
    assert finding.verdict is Verdict.ADMIT
    assert finding.claims is not None
    assert replace(finding.claims, name=claims.name) == claims
    assert claims.name.startswith(finding.claims.name.split(" ")[0])
    assert len(code) <= CODE_CHARACTERS_PRINTED_MAX


def test_the_untouched_ticket_is_admitted() -> None:
    assert verify(the_code(), keys=KEYS, place=PLACE).verdict is Verdict.ADMIT


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_altering_any_byte_never_verifies(place: int, change: int) -> None:
    message = bytearray(base45.decode(the_code().removeprefix(PREFIX)))
    message[place % len(message)] ^= change
    assert verify(PREFIX + base45.encode(bytes(message)), keys=KEYS, place=PLACE).claims is None


def test_altering_any_bit_of_the_whole_message_never_verifies() -> None:
    message = base45.decode(the_code().removeprefix(PREFIX))
    for bit in range(8 * len(message)):
        altered = (int.from_bytes(message) ^ 1 << bit).to_bytes(len(message))
        assert prove(PREFIX + base45.encode(altered), keys=KEYS).claims is None, bit


@given(st.integers(0, 10**6), st.sampled_from(base45.ALPHABET))
def test_altering_any_character_never_verifies(place: int, character: str) -> None:
    code = the_code()
    place %= len(code)
    assume(code[place] != character)
    assert prove(code[:place] + character + code[place + 1 :], keys=KEYS).claims is None


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_cutting_a_piece_out_never_verifies(place: int, length: int) -> None:
    code = the_code()
    place %= len(code)
    assert prove(code[:place] + code[place + length :], keys=KEYS).claims is None


@given(any_claims())
@example(replace(CLAIMS, name="غيره"))
@example(replace(CLAIMS, office_id=OfficeId("KW-MOI/AHM")))
@example(replace(CLAIMS, service_id=ServiceId("KW-MOI/19")))
@example(replace(CLAIMS, starts_at=STARTS_AT + timedelta(minutes=1)))
@example(replace(CLAIMS, expires_at=CLAIMS.expires_at + timedelta(seconds=1)))
@example(replace(CLAIMS, identity=bytes(16)))
@example(replace(CLAIMS, status_index=42))
@example(replace(CLAIMS, flags=Flag.PROXY))
def test_altering_any_field_under_the_old_signature_never_verifies(claims: Claims) -> None:
    assume(claims != CLAIMS)
    message, _ = read_code(the_code())
    forged = PREFIX + base45.encode(
        cbor2.dumps([message.protected, {}, encode_claims(claims), message.signature], canonical=True)
    )
    assert verify(forged, keys=KEYS, place=PLACE).verdict is Verdict.NOT_OURS


@given(any_claims())
def test_a_strangers_key_signs_nothing_of_ours(claims: Claims) -> None:
    assert prove(ticket_code(claims, key=STRANGER), keys=KEYS).verdict is Verdict.NOT_OURS
    borrowed_id = sign1(encode_claims(claims), key=STRANGER.private, key_id=KEY.key_id)
    assert prove(PREFIX + base45.encode(borrowed_id), keys=KEYS).verdict is Verdict.NOT_OURS


@given(st.text(max_size=700))
def test_no_text_at_all_makes_the_gate_stumble(text: str) -> None:
    assert verify(text, keys=KEYS, place=PLACE).claims is None
    assert verify(PREFIX + text, keys=KEYS, place=PLACE).claims is None


@given(st.binary(max_size=300))
def test_no_signed_payload_at_all_makes_the_reader_stumble(payload: bytes) -> None:
    code = PREFIX + base45.encode(sign1(payload, key=KEY.private, key_id=KEY.key_id))
    try:
        _, claims = read_code(code)
    except Malformed:
        return
    assert encode_claims(claims) == payload


def the_entries() -> dict[Any, Any]:
    entries: dict[Any, Any] = cbor2.loads(encode_claims(CLAIMS))
    return entries


def signed(payload: bytes) -> str:
    return PREFIX + base45.encode(sign1(payload, key=KEY.private, key_id=KEY.key_id))


ODD_VALUES: list[tuple[int, Any]] = [
    (1, "kw-moi"), (1, "KW-MOI-XY"), (1, ""), (1, b"KW-MOI"), (1, "KW/MOI"), (4, -1), (4, 2**40), (4, 1.5), (4, True),
    (5, "1"), (7, b"short"), (7, bytes(11)), (-65537, ["18", "HAW", 1]), (-65537, ["18", "HAW", 1, 1, 1]),
    (-65537, ["18", "HAW", -1, 30]), (-65537, ["18", "HAW", 1, 1440]), (-65537, {}), (-65537, ["18", "", 1, 1]),
    (-65538, bytes(15)), (-65538, "x" * 16), (-65539, ""), (-65539, "ن" * 31), (-65539, "a\u202eb"), (-65539, b"name"),
    (-65541, -1), (-65541, 2**32), (-65542, 4), (-65542, False),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), ODD_VALUES)
def test_a_claim_of_the_wrong_shape_is_damage_even_under_a_good_signature(key: int, value: Any) -> None:
    payload = cbor2.dumps(the_entries() | {key: value}, canonical=True)
    assert prove(signed(payload), keys=KEYS).verdict is Verdict.DAMAGED_CODE


def test_unknown_missing_and_double_claims_are_damage() -> None:
    entries = the_entries()
    assert prove(signed(cbor2.dumps(entries, canonical=True)), keys=KEYS).verdict is Verdict.ADMIT
    payloads = [cbor2.dumps(entries | {9: 1}, canonical=True), cbor2.dumps([1], canonical=True)]
    payloads += [cbor2.dumps({k: v for k, v in entries.items() if k != key}, canonical=True) for key in entries]
    whole = cbor2.dumps(entries, canonical=True)
    payloads.append(bytes([whole[0] + 1]) + whole[1:] + cbor2.dumps({1: "KW-MOI"})[1:])
    payloads.append(cbor2.dumps({1.0 if k == 1 else k: v for k, v in entries.items()}, canonical=True))
    for payload in payloads:
        assert prove(signed(payload), keys=KEYS).verdict is Verdict.DAMAGED_CODE, payload.hex()


def test_another_spelling_of_the_same_claims_is_damage() -> None:
    whole = encode_claims(CLAIMS)
    indefinite = b"\xbf" + whole[1:] + b"\xff"
    backwards = cbor2.dumps(dict(reversed(the_entries().items())))
    long_map = b"\xb8" + bytes([whole[0] & 0x1F]) + whole[1:]
    for payload in (indefinite, backwards, long_map, whole + b"\x00"):
        assert prove(signed(payload), keys=KEYS).verdict is Verdict.DAMAGED_CODE


def test_only_the_bare_array_of_four_is_a_ticket() -> None:
    message, _ = read_code(the_code())
    good = [message.protected, {}, message.payload, message.signature]
    odd: list[Any] = [
        cbor2.CBORTag(18, good),
        [*good, b""],
        good[:3],
        [message.protected, {4: KEY.key_id}, message.payload, message.signature],
        [b"", {1: -7, 4: KEY.key_id}, message.payload, message.signature],
        [encode_header(-7, key_id=KEY.key_id[:7]), {}, message.payload, message.signature],
        [cbor2.dumps({1: -7, 4: KEY.key_id, 3: 0}), {}, message.payload, message.signature],
        [cbor2.dumps({4: KEY.key_id, 1: -7}), {}, message.payload, message.signature],
        [message.protected, {}, message.payload, message.signature + b"\x00"],
        [message.protected, {}, message.payload, message.signature[:63]],
    ]
    assert prove(PREFIX + base45.encode(cbor2.dumps(good, canonical=True)), keys=KEYS).verdict is Verdict.ADMIT
    for array in odd:
        code = PREFIX + base45.encode(cbor2.dumps(array))
        assert prove(code, keys=KEYS).verdict is Verdict.DAMAGED_CODE, array
    stretched = b"\x98\x04" + cbor2.dumps(good, canonical=True)[1:]
    assert prove(PREFIX + base45.encode(stretched), keys=KEYS).verdict is Verdict.DAMAGED_CODE


def test_the_header_cannot_swap_the_algorithm() -> None:
    message, _ = read_code(the_code())
    for algorithm in (-8, -35, -36):
        header = encode_header(algorithm, key_id=KEY.key_id)
        code = PREFIX + base45.encode(cbor2.dumps([header, {}, message.payload, message.signature], canonical=True))
        assert prove(code, keys=KEYS).verdict is Verdict.NOT_OURS


def test_a_code_of_more_than_600_characters_is_not_read() -> None:
    assert prove(the_code() + "0" * (601 - len(the_code())), keys=KEYS).verdict is Verdict.DAMAGED_CODE


@given(names, st.integers(1, 60))
def test_a_shortened_name_fits_and_keeps_its_beginning(name: str, room: int) -> None:
    short = shortened_name(name, bytes_max=room)
    assert len(short.encode()) <= room
    assert not short.split() or name.strip().startswith(short.split()[0])

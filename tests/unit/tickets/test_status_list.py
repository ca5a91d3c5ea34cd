"""A status list is small, says what was put in, and nobody else's bytes are taken for one."""

import random
import tracemalloc
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.tickets import base45
from dawr.tickets.cose import decode_sign1, sign1
from dawr.tickets.keys import key_set, ticket_key
from dawr.tickets.model import TicketStatus
from dawr.tickets.payload import PREFIX, encode_claims, read_code
from dawr.tickets.status_list import (
    BITS,
    MEDIA_TYPE,
    PACKED_BYTES_MAX,
    TAG,
    PackedStatuses,
    StatusListToken,
    decode,
    encode,
    pack,
    read_token,
    sign_token,
)
from dawr.tickets.verdict import STATUS_LIST_LIFE
from tests.unit.tickets.appointments import KEY, STARTS_AT, claims

KEYS = key_set([KEY.public])
STRANGER = ticket_key(b"\x06" * 32)
TOKEN = StatusListToken(
    subject="https://turns.example/status-lists/KW-MOI/HAW-R/2027-02-04",
    issued_at=STARTS_AT,
    expires_at=STARTS_AT + STATUS_LIST_LIFE,
    ttl_seconds=60,
    statuses=pack({0: TicketStatus.USED, 1: TicketStatus.VALID, 2: TicketStatus.CANCELLED}, bits=2),
)


@st.composite
def any_list(draw: st.DrawFn) -> tuple[int, list[int]]:
    bits = draw(st.sampled_from(sorted(BITS)))
    return bits, draw(st.lists(st.integers(0, 2**bits - 1), max_size=200))


@given(any_list())
def test_any_list_comes_back_and_says_nothing_past_its_end(made: tuple[int, list[int]]) -> None:
    bits, statuses = made
    packed = pack(dict(enumerate(statuses)), bits=bits)
    read = decode(encode(packed))
    assert read == packed
    assert [read.status_at(index) for index in range(len(statuses))] == statuses
    assert len(statuses) <= len(read) < len(statuses) + 8 // bits
    assert {read.status_at(index) for index in range(len(statuses), len(read))} <= {0}
    assert read.status_at(len(read)) is None
    assert read.status_at(-1) is None


def test_a_gap_is_valid_and_a_day_without_tickets_is_an_empty_list() -> None:
    gaps = pack({5: TicketStatus.USED}, bits=2)
    assert [gaps.status_at(index) for index in range(6)] == [0, 0, 0, 0, 0, TicketStatus.USED]
    empty = decode(encode(pack({}, bits=2)))
    assert len(empty) == 0
    assert empty.status_at(0) is None


def test_two_thousand_tickets_of_which_one_in_twenty_is_cancelled_take_about_134_bytes() -> None:
    sizes = []
    for day in range(20):
        cancelled = random.Random(day).sample(range(2000), 100)
        packed = pack({1999: TicketStatus.VALID} | dict.fromkeys(cancelled, TicketStatus.CANCELLED), bits=2)
        sizes.append(len(cbor2.loads(encode(packed))["lst"]))
    assert 120 <= sum(sizes) / len(sizes) <= 150, sizes


def listed(bits: object, packed: bytes, **more: object) -> bytes:
    return cbor2.dumps({"bits": bits, "lst": zlib.compress(packed), **more})


@pytest.mark.parametrize("bits", [0, 3, 16, -1, True, 2.0, "2", None])
def test_statuses_of_another_width_are_refused(bits: object) -> None:
    assert decode(listed(2, b"\xc9")).status_at(3) == 3
    with pytest.raises(Malformed, match="1, 2, 4 or 8 bits"):
        decode(listed(bits, b"\xc9"))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        cbor2.dumps([2, zlib.compress(b"\xc9")]),
        cbor2.dumps({"bits": 2}),
        cbor2.dumps({"lst": zlib.compress(b"\xc9")}),
        cbor2.dumps({"bits": 2, "lst": "text"}),
        cbor2.dumps({"bits": 2, "lst": b"\xc9"}),
        cbor2.dumps({"bits": 2, "lst": zlib.compress(b"\xc9" * 100)[:-1]}),
        cbor2.dumps({"bits": 2, "lst": zlib.compress(b"\xc9") + b"\x00"}),
        cbor2.dumps({"bits": 2, "lst": zlib.compress(b"\xc9")[:-1] + b"\x00"}),
        cbor2.dumps({"bits": 2, "lst": zlib.compress(b"\xc9", wbits=-15)}),
        listed(2, b"\xc9", more=1),
        listed(2, b"\xc9") + b"\x00",
    ],
)
def test_what_is_not_exactly_one_list_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed):
        decode(message)


def test_a_decompression_bomb_is_refused_and_the_longest_list_is_not() -> None:
    assert len(decode(listed(8, bytes(PACKED_BYTES_MAX)))) == PACKED_BYTES_MAX
    bomb = listed(8, bytes(20 * PACKED_BYTES_MAX))
    assert len(bomb) < PACKED_BYTES_MAX // 8
    for message in (listed(8, bytes(PACKED_BYTES_MAX + 1)), bomb):
        tracemalloc.start()
        with pytest.raises(Malformed, match="longer than any"):
            decode(message)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 4 * PACKED_BYTES_MAX, "it is not unpacked and then measured"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_malformed(message: bytes) -> None:
    for each in (message, cbor2.dumps({"bits": 2, "lst": message})):
        try:
            assert isinstance(decode(each), PackedStatuses)
        except Malformed:
            continue


@given(any_list(), st.integers(0, 2**33 - 1), st.integers(0, 10**6))
def test_what_was_signed_is_what_is_read(made: tuple[int, list[int]], seconds: int, ttl: int) -> None:
    bits, statuses = made
    issued_at = datetime.fromtimestamp(seconds, UTC)
    token = replace(TOKEN, issued_at=issued_at, ttl_seconds=ttl, statuses=pack(dict(enumerate(statuses)), bits=bits))
    assert read_token(sign_token(token, key=KEY), keys=KEYS) == token


def test_the_token_has_the_type_and_the_claims_of_the_draft() -> None:
    message = sign_token(TOKEN, key=KEY)
    assert message.startswith(TAG)
    signed = decode_sign1(message)
    assert signed.protected_header == {1: -7, 4: KEY.key_id, 16: "application/statuslist+cwt"}
    said = cbor2.loads(signed.payload)
    assert list(said) == sorted(said)
    assert said == {
        2: TOKEN.subject,
        4: int((STARTS_AT + timedelta(hours=2)).timestamp()),
        6: int(STARTS_AT.timestamp()),
        65533: cbor2.loads(encode(TOKEN.statuses)),
        65534: 60,
    }


def test_altering_any_bit_of_a_token_never_verifies() -> None:
    message = sign_token(TOKEN, key=KEY)
    assert read_token(message, keys=KEYS) == TOKEN
    assert read_token(message.removeprefix(TAG), keys=KEYS) == TOKEN
    for bit in range(8, 8 * len(message)):
        altered = (int.from_bytes(message) ^ 1 << bit).to_bytes(len(message))
        with pytest.raises(Malformed):
            read_token(altered, keys=KEYS)


def test_a_strangers_list_is_refused_even_under_our_keys_name() -> None:
    payload = decode_sign1(sign_token(TOKEN, key=KEY)).payload
    borrowed_id = sign1(payload, key=STRANGER.private, key_id=KEY.key_id, typ=MEDIA_TYPE)
    for message in (sign_token(TOKEN, key=STRANGER), borrowed_id):
        with pytest.raises(Malformed, match="none of these keys signed"):
            read_token(message, keys=KEYS)


def test_neither_is_a_ticket_a_list_nor_a_list_a_ticket() -> None:
    ticket = sign1(encode_claims(claims()), key=KEY.private, key_id=KEY.key_id)
    with pytest.raises(Malformed, match="not a status list token"):
        read_token(ticket, keys=KEYS)
    with pytest.raises(Malformed):
        read_code(PREFIX + base45.encode(sign_token(TOKEN, key=KEY).removeprefix(TAG)))
    dressed_up = sign1(encode_claims(claims()), key=KEY.private, key_id=KEY.key_id, typ=MEDIA_TYPE)
    with pytest.raises(Malformed, match="not exactly algorithm and key id"):
        read_code(PREFIX + base45.encode(dressed_up))


def signed(entries: object) -> bytes:
    return sign1(cbor2.dumps(entries), key=KEY.private, key_id=KEY.key_id, typ=MEDIA_TYPE)


HONEST: dict[int, object] = cbor2.loads(decode_sign1(sign_token(TOKEN, key=KEY)).payload)


@pytest.mark.parametrize(
    "entries",
    [
        *({key: value for key, value in HONEST.items() if key != missing} for missing in HONEST),
        HONEST | {7: b"more"},
        HONEST | {2: 5},
        HONEST | {4: -1},
        HONEST | {4: 2**40},
        HONEST | {6: 1.5},
        HONEST | {6: True},
        HONEST | {65534: "60"},
        HONEST | {65533: {}},
        HONEST | {65533: b""},
        [1],
    ],
)
def test_claims_of_another_shape_are_refused_even_under_a_good_signature(entries: object) -> None:
    assert read_token(signed(HONEST), keys=KEYS) == TOKEN
    with pytest.raises(Malformed):
        read_token(signed(entries), keys=KEYS)


@given(st.binary(max_size=200))
def test_no_signed_payload_at_all_makes_the_reader_stumble(payload: bytes) -> None:
    message = sign1(payload, key=KEY.private, key_id=KEY.key_id, typ=MEDIA_TYPE)
    with pytest.raises(Malformed):
        read_token(message, keys=KEYS)


@given(st.dictionaries(st.integers(0, 3999), st.sampled_from(TicketStatus), max_size=40))
def test_every_ticket_in_the_list_is_worth_what_was_said_of_it(told: Mapping[int, TicketStatus]) -> None:
    read = read_token(sign_token(replace(TOKEN, statuses=pack(told, bits=2)), key=KEY), keys=KEYS).statuses
    assert {index: read.status_at(index) for index in told} == told

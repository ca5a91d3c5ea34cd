"""The page and Python come to the same on whatever anybody shows, many at a time in one call."""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.refusal import Malformed
from dawr.kernel.text import clean_code
from dawr.tickets import base45
from dawr.tickets.cose import decode_cbor, sign1
from dawr.tickets.keys import jwk_set, key_set
from dawr.tickets.model import TicketId
from dawr.tickets.payload import Claims, Flag, encode_claims, read_code, ticket_code
from dawr.tickets.selection import decoy_name, has_second_look, lane_of
from dawr.tickets.status_list import MEDIA_TYPE, TAG, pack, read_token
from tests.forgeries.items import coded, enveloped, header, issued
from tests.forgeries.reading import CORPUS, found
from tests.gates_page.conftest import Asked
from tests.gates_page.test_corpus import by_python, with_its_day
from tests.unit.tickets.appointments import KEY, STARTS_AT

Item = dict[str, Any]

together = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = datetime(2027, 2, 4, 7, tzinfo=UTC)
NOW_MS = 1000 * int(NOW.timestamp())
PLACES = [0, 1, 2, 3, 7, 40, 2**31]

LETTERS = st.characters(exclude_categories=("Cs", "Cn"))
"""What this Python knows; a browser may know letters of a younger Unicode."""
CODES = st.from_regex(r"[A-Z0-9]([A-Z0-9-]{0,10}[A-Z0-9])?", fullmatch=True)
SECONDS = st.integers(0, 2**33 - 1).map(lambda second: datetime.fromtimestamp(second, UTC))
MINUTES = st.integers(0, 2**33 // 60 - 1).map(lambda minute: datetime.fromtimestamp(60 * minute, UTC))


@st.composite
def honest_claims(draw: st.DrawFn) -> Claims:
    issuer = draw(CODES.filter(lambda code: len(code) <= 8))
    return Claims(
        issuer=AuthorityId(issuer),
        not_before_at=draw(SECONDS),
        expires_at=draw(SECONDS),
        ticket_id=TicketId(draw(st.binary(min_size=10, max_size=10))),
        service_id=ServiceId(f"{issuer}/{draw(CODES)}"),
        office_id=OfficeId(f"{issuer}/{draw(CODES)}"),
        starts_at=draw(MINUTES),
        minutes=draw(st.integers(0, 1439)),
        identity=draw(st.binary(min_size=16, max_size=16)),
        name=draw(st.text(LETTERS, min_size=1, max_size=30).filter(lambda name: len(name.encode()) <= 60)),
        status_index=draw(st.integers(0, 2**32 - 1)),
        flags=draw(st.sampled_from(list(map(Flag, range(4))))),
    )


VALUES = st.one_of(
    st.integers(-(2**65), 2**65), st.binary(max_size=20), st.text(LETTERS, max_size=20), st.booleans(), st.none(),
    st.floats(), st.lists(st.integers(0, 99), max_size=4),
)  # fmt: skip


@st.composite
def other_payloads(draw: st.DrawFn) -> bytes:
    """Claims with one of another value, or another key, or a byte changed."""
    entries = cbor2.loads(encode_claims(draw(honest_claims())))
    changed = {**entries, draw(st.sampled_from([*entries, 2, 9, "nm"])): draw(VALUES)}
    payload = bytearray(cbor2.dumps(changed, canonical=draw(st.booleans())))
    if draw(st.booleans()):
        payload[draw(st.integers(0, len(payload) - 1))] = draw(st.integers(0, 255))
    return bytes(payload)


def told(claims: Claims) -> Item:
    return {
        "issuer": claims.issuer,
        "notBeforeMs": 1000 * int(claims.not_before_at.timestamp()),
        "expiresMs": 1000 * int(claims.expires_at.timestamp()),
        "ticketId": claims.ticket_id.hex(),
        "service": claims.service_id,
        "office": claims.office_id,
        "startsMs": 1000 * int(claims.starts_at.timestamp()),
        "minutes": claims.minutes,
        "identity": claims.identity.hex(),
        "name": claims.name,
        "statusIndex": claims.status_index,
        "flags": claims.flags.value,
    }


def read_by_python(code: str) -> Item | None:
    try:
        return told(read_code(code)[1])
    except Malformed:
        return None


@together
@given(st.lists(honest_claims(), min_size=1, max_size=20))
def test_any_ticket_says_the_same_to_both(ask: Asked, many: Sequence[Claims]) -> None:
    codes = [ticket_code(claims, key=KEY) for claims in many]
    assert ask("claims", codes) == [read_by_python(code) for code in codes]


@together
@given(st.lists(other_payloads(), min_size=1, max_size=40))
def test_a_payload_of_any_other_shape_is_read_alike_or_refused_by_both(ask: Asked, payloads: Sequence[bytes]) -> None:
    codes = [enveloped(header(), payload, bytes(64)) for payload in payloads]
    assert ask("claims", codes) == [read_by_python(code) for code in codes]


@together
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(base45.ALPHABET)), min_size=1, max_size=60))
def test_a_code_with_any_character_changed_is_read_alike_or_refused_by_both(
    ask: Asked, changes: Sequence[tuple[int, str]]
) -> None:
    honest = issued()
    places = [(place % len(honest), character) for place, character in changes]
    codes = [honest[:place] + character + honest[place + 1 :] for place, character in places]
    assert ask("claims", codes) == [read_by_python(code) for code in codes]


@together
@given(st.lists(st.one_of(st.text(LETTERS, max_size=80), st.text(base45.ALPHABET, max_size=80)), max_size=40))
def test_any_text_at_all_is_decoded_alike_or_refused_by_both(ask: Asked, texts: Sequence[str]) -> None:
    def decoded(text: str) -> str | None:
        try:
            return base45.decode(text).hex()
        except Malformed:
            return None

    assert ask("base45", texts) == [decoded(text) for text in texts]
    assert ask("claims", [f"DW1:{text}" for text in texts]) == [read_by_python(f"DW1:{text}") for text in texts]


@together
@given(st.lists(st.binary(max_size=40), max_size=60))
def test_bytes_that_the_page_takes_for_cbor_python_takes_too(ask: Asked, items: Sequence[bytes]) -> None:
    for item, is_read in zip(items, ask("isCbor", [item.hex() for item in items]), strict=True):
        if is_read:
            decode_cbor(item)
    codes = [coded(item) for item in items]
    assert ask("claims", codes) == [read_by_python(code) for code in codes]


PLAIN = st.recursive(
    st.one_of(st.integers(-(2**31), 2**53 - 1), st.binary(max_size=300), st.text(LETTERS, max_size=40)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=30), st.dictionaries(st.integers(-70_000, 70_000), inner, max_size=30)
    ),
    max_leaves=40,
).filter(lambda item: depth(item) <= 8)  # fmt: skip


def depth(item: object) -> int:
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return max((1 + depth(each) for each in inner), default=0)


@together
@given(st.lists(PLAIN, max_size=10))
def test_what_python_encodes_in_order_the_page_reads_and_encodes_to_the_same(
    ask: Asked, many: Sequence[object]
) -> None:
    items = [cbor2.dumps(item, canonical=True).hex() for item in many]
    assert ask("cbor", {"items": items, "isOrdered": True}) == items


@together
@given(st.lists(st.text(LETTERS, max_size=30), max_size=60))
def test_a_typed_number_is_cleaned_alike(ask: Asked, texts: Sequence[str]) -> None:
    assert ask("cleaned", texts) == [clean_code(text) for text in texts]


@together
@given(
    st.binary(min_size=1, max_size=80), st.binary(min_size=1, max_size=80),
    st.lists(st.binary(min_size=10, max_size=10), min_size=1, max_size=100, unique=True),
)  # fmt: skip
def test_any_day_chooses_alike(ask: Asked, lane_key: bytes, secret: bytes, ids: Sequence[bytes]) -> None:
    names = ["سالم ناصر", "نورة فهد", "خالد عيسى"]
    tickets = [{"ticket_id": each.hex(), "signed_name": names[each[0] % 4] if each[0] % 4 < 3 else "-"} for each in ids]
    day = {"lane_key": lane_key.hex(), "secret": secret.hex(), "names": names, "tickets": tickets}
    assert ask("choices", day) == [
        {
            "lanes": [lane_of(lane_key, ticket_id, lanes_open=lanes) for lanes in (1, 4, 7)],
            "second_look": has_second_look(secret, ticket_id),
            "decoy_name": decoy_name(secret, ticket_id, signed_name=ticket["signed_name"], names=names),
        }
        for ticket_id, ticket in zip(map(TicketId, ids), tickets, strict=True)
    ]


AROUND = st.one_of(
    st.sampled_from([-90, -30, 0, 240, 870, 2310]).flatmap(
        lambda minute: st.integers(60 * minute - 1, 60 * minute + 1)
    ),
    st.integers(-200_000, 200_000),
)


@st.composite
def shown_somewhere(draw: st.DrawFn) -> Item:
    """The honest ticket at any time and gate, with a list of any age that may know of it."""
    now = STARTS_AT + timedelta(seconds=draw(AROUND))
    age = timedelta(seconds=draw(st.one_of(st.integers(-600, 10_000), st.integers(7199, 7201))))
    return with_its_day(
        {
            "code": issued(),
            "key_set": draw(st.sampled_from(["published", "after a revocation"])),
            "place": {
                "office_id": draw(st.sampled_from(["KW-MOI/HAW-R", "KW-MOI/HAW-R", "KW-MOI/AHM-R"])),
                "timezone": draw(st.sampled_from(["Asia/Kuwait", "Asia/Damascus", "Asia/Riyadh", "UTC"])),
                "service_ids": draw(st.sampled_from([None, None, ["KW-MOI/18"], ["KW-MOI/20"], []])),
                "now": now.isoformat(),
            },
            "status_list": {
                "as_of_at": (now - age).isoformat(),
                "statuses": draw(st.dictionaries(st.sampled_from(["12", "13"]), st.integers(0, 3))),
            },
        }
    )


@together
@given(st.lists(shown_somewhere(), min_size=1, max_size=40))
def test_any_place_and_time_gives_the_same_verdict(ask: Asked, items: Sequence[Item]) -> None:
    assert ask("verdicts", {**CORPUS, "items": items}) == [by_python(item) for item in items]
    assert all(found(item).claims for item in items)


@st.composite
def listings(draw: st.DrawFn) -> bytes:
    """Status list tokens that our key signed, sound and otherwise."""
    bits = draw(st.sampled_from([1, 2, 4, 8]))
    statuses = pack(draw(st.dictionaries(st.integers(0, 90), st.integers(0, 2**bits - 1))), bits=bits)
    packed = draw(st.sampled_from([statuses.packed, bytes(2**20), bytes(2**20 + 1)]))
    stream = bytearray(zlib_of(packed))
    change = draw(st.sampled_from(["none", "none", "cut", "followed", "bit"]))
    if change == "cut":
        del stream[draw(st.integers(0, len(stream) - 1)) :]
    elif change == "followed":
        stream += b"\x00"
    elif change == "bit":
        stream[draw(st.integers(0, len(stream) - 1))] ^= 1 << draw(st.integers(0, 7))
    claims: dict[Any, Any] = {
        2: "https://turns.example/status-lists/HAW-R/2027-02-04",
        4: draw(st.sampled_from([NOW_MS // 1000 + 7200, NOW_MS // 1000 + 7200, -1, "soon"])),
        6: NOW_MS // 1000 - draw(st.sampled_from([-300, 0, 60, 100_000])),
        65533: {"bits": draw(st.sampled_from([bits, bits, 3])), "lst": bytes(stream)},
        65534: draw(st.sampled_from([60, 60, 60, True, None])),
    }
    if draw(st.integers(0, 9)) == 0:
        del claims[draw(st.sampled_from(list(claims)))]
    typ = draw(st.sampled_from([MEDIA_TYPE, MEDIA_TYPE, MEDIA_TYPE, None]))
    tag = draw(st.sampled_from([TAG, b"", b"\xd8\x3d"]))
    return tag + sign1(cbor2.dumps(claims), key=KEY.private, key_id=KEY.key_id, typ=typ)


def zlib_of(packed: bytes) -> bytes:
    return zlib.compress(packed, level=9)


def token_by_python(message: bytes) -> Item | None:
    try:
        token = read_token(message, keys=key_set([KEY.public]))
    except Malformed:
        return None
    return {
        "subject": token.subject,
        "issuedMs": 1000 * int(token.issued_at.timestamp()),
        "expiresMs": 1000 * int(token.expires_at.timestamp()),
        "ttlSeconds": token.ttl_seconds,
        "at": [token.statuses.status_at(place) for place in PLACES],
    }


@together
@given(st.lists(listings(), min_size=1, max_size=15))
def test_any_status_list_says_the_same_to_both_or_is_refused_by_both(ask: Asked, messages: Sequence[bytes]) -> None:
    asked = {"key_set": jwk_set([KEY.public]), "now_ms": NOW_MS, "places": PLACES}
    read = ask("tokens", {**asked, "messages": [message.hex() for message in messages]})
    assert read == [token_by_python(message) for message in messages]


@together
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=40))
def test_a_status_list_with_any_bit_changed_is_refused(ask: Asked, bits: Sequence[tuple[int, int]]) -> None:
    claims = {2: "x", 4: 1, 6: NOW_MS // 1000, 65533: {"bits": 2, "lst": zlib_of(bytes(8))}, 65534: 60}
    token = TAG + sign1(cbor2.dumps(claims), key=KEY.private, key_id=KEY.key_id, typ=MEDIA_TYPE)
    altered = []
    for place, bit in bits:
        message = bytearray(token)
        message[place % len(message)] ^= 1 << bit
        altered.append(bytes(message))
    asked = {"key_set": jwk_set([KEY.public]), "now_ms": NOW_MS, "places": PLACES}
    assert ask("tokens", {**asked, "messages": [token.hex()]}) == [token_by_python(token)]
    assert ask("tokens", {**asked, "messages": [each.hex() for each in altered]}) == [None] * len(altered)

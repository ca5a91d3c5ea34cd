"""Texts that are no ticket, and other spellings of one, many of them under a signature that is good for them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import cbor2

from dawr.tickets.base45 import ALPHABET
from dawr.tickets.model import Verdict
from dawr.tickets.payload import PREFIX, encode_claims
from tests.forgeries.items import NOURA, Item, coded, enveloped, es256, header, issued, signed, taken_apart
from tests.unit.tickets.appointments import KEY, claims

ISSUER, EXPIRES, NOT_BEFORE, TICKET = 1, 4, 5, 7
SLOT, IDENTITY, NAME, INDEX, FLAGS = -65537, -65538, -65539, -65541, -65542


def foreign_texts() -> Iterator[Item]:
    """What else is in square codes."""
    honest = issued()
    texts = {
        "nothing": "",
        "an address": "https://turns.example/tickets/18",
        "a number": "290010112345",
        "a reference": "4K7P-2M",
        "JSON": json.dumps({"name": NOURA, "office": "KW-MOI/HAW-R", "valid": True}, ensure_ascii=False),
        "a JSON Web Token": "eyJhbGciOiJub25lIn0.eyJuYW1lIjoiTm91cmEifQ.",
        "a visiting card": f"BEGIN:VCARD\nFN:{NOURA}\nEND:VCARD",
        "a wireless network": "WIFI:T:WPA;S:DW1;P:DW1;;",
        "another version": honest.replace(PREFIX, "DW2:", 1),
        "no prefix": honest.removeprefix(PREFIX),
        "prefix in small letters": honest.replace(PREFIX, "dw1:", 1),
        "prefix in wide letters": honest.replace(PREFIX, "ＤＷ１：", 1),
        "a space before": " " + honest,
        "a mark of direction before": "\u200f" + honest,
        "first character lost": honest[1:],
    }
    for what, text in texts.items():
        yield Item(name=f"text: {what}", done="something else was shown", code=text, verdict=Verdict.NOT_OURS)


def damaged_texts() -> Iterator[Item]:
    """Ours by the prefix, and not whole, or with something added."""
    honest = issued()
    body = honest.removeprefix(PREFIX)
    digit = next(character for character in body if character.isdigit())
    valid = json.dumps({"NAME": "NOURA", "VALID": 1})
    texts = {
        "prefix alone": PREFIX,
        "prefix twice": PREFIX + honest,
        "last character lost": honest[:-1],
        "last group lost": honest[:-3],
        "half": honest[: len(honest) // 2],
        "one character": PREFIX + "0",
        "a picture of a face after": honest + "\N{GRINNING FACE}" * (600 - len(honest)),
        "601 characters": honest + "0" * (601 - len(honest)),
        "two codes in one": honest + honest,
        "a line break after": honest + "\n",
        "a space within": f"{honest[:40]} {honest[40:]}",
        "in small letters": PREFIX + body.lower(),
        "an Arabic digit": PREFIX + body.replace(digit, "٠١٢٣٤٥٦٧٨٩"[int(digit)], 1),
        "a wide letter": PREFIX + _replaced(body, "A", "Ａ"),
        "a Kelvin sign for K": PREFIX + _replaced(body, "K", "\N{KELVIN SIGN}"),
        "a long s for S": PREFIX + _replaced(body, "S", "\N{LATIN SMALL LETTER LONG S}"),
        "an invisible character": f"{honest[:50]}\N{ZERO WIDTH SPACE}{honest[50:]}",
        "a group too large": PREFIX + _wrapped_around(body),
        "JSON after the prefix": PREFIX + json.dumps({"name": "Noura", "valid": True}),
        "JSON in base45": coded(valid.encode()),
        "another ticket's text in base45": coded(honest.encode()),
    }
    for what, text in texts.items():
        yield _damaged(f"text: {what}", "the text was cut, stretched or respelled", text)


def other_cbor() -> Iterator[Item]:
    """Good base45 of good CBOR that is no ticket."""
    things: dict[str, Any] = {
        "a number": 1,
        "nothing": None,
        "a text": "DW1",
        "a map": {1: "KW-MOI"},
        "an empty array": [],
        "four numbers": [1, 2, 3, 4],
        "four empty strings": [b"", {}, b"", b""],
        "claims without an envelope": cbor2.loads(encode_claims(claims(NOURA))),
        "arrays in arrays": _nested(200),
    }
    for what, thing in things.items():
        yield _damaged(f"CBOR: {what}", "encoded like a ticket", coded(cbor2.dumps(thing)))
    announced = {
        "an array of 2^32": b"\x9a\xff\xff\xff\xff",
        "a string of 2^63": b"\x5b\x80" + bytes(7),
        "an undefined length": b"\x1f",
        "a break alone": b"\xff",
    }
    for what, message in announced.items():
        yield _damaged(f"CBOR: {what}", "announces more than there is", coded(message))


def other_envelopes() -> Iterator[Item]:
    """The honest parts in another envelope: there is one, and everything else may be read in two ways."""
    honest = taken_apart(issued())
    protected, payload, signature = honest.protected, honest.payload, honest.signature
    parts = [protected, {}, payload, signature]
    whole = cbor2.dumps(parts, canonical=True)
    halves = b"".join(cbor2.dumps(half) for half in (payload[:80], payload[80:]))
    before, after = cbor2.dumps(protected) + b"\xa0", cbor2.dumps(signature)
    envelopes = {
        "tagged as COSE_Sign1": b"\xd2" + whole,
        "tagged as COSE_Sign": b"\xd8\x62" + whole,
        "tagged as CWT": b"\xd8\x3d\xd2" + whole,
        "tagged as CBOR": b"\xd9\xd9\xf7" + whole,
        "of indefinite length": b"\x9f" + whole[1:] + b"\xff",
        "length in two bytes": b"\x98\x04" + whole[1:],
        "payload in pieces": b"\x84" + before + b"\x5f" + halves + b"\xff" + after,
        "payload's length in three bytes": b"\x84" + before + b"\x59" + len(payload).to_bytes(2) + payload + after,
        "a byte after": whole + b"\x00",
        "a second ticket after": whole + whole,
        "a byte short": whole[:-1],
        "a fifth part": cbor2.dumps([*parts, None]),
        "three parts": cbor2.dumps(parts[:3]),
        "no payload": cbor2.dumps([protected, {}, None, signature]),
        "payload as a map": cbor2.dumps([protected, {}, cbor2.loads(payload), signature]),
        "payload as text": cbor2.dumps([protected, {}, NOURA, signature]),
        "header as a map": cbor2.dumps([cbor2.loads(protected), {}, payload, signature]),
        "embedded in a string": cbor2.dumps(whole),
        "key id repeated outside": cbor2.dumps([protected, {4: KEY.key_id}, payload, signature]),
        "something outside the signature": cbor2.dumps([protected, {"note": "VIP"}, payload, signature]),
        "null for the outer header": cbor2.dumps([protected, None, payload, signature]),
    }
    for what, message in envelopes.items():
        yield _damaged(f"envelope: {what}", "the honest parts, encoded otherwise", coded(message))


def other_headers() -> Iterator[Item]:
    """Headers that are not exactly an algorithm and a key id, each signed with our key all the same."""
    kid = KEY.key_id
    good = header()
    headers = {
        "empty": b"",
        "an empty map": b"\xa0",
        "no key id": cbor2.dumps({1: -7}),
        "no algorithm": cbor2.dumps({4: kid}),
        "key id of 7 bytes": header(key_id=kid[:7]),
        "key id of 9 bytes": header(key_id=kid + b"\x00"),
        "key id as text": cbor2.dumps({1: -7, 4: kid.hex()[:8]}),
        "algorithm as text": cbor2.dumps({1: "ES256", 4: kid}),
        "algorithm as a fraction": cbor2.dumps({1: -7.0, 4: kid}),
        "algorithm in two bytes": b"\xa2\x01\x38\x06" + good[3:],
        "algorithm twice": b"\xa3\x01\x26" + good[1:],
        "other order": cbor2.dumps({4: kid, 1: -7}),
        "of indefinite length": b"\xbf" + good[1:] + b"\xff",
        "a byte after": good + b"\x00",
        "a critical header": cbor2.dumps({1: -7, 2: [1], 4: kid}),
        "a content type": cbor2.dumps({1: -7, 3: 61, 4: kid}),
    }
    payload = encode_claims(claims(NOURA))
    for what, protected in headers.items():
        yield _damaged(f"header: {what}", "our key signed under this header", signed(payload, protected=protected))
    outside = enveloped(b"", payload, es256(b"", payload), unprotected={1: -7, 4: kid})
    yield _damaged("header: outside the signature", "algorithm and key id where anybody can change them", outside)


def other_claims() -> Iterator[Item]:
    """Claims of another shape, each signed with our key: a faulty issuer opens no gate either."""
    entries = _entries()
    slot = entries[SLOT]
    values: list[tuple[str, int, Any]] = [
        ("issuer in small letters", ISSUER, "kw-moi"),
        ("issuer of nine characters", ISSUER, "KW-MOI-XY"),
        ("issuer as bytes", ISSUER, b"KW-MOI"),
        ("issuer with a slash", ISSUER, "KW/MOI"),
        ("end as text", EXPIRES, "1801737000"),
        ("end as a fraction", EXPIRES, 1801737000.0),
        ("end below zero", EXPIRES, -1),
        ("end in the year 36812", EXPIRES, 2**40),
        ("end as a yes", EXPIRES, True),
        ("end as a large number", EXPIRES, 2**64),
        ("beginning as nothing", NOT_BEFORE, None),
        ("ticket id of nine bytes", TICKET, bytes(9)),
        ("ticket id as text", TICKET, "0123456789"),
        ("slot of three", SLOT, slot[:3]),
        ("slot of five", SLOT, [*slot, 0]),
        ("slot as a map", SLOT, dict(enumerate(slot))),
        ("slot of a whole day", SLOT, [*slot[:3], 1440]),
        ("office with a way out", SLOT, [slot[0], "../AHM", *slot[2:]]),
        ("identity of 15 bytes", IDENTITY, bytes(15)),
        ("name empty", NAME, ""),
        ("name of 62 bytes", NAME, "ن" * 31),
        ("name as bytes", NAME, NOURA.encode()),
        ("name turned around", NAME, f"\N{RIGHT-TO-LEFT OVERRIDE}{NOURA}"),
        ("name of two lines", NAME, "نورة\nخالد"),
        ("name with a joiner", NAME, "نورة\N{ZERO WIDTH JOINER}خالد"),
        ("name with another space", NAME, "نورة\N{NO-BREAK SPACE}خالد"),
        ("name with a mark before it", NAME, f"\N{ZERO WIDTH NO-BREAK SPACE}{NOURA}"),
        ("name as its parts", NAME, NOURA.split()),
        ("service of 13 characters", SLOT, ["1" * 13, *slot[1:]]),
        ("service that ends with a hyphen", SLOT, ["18-", *slot[1:]]),
        ("service as a number", SLOT, [18, *slot[1:]]),
        ("minute in the year 2242", SLOT, [*slot[:2], 2**33 // 60, slot[3]]),
        ("end undefined", EXPIRES, cbor2.undefined),
        ("end not a number", EXPIRES, float("nan")),
        ("end as a simple value", EXPIRES, cbor2.CBORSimpleValue(99)),
        ("place in the list below zero", INDEX, -1),
        ("place in the list past the end", INDEX, 2**32),
        ("flags as a no", FLAGS, False),
        ("flags unknown", FLAGS, 4),
    ]
    for what, key, value in values:
        payload = cbor2.dumps(entries | {key: value}, canonical=True)
        yield _damaged(f"claims: {what}", "our key signed a claim of another shape", signed(payload))
    for key in entries:
        payload = cbor2.dumps({other: entries[other] for other in entries if other != key}, canonical=True)
        yield _damaged(f"claims: {key} missing", "our key signed all but one claim", signed(payload))


def respelled_claims() -> Iterator[Item]:
    """The honest claims, spelled otherwise and signed with our key: what can be spelled twice can be read twice."""
    entries = _entries()
    whole = encode_claims(claims(NOURA))
    index, name = cbor2.dumps(entries[INDEX]), entries[NAME].encode()
    payloads = {
        "of indefinite length": b"\xbf" + whole[1:] + b"\xff",
        "length in two bytes": b"\xb8" + bytes([whole[0] & 0x1F]) + whole[1:],
        "backwards": cbor2.dumps(dict(reversed(entries.items()))),
        "a byte after": whole + b"\x00",
        "claims twice": whole + whole,
        "one unknown more": cbor2.dumps(entries | {9: 1}, canonical=True),
        "one unknown text more": cbor2.dumps(entries | {"vip": True}, canonical=True),
        "issuer twice": bytes([whole[0] + 1]) + b"\x01" + cbor2.dumps("KW-MOI") + whole[1:],
        "key as a fraction": _spelled(entries, keys={ISSUER: cbor2.dumps(1.0)}),
        "key in two bytes": _spelled(entries, keys={ISSUER: b"\x18\x01"}),
        "key as text": _spelled(entries, keys={ISSUER: cbor2.dumps("1")}),
        "index in two bytes": _spelled(entries, values={INDEX: b"\x18" + index}),
        "index as a bignum": _spelled(entries, values={INDEX: b"\xc2\x41" + index}),
        "index as a half fraction": _spelled(entries, values={INDEX: b"\xf9\x4a\x00"}),
        "end as a date": _spelled(entries, values={EXPIRES: b"\xc1" + cbor2.dumps(entries[EXPIRES])}),
        "name in pieces": _spelled(entries, values={NAME: b"\x7f" + cbor2.dumps(entries[NAME]) + b"\xff"}),
        "name tagged": _spelled(entries, values={NAME: b"\xd8\x20" + cbor2.dumps(entries[NAME])}),
        "name not UTF-8": _spelled(entries, values={NAME: b"\x62\xd9\x20"}),
        "name's length in three bytes": _spelled(entries, values={NAME: b"\x79" + len(name).to_bytes(2) + name}),
        "an array": cbor2.dumps(list(entries.values())),
        "nothing": b"",
        "JSON": json.dumps({"iss": "KW-MOI", "nm": NOURA}, ensure_ascii=False).encode(),
    }
    for what, payload in payloads.items():
        yield _damaged(f"spelling: {what}", "our key signed another spelling", signed(payload))


def _entries() -> dict[int, Any]:
    entries: dict[int, Any] = cbor2.loads(encode_claims(claims(NOURA)))
    return entries


def _spelled(
    entries: Mapping[int, Any], *, keys: Mapping[int, bytes] | None = None, values: Mapping[int, bytes] | None = None
) -> bytes:
    """The claims in their order, some keys or values in bytes of one's own."""
    pairs = [
        (keys or {}).get(key, cbor2.dumps(key)) + (values or {}).get(key, cbor2.dumps(value))
        for key, value in entries.items()
    ]
    return bytes([0xA0 | len(pairs)]) + b"".join(pairs)


def _nested(depth: int) -> list[Any]:
    nest: list[Any] = []
    for _ in range(depth):
        nest = [nest]
    return nest


def _replaced(text: str, character: str, other: str) -> str:
    assert character in text, "the honest code has one to replace"
    return text.replace(character, other, 1)


def _wrapped_around(body: str) -> str:
    """One group stands for 65,536 more than it should: the same two bytes to whoever lets the rest fall."""
    for start in range(0, len(body), 3):
        low, middle, high = (ALPHABET.index(character) for character in body[start : start + 3])
        number = low + 45 * middle + 45**2 * high + 2**16
        if number < 45**3:
            group = ALPHABET[number % 45] + ALPHABET[number // 45 % 45] + ALPHABET[number // 45**2]
            return body[:start] + group + body[start + 3 :]
    raise AssertionError("no group of this code has room")


def _damaged(name: str, done: str, code: str) -> Item:
    return Item(name=name, done=done, code=code, verdict=Verdict.DAMAGED_CODE)

"""COSE_Sign1 against the examples of cose-wg/Examples: read as another issuer's, and none of them a ticket."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.tickets import base45
from dawr.tickets.cose import (
    Algorithm,
    Sign1,
    VerifyingKey,
    decode_sign1,
    is_signed_by,
    sign1,
    to_be_signed,
)
from dawr.tickets.keys import public_from_bytes, ticket_key
from dawr.tickets.payload import PREFIX, encode_claims, read_code
from tests import vectors_folder
from tests.unit.tickets.appointments import claims

TAG = b"\xd2"

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
GOOD = {
    "ecdsa-sig-01", "ecdsa-sig-02", "ecdsa-sig-03", "ecdsa-sig-04", "eddsa-sig-01", "eddsa-sig-02",
    "sign-pass-01", "sign-pass-02", "sign-pass-03",
}  # fmt: skip
BAD = {"sign-fail-01", "sign-fail-02", "sign-fail-03", "sign-fail-04", "sign-fail-06", "sign-fail-07"}


def the_example(name: str) -> tuple[bytes, VerifyingKey, bytes, dict[str, Any]]:
    """Message, key, external data and the whole example."""
    example = json.loads((vectors_folder("cose") / f"{name}.json").read_text())
    signer = example["input"]["sign0"]
    key = VerifyingKey(algorithm=Algorithm[signer["alg"].upper()], public=the_public_key(signer["key"]))
    return bytes.fromhex(example["output"]["cbor"]), key, bytes.fromhex(signer.get("external", "")), example


def the_public_key(key: dict[str, str]) -> Any:
    if key["kty"] == "OKP":
        kind = ed25519.Ed25519PublicKey if key["crv"] == "Ed25519" else ed448.Ed448PublicKey
        return kind.from_public_bytes(coordinate(key, "x"))
    x, y = int.from_bytes(coordinate(key, "x")), int.from_bytes(coordinate(key, "y"))
    return ec.EllipticCurvePublicNumbers(x, y, CURVES[key["crv"]]).public_key()


def coordinate(key: dict[str, str], name: str) -> bytes:
    if hexadecimal := key.get(f"{name}_hex"):
        return bytes.fromhex(hexadecimal)
    return urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4))


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_good_message_of_another_issuer_is_accepted(name: str) -> None:
    message, key, external, example = the_example(name)
    decoded = decode_sign1(message)
    assert is_signed_by(key, decoded, external=external)
    signed = to_be_signed(decoded.protected, decoded.payload, external=external)
    assert signed.hex().upper() == example["intermediates"]["ToBeSign_hex"].upper()


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_message_is_refused(name: str) -> None:
    message, key, external, _ = the_example(name)
    try:
        decoded = decode_sign1(message)
    except Malformed:
        return
    assert not is_signed_by(key, decoded, external=external)


def test_each_published_sign1_example_is_in_one_of_the_lists() -> None:
    published = {file.stem for file in vectors_folder("cose").glob("*.json")}
    assert published == GOOD | BAD


KEY = ticket_key(b"\x07" * 32)
VERIFYING = VerifyingKey(algorithm=Algorithm.ES256, public=KEY.public)


def test_anothers_message_comes_through_base45_unharmed() -> None:
    for name in sorted(GOOD):
        message, key, external, _ = the_example(name)
        assert is_signed_by(key, decode_sign1(base45.decode(base45.encode(message))), external=external)


NOT_BARE, UNPROTECTED, RE_ENCODED = (
    "not a bare array of four",
    "a header outside the signature",
    "not the one deterministic encoding",
)
UNTAGGED = {"sign-pass-03"}


@pytest.mark.parametrize("name", sorted((GOOD | BAD) - UNTAGGED))
def test_no_tagged_message_is_a_ticket(name: str) -> None:
    message, *_ = the_example(name)
    with pytest.raises(Malformed, match=NOT_BARE):
        read_code(PREFIX + base45.encode(message))


@pytest.mark.parametrize("name", sorted((GOOD | BAD) - {"sign-fail-01"}))
def test_an_untagged_message_with_a_header_outside_the_signature_is_no_ticket(name: str) -> None:
    message, *_ = the_example(name)
    with pytest.raises(Malformed, match=UNPROTECTED):
        read_code(PREFIX + base45.encode(message.removeprefix(TAG)))


def test_a_message_whose_empty_header_was_encoded_again_is_no_ticket() -> None:
    message, *_ = the_example("sign-pass-01")
    header, _, payload, signature = cbor2.loads(message).value
    assert header == b"\xa0"
    for each, why in [(header, RE_ENCODED), (b"", "not exactly algorithm and key id in the header")]:
        with pytest.raises(Malformed, match=why):
            read_code(PREFIX + base45.encode(cbor2.dumps([each, {}, payload, signature])))


def test_the_same_ticket_in_another_encoding_is_no_ticket_and_is_told_why() -> None:
    good = sign1(encode_claims(claims()), key=KEY.private, key_id=KEY.key_id)
    assert good.startswith(b"\x84\x4d")
    read_code(PREFIX + base45.encode(good))
    for again, why in [
        (TAG + good, NOT_BARE),
        (b"\x98\x04" + good[1:], NOT_BARE),
        (b"\x9f" + good[1:] + b"\xff", NOT_BARE),
        (b"\x84\x58\x0d" + good[2:], RE_ENCODED),
        (good + b"\x00", "bytes after the CBOR item"),
        (good[:-1], "not CBOR"),
    ]:
        with pytest.raises(Malformed, match=why):
            read_code(PREFIX + base45.encode(again))


def resigned_header(header: object) -> bytes:
    """A message whose header says `header`, with a signature that would be good for it."""
    honest = decode_sign1(sign1(b"turn", key=KEY.private, key_id=KEY.key_id))
    return cbor2.dumps([cbor2.dumps(header), {}, honest.payload, honest.signature])


def test_the_header_never_chooses_the_algorithm() -> None:
    message = decode_sign1(sign1(b"turn", key=KEY.private, key_id=KEY.key_id))
    assert is_signed_by(VERIFYING, message)
    assert not is_signed_by(VerifyingKey(algorithm=Algorithm.ES384, public=KEY.public), message)
    for stated in (None, 0, -8, -35, "none", "ES256"):
        assert not is_signed_by(VERIFYING, decode_sign1(resigned_header({1: stated, 4: KEY.key_id})))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xd2",
        cbor2.dumps(None),
        cbor2.dumps([b"", {}, b""]),
        cbor2.dumps([b"", {}, b"", b"", b""]),
        cbor2.dumps([b"", {}, None, b""]),
        cbor2.dumps(["", {}, b"", b""]),
        cbor2.dumps([b"", [], b"", b""]),
        cbor2.dumps([b"\x01", {}, b"", b""]),
        cbor2.dumps([b"\xa1\x01\x26\x00", {}, b"", b""]),
        cbor2.dumps(cbor2.CBORTag(18, cbor2.CBORTag(18, [b"", {}, b"", b""]))),
        cbor2.dumps([b"", {}, b"", b""]) + b"\x00",
        bytes.fromhex("9f40a04040ff"),
        bytes.fromhex("8440a2010101014040"),
        cbor2.dumps([cbor2.dumps({1: -7}), {1: -7}, b"", b""]),
        cbor2.dumps([cbor2.dumps({1: -7, 2: [99], 99: 0}), {}, b"", b""]),
        cbor2.dumps([b"", {2: [99], 99: 0}, b"", b""]),
        b"\x81" * 500,
    ],
)
def test_what_is_not_one_strict_message_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed):
        decode_sign1(message)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_the_decoder_stumble(message: bytes) -> None:
    try:
        decoded = decode_sign1(message)
    except Malformed:
        return
    assert isinstance(decoded, Sign1)
    assert not is_signed_by(VERIFYING, decoded)


def test_a_point_off_the_curve_is_no_key() -> None:
    with pytest.raises(Malformed):
        public_from_bytes(b"\x01" * 64)
    with pytest.raises(Malformed):
        public_from_bytes(b"\x01" * 63)

"""The CBOR Web Tokens that RFC 8392 prints in its appendix A, from cose-wg/Examples."""

import json
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import keyed_hash
from dawr.tickets import base45
from dawr.tickets.cose import Algorithm, VerifyingKey, decode_cbor, decode_sign1, is_signed_by, to_be_signed
from dawr.tickets.payload import PREFIX, read_code
from tests import vectors_folder

SIGNED = "A_3"
MACED = ["A_4", "A_7"]
ENCRYPTED = ["A_5", "A_6"]
CLAIMS = {
    1: "coap://as.example.com",
    2: "erikw",
    3: "coap://light.example.com",
    4: 1444064944,
    5: 1443944944,
    6: 1443944944,
    7: b"\x0bq",
}


def the_example(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((vectors_folder("cwt") / f"{name}.json").read_text())
    return example


def the_token(name: str) -> bytes:
    return bytes.fromhex(the_example(name)["output"]["cbor"])


def the_key() -> VerifyingKey:
    key = the_example(SIGNED)["input"]["sign0"]["key"]
    public = ec.EllipticCurvePublicNumbers(int(key["x_hex"], 16), int(key["y_hex"], 16), ec.SECP256R1()).public_key()
    return VerifyingKey(algorithm=Algorithm.ES256, public=public)


def test_the_signed_token_is_proven_and_says_what_the_standard_says() -> None:
    message = decode_sign1(the_token(SIGNED))
    signed = to_be_signed(message.protected, message.payload)
    assert signed.hex().upper() == the_example(SIGNED)["intermediates"]["ToBeSign_hex"]
    assert is_signed_by(the_key(), message)
    assert decode_cbor(message.payload) == CLAIMS
    assert cbor2.dumps(CLAIMS) == message.payload


def test_the_signed_token_with_any_bit_changed_is_not_proven() -> None:
    token = the_token(SIGNED)
    for bit in range(8 * len(token)):
        altered = (int.from_bytes(token) ^ 1 << bit).to_bytes(len(token))
        try:
            message = decode_sign1(altered)
        except Malformed:
            continue
        assert not is_signed_by(the_key(), message), bit


@pytest.mark.parametrize("name", MACED)
def test_a_shared_secret_makes_the_published_tag_and_no_signature(name: str) -> None:
    example = the_example(name)["intermediates"]
    token = decode_cbor(the_token(name))
    assert token.tag == 17
    assert keyed_hash(bytes.fromhex(example["CEK_hex"]), bytes.fromhex(example["ToMac_hex"]))[:8] == token.value[3]
    with pytest.raises(Malformed, match="a CBOR tag that is not COSE_Sign1's"):
        decode_sign1(the_token(name))


@pytest.mark.parametrize("name", ENCRYPTED)
def test_an_encrypted_token_is_no_signed_one_even_if_one_is_inside(name: str) -> None:
    with pytest.raises(Malformed, match="a CBOR tag that is not COSE_Sign1's"):
        decode_sign1(the_token(name))
    inside = bytes.fromhex(the_example(name)["input"]["plaintext_hex"])
    assert inside in {the_token(SIGNED), decode_sign1(the_token(SIGNED)).payload}


@pytest.mark.parametrize("name", [SIGNED, *MACED, *ENCRYPTED])
def test_none_of_them_is_a_ticket(name: str) -> None:
    with pytest.raises(Malformed, match="not a bare array of four"):
        read_code(PREFIX + base45.encode(the_token(name)))


def test_each_published_token_is_in_one_of_the_lists() -> None:
    published = {file.stem for file in vectors_folder("cwt").glob("*.json")}
    assert published == {SIGNED, *MACED, *ENCRYPTED}

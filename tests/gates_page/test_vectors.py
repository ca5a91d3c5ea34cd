"""Published vectors, and those of the gate's rules, through the page's modules."""

import zlib
from typing import Any, cast

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from dawr.tickets.keys import public_bytes
from tests.gates_page.conftest import Asked
from tests.vectors.test_base45 import EXAMPLES
from tests.vectors.test_cwt import ENCRYPTED, MACED, SIGNED, the_key, the_token
from tests.vectors.test_gate_rules import VECTORS
from tests.vectors.test_status_list import MILLION, TOLD, hexadecimal, published
from tests.vectors.test_wycheproof import cases, is_valid

EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_es256_signatures_are_judged_as_published(ask: Asked) -> None:
    groups: dict[str, list[dict[str, Any]]] = {}
    for group, case in cases("ecdsa_secp256r1_sha256_p1363"):
        groups.setdefault(group["publicKey"]["uncompressed"], []).append(case)
    asked = [
        {"point": point, "tests": [{"sig": case["sig"], "msg": case["msg"]} for case in tests]}
        for point, tests in groups.items()
    ]
    expected = [[is_valid(case) for case in tests] for tests in groups.values()]
    assert ask("signatures", asked) == expected
    assert {True, False} == {each for group in expected for each in group}


def test_the_signed_token_of_rfc_8392_is_proven_and_with_any_bit_changed_it_is_not(ask: Asked) -> None:
    token = the_token(SIGNED)
    point = "04" + public_bytes(cast(EllipticCurvePublicKey, the_key().public)).hex()
    altered = [(int.from_bytes(token) ^ 1 << bit).to_bytes(len(token)).hex() for bit in range(8 * len(token))]
    whole, *others = ask("proven", {"point": point, "messages": [token.hex(), *altered]})
    assert whole is True
    assert set(others) == {False, None}


@pytest.mark.parametrize("name", [*MACED, *ENCRYPTED])
def test_a_token_that_is_not_signed_is_no_message(ask: Asked, name: str) -> None:
    point = "04" + public_bytes(cast(EllipticCurvePublicKey, the_key().public)).hex()
    assert ask("proven", {"point": point, "messages": [the_token(name).hex()]}) == [None]


def test_keyed_hashes_are_judged_as_published_whole_and_cut(ask: Asked) -> None:
    published_cases = list(cases("hmac_sha256"))
    made = ask("keyedHashes", [{"key": case["key"], "msg": case["msg"]} for _, case in published_cases])
    cut = [each[: group["tagSize"] // 4] for (group, _), each in zip(published_cases, made, strict=True)]
    pairs = [[one, case["tag"]] for one, (_, case) in zip(cut, published_cases, strict=True)]
    assert ask("sameness", pairs) == [is_valid(case) for _, case in published_cases]


def test_a_hash_under_an_empty_key_is_the_standards(ask: Asked) -> None:
    assert ask("keyedHashes", [{"key": "", "msg": ""}]) == [
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    ]


def test_sha256_is_that_of_fips_180(ask: Asked) -> None:
    assert ask("hashes", ["", b"abc".hex()]) == [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ]


def test_a_derived_key_is_that_of_rfc_7914(ask: Asked) -> None:
    """RFC 7914 section 11 prints PBKDF2-HMAC-SHA-256, which RFC 8018 does not."""
    asked = {"password": "passwd", "salt": "salt", "iterations": 1, "size": 64}
    assert ask("derived", asked) == (
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    )


@pytest.mark.parametrize(("message", "text"), EXAMPLES)
def test_base45_holds_the_examples_of_rfc_9285(ask: Asked, message: bytes, text: str) -> None:
    assert ask("base45", [text]) == [message.hex()]


def test_base45_refuses_what_no_encoder_writes(ask: Asked) -> None:
    refused = ["GGW", ":::", "::", "5U", "A", "BB8A", "bb8", "BB!", "BÉ8", "٣٤٥", "😀", "BB8😀"]
    assert ask("base45", refused) == [None] * len(refused)
    assert ask("base45", ["FGW", "U5"]) == ["ffff", "ff"]


@pytest.mark.parametrize(("name", "bits", "told", "count"), TOLD)
def test_a_published_status_list_is_read_as_the_draft_tells_it(
    ask: Asked, name: str, bits: int, told: dict[int, int], count: int
) -> None:
    places = [*told, *range(0, count, 65_521), count - 1, count, count + 7]
    list_ = hexadecimal(published(f"{name}_cbor")).hex()
    [read] = ask("lists", [{"list": list_, "places": places}])
    assert read["bits"] == bits
    assert read["at"] == [told.get(place, 0) if place < count else None for place in places]


def test_a_list_at_its_largest_is_read_and_one_byte_more_is_refused(ask: Asked) -> None:

    def packed(size: int) -> str:
        return cbor2.dumps({"bits": 8, "lst": zlib.compress(bytes(size), level=9)}).hex()

    whole, over, bomb = packed(MILLION), packed(MILLION + 1), packed(2**28)
    asked = [{"list": each, "places": [MILLION - 1, MILLION]} for each in (whole, over, bomb)]
    assert ask("lists", asked) == [{"bits": 8, "at": [0, None]}, None, None]


@pytest.mark.parametrize("number", range(len(VECTORS["tickets"])))
def test_each_ticket_has_the_lane_the_second_look_and_the_decoy_of_its_vector(ask: Asked, number: int) -> None:
    vector = VECTORS["tickets"][number]
    [chosen] = ask("choices", {**VECTORS, "tickets": [vector]})
    assert chosen == {
        "lanes": [vector[f"lane_of_{open_}"] for open_ in (1, 4, 7)],
        "second_look": vector["second_look"],
        "decoy_name": vector["decoy_name"],
    }


def test_the_digits_of_each_card_are_right_in_both_kinds_and_any_others_wrong(ask: Asked) -> None:
    tries, expected = [], []
    for vector in VECTORS["challenges"]:
        answer = vector["answer"]
        spaced = f" {answer[:2]} {answer[2:]}\u200f"
        rights = [answer, answer.translate(EASTERN), answer.translate(PERSIAN), spaced]
        for typed in (*rights, answer[::-1], answer[:-1], "", f"{answer}0"):
            ticket_id, hash_ = vector["ticket_id"], vector["answer_hash"]
            tries.append({"ticket_id": ticket_id, "answer": answer, "typed": typed, "hash": hash_})
            expected.append({"hash": hash_, "isRight": typed in rights})
    assert ask("answers", {"key": VECTORS["challenge_key"], "tries": tries}) == expected

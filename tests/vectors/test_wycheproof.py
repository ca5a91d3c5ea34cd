"""ES256, Ed25519 and HMAC-SHA256 against Wycheproof: nothing invalid is accepted, and nothing valid refused."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dawr.kernel import signing
from dawr.kernel.signing import keyed_hash, same_bytes
from dawr.tickets.cose import Algorithm, VerifyingKey, is_signature_of
from tests import vectors_folder

JSONObject = dict[str, Any]


def cases(name: str) -> Iterator[tuple[JSONObject, JSONObject]]:
    """Each case with its group; what is published counts them, and so do we."""
    published = json.loads((vectors_folder("wycheproof") / f"{name}_test.json").read_text())
    assert sum(len(group["tests"]) for group in published["testGroups"]) == published["numberOfTests"] > 100
    return ((group, case) for group in published["testGroups"] for case in group["tests"])


def is_valid(case: JSONObject) -> bool:
    assert case["result"] in {"valid", "invalid"}, "there is nothing between yes and no"
    return bool(case["result"] == "valid")


def octets(case: JSONObject, name: str) -> bytes:
    return bytes.fromhex(case[name])


def test_es256_signatures_are_judged_as_published() -> None:
    for group, case in cases("ecdsa_secp256r1_sha256_p1363"):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key = VerifyingKey(algorithm=Algorithm.ES256, public=public)
        assert is_signature_of(key, octets(case, "sig"), signed=octets(case, "msg")) == is_valid(case), case


def test_ed25519_signatures_of_other_issuers_are_judged_as_published() -> None:
    for group, case in cases("ed25519"):
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        key = VerifyingKey(algorithm=Algorithm.EDDSA, public=public)
        assert is_signature_of(key, octets(case, "sig"), signed=octets(case, "msg")) == is_valid(case), case


def test_ed25519_signatures_of_logs_and_witnesses_are_judged_as_published() -> None:
    for group, case in cases("ed25519"):
        public, signature = bytes.fromhex(group["publicKey"]["pk"]), b64encode(octets(case, "sig")).decode()
        assert signing.is_signed_by(public, octets(case, "msg"), signature=signature) == is_valid(case), case


def test_keyed_hashes_are_judged_as_published_whole_and_cut() -> None:
    for group, case in cases("hmac_sha256"):
        made = keyed_hash(octets(case, "key"), octets(case, "msg"))[: group["tagSize"] // 8]
        assert same_bytes(made, octets(case, "tag")) == is_valid(case), case

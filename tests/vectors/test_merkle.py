"""transparency-dev/merkle: each published proof is accepted or refused as its wantErr says."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from dawr.transparency.merkle import verify_consistency, verify_inclusion
from dawr.transparency.model import ProofBroken
from tests import vectors_folder

STRICTER_THAN_PUBLISHED = "sizes are equal (one) and proof is empty"
"""Its two roots are twelve bytes of text; the publisher lets that pass, we refuse a hash that is not 32 bytes."""


def _vectors(kind: str) -> list[Path]:
    return sorted((vectors_folder("merkle") / kind).rglob("*.json"))


def _hashes(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or []]


def test_every_published_inclusion_proof_is_judged_as_published() -> None:
    files = _vectors("inclusion")
    assert len(files) > 80
    for file in files:
        vector = json.loads(file.read_text())
        arguments = {
            "index": vector["leafIdx"],
            "size": vector["treeSize"],
            "proof": _hashes(vector["proof"]),
            "root": b64decode(vector["root"]),
        }
        if vector["wantErr"]:
            with pytest.raises(ProofBroken):
                verify_inclusion(b64decode(vector["leafHash"]), **arguments)
        else:
            verify_inclusion(b64decode(vector["leafHash"]), **arguments)


def test_every_published_consistency_proof_is_judged_as_published() -> None:
    files = _vectors("consistency")
    assert len(files) > 80
    for file in files:
        vector = json.loads(file.read_text())
        arguments = {
            "old_size": vector["size1"],
            "old_root": b64decode(vector["root1"]),
            "new_size": vector["size2"],
            "new_root": b64decode(vector["root2"]),
        }
        if vector["wantErr"] or vector["desc"] == STRICTER_THAN_PUBLISHED:
            with pytest.raises(ProofBroken):
                verify_consistency(_hashes(vector["proof"]), **arguments)
        else:
            verify_consistency(_hashes(vector["proof"]), **arguments)

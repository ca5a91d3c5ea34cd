"""Laws of the tree: every proof holds, and no altered one does."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed, Refusal
from dawr.kernel.signing import SigningKey
from dawr.transparency.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of_leaves,
    verify_consistency,
    verify_inclusion,
)
from dawr.transparency.model import ProofBroken
from dawr.transparency.note import Note, TreeHead, log_key, sign
from dawr.transparency.proof import Receipt, parse_receipt, verify_receipt

LEAVES = st.lists(st.binary(max_size=20), min_size=1, max_size=70)
KEY = SigningKey.from_seed(b"l" * 32)
LOG = log_key("dawr.example/log", key=KEY)


def recursive_root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(recursive_root(hashes[:split]), recursive_root(hashes[split:]))


def flipped(content: bytes, bit: int) -> bytes:
    bit %= len(content) * 8
    return bytes(byte ^ (1 << bit % 8 if index == bit // 8 else 0) for index, byte in enumerate(content))


@given(LEAVES)
def test_the_fast_root_is_the_root_of_the_standard(leaves: list[bytes]) -> None:
    expected = recursive_root([leaf_hash(leaf) for leaf in leaves])
    assert root_of_leaves(leaves) == expected
    assert root(leaf_hash(leaf) for leaf in leaves) == expected


@given(LEAVES, st.data())
def test_every_leaf_of_every_tree_is_proven(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(hashes, index)
    verify_inclusion(hashes[index], index=index, size=len(leaves), proof=proof, root=root(hashes))


@given(LEAVES, st.data())
def test_an_inclusion_proof_with_one_flipped_bit_fails(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(leaves) - 1))
    parts = [hashes[index], root(hashes), *inclusion_proof(hashes, index)]
    spoiled = data.draw(st.integers(0, len(parts) - 1))
    parts[spoiled] = flipped(parts[spoiled], data.draw(st.integers(0, 255)))
    leaf, top, *proof = parts
    with pytest.raises(ProofBroken):
        verify_inclusion(leaf, index=index, size=len(leaves), proof=proof, root=top)


@given(LEAVES, st.data())
def test_any_two_sizes_of_one_log_are_consistent(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    old_size = data.draw(st.integers(1, len(leaves)))
    proof = consistency_proof(hashes, old_size)
    old_root = root(hashes[:old_size])
    verify_consistency(proof, old_size=old_size, old_root=old_root, new_size=len(leaves), new_root=root(hashes))


@given(LEAVES, st.data())
def test_a_consistency_proof_with_one_flipped_bit_fails(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    old_size = data.draw(st.integers(1, len(leaves)))
    parts = [root(hashes[:old_size]), root(hashes), *consistency_proof(hashes, old_size)]
    spoiled = data.draw(st.integers(0, len(parts) - 1))
    parts[spoiled] = flipped(parts[spoiled], data.draw(st.integers(0, 255)))
    old_root, new_root, *proof = parts
    with pytest.raises(ProofBroken):
        verify_consistency(proof, old_size=old_size, old_root=old_root, new_size=len(leaves), new_root=new_root)


@given(LEAVES, st.data())
def test_a_rewritten_past_is_never_consistent(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    old_size = data.draw(st.integers(1, len(leaves)))
    rewritten = data.draw(st.integers(0, old_size - 1))
    other = [*hashes[:rewritten], leaf_hash(b"another" + leaves[rewritten]), *hashes[rewritten + 1 :]]
    old_root = root(hashes[:old_size])
    proof = consistency_proof(other, old_size)
    with pytest.raises(ProofBroken):
        verify_consistency(proof, old_size=old_size, old_root=old_root, new_size=len(leaves), new_root=root(other))


def receipt_of(leaves: list[bytes], index: int) -> Receipt:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    head = TreeHead(origin=LOG.name, size=len(leaves), root=root(hashes))
    note = Note(text=head.text, signatures=(sign(head.text, name=LOG.name, key=KEY),))
    return Receipt(leaf=leaves[index], index=index, proof=tuple(inclusion_proof(hashes, index)), checkpoint=note)


@given(LEAVES, st.data())
def test_a_receipt_survives_the_journey_and_proves_its_entry(leaves: list[bytes], data: st.DataObject) -> None:
    receipt = receipt_of(leaves, data.draw(st.integers(0, len(leaves) - 1)))
    assert parse_receipt(str(receipt)) == receipt
    assert verify_receipt(receipt, log=LOG).leaf == receipt.leaf


@given(LEAVES, st.data())
def test_a_receipt_with_one_altered_byte_fails(leaves: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(str(receipt_of(leaves, data.draw(st.integers(0, len(leaves) - 1)))).encode())
    position = data.draw(st.integers(0, len(whole) - 1))
    whole[position] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[position]))
    with pytest.raises(Refusal):
        verify_receipt(parse_receipt(whole.decode(errors="replace")), log=LOG)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=70, unique=True), st.data())
def test_a_receipt_of_another_place_fails(leaves: list[bytes], data: st.DataObject) -> None:
    receipt = receipt_of(leaves, data.draw(st.integers(0, len(leaves) - 1)))
    other = data.draw(st.integers(0, 100).filter(lambda index: index != receipt.index))
    with pytest.raises(ProofBroken):
        verify_receipt(replace(receipt, index=other), log=LOG)


@given(st.text())
def test_the_receipt_parser_refuses_or_gives_back_what_it_read(text: str) -> None:
    with suppress(Malformed):
        assert str(parse_receipt(text)) == text

"""RFC 6962 and 9162: the roots that their reference implementations print, the shapes of proofs, what is refused."""

import time

import pytest

from dawr.transparency.merkle import (
    CHUNK_LEAVES,
    EMPTY_ROOT,
    consistency_proof,
    consistency_spans,
    inclusion_spans,
    leaf_hash,
    node_hash,
    root,
    root_of_leaves,
    verify_consistency,
    verify_inclusion,
)
from dawr.transparency.model import ProofBroken

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the reference tree of RFC 6962's authors (certificate-transparency, merkle_tree_test)."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of_leaves([]) == root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert root_of_leaves(LEAVES[:size]).hex() == ROOTS[size - 1]
    assert root(leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_example_tree_of_rfc_9162_has_the_paths_that_it_prints() -> None:
    a, b, c, d, e, f, j = (leaf_hash(bytes([number])) for number in range(7))
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    hashes = [a, b, c, d, e, f, j]
    assert root(hashes) == node_hash(k, m)
    assert [root(hashes[first:end]) for first, end in inclusion_spans(0, 7)] == [b, h, m]
    assert [root(hashes[first:end]) for first, end in inclusion_spans(3, 7)] == [c, g, m]
    assert [root(hashes[first:end]) for first, end in inclusion_spans(4, 7)] == [f, j, k]
    assert [root(hashes[first:end]) for first, end in inclusion_spans(6, 7)] == [i, k]
    assert consistency_proof(hashes, 3) == [c, d, g, m]
    assert consistency_proof(hashes, 4) == [m]
    assert consistency_proof(hashes, 6) == [i, j, k]


def test_a_tree_larger_than_a_chunk_has_the_same_root_as_its_two_halves() -> None:
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(CHUNK_LEAVES * 2 + 3)]
    left, right = root(hashes[: CHUNK_LEAVES * 2]), root(hashes[CHUNK_LEAVES * 2 :])
    assert root(hashes) == node_hash(left, right)
    assert left == node_hash(root(hashes[:CHUNK_LEAVES]), root(hashes[CHUNK_LEAVES : CHUNK_LEAVES * 2]))


def test_a_million_draw_lines_are_hashed_in_seconds() -> None:
    lines = [b"ABCDEFGH%06d" % number for number in range(1_000_000)]
    started = time.process_time()
    root_of_leaves(lines)
    assert time.process_time() - started < 6


def test_a_proof_about_an_empty_tree_is_refused() -> None:
    with pytest.raises(ProofBroken):
        verify_consistency([], old_size=0, old_root=EMPTY_ROOT, new_size=0, new_root=EMPTY_ROOT)
    with pytest.raises(ProofBroken):
        verify_inclusion(EMPTY_ROOT, index=0, size=0, proof=[], root=EMPTY_ROOT)


@pytest.mark.parametrize("bad", [b"", b"\0" * 31, b"\0" * 33])
def test_a_hash_of_another_length_is_refused_wherever_it_stands(bad: bytes) -> None:
    good = leaf_hash(b"good")
    both = node_hash(good, good)
    verify_inclusion(good, index=0, size=2, proof=[good], root=both)
    for leaf, sibling, top in ((bad, good, both), (good, bad, both), (good, good, bad)):
        with pytest.raises(ProofBroken):
            verify_inclusion(leaf, index=0, size=2, proof=[sibling], root=top)
    with pytest.raises(ProofBroken):
        verify_consistency([], old_size=1, old_root=bad, new_size=1, new_root=bad)


def test_spans_outside_the_tree_are_a_bug() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_spans(index, size)
    for old_size, new_size in ((0, 1), (2, 1)):
        with pytest.raises(ValueError, match="cannot extend"):
            consistency_spans(old_size, new_size)

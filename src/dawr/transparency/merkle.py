"""The Merkle tree of RFC 6962 (and 9162, section 2.1): hashes, roots, proofs and their verification.

A span is a half-open run of leaves, as (first, end).
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeAlias, TypeVar

from dawr.transparency.model import ProofBroken

Span: TypeAlias = tuple[int, int]
T = TypeVar("T")

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
CHUNK_LEAVES = 1 << 16
"""A power of two, so that the root of a chunk is a node of the whole tree."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf, told apart from a node by its first byte."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, read once in chunks; memory grows by one hash per 65,536 leaves."""
    return _climb([_climb(chunk) for chunk in _chunks(hashes)])


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """The root over the leaves themselves, at about a million a second."""
    return _climb([_climb([sha256(b"\x00" + leaf).digest() for leaf in chunk]) for chunk in _chunks(leaves)])


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans whose roots prove leaf `index` in a tree of `size`, from the leaf upwards (PATH of RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    first, end, spans = 0, size, []
    while end - first > 1:
        middle = first + _left_size(end - first)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    return spans[::-1]


def consistency_spans(old_size: int, new_size: int) -> list[Span]:
    """The spans whose roots prove that a tree of `new_size` extends one of `old_size` (PROOF of RFC 6962, 2.1.2)."""
    if not 0 < old_size <= new_size:
        raise ValueError(f"a tree of {new_size} cannot extend one of {old_size}")
    first, end, spans = 0, new_size, []
    while end != old_size:
        middle = first + _left_size(end - first)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    if first:  # otherwise the old root is itself a node of the path, and the verifier has it
        spans.append((first, end))
    return spans[::-1]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` among all leaf `hashes`."""
    return [root(hashes[first:end]) for first, end in inclusion_spans(index, len(hashes))]


def consistency_proof(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree over `hashes` extends its own first `old_size` leaves."""
    return [root(hashes[first:end]) for first, end in consistency_spans(old_size, len(hashes))]


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Refuses unless `proof` leads from the leaf hash `leaf` at `index` to `root` (RFC 9162, 2.1.3.2)."""
    _require_hashes((leaf, root, *proof))
    if not 0 <= index < size:
        raise ProofBroken(reason=f"no leaf {index} in a tree of {size}")
    inner, border = _path_lengths(index, size)
    _require_length(proof, inner + border)
    if _climb_right_edge(_climb_inside(leaf, proof[:inner], position=index), proof[inner:]) != root:
        raise ProofBroken(reason="the inclusion proof leads to another root")


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, new_size: int, new_root: bytes
) -> None:
    """Refuses unless the new tree begins with the old one (RFC 9162, 2.1.4.2); size 0 proves nothing."""
    _require_hashes((old_root, new_root, *proof))
    if not 0 < old_size <= new_size:
        raise ProofBroken(reason=f"a tree of {new_size} cannot extend one of {old_size}")
    if old_size == new_size:
        _require_length(proof, 0)
        if old_root != new_root:
            raise ProofBroken(reason="two trees of one size have different roots")
        return
    _verify_growth(proof, old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root)


def _verify_growth(proof: Sequence[bytes], *, old_size: int, old_root: bytes, new_size: int, new_root: bytes) -> None:
    inner, border = _path_lengths(old_size - 1, new_size)
    shift = (old_size & -old_size).bit_length() - 1  # levels below the last whole subtree of the old tree
    inner -= shift
    is_whole_subtree = old_size == 1 << shift
    _require_length(proof, inner + border + (0 if is_whole_subtree else 1))
    seed, path = (old_root, proof) if is_whole_subtree else (proof[0], proof[1:])
    position = (old_size - 1) >> shift
    if _climb_right_edge(_climb_left_siblings(seed, path[:inner], position=position), path[inner:]) != old_root:
        raise ProofBroken(reason="the consistency proof does not lead to the old root")
    if _climb_right_edge(_climb_inside(seed, path[:inner], position=position), path[inner:]) != new_root:
        raise ProofBroken(reason="the consistency proof does not lead to the new root")


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK_LEAVES)):
        yield chunk


def _climb(level: list[bytes]) -> bytes:
    """From one level of the tree to its root; a node without a sibling moves up as it is."""
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
    return level[0]


def _left_size(size: int) -> int:
    """The largest power of two below `size`: how many leaves the left child holds."""
    return 1 << ((size - 1).bit_length() - 1)


def _path_lengths(index: int, size: int) -> tuple[int, int]:
    """How many siblings lie inside, before the path meets the tree's right edge, and how many left of that edge."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb_inside(node: bytes, siblings: Sequence[bytes], *, position: int) -> bytes:
    for level, sibling in enumerate(siblings):
        node = node_hash(sibling, node) if position >> level & 1 else node_hash(node, sibling)
    return node


def _climb_left_siblings(node: bytes, siblings: Sequence[bytes], *, position: int) -> bytes:
    """As inside, but only what lay in the old tree: siblings on the left."""
    for level, sibling in enumerate(siblings):
        if position >> level & 1:
            node = node_hash(sibling, node)
    return node


def _climb_right_edge(node: bytes, siblings: Sequence[bytes]) -> bytes:
    for sibling in siblings:
        node = node_hash(sibling, node)
    return node


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofBroken(reason="a hash is not 32 bytes long")


def _require_length(proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise ProofBroken(reason=f"the proof has {len(proof)} hashes where {length} are due")

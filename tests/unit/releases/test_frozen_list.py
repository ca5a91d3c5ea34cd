"""The frozen list's root, counts and proofs, across the seams of its parts."""

import pytest

from dawr.releases.frozen_list import LINES_IN_PART, FrozenPart, frozen_list, proof_of_label
from dawr.transparency.merkle import EMPTY_ROOT, leaf_hash, root_of_leaves, verify_inclusion


def lines_of(count: int) -> list[bytes]:
    return [b"%07d" % number for number in range(count)]


@pytest.mark.parametrize(
    "count", [1, 2, 4095, 4096, 4097, 2 * 4096, 3 * 4096 - 1, 3 * 4096, 3 * 4096 + 1, 5 * 4096 + 77]
)
def test_parts_make_the_root_of_the_whole_and_every_proof_leads_there(count: int) -> None:
    lines = lines_of(count)
    frozen = frozen_list(lines)
    assert frozen.list_root == root_of_leaves(lines).hex()
    root = root_of_leaves(lines)
    for index in {0, count // 2, count - 1, min(count - 1, 4095), min(count - 1, 4096)}:
        part = index // LINES_IN_PART
        text = b"".join(line + b"\n" for line in lines[part * LINES_IN_PART :][:LINES_IN_PART])
        found = FrozenPart(part=part, lines=text, part_roots=frozen.part_roots)
        proof = proof_of_label(found, label=lines[index].decode())
        assert proof is not None
        assert proof[0] == index
        verify_inclusion(leaf_hash(lines[index]), index=index, size=count, proof=proof[1], root=root)
    assert proof_of_label(found, label="nobody") is None


def test_a_list_of_nobody_has_the_empty_root() -> None:
    assert frozen_list([]).list_root == EMPTY_ROOT.hex()


def test_entrants_are_counted_by_class_and_by_first_choice() -> None:
    frozen = frozen_list([b"A", b"B\tmedical\t0\tX Y", b"C\t\t3\tX", b"D\tmedical\t1\tY X", b"E\t\t0\tZ"])
    assert frozen.entrants == 5
    assert frozen.entrants_by_class == {"": 3, "medical": 2}
    assert frozen.first_choices == {"": 1, "X": 2, "Y": 1, "Z": 1}

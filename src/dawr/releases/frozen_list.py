"""A draw's list as it is frozen: its root, its counts, and the proof that a line is in it (dawr-draw-v1, step 3)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dawr.releases.bundle import read_lines
from dawr.releases.entry_line import class_of, label_of, preferences_of
from dawr.transparency.merkle import inclusion_proof, leaf_hash, root, root_of_leaves

LINES_IN_PART = 4096
"""A power of two, so that each part is a whole subtree of the list's tree and a proof costs one part, not the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenList:
    """What the freeze fixes; `first_choices` counts each place once per entrant who wishes it first."""

    list_root: str
    part_roots: tuple[bytes, ...]
    entrants: int
    entrants_by_class: dict[str, int]
    first_choices: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPart:
    """The `part`-th stretch of the list, each line with its end, and the roots of all parts."""

    part: int
    lines: bytes
    part_roots: Sequence[bytes]


def frozen_list(lines: Sequence[bytes]) -> FrozenList:
    """What is to be fixed of sorted lines."""
    parts = (lines[start : start + LINES_IN_PART] for start in range(0, len(lines), LINES_IN_PART))
    part_roots = tuple(root_of_leaves(part) for part in parts)
    classes = Counter(map(class_of, lines))
    choices = Counter(preferences_of(line).partition(b" ")[0] for line in lines)
    return FrozenList(
        list_root=root(part_roots).hex(),
        part_roots=part_roots,
        entrants=len(lines),
        entrants_by_class={draw_class.decode(): count for draw_class, count in sorted(classes.items())},
        first_choices={place.decode(): count for place, count in sorted(choices.items())},
    )


def proof_of_label(found: FrozenPart, *, label: str) -> tuple[int, list[bytes]] | None:
    """Where the label's line stands in the list and the hashes from it up to the root; None if it is not there."""
    lines = read_lines(found.lines)
    for position, line in enumerate(lines):
        if label_of(line) == label.encode():
            inside = inclusion_proof([leaf_hash(each) for each in lines], position)
            return found.part * LINES_IN_PART + position, inside + inclusion_proof(found.part_roots, found.part)
    return None

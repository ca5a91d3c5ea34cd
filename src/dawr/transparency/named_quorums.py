"""Which entries are to be proven by witnesses of their own: those about a draw, whose rules name them."""

from collections.abc import Iterable, Iterator, Mapping

from dawr.kernel.refusal import Malformed
from dawr.transparency.leaf import read_leaf
from dawr.transparency.model import JSON
from dawr.transparency.policy import Quorum


def named_quorums(leaves: Iterable[bytes]) -> Iterator[tuple[int, Quorum]]:
    """The place of each entry about a draw, and the quorum that the draw's rules asked for before."""
    quorums: dict[str, Quorum] = {}
    for index, leaf in enumerate(leaves):
        if b'"kind":"draw.' not in leaf:
            continue
        facts = read_leaf(leaf).facts
        draw_id = str(facts.get("draw_id"))
        if named := _named(facts):
            quorums.setdefault(draw_id, named)
        if draw_id in quorums:
            yield index, quorums[draw_id]


def _named(facts: Mapping[str, JSON]) -> Quorum | None:
    words, count = facts.get("witnesses"), facts.get("witness_quorum")
    if not isinstance(words, list) or not isinstance(count, int):
        return None
    try:
        return Quorum.parse([str(word) for word in words], count=count)
    except Malformed:
        return None

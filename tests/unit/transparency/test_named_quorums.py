"""Which entries are proven by witnesses of their own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dawr.kernel.signing import SigningKey
from dawr.transparency.leaf import public_leaf
from dawr.transparency.model import EntryKind
from dawr.transparency.named_quorums import named_quorums
from dawr.transparency.note import witness_key

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
AUDIT, PAPER = (witness_key(name, key=SigningKey.from_seed(name.encode() * 32)) for name in "ap")
WORDS = [f"{key}=http://{key.name}" for key in (AUDIT, PAPER)]


def leaf(kind: EntryKind, **facts: Any) -> bytes:
    return public_leaf(kind, facts=facts, at=NOW)


def rules(draw_id: str, *, witnesses: object, witness_quorum: object) -> bytes:
    return leaf(EntryKind.DRAW_RULES, draw_id=draw_id, witnesses=witnesses, witness_quorum=witness_quorum)


def test_what_is_said_of_a_draw_is_proven_by_those_whom_its_rules_name() -> None:
    found = named_quorums(
        [
            leaf(EntryKind.OVERRIDE, draw_id="1"),
            rules("1", witnesses=WORDS, witness_quorum=2),
            rules("2", witnesses=WORDS[:1], witness_quorum=1),
            leaf(EntryKind.DRAW_FREEZE, draw_id="1"),
            leaf(EntryKind.QUOTA_ORDER, draw_id="1"),
            leaf(EntryKind.DRAW_VOID, draw_id="2"),
            leaf(EntryKind.DRAW_FREEZE, draw_id="unannounced"),
        ]
    )
    both, one = (AUDIT, PAPER), (AUDIT,)
    assert [(index, quorum.witnesses, quorum.count) for index, quorum in found] == [
        (1, both, 2), (2, one, 1), (3, both, 2), (5, one, 1),
    ]  # fmt: skip


def test_a_draws_first_rules_are_its_rules() -> None:
    twice = [rules("1", witnesses=WORDS, witness_quorum=2), rules("1", witnesses=WORDS[:1], witness_quorum=1)]
    assert [quorum.count for _, quorum in named_quorums(twice)] == [2, 2]


@pytest.mark.parametrize(
    ("witnesses", "count"),
    [(None, 2), ("audit", 2), (WORDS, None), (WORDS, "2"), (WORDS, 0), (WORDS, 3), (WORDS[:1] * 2, 2), ([1, 2], 2)],
)
def test_rules_that_name_no_quorum_ask_for_no_receipt(witnesses: object, count: object) -> None:
    assert not list(named_quorums([rules("1", witnesses=witnesses, witness_quorum=count)]))

"""A leaf has one form, whoever writes it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.transparency.leaf import LEAF_BYTES_MAX, canonical, commitment, opens, public_leaf, read_leaf, sealed_leaf
from dawr.transparency.model import EntryKind

AT = datetime(2027, 2, 4, 9, 0, 7, 999_999, tzinfo=timezone(timedelta(hours=3)))
SALT = bytes(range(32))


def test_a_public_leaf_is_canonical_json() -> None:
    leaf = public_leaf(EntryKind.QUOTA_ORDER, facts={"service_id": "KW-MOI/18", "by": "وزارة", "daily": 500}, at=AT)
    assert leaf.decode() == (
        '{"at":"2027-02-04T06:00:07Z","facts":{"by":"وزارة","daily":500,"service_id":"KW-MOI/18"},"kind":"quota.order"}'
    )


def test_a_sealed_leaf_holds_the_hash_of_salt_and_facts() -> None:
    facts = {"booking": "7QK2M9"}
    leaf = sealed_leaf(EntryKind.BOOKING_MADE, commitment=commitment(SALT, facts), at=AT)
    expected = sha256(SALT + b'{"booking":"7QK2M9"}').hexdigest()
    assert json.loads(leaf) == {"at": "2027-02-04T06:00:07Z", "commitment": expected, "kind": "booking.made"}
    assert opens(leaf, salt=SALT, facts=facts)
    assert not opens(leaf, salt=SALT[::-1], facts=facts)
    assert not opens(leaf, salt=SALT, facts={"booking": "7QK2M8"})
    assert not opens(public_leaf(EntryKind.OVERRIDE, facts=facts, at=AT), salt=SALT, facts=facts)


def test_a_leaf_reads_back_as_it_was_written() -> None:
    statement = read_leaf(public_leaf(EntryKind.OVERRIDE, facts={"role": "branch_head"}, at=AT))
    assert (statement.kind, statement.facts, statement.commitment) == ("override", {"role": "branch_head"}, None)
    assert statement.at == datetime(2027, 2, 4, 6, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), b"x", {1: 2}, {"مفتاح": 1}, 2**53, -(2**53), {"a": [{"b": 0.5}]}, {1, 2}]
)
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)  # type: ignore[arg-type]


def test_a_leaf_longer_than_a_bundle_can_say_is_refused() -> None:
    overhead = len(public_leaf(EntryKind.OVERRIDE, facts={"a": ""}, at=AT))
    public_leaf(EntryKind.OVERRIDE, facts={"a": "x" * (LEAF_BYTES_MAX - overhead)}, at=AT)
    with pytest.raises(ValueError, match="log the hash of a long list"):
        public_leaf(EntryKind.OVERRIDE, facts={"a": "x" * (LEAF_BYTES_MAX - overhead + 1)}, at=AT)


NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=5)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_the_order_of_writing_leaves_no_trace(facts: dict[str, object]) -> None:
    backwards = dict(reversed(facts.items()))
    assert canonical(facts) == canonical(backwards)  # type: ignore[arg-type]
    assert json.loads(canonical(facts)) == facts  # type: ignore[arg-type]
    assert canonical(json.loads(canonical(facts))) == canonical(facts)  # type: ignore[arg-type]

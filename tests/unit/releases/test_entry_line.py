"""A frozen line has one spelling."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.releases.entry_line import (
    Entrant,
    class_of,
    entry_line,
    label_and_credit,
    label_of,
    preferences_of,
    read_entry_line,
)

WORD = string.ascii_letters + string.digits

labels = st.text(string.ascii_uppercase + string.digits + "-", min_size=1, max_size=16)
classes = st.one_of(st.just(""), st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,31}", fullmatch=True))
place_ids = st.builds(str.__add__, st.sampled_from(WORD), st.text(WORD + "._/:+-", max_size=20))
entrants = st.builds(
    Entrant,
    label=labels,
    draw_class=classes,
    credit=st.integers(0, 3),
    preferences=st.lists(place_ids, max_size=5, unique=True).map(tuple),
)


@given(entrants)
def test_reading_a_line_gives_back_its_entrant(entrant: Entrant) -> None:
    assert read_entry_line(entry_line(entrant)) == entrant


@given(entrants)
def test_the_quick_readers_agree_with_the_strict_one(entrant: Entrant) -> None:
    line = entry_line(entrant)
    assert label_of(line).decode() == entrant.label
    assert label_and_credit(line) == (entrant.label.encode(), entrant.credit)
    assert class_of(line).decode() == entrant.draw_class
    assert tuple(preferences_of(line).decode().split()) == entrant.preferences


@given(st.binary(max_size=60) | st.text("A9-\t 0123x.", max_size=30).map(str.encode))
def test_bytes_are_refused_or_are_the_only_spelling_of_what_they_mean(line: bytes) -> None:
    try:
        entrant = read_entry_line(line)
    except Malformed:
        return
    assert entry_line(entrant) == line


def test_an_entrant_who_asks_for_nothing_is_his_label_alone() -> None:
    assert entry_line(Entrant(label="A-0001")) == b"A-0001"


def test_an_entrant_who_asks_for_something_has_all_four_columns() -> None:
    assert (
        entry_line(Entrant(label="K2V6X9ZB", preferences=("HAW-0900", "FAR-0900")))
        == b"K2V6X9ZB\t\t0\tHAW-0900 FAR-0900"
    )
    assert entry_line(Entrant(label="K2V6X9ZB", credit=2)) == b"K2V6X9ZB\t\t2\t"
    assert entry_line(Entrant(label="K2V6X9ZB", draw_class="medical")) == b"K2V6X9ZB\tmedical\t0\t"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"a-0001",
        b"A" * 17,
        b"A-0001\n",
        b"A-0001\t",
        b"A-0001\t\t0\t",
        b"A-0001\t\t4\t",
        b"A-0001\t\t00\tX",
        b"A-0001\t\t\tX",
        b"A-0001\t\t0\tX ",
        b"A-0001\t\t0\tX  Y",
        b"A-0001\t\t0\tX X",
        b"A-0001\t\t0\tX\t",
        b"A-0001\t1st\t0\tX",
        "A-0001\t\t٣\tX".encode(),
    ],
)
def test_another_spelling_is_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        read_entry_line(line)


@pytest.mark.parametrize(
    "entrant",
    [
        Entrant(label="has space"),
        Entrant(label="A", credit=4),
        Entrant(label="A", credit=-1),
        Entrant(label="A", draw_class="two words"),
        Entrant(label="A", preferences=("X Y",)),
        Entrant(label="A", preferences=("X", "X")),
        Entrant(label="A", preferences=("",)),
        Entrant(label="A\tmedical\t0\t"),
    ],
)
def test_an_entrant_who_cannot_be_read_back_is_not_written(entrant: Entrant) -> None:
    with pytest.raises(Malformed):
        entry_line(entrant)

"""What people type over several lines is kept as they meant it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.text import clean_line, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("\n\n  one  two \n\n\n\nthree\n", "one two\n\nthree"),
        ("a\u200b\u202eb\x00", "ab"),
        (" \r\n \t", ""),
    ],
)
def test_lines_stay_lines_and_what_cannot_be_seen_goes(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing_and_hides_nothing(typed: str) -> None:
    cleaned = clean_text(typed)
    assert clean_text(cleaned) == cleaned
    assert not [c for c in cleaned.replace("\n", "") if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}]
    assert "\n\n\n" not in cleaned
    assert all(line == clean_line(line) for line in cleaned.split("\n"))

"""A turn as one part of a text message, whatever the office is called (D1.15, D1.16)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.catalogue.folder import read_folder
from dawr.catalogue.model import Office
from dawr.tickets.text_message import ARABIC_MAX, ENGLISH_MAX, turn_by_text

DATA = Path(__file__).parents[3] / "data"
LONGEST_DAY = datetime(2027, 12, 29, 8, 30, tzinfo=UTC)
"""A Wednesday whose day and month have two digits each, half past eleven in Kuwait."""


@cache
def offices() -> tuple[Office, ...]:
    """Every office of every country that is delivered."""
    found = []
    for folder in sorted(each for each in DATA.iterdir() if each.is_dir()):
        texts = {file.name: file.read_bytes() for file in sorted(folder.glob("*.rec"))}
        nouns, faults = read_folder(texts)
        assert not faults
        found += [noun for noun in nouns if isinstance(noun, Office)]
    return tuple(found)


def office(name_ar: str, *, name_en: str = "Office") -> Office:
    return replace(offices()[0], name_ar=name_ar, name_en=name_en)


@pytest.mark.parametrize("each", offices(), ids=lambda each: each.office_id)
def test_every_office_fits_into_one_part_on_the_longest_day(each: Office) -> None:
    text = turn_by_text(starts_at=LONGEST_DAY, office=each, reference="4K7P2M")
    assert len(text.encode("utf-16-le")) // 2 <= ARABIC_MAX
    assert text.startswith("موعدك: الأربعاء 29/12 ")
    assert text.endswith(". رقم 4K7P-2M. مجاني")
    place = text.split("11:30 ")[1].split(". رقم")[0]
    assert place, "where it is, is never left out for an office that is delivered"
    assert place.split()[-1] in each.name_ar


@pytest.mark.parametrize("each", offices(), ids=lambda each: each.office_id)
def test_every_office_fits_in_english_too(each: Office) -> None:
    text = turn_by_text(starts_at=LONGEST_DAY, office=each, reference="4K7P2M", language="en")
    assert len(text) <= ENGLISH_MAX
    assert text.startswith("Your turn: Wed 29/12 at 11:30, ")
    assert text.endswith(". Reference 4K7P-2M. Bring your card. It is free")


def test_the_words_that_say_least_go_first() -> None:
    at = datetime(2027, 2, 7, 6, 30, tzinfo=UTC)
    told = {
        "الإدارة العامة لشؤون الإقامة – محافظة حولي": "موعدك: الأحد 7/2 الساعة 9:30 الإقامة حولي. رقم 4K7P-2M. مجاني",
        "الإدارة العامة للجنسية ووثائق السفر – محافظة العاصمة": (
            "موعدك: الأحد 7/2 9:30 الجنسية ووثائق السفر العاصمة. رقم 4K7P-2M. مجاني"
        ),
        "فرع الهجرة والجوازات – محافظة دير الزور": (
            "موعدك: الأحد 7/2 9:30 الهجرة والجوازات دير الزور. رقم 4K7P-2M. مجاني"
        ),
    }
    for name, text in told.items():
        assert turn_by_text(starts_at=at, office=office(name), reference="4K7P2M") == text


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=120),
    st.integers(0, 60 * 24 * 700),
)
def test_no_name_however_long_costs_the_time_the_reference_or_the_word_free(name: str, minutes: int) -> None:
    at = LONGEST_DAY + timedelta(minutes=minutes)
    text = turn_by_text(starts_at=at, office=office(name, name_en=name), reference="4K7P2M")
    assert len(text) <= ARABIC_MAX
    assert text.endswith(". رقم 4K7P-2M. مجاني")
    english = turn_by_text(starts_at=at, office=office(name, name_en=name), reference="4K7P2M", language="en")
    assert len(english) <= ENGLISH_MAX
    assert english.endswith("It is free")

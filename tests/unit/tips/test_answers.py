"""What people type, in both kinds of digits and any order, becomes a tip or a refusal that belongs to one question."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.money import Money
from dawr.kernel.refusal import Malformed, Refusal
from dawr.tips.model import AmountUnreadable, TipKind, Told, WhenAhead, WhenUnreadable
from dawr.tips.pages.answers import (
    BESIDE,
    FIELDS,
    ORDER,
    Fields,
    Places,
    Question,
    amount_of,
    day_of,
    hour_of,
    read_fields,
    settled,
    told_of,
)
from dawr.web.forms import Form

NOW = datetime(2027, 2, 3, 21, 30, tzinfo=UTC)
"""Half an hour past midnight in Kuwait, where it is the fourth."""

TODAY = date(2027, 2, 4)
NOWHERE = Places(authorities=(), offices={})
NAMES = [name for names in FIELDS.values() for name in names]


def typed(**answers: str) -> Fields:
    named = {name.replace("_", "-"): text for name, text in answers.items()}
    return read_fields(Form({name: (text,) for name, text in named.items()}))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("15", "KWD", 15_000),
        ("١٥٫٥", "KWD", 15_500),
        ("1,500", "SYP", 1_500),
        ("1٬500.25", "SAR", 150_025),
        ("", "", 0),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, minor: int) -> None:
    amount = amount_of(typed(amount=text, currency=currency))
    assert amount == (Money(minor=minor, currency=currency) if minor else None)


@pytest.mark.parametrize("text", ["much", "-5", "1.2.3", "5.1234", "9" * 13])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountUnreadable):
        amount_of(typed(amount=text, currency="KWD"))


@pytest.mark.parametrize(
    ("answers", "day"),
    [
        ({"when": "today"}, TODAY),
        ({"when": "yesterday"}, date(2027, 2, 3)),
        ({"when": "day", "on_day": "٢٧", "on_month": "1", "on_year": "2027"}, date(2027, 1, 27)),
        ({"when": "", "on_day": "27", "on_month": "1", "on_year": "2027"}, date(2027, 1, 27)),
        ({"when": "unknown"}, None),
        ({}, None),
    ],
)
def test_a_day_is_the_one_that_was_meant(answers: dict[str, str], day: date | None) -> None:
    assert day_of(typed(**answers), today=TODAY) == day


def test_a_day_that_there_is_not_or_not_yet_is_refused() -> None:
    with pytest.raises(WhenUnreadable):
        day_of(typed(when="day", on_day="31", on_month="2", on_year="2027"), today=TODAY)
    with pytest.raises(WhenAhead):
        day_of(typed(when="day", on_day="5", on_month="2", on_year="2027"), today=TODAY)


@pytest.mark.parametrize(("text", "hour"), [("0", 0), ("23", 23), ("24", None), ("-1", None), ("x", None), ("", None)])
def test_an_hour_is_of_a_day_or_unknown(text: str, hour: int | None) -> None:
    assert hour_of(typed(hour=text)) == hour


def test_today_is_written_down_as_its_day_where_the_clocks_of_the_place_are() -> None:
    fields = settled(Question.WHEN, typed(when="today"), places=NOWHERE, now=NOW)
    assert (fields["when"], fields["on-day"], fields["on-month"], fields["on-year"]) == ("day", "4", "2", "2027")


def test_each_question_knows_the_one_before_and_after_it() -> None:
    assert ORDER[0].previous is None
    assert [question.following for question in ORDER[:-1]] == list(ORDER[1:])
    assert [question.previous for question in ORDER[1:]] == list(ORDER[:-1])


def test_every_refusal_of_an_answer_has_its_place_on_the_page() -> None:
    assert all(field in FIELDS[question] for question, field in BESIDE.values())


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60)), st.sampled_from(ORDER))
def test_whatever_is_typed_becomes_a_tip_or_a_refusal(answers: dict[str, str], question: Question) -> None:
    fields = read_fields(Form({name: (text,) for name, text in answers.items()}))
    try:
        told = told_of(settled(question, fields, places=NOWHERE, now=NOW), places=NOWHERE, now=NOW)
    except Malformed:
        raise
    except Refusal:
        return
    assert isinstance(told, Told)
    assert told.kind in TipKind
    assert told.happened_on is None or told.happened_on <= TODAY

"""Numbers and dates as people type them into forms."""

from datetime import date

import pytest

from dawr.web.forms import Form


def typed(**fields: str) -> Form:
    return Form({name.replace("_", "-"): (value,) for name, value in fields.items()})


@pytest.mark.parametrize(("text", "number"), [("500", 500), ("٥٠٠", 500), (" 5 00 ", 500), ("۰", 0), ("999", 999)])
def test_a_number_is_read_in_either_digits(text: str, number: int) -> None:
    assert typed(number=text).whole("number", most=999) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1,000", "many", "1000", "٢½", "0999999"])
def test_what_is_no_such_number_is_none_and_never_another_number(text: str) -> None:
    assert typed(number=text).whole("number", most=999) is None


def test_a_date_comes_from_three_fields() -> None:
    form = typed(from_day="٢٧", from_month="3", from_year="2027")
    assert form.date("from") == date(2027, 3, 27)


@pytest.mark.parametrize(
    ("day", "month", "year"), [("30", "2", "2027"), ("", "2", "2027"), ("1", "13", "2027"), ("1", "1", "0")]
)
def test_a_day_that_is_not_in_the_calendar_is_none(day: str, month: str, year: str) -> None:
    assert typed(from_day=day, from_month=month, from_year=year).date("from") is None

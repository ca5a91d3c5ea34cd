"""Values as people and decisions write them."""

from datetime import date, time

import pytest

from dawr.catalogue.reading import read_clock, read_date, read_degrees, read_money, read_timezone, read_whole


@pytest.mark.parametrize(
    "written", ["١٢/3/٢٠٢٠", "12/3/2020", "١٢/٣/٢٠٢٠", "۱۲/۳/۲۰۲۰", "2020-03-12", "2020-3-12", "٢٠٢٠-٠٣-١٢"]
)
def test_the_day_of_the_closure_is_read_however_its_digits_are_mixed(written: str) -> None:
    assert read_date(written) == date(2020, 3, 12)


@pytest.mark.parametrize("written", ["30/2/2020", "0/1/2020", "1/13/2020", "12-3-2020", "12/3/20", "12/3/2020 ", ""])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|day"):
        read_date(written)


def test_a_day_stands_before_its_month() -> None:
    assert read_date("1/2/2027") == date(2027, 2, 1)


def test_times_of_day() -> None:
    assert read_clock("٧:٣٠") == time(7, 30)
    for wrong in ("24:00", "7", "07:60", "7:5", "noon"):
        with pytest.raises(ValueError, match="07:30"):
            read_clock(wrong)


def test_whole_numbers_in_either_digits() -> None:
    assert read_whole("٨٣٦٧١٨") == 836718
    for wrong in ("-1", "1.5", "1,000", "²", "", "1234567890"):
        with pytest.raises(ValueError, match="whole number"):
            read_whole(wrong)


def test_degrees() -> None:
    assert read_degrees("-29.3335") == -29.3335
    for wrong in ("190", "29.33359999", "29,3", "N29"):
        with pytest.raises(ValueError, match="degrees"):
            read_degrees(wrong)


def test_money_has_the_decimals_of_its_currency() -> None:
    assert str(read_money("١٠.٥ KWD")) == "10.500 KWD"
    assert str(read_money("500000 SYP")) == "500,000 SYP"
    for wrong in ("10", "10 USD", "-1 KWD", "1.5 SYP", "KWD 10", "1.0000 KWD"):
        with pytest.raises(ValueError, match=r"."):
            read_money(wrong)


def test_time_zones_are_of_the_iana_database() -> None:
    assert read_timezone("Asia/Kuwait") == "Asia/Kuwait"
    with pytest.raises(ValueError, match="Asia/Kuwait"):
        read_timezone("Kuwait time")

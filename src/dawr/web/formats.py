"""Instants, days, numbers and money as people of each country read them."""

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from hijridate import Gregorian
from markupsafe import Markup, escape

from dawr.kernel.money import MINOR_DIGITS, Money
from dawr.kernel.text import arabic_digits, fold_digits
from dawr.web.session import Digits, Language

DEFAULT_TIMEZONE = "Asia/Kuwait"
COUNTRY_OF = {"Asia/Kuwait": "KW", "Asia/Riyadh": "SA", "Asia/Damascus": "SY"}
CURRENCY_NAMES = {
    "ar": {"KWD": "د.ك", "SAR": "ر.س", "SYP": "ل.س"},
    "en": {"KWD": "KWD", "SAR": "SAR", "SYP": "SYP"},
}

Filter = Callable[..., str | Markup]


def filters(language: Language, digits: Digits) -> dict[str, Filter]:
    """The template filters of one language and one digit system."""

    def shown(text: str) -> str:
        return arabic_digits(text) if digits == "arabic" and language == "ar" else fold_digits(text)

    def locale(timezone: str) -> str:
        return f"ar_{COUNTRY_OF.get(timezone, 'KW')}" if language == "ar" else "en_GB"

    def day(value: date | datetime, timezone: str = DEFAULT_TIMEZONE) -> str:
        local = value.astimezone(ZoneInfo(timezone)).date() if isinstance(value, datetime) else value
        written = shown(format_date(local, "EEEE d MMMM y", locale=locale(timezone)))
        return f"{written} ({shown(hijri(local, language=language))})" if timezone == "Asia/Riyadh" else written

    def clock(value: datetime | time, timezone: str = DEFAULT_TIMEZONE) -> Markup:
        local = value.astimezone(ZoneInfo(timezone)) if isinstance(value, datetime) else value
        return Markup("<bdi>{}</bdi>").format(shown(format_time(local, "HH:mm", locale="en_GB")))

    def instant(value: datetime, timezone: str = DEFAULT_TIMEZONE) -> Markup:
        joint = "الساعة" if language == "ar" else "at"
        return Markup("{} {} {}").format(day(value, timezone), joint, clock(value, timezone))

    def number(value: float) -> str:
        return shown(format_decimal(value, locale="en_GB"))

    def money(value: Money) -> Markup:
        amount = shown(f"{value.amount:,.{MINOR_DIGITS[value.currency]}f}")
        return Markup("<bdi>{}</bdi> {}").format(amount, CURRENCY_NAMES[language][value.currency])

    return {"day": day, "clock": clock, "instant": instant, "number": number, "money": money, "code": code}


def code(value: object) -> Markup:
    """An identifier: always 0-9, left to right, whatever stands around it."""
    return Markup('<bdi class="code">{}</bdi>').format(escape(value))


def hijri(day_on: date, *, language: Language) -> str:
    """The Umm al-Qura date beside a Gregorian one, as Saudi authorities print it."""
    there = Gregorian.fromdate(day_on).to_hijri()
    suffix = "هـ" if language == "ar" else "AH"
    return f"{there.day} {there.month_name(language)} {there.year} {suffix}"

"""Money as whole minor units, so that no fee is ever rounded by accident."""

from dataclasses import dataclass
from decimal import Decimal

MINOR_DIGITS = {"KWD": 3, "SAR": 2, "SYP": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in minor units (fils, halalas) of an ISO 4217 currency; refuses a currency it does not know."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-MINOR_DIGITS[self.currency])

    def __str__(self) -> str:
        return f"{self.amount:,.{MINOR_DIGITS[self.currency]}f} {self.currency}"


def parse_money(text: str, *, currency: str) -> Money:
    """An amount as written in a catalogue file; refuses signs, blanks and more decimals than the currency has."""
    if currency not in MINOR_DIGITS:
        raise ValueError(f"unknown currency {currency!r}")
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not fraction or (fraction.isascii() and fraction.isdigit()))):
        raise ValueError(f"{text!r} is not an amount")
    if len(fraction) > MINOR_DIGITS[currency]:
        raise ValueError(f"{text!r} has more decimals than {currency}")
    return Money(minor=int(whole + fraction.ljust(MINOR_DIGITS[currency], "0")), currency=currency)

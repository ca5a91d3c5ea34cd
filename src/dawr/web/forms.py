"""What people typed, bounded and cleaned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request

from dawr.kernel.refusal import Malformed
from dawr.kernel.text import clean_code, clean_line, fold_digits

FIELD_LENGTH_MAX = 4000


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a posted form; refuses a field longer than anybody would type."""

    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str, *, length_max: int = 200) -> str:
        """One line, cleaned; "" when absent."""
        return clean_line(self._first(name, length_max=length_max))

    def code(self, name: str, *, length_max: int = 40) -> str:
        """A typed code or number: digits 0-9, no spaces or hyphens, upper case."""
        return clean_code(self._first(name, length_max=length_max))

    def raw(self, name: str, *, length_max: int) -> str:
        """Text as it came, for codes in which a space means something."""
        return self._first(name, length_max=length_max)

    def choices(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be repeated, in the order of the page."""
        return self.fields.get(name, ())

    def whole(self, name: str, *, most: int) -> int | None:
        """A whole number from 0 to `most`, in either kind of digit; None for anything else."""
        typed = fold_digits(self.text(name)).replace(" ", "")
        is_number = typed.isascii() and typed.isdigit() and len(typed) <= len(str(most))
        return int(typed) if is_number and int(typed) <= most else None

    def date(self, name: str) -> date | None:
        """A date typed in three fields, `name`-day, `name`-month and `name`-year; None where there is no such day."""
        year, month, day = (self.whole(f"{name}-{part}", most=9999) for part in ("year", "month", "day"))
        try:
            return date(year or 0, month or 0, day or 0)
        except ValueError:
            return None

    def _first(self, name: str, *, length_max: int) -> str:
        value = next(iter(self.fields.get(name, ())), "")
        if len(value) > length_max:
            raise Malformed(reason=f"{name} is longer than {length_max} characters")
        return value


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """The posted form of `request`; a field that is a file is not text and is left out."""
    posted = await request.form()
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            fields[name] = (*fields.get(name, ()), value[: FIELD_LENGTH_MAX + 1])
    return Form(fields)

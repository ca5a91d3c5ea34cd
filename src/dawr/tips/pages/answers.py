"""The questions in their order, and what was typed into them; nothing is kept here between two of them.

Each page carries the answers given so far, so that nothing lies with us before it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dawr.catalogue.model import Authority, Office
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.kernel.money import MINOR_DIGITS, Money
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_text, fold_digits
from dawr.tips.model import (
    PLACE_LENGTH_MAX,
    SHOWN_LENGTH_MAX,
    WORDS_LENGTH_MAX,
    AmountUnreadable,
    KindMissing,
    NothingTold,
    TipKind,
    Told,
    WhenAhead,
    WhenUnreadable,
    WordsTooLong,
    amount_typed,
    check_told,
    currency_at,
)
from dawr.web.formats import DEFAULT_TIMEZONE
from dawr.web.forms import FIELD_LENGTH_MAX, Form


class Question(StrEnum):
    """In the order in which they are asked; the last one shows all answers."""

    KIND = "kind"
    PLACE = "place"
    WHEN = "when"
    AMOUNT = "amount"
    SHOWN = "shown"
    WORDS = "words"
    ASKED = "asked"
    CHECK = "check"

    @property
    def following(self) -> "Question":
        return ORDER[min(ORDER.index(self) + 1, len(ORDER) - 1)]

    @property
    def previous(self) -> "Question | None":
        place = ORDER.index(self)
        return ORDER[place - 1] if place else None


ORDER = tuple(Question)

FIELDS: Mapping[Question, tuple[str, ...]] = {
    Question.KIND: ("kind",),
    Question.PLACE: ("where", "place"),
    Question.WHEN: ("when", "on-day", "on-month", "on-year", "hour"),
    Question.AMOUNT: ("amount", "currency"),
    Question.SHOWN: ("shown",),
    Question.WORDS: ("words",),
    Question.ASKED: ("asked",),
}

BESIDE: Mapping[type[Refusal], tuple[Question, str]] = {
    KindMissing: (Question.KIND, "kind"),
    WhenUnreadable: (Question.WHEN, "on-day"),
    WhenAhead: (Question.WHEN, "on-day"),
    AmountUnreadable: (Question.AMOUNT, "amount"),
    NothingTold: (Question.WORDS, "words"),
}
"""At which question, and beside which field, a refusal is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What one may choose from as the place."""

    authorities: Sequence[Authority]
    offices: Mapping[OfficeId, Office]

    def of(self, authority_id: AuthorityId) -> list[Office]:
        return [each for each in self.offices.values() if each.authority_id == authority_id]

    def chosen(self, where: str) -> Office | Authority | None:
        if where in self.offices:
            return self.offices[OfficeId(where)]
        return next((each for each in self.authorities if each.authority_id == where), None)


Fields = dict[str, str]


def read_fields(form: Form) -> Fields:
    """Every answer as text, cleaned; "" where there is none yet."""
    fields = {name: form.text(name, length_max=FIELD_LENGTH_MAX + 1) for names in FIELDS.values() for name in names}
    long = FIELD_LENGTH_MAX + 1
    return fields | {
        "words": clean_text(form.raw("words", length_max=long)),
        "shown": form.raw("shown", length_max=long).strip("\t\r\n"),
    }


def settled(question: Question, fields: Fields, *, places: Places, now: datetime) -> Fields:
    """The fields once `question` is answered; raises the Refusal that belongs beside one of them.

    "Today" becomes the day that it is: midnight may pass before the last question.
    """
    match question:
        case Question.KIND:
            kind_of(fields)
        case Question.PLACE:
            _require_length(fields["place"], length_max=PLACE_LENGTH_MAX)
        case Question.WHEN:
            day = day_of(fields, today=today_at(fields, places=places, now=now))
            return fields | _as_date(day)
        case Question.AMOUNT:
            amount_of(fields)
        case Question.SHOWN:
            _require_length(fields["shown"], length_max=SHOWN_LENGTH_MAX)
        case Question.WORDS:
            _require_length(fields["words"], length_max=WORDS_LENGTH_MAX)
            _require_something(fields, places=places, now=now)
    return fields


def told_of(fields: Fields, *, places: Places, now: datetime) -> Told:
    """All answers together; raises the Refusal of the first that cannot be read."""
    chosen = places.chosen(fields["where"])
    today = today_at(fields, places=places, now=now)
    return Told(
        kind=kind_of(fields),
        authority_id=chosen.authority_id if chosen else None,
        office_id=chosen.office_id if isinstance(chosen, Office) else None,
        place=fields["place"],
        happened_on=day_of(fields, today=today),
        hour=hour_of(fields),
        amount=amount_of(fields),
        shown=fields["shown"],
        words=fields["words"],
        may_be_asked=fields["asked"] == "yes",
    )


def kind_of(fields: Fields) -> TipKind:
    if fields["kind"] not in TipKind.__members__.values():
        raise KindMissing
    return TipKind(fields["kind"])


def day_of(fields: Fields, *, today: date) -> date | None:
    """The day that was meant; None for "I do not know"."""
    if fields["when"] == "today":
        return today
    if fields["when"] == "yesterday":
        return today - timedelta(days=1)
    typed = [fold_digits(fields[f"on-{part}"]) for part in ("year", "month", "day")]
    if fields["when"] != "day" and not any(typed):
        return None
    try:
        year, month, day = (int(text) for text in typed)
        meant = date(year, month, day)
    except ValueError as error:
        raise WhenUnreadable from error
    if meant > today:
        raise WhenAhead
    return meant


def hour_of(fields: Fields) -> int | None:
    hour = fields["hour"]
    return int(hour) if hour.isascii() and hour.isdigit() and len(hour) <= 2 and int(hour) < 24 else None


def amount_of(fields: Fields) -> Money | None:
    """The amount, in the currency beside it."""
    currency = fields["currency"] if fields["currency"] in MINOR_DIGITS else "KWD"
    return amount_typed(fields["amount"], currency=currency)


def today_at(fields: Fields, *, places: Places, now: datetime) -> date:
    """The day that it is at the chosen place."""
    chosen = places.chosen(fields["where"])
    return now.astimezone(ZoneInfo(chosen.timezone if chosen else DEFAULT_TIMEZONE)).date()


def currency_asked(fields: Fields, *, places: Places) -> str:
    """The currency that was chosen, or that of the place."""
    chosen = places.chosen(fields["where"])
    return fields["currency"] or currency_at(chosen.authority_id if chosen else "")


def _as_date(day: date | None) -> Fields:
    if day is None:
        return {"when": "unknown", "on-day": "", "on-month": "", "on-year": ""}
    return {"when": "day", "on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year)}


def _require_length(text: str, *, length_max: int) -> None:
    if len(text) > length_max:
        raise WordsTooLong(length_max=length_max)


def _require_something(fields: Fields, *, places: Places, now: datetime) -> None:
    told = told_of(fields, places=places, now=now)
    check_told(told, today=today_at(fields, places=places, now=now))

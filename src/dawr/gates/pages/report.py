""" "I was asked to pay": what a refused visitor tells, read from his form."""

from dawr.catalogue.model import Office
from dawr.kernel.refusal import Refusal
from dawr.tips.model import (
    PLACE_LENGTH_MAX,
    AmountUnreadable,
    TipKind,
    Told,
    WordsTooLong,
    amount_typed,
    currency_at,
)
from dawr.web.forms import FIELD_LENGTH_MAX, Form

HOW_LENGTH_MAX = 700
NAME_LENGTH_MAX = 120


def read_report(form: Form, *, here: Office, code: str) -> tuple[Told | None, dict[str, Refusal]]:
    """What he tells, tied to `code` where he wants that; or what cannot be kept, by field.

    His name, if he gives it, is a part of his words: it is kept nowhere else.
    """
    faults: dict[str, Refusal] = {}
    typed = {name: form.text(name, length_max=FIELD_LENGTH_MAX) for name in ("amount", "place", "how", "name")}
    for name, length_max in (("place", PLACE_LENGTH_MAX), ("how", HOW_LENGTH_MAX), ("name", NAME_LENGTH_MAX)):
        if len(typed[name]) > length_max:
            faults[name] = WordsTooLong(length_max=length_max)
    amount = None
    try:
        amount = amount_typed(typed["amount"], currency=currency_at(here.office_id))
    except AmountUnreadable as refusal:
        faults["amount"] = refusal
    if faults:
        return None, faults
    told = Told(
        kind=TipKind.ASKED_TO_PAY,
        office_id=here.office_id,
        place=typed["place"],
        amount=amount,
        shown=code,
        words="\n".join(part for part in (typed["how"], typed["name"]) if part),
        may_be_asked="yes" in form.choices("may-be-asked"),
    )
    return told, {}

"""Invented guards and the tickets that they handled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dawr.gates.guard_statistics import Handled
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.kernel.periods import Period

OFFICE = OfficeId("KW-MOI/HAW")
GUARD, COLLEAGUE, THIRD, HEAD, INSPECTOR, CLERK = (PersonId(UUID(int=number)) for number in range(1, 7))
BEGINS_AT = datetime(2027, 2, 1, tzinfo=UTC)
FEBRUARY = Period(starts_at=BEGINS_AT, ends_at=BEGINS_AT + timedelta(days=28))


def handled(number: int = 0, **changes: object) -> Handled:
    """The `number`-th ticket of the period, as a careful guard handles it."""
    usual = Handled(
        office_id=OFFICE,
        guard_id=GUARD,
        handled_at=BEGINS_AT + timedelta(minutes=number),
        lane=number % 4 + 1,
        ticket_lane=number % 4 + 1,
        answer_seconds=12.0,
        is_right_at_first=True,
        is_admitted=True,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]

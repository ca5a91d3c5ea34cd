"""An invented line and a place in it, as pure values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import structs

from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.lines.model import FirstCome, LineId, Place, Rules

OPENS_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
GATHERS_AT = OPENS_AT - timedelta(days=1)
CLOSES_AT = OPENS_AT + timedelta(hours=6)

RULES = Rules(
    service_id=ServiceId("KW-MOI/18"),
    line_id=LineId("KW-MOI/18/2027-02-01-0900"),
    gathers_at=GATHERS_AT,
    opens_at=OPENS_AT,
    closes_at=CLOSES_AT,
    act_seconds=600,
    extend_seconds=600,
    inside_max=10,
    seats=40,
    slots_sha256="00" * 32,
    key_sha256="11" * 32,
)
ANNOUNCED = FirstCome(
    rules=RULES,
    rules_entry_id=1,
    key=None,
    opened_at=None,
    gathered=None,
    gathered_root=None,
    opened_entry_id=None,
    last_number=0,
    closed_at=None,
    closed_entry_id=None,
)
OPENED = replace(
    ANNOUNCED, opened_at=OPENS_AT, key=b"k" * 32, gathered=3, gathered_root="22" * 32, opened_entry_id=2, last_number=3
)
GATHERED = Place(
    service_id=RULES.service_id,
    line_id=RULES.line_id,
    person_id=PersonId(UUID(int=1)),
    label="7QK2M9XA",
    joined_at=GATHERS_AT,
    number=None,
    extended_at=None,
    let_in_at=None,
    turn_ends_at=None,
    booking_id=None,
    asked_key=None,
)
WAITING = structs.replace(GATHERED, number=2)
ACTING = structs.replace(WAITING, let_in_at=OPENS_AT, turn_ends_at=OPENS_AT + timedelta(minutes=10))

"""What is done with tickets: issued and cancelled, checked at the gate, called to a counter."""

from dawr.tickets.actions.counter import (
    call_next,
    close_visit,
    hall_of,
    open_visit,
    put_back,
)
from dawr.tickets.actions.gate import allow_another_round, answer_challenge, mismatches_at, scan_code, shown_scan
from dawr.tickets.actions.issuing import (
    appointment_of,
    cancel_ticket,
    issue_ticket,
    publish_key,
    published_keys,
    ticket_for,
)

__all__ = [
    "allow_another_round",
    "answer_challenge",
    "appointment_of",
    "call_next",
    "cancel_ticket",
    "close_visit",
    "hall_of",
    "issue_ticket",
    "mismatches_at",
    "open_visit",
    "publish_key",
    "published_keys",
    "put_back",
    "scan_code",
    "shown_scan",
    "ticket_for",
]

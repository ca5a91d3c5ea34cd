"""What is done with tickets: issued and cancelled, checked at the gate, called to a counter."""

from dawr.tickets.actions.counter import (
    call_next,
    close_visit,
    hall_of,
    open_visit,
    put_back,
)
from dawr.tickets.actions.gate import answer_challenge, scan_code, shown_scan
from dawr.tickets.actions.issuing import (
    appointment_of,
    issue_ticket,
    publish_key,
    published_keys,
    ticket_for,
)
from dawr.tickets.actions.mismatches import allow_another_round, mismatches_at
from dawr.tickets.actions.status_lists import status_list_of

__all__ = [
    "allow_another_round",
    "answer_challenge",
    "appointment_of",
    "call_next",
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
    "status_list_of",
    "ticket_for",
]

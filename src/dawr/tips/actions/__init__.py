"""What is done with tips: told, followed by receipt, read and answered by officers, logged and counted.

A tip by itself has no effect on anybody: nothing here touches a booking, a ticket, a role or a guard's figures.
"""

from dawr.tips.actions.publishing import figures, log_received
from dawr.tips.actions.reading import (
    INCIDENT_DAYS,
    Inbox,
    Incidents,
    Tied,
    answer_tip,
    heat_of,
    inbox_of,
    incidents_at,
    open_tip,
    photograph_of,
    reader_for,
    reader_of,
    take_step,
    tied_to,
)
from dawr.tips.actions.telling import add_words, follow, record_tip

__all__ = [
    "INCIDENT_DAYS",
    "Inbox",
    "Incidents",
    "Tied",
    "add_words",
    "answer_tip",
    "figures",
    "follow",
    "heat_of",
    "inbox_of",
    "incidents_at",
    "log_received",
    "open_tip",
    "photograph_of",
    "reader_for",
    "reader_of",
    "record_tip",
    "take_step",
    "tied_to",
]

"""What is done with tickets: issued and cancelled, checked at the gate, called to a counter."""

from dawr.tickets.actions.closing import close_visit, correct_outcome, documents_to_see
from dawr.tickets.actions.counter import call_next, hall_of, open_visit, put_back, recall, see_ticket
from dawr.tickets.actions.day_secrets import (
    admitted_on,
    commit_day_secret,
    day_secret_of,
    days_with_secrets,
    reveal_secrets,
    view_day_secret,
)
from dawr.tickets.actions.delegating import declare_proxy, proxy_of, revoke_proxy, who_comes
from dawr.tickets.actions.devices import (
    admit_at_device,
    answer_at_device,
    decide_at_device,
    is_mismatched,
    scan_at_device,
    scanned_at_device,
)
from dawr.tickets.actions.figures import behind_answers, behind_charges, charged_in, handled_in, outcomes_in
from dawr.tickets.actions.gate import answer_challenge, scan_code, shown_face, shown_scan
from dawr.tickets.actions.hall import called_now, hall_day
from dawr.tickets.actions.issuing import (
    appointment_of,
    issue_ticket,
    ticket_for,
)
from dawr.tickets.actions.keys import all_keys, log_places_of, publish_key, published_keys, revoke_key, rotate_keys
from dawr.tickets.actions.mismatches import allow_another_round, mismatches_at
from dawr.tickets.actions.online_gate import (
    online_gate,
    open_online_gate,
    reopen_online_gate,
    require_online_gate,
    shut_online_gate,
)
from dawr.tickets.actions.preparing import (
    answer_key_of,
    count_unprepared,
    prepare_day,
    prepare_some,
    prepared_tickets,
)
from dawr.tickets.actions.printing import ticket_to_print, turns_by_card
from dawr.tickets.actions.recognising import admitted_by, is_reference, known_ticket, recognised
from dawr.tickets.actions.refusals import is_held_back, refused_scans_of, scan_of
from dawr.tickets.actions.renewing import renew_tickets
from dawr.tickets.actions.status_lists import status_list_of

__all__ = [
    "admit_at_device",
    "admitted_by",
    "admitted_on",
    "all_keys",
    "allow_another_round",
    "answer_at_device",
    "answer_challenge",
    "answer_key_of",
    "appointment_of",
    "behind_answers",
    "behind_charges",
    "call_next",
    "called_now",
    "charged_in",
    "close_visit",
    "commit_day_secret",
    "correct_outcome",
    "count_unprepared",
    "day_secret_of",
    "days_with_secrets",
    "decide_at_device",
    "declare_proxy",
    "documents_to_see",
    "hall_day",
    "hall_of",
    "handled_in",
    "is_held_back",
    "is_mismatched",
    "is_reference",
    "issue_ticket",
    "known_ticket",
    "log_places_of",
    "mismatches_at",
    "online_gate",
    "open_online_gate",
    "open_visit",
    "outcomes_in",
    "prepare_day",
    "prepare_some",
    "prepared_tickets",
    "proxy_of",
    "publish_key",
    "published_keys",
    "put_back",
    "recall",
    "recognised",
    "refused_scans_of",
    "renew_tickets",
    "reopen_online_gate",
    "require_online_gate",
    "reveal_secrets",
    "revoke_key",
    "revoke_proxy",
    "rotate_keys",
    "scan_at_device",
    "scan_code",
    "scan_of",
    "scanned_at_device",
    "see_ticket",
    "shown_face",
    "shown_scan",
    "shut_online_gate",
    "status_list_of",
    "ticket_for",
    "ticket_to_print",
    "turns_by_card",
    "view_day_secret",
    "who_comes",
]

"""What can be done with a release: announce, enter, draw, offer, and look at it."""

from dawr.releases.actions.announcing import announce
from dawr.releases.actions.demand import count_demand
from dawr.releases.actions.drawing import advance_draws
from dawr.releases.actions.entering import change_entry, enter, grant_class, grant_class_at_desk, own_entry, withdraw
from dawr.releases.actions.offering import advance_offers
from dawr.releases.actions.planning import ANNOUNCERS, announce_planned, announcer, plan, services_in_care
from dawr.releases.actions.reading import (
    all_releases,
    bundle_lines,
    demand,
    draw_record_of,
    entries_of,
    entry_of,
    granted_classes,
    is_listed,
    offers_of,
    places,
    proof_of_line,
    ranked_page,
    receipt_for,
    release,
    result_chunks,
    rounds,
    why,
)
from dawr.releases.actions.viewing import (
    view_entering,
    view_line,
    view_own,
    view_release,
    view_releases,
    view_result,
)

__all__ = [
    "ANNOUNCERS",
    "advance_draws",
    "advance_offers",
    "all_releases",
    "announce",
    "announce_planned",
    "announcer",
    "bundle_lines",
    "change_entry",
    "count_demand",
    "demand",
    "draw_record_of",
    "enter",
    "entries_of",
    "entry_of",
    "grant_class",
    "grant_class_at_desk",
    "granted_classes",
    "is_listed",
    "offers_of",
    "own_entry",
    "places",
    "plan",
    "proof_of_line",
    "ranked_page",
    "receipt_for",
    "release",
    "result_chunks",
    "rounds",
    "services_in_care",
    "view_entering",
    "view_line",
    "view_own",
    "view_release",
    "view_releases",
    "view_result",
    "why",
    "withdraw",
]

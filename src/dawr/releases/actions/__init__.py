"""What can be done with a release: announce, enter, draw, offer, and look at it."""

from dawr.releases.actions.announcing import announce, receipt_key
from dawr.releases.actions.demand import count_demand
from dawr.releases.actions.drawing import advance_draws
from dawr.releases.actions.entering import change_entry, enter, own_entry, withdraw
from dawr.releases.actions.entering_together import EntryAsked, enter_many
from dawr.releases.actions.granting import desks_of, grant_class, grant_class_at_desk, grants_at, revoke_class
from dawr.releases.actions.offering import advance_offers
from dawr.releases.actions.planning import announce_planned, plan
from dawr.releases.actions.reading import (
    all_releases,
    bundle_lines,
    demand,
    draw_record_of,
    entries_of,
    entry_of,
    granted_classes,
    is_known,
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
    view_ended,
    view_entering,
    view_line,
    view_own,
    view_release,
    view_releases,
    view_result,
)
from dawr.releases.actions.watching import EntryWatched, watch_many
from dawr.releases.model import WatchedEntry

__all__ = [
    "EntryAsked",
    "EntryWatched",
    "WatchedEntry",
    "advance_draws",
    "advance_offers",
    "all_releases",
    "announce",
    "announce_planned",
    "bundle_lines",
    "change_entry",
    "count_demand",
    "demand",
    "desks_of",
    "draw_record_of",
    "enter",
    "enter_many",
    "entries_of",
    "entry_of",
    "grant_class",
    "grant_class_at_desk",
    "granted_classes",
    "grants_at",
    "is_known",
    "offers_of",
    "own_entry",
    "places",
    "plan",
    "proof_of_line",
    "ranked_page",
    "receipt_for",
    "receipt_key",
    "release",
    "result_chunks",
    "revoke_class",
    "rounds",
    "view_ended",
    "view_entering",
    "view_line",
    "view_own",
    "view_release",
    "view_releases",
    "view_result",
    "watch_many",
    "why",
    "withdraw",
]

"""What can be done with a line: announce it, join, look, act, leave; and what happens to it by itself."""

from dawr.lines.actions.advancing import advance_lines
from dawr.lines.actions.announcing import announce
from dawr.lines.actions.joining import join_ask, join_many, leave, status_many
from dawr.lines.actions.planning import announce_planned, plan
from dawr.lines.actions.reading import (
    all_lines,
    gathered_labels,
    line,
    now_serving,
    offered_slots,
    places_of,
    seats_left,
    slots_to_take,
)
from dawr.lines.actions.taking import extend, take_many
from dawr.lines.actions.viewing import view_line, view_lines, view_own

__all__ = [
    "advance_lines",
    "all_lines",
    "announce",
    "announce_planned",
    "extend",
    "gathered_labels",
    "join_ask",
    "join_many",
    "leave",
    "line",
    "now_serving",
    "offered_slots",
    "places_of",
    "plan",
    "seats_left",
    "slots_to_take",
    "status_many",
    "take_many",
    "view_line",
    "view_lines",
    "view_own",
]

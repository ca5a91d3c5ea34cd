"""Reserved shares as an officer writes them, "2" seats or "10%" of them, spread over the slots of a release."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dawr.booking.model import Slot, SlotId
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_code

_SHARE = re.compile(r"(?P<number>[0-9]{1,4})(?P<percent>[%٪]?)")


class ShareUnreadable(Refusal):
    """A reserved share is neither a number of seats nor a percentage up to 100."""

    code = "releases.share_unreadable"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`number` seats of every slot, or that percentage of all seats."""

    number: int
    is_percent: bool


def read_share(text: str) -> Share | None:
    """A share as typed, None for none; raises ShareUnreadable."""
    typed = clean_code(text)
    if not typed:
        return None
    match = _SHARE.fullmatch(typed)
    if match is None or (match["percent"] and int(match["number"]) > 100):
        raise ShareUnreadable
    number = int(match["number"])
    return Share(number=number, is_percent=bool(match["percent"])) if number else None


def reserve(slots: Sequence[Slot], *, shares: Mapping[str, Share]) -> dict[SlotId, dict[str, int]]:
    """How many free seats of each slot are kept for each class, never more than the slot has.

    A percentage is carried from slot to slot, so that 10% of five slots with two seats each is one seat and not none.
    """
    kept: dict[SlotId, dict[str, int]] = {slot.slot_id: {} for slot in slots}
    seen = 0
    given = dict.fromkeys(shares, 0)
    for slot in sorted(slots, key=lambda each: (each.starts_at, each.slot_id)):
        seen += slot.free
        left = slot.free
        for draw_class, share in shares.items():
            due = seen * share.number // 100 - given[draw_class] if share.is_percent else share.number
            if seats := min(due, left):
                kept[slot.slot_id][draw_class] = seats
                given[draw_class] += seats
                left -= seats
    return {slot_id: by_class for slot_id, by_class in kept.items() if by_class}

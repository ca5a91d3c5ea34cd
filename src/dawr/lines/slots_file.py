"""slots.csv: what a line gives out, as it is hashed into the rules and published."""

from collections.abc import Iterable

from dawr.lines.model import OfferedSlot

HEADER = "slot,seats\n"


def slots_text(slots: Iterable[OfferedSlot]) -> bytes:
    """The file, by slot id; a slot id holds neither commas nor quotes."""
    rows = (f"{slot.slot_id},{slot.seats}\n" for slot in sorted(slots, key=lambda slot: slot.slot_id))
    return (HEADER + "".join(rows)).encode()

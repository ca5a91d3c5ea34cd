"""A draw as an officer announces it: dates and times as typed, by the office's clock, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dawr.booking.model import Slot, SlotId
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_code
from dawr.releases.model import DrawId
from dawr.releases.shares import Share, ShareUnreadable, read_share, reserve
from dawr.releases.typed import Typed

CLASSES = ("medical", "elderly", "expiring")
"""The shares that an officer can reserve; a class's word in both languages stands in words.html."""

DAYS_SPANNED_MAX = 62


class SuffixUnreadable(Refusal):
    """The letter that tells two draws of a day apart is not one letter."""

    code = "releases.suffix_unreadable"
    status = 422


class OpensInThePast(Refusal):
    """Rules are published before anybody can enter."""

    code = "releases.opens_in_the_past"
    status = 422


class FreezesTooEarly(Refusal):
    """The list would be sealed before anybody could enter."""

    code = "releases.freezes_too_early"
    status = 422


class SpanUnreadable(Refusal):
    """The last day lies before the first, or too many days after it."""

    code = "releases.span_unreadable"
    status = 422


class NothingToDraw(Refusal):
    """No free seat begins in those days."""

    code = "releases.nothing_to_draw"
    status = 422


class TurnsTooSoon(Refusal):
    """The first turn would begin before its winner could confirm and travel."""

    code = "releases.turns_too_soon"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Everything that an officer decides about a draw; hours are whole, instants aware."""

    draw_id: DrawId
    from_on: date
    until_on: date
    opens_at: datetime
    freezes_at: datetime
    confirm_hours: int
    travel_hours: int
    shares: Mapping[str, Share]

    def first_turn_from(self, *, lead: timedelta) -> datetime:
        """When the earliest turn may begin: after the lots are drawn, confirmed and travelled for."""
        return self.freezes_at + lead + timedelta(hours=self.confirm_hours + self.travel_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The seats of an announcement: its slots, what is reserved of them, and until when the waiting list moves."""

    slots: tuple[Slot, ...]
    reserved: Mapping[SlotId, Mapping[str, int]]

    @property
    def moves_until(self) -> datetime:
        return self.slots[-1].starts_at

    @property
    def seats(self) -> int:
        return sum(slot.free for slot in self.slots)

    @property
    def reserved_seats(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for by_class in self.reserved.values():
            for draw_class, seats in by_class.items():
                totals[draw_class] = totals.get(draw_class, 0) + seats
        return totals


class _Announced(Typed):
    """The fields of the form that announces a draw."""

    def suffix(self) -> str:
        typed = clean_code(self.fields.get("suffix", ""))
        if typed and not (len(typed) == 1 and typed.isascii() and typed.isalpha()):
            self.faults["suffix"] = SuffixUnreadable()
        return f"-{typed}" if typed else ""

    def shares(self) -> dict[str, Share]:
        shares: dict[str, Share] = {}
        for draw_class in CLASSES:
            try:
                share = read_share(self.fields.get(f"share-{draw_class}", ""))
            except ShareUnreadable as refusal:
                self.faults[f"share-{draw_class}"] = refusal
            else:
                if share:
                    shares[draw_class] = share
        return shares


def read_announcement(
    fields: Mapping[str, str], *, service_id: ServiceId, timezone: str, now: datetime
) -> tuple[Announcement, dict[str, Refusal]]:
    """The announcement that the fields mean, and what is wrong with them by field; with a fault it means nothing."""
    reader = _Announced(fields, timezone=timezone)
    announcement = Announcement(
        draw_id=DrawId(f"{service_id}/{reader.day('draw').isoformat()}{reader.suffix()}"),
        from_on=reader.day("from"),
        until_on=reader.day("until"),
        opens_at=reader.instant("opens"),
        freezes_at=reader.instant("freezes"),
        confirm_hours=reader.hours("confirm-hours"),
        travel_hours=reader.hours("travel-hours"),
        shares=reader.shares(),
    )
    if not reader.faults:
        reader.faults |= _contradictions(announcement, now=now)
    return announcement, reader.faults


def supply_of(announcement: Announcement, *, slots: Sequence[Slot], lead: timedelta) -> Supply:
    """The free seats that the announcement gives out, and no other draw has; `lead` is from the freeze to the draw.

    Refuses none at all, and turns that begin before their winners could come.
    """
    free = tuple(slot for slot in slots if slot.free > 0 and not slot.promised)
    if not free:
        raise NothingToDraw
    earliest = announcement.first_turn_from(lead=lead)
    if free[0].starts_at < earliest:
        raise TurnsTooSoon(earliest=earliest.strftime("%Y-%m-%d %H:%M"))
    return Supply(slots=free, reserved=reserve(free, shares=announcement.shares))


def _contradictions(announcement: Announcement, *, now: datetime) -> dict[str, Refusal]:
    faults: dict[str, Refusal] = {}
    if announcement.opens_at <= now:
        faults["opens-day"] = OpensInThePast()
    if announcement.freezes_at <= announcement.opens_at:
        faults["freezes-day"] = FreezesTooEarly()
    if not timedelta(0) <= announcement.until_on - announcement.from_on <= timedelta(days=DAYS_SPANNED_MAX):
        faults["until-day"] = SpanUnreadable(days_max=DAYS_SPANNED_MAX)
    return faults

"""What the pages of a line show: everything loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dawr.booking.model import Slot, SlotId
from dawr.catalogue.model import Office, Service
from dawr.kernel.identifiers import OfficeId
from dawr.lines.model import FirstCome, NowServing, Place, Stage, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCard:
    """A line in a list: what it is for and where it stands."""

    line: FirstCome
    stage: Stage
    service: Service
    timezone: str

    @property
    def path(self) -> str:
        return f"/lines/{self.line.line_id}"

    @property
    def is_coming(self) -> bool:
        """Whether it is not over."""
        return self.stage is not Stage.CLOSED

    @property
    def is_joinable(self) -> bool:
        """Whether a number can be taken now."""
        return self.is_coming and self.stage is not Stage.ANNOUNCED


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlaces:
    """Where in the public log a line's entries stand; None while they wait to be put in order, or for their time."""

    rules: int | None
    opened: int | None
    closed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """Everything public about one line, and nothing about a person: the same for all who look, as of `serving.at`."""

    card: LineCard
    serving: NowServing
    slots_left: tuple[Slot, ...]
    offices: Mapping[OfficeId, Office]
    log: LogPlaces

    @property
    def line(self) -> FirstCome:
        return self.card.line

    @property
    def stage(self) -> Stage:
        return self.card.stage

    @property
    def path(self) -> str:
        return self.card.path

    @property
    def seats_left(self) -> int:
        return sum(slot.promised_free for slot in self.slots_left)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotGroup:
    """The slots of one office on one day in which seats are free."""

    office: Office
    day_on: date
    slots: tuple[Slot, ...]

    @property
    def name(self) -> str:
        """How the group is asked for in an address."""
        return f"{self.office.office_id} {self.day_on.isoformat()}"

    @property
    def seats(self) -> int:
        return sum(slot.promised_free for slot in self.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """Where one person stands in one line."""

    card: LineCard
    place: Place
    standing: Standing

    @property
    def is_pending(self) -> bool:
        """Whether something may still come of it."""
        return self.card.is_coming and self.standing is not Standing.SERVED


def slot_groups(view: LineView, *, without: SlotId | None = None) -> list[SlotGroup]:
    """What can be taken, office by office and day by day, in the order of time; `without` is known to be gone."""
    grouped: dict[tuple[OfficeId, date], list[Slot]] = {}
    for slot in view.slots_left:
        if slot.slot_id != without:
            grouped.setdefault((slot.office_id, slot.day_on), []).append(slot)
    return [
        SlotGroup(office=view.offices[office_id], day_on=day_on, slots=tuple(slots))
        for (office_id, day_on), slots in sorted(grouped.items(), key=lambda group: (group[0][1], group[0][0]))
    ]


def minutes_to_wait(number: int, *, serving: NowServing) -> int | None:
    """About how long until a number is served, rounded up; None where nobody can say yet."""
    if serving.per_minute < 1:
        return None
    return -(-max(0, number - serving.serving) // serving.per_minute)


def time_left(place: Place, *, now: datetime) -> int:
    """Whole minutes, rounded down, until the place's turn ends."""
    return 0 if place.turn_ends_at is None else max(0, int((place.turn_ends_at - now).total_seconds() // 60))

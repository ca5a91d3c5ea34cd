"""A first-come release: its rules, the places in its line, the turns to act, and what is refused along the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

import msgspec

from dawr.booking.model import BookingId, SlotId
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import Malformed, Refusal

LineId = NewType("LineId", str)

LINE_ID_LENGTH_MAX = 100
ACT_SECONDS = 600
EXTEND_SECONDS = 600
ASKED_KEY_BYTES = 16


class Stage(StrEnum):
    """What a line passes: it stands open only when its opening step has given out the first numbers."""

    ANNOUNCED = "announced"
    GATHERING = "gathering"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


class Standing(StrEnum):
    """Where one person stands: without a number yet, waiting, acting, late, served, or in a line that is over."""

    GATHERED = "gathered"
    WAITING = "waiting"
    ACTING = "acting"
    MISSED = "missed"
    SERVED = "served"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is published before anybody can join; `key_sha256` commits to the key of the order at the opening."""

    service_id: ServiceId
    line_id: LineId
    gathers_at: datetime
    opens_at: datetime
    closes_at: datetime
    act_seconds: int
    extend_seconds: int
    inside_max: int
    seats: int
    slots_sha256: str
    key_sha256: str


class LineTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Between which instants a line takes people, and when it closed, if it has."""

    gathers_at: datetime
    closes_at: datetime
    closed_at: datetime | None

    def is_over(self, *, now: datetime) -> bool:
        """Whether nothing more is given out at `now`."""
        return self.closed_at is not None or now >= self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCome:
    """A first-come release and how far its line is; `key` is None until the opening publishes it."""

    rules: Rules
    rules_entry_id: int
    key: bytes | None
    opened_at: datetime | None
    gathered: int | None
    gathered_root: str | None
    opened_entry_id: int | None
    last_number: int
    closed_at: datetime | None
    closed_entry_id: int | None

    @property
    def service_id(self) -> ServiceId:
        return self.rules.service_id

    @property
    def line_id(self) -> LineId:
        return self.rules.line_id

    @property
    def times(self) -> LineTimes:
        return LineTimes(gathers_at=self.rules.gathers_at, closes_at=self.rules.closes_at, closed_at=self.closed_at)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One person's place in a line.

    `number` is None until the line opens; `let_in_at` and `turn_ends_at` until his turn comes; `booking_id` until he
    has taken a seat, which was the request `asked_key`.
    """

    service_id: ServiceId
    line_id: LineId
    person_id: PersonId
    label: str
    joined_at: datetime
    number: int | None
    extended_at: datetime | None
    let_in_at: datetime | None
    turn_ends_at: datetime | None
    booking_id: BookingId | None
    asked_key: bytes | None

    def has_turn(self, *, now: datetime) -> bool:
        """Whether he may take a seat at `now`."""
        return self.booking_id is None and self.turn_ends_at is not None and now < self.turn_ends_at

    def has_missed(self, *, now: datetime) -> bool:
        """Whether his turn went by without a seat."""
        return self.booking_id is None and self.turn_ends_at is not None and now >= self.turn_ends_at


class JoinAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A person asks for his number; `label` is his for this line, from `order.label_of`."""

    service_id: ServiceId
    line_id: LineId
    person_id: PersonId
    label: str


class StatusAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A person asks where he stands."""

    service_id: ServiceId
    line_id: LineId
    person_id: PersonId


class TakeAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose turn it is takes a seat; `asked_key` (16 bytes) makes the request, sent again, the same one."""

    service_id: ServiceId
    line_id: LineId
    person_id: PersonId
    slot_id: SlotId
    asked_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSlot:
    """A slot that the line gives out, and how many of its seats were free when the rules were published."""

    slot_id: SlotId
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """What the waves of a line say at one instant.

    Let in so far, up to which number every turn was over even unextended, up to which it was over for certain, and
    what had been let in a few minutes before.
    """

    let_in: int
    ended: int
    surely_ended: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NowServing:
    """What everybody in line may know, the same for all: up to which number, and how many a minute."""

    serving: int
    per_minute: int
    is_open: bool
    is_closed: bool
    at: datetime


class LineAlreadyAnnounced(Refusal):
    """A line of this id exists."""

    code = "lines.already_announced"


class LineRulesUnsafe(Refusal):
    """Nobody could make use of the line; `reason` is for the engineer."""

    code = "lines.rules_unsafe"
    status = 422


class QuotaSmallerThanLine(Refusal):
    """The line would give out more than the authority's number for a day."""

    code = "lines.quota_smaller_than_seats"


class NotGathering(Refusal):
    """Numbers are not given yet."""

    code = "lines.not_gathering"


class LineClosed(Refusal):
    """All seats are given, or the line's time is over."""

    code = "lines.closed"


class NotInLine(Refusal):
    """The person has no place in this line."""

    code = "lines.not_in_line"
    status = 404


class NotYourTurn(Refusal):
    """His number has not been let in."""

    code = "lines.not_your_turn"


class TurnMissed(Refusal):
    """His turn went by."""

    code = "lines.turn_missed"


class TurnUsed(Refusal):
    """He has taken his seat in this line; one place gives one turn."""

    code = "lines.turn_used"


class ExtendedAlready(Refusal):
    """A turn is extended once."""

    code = "lines.extended_already"


class SlotNotInLine(Refusal):
    """This line does not give out that slot."""

    code = "lines.slot_not_in_line"
    status = 404


def require_line_id(line_id: str) -> LineId:
    """The id itself; refuses one that is not 1 to 100 visible ASCII characters, as a draw's."""
    is_visible = line_id.isascii() and line_id.isprintable() and " " not in line_id
    if not (1 <= len(line_id) <= LINE_ID_LENGTH_MAX and is_visible):
        raise Malformed(reason="a line id is 1 to 100 visible ASCII characters")
    return LineId(line_id)


def require_safe_rules(rules: Rules, *, now: datetime) -> None:
    """Refuses rules that are published too late, or that leave nobody time to join or to act."""
    act = timedelta(seconds=rules.act_seconds)
    faults = {
        "there are no seats": rules.seats < 1,
        "it gathers before its rules are published": rules.gathers_at < now,
        "it opens before it gathers": rules.opens_at < rules.gathers_at,
        "it lets nobody in": rules.inside_max < 1,
        "nobody has time to act": rules.act_seconds < 1 or rules.extend_seconds < 0,
        "it closes before anybody has had his time": rules.closes_at < rules.opens_at + act,
    }
    for reason, is_true in faults.items():
        if is_true:
            raise LineRulesUnsafe(reason=reason)


def stage_of(line: FirstCome, *, now: datetime) -> Stage:
    """The stage at `now`."""
    if line.closed_at is not None:
        return Stage.CLOSED
    if line.opened_at is not None:
        return Stage.CLOSED if line.times.is_over(now=now) else Stage.OPEN
    if now >= line.rules.opens_at:
        return Stage.OPENING
    return Stage.GATHERING if now >= line.rules.gathers_at else Stage.ANNOUNCED


def is_due_to_close(line: FirstCome, *, seats_left: int, now: datetime) -> bool:
    """Whether an opened line ends: nothing is left to give, or its time has come."""
    return seats_left == 0 or now >= line.rules.closes_at


def require_joinable(times: LineTimes, *, now: datetime) -> None:
    """Refuses unless the line takes people at `now`."""
    if now < times.gathers_at:
        raise NotGathering(gathers_at=times.gathers_at.isoformat())
    if times.is_over(now=now):
        raise LineClosed


def require_turn(place: Place, *, times: LineTimes, now: datetime) -> None:
    """Refuses unless the place's person may take a seat at `now`."""
    if place.booking_id is not None:
        raise TurnUsed
    if times.is_over(now=now):
        raise LineClosed
    if place.has_missed(now=now):
        raise TurnMissed
    if not place.has_turn(now=now):
        raise NotYourTurn


def require_extendable(place: Place, *, times: LineTimes, now: datetime) -> None:
    """Refuses unless the turn runs at `now` and was not extended before."""
    require_turn(place, times=times, now=now)
    if place.extended_at is not None:
        raise ExtendedAlready


def standing_of(place: Place, *, stage: Stage, now: datetime) -> Standing:
    """Where the place's person stands in a line of that stage."""
    if place.booking_id is not None:
        return Standing.SERVED
    if stage is Stage.CLOSED:
        return Standing.OVER
    if place.number is None:
        return Standing.GATHERED
    if place.turn_ends_at is None:
        return Standing.WAITING
    return Standing.ACTING if place.has_turn(now=now) else Standing.MISSED

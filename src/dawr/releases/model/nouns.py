"""What a release is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from dawr.booking.model import BookingId
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.releases.beacon import Chain, instant_of
from dawr.releases.model.eligibility import Eligibility

DrawId = NewType("DrawId", str)


LABEL_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a release publishes before it opens; it goes into the log and is never changed.

    `lead_seconds` is the least time between the witnesses' signatures on the frozen list and the beacon round;
    `confirm_seconds` how long a winner has; `travel_seconds` how long before a turn the waiting list stops moving.
    """

    draw_id: DrawId
    service_id: ServiceId
    eligible: Eligibility
    opens_at: datetime
    freezes_at: datetime
    moves_until: datetime
    round: int
    beacon_url: str
    beacon: Chain
    lead_seconds: int
    confirm_seconds: int
    travel_seconds: int
    classes: tuple[str, ...]
    witnesses: tuple[str, ...]
    witness_quorum: int
    places_sha256: str
    seats: int
    receipt_key: str
    when_the_beacon_is_down: str = "the same round is asked for again until it answers; no other randomness is used"
    when_the_witnesses_are_late: str = "the round is void, a later one is announced in the log, the list stays frozen"


class Stage(StrEnum):
    """Where a release stands; derived from instants and facts, never stored."""

    ANNOUNCED = "announced"
    OPEN = "open"
    FREEZING = "freezing"
    FROZEN = "frozen"
    OFFERING = "offering"
    MOVING = "moving"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as it stands.

    Nobody on its waiting list wants a seat at `unwanted_places`, or could still come there in time.
    """

    rules: Rules
    round: int
    rules_entry_id: int
    frozen_at: datetime | None
    freeze_entry_id: int | None
    list_root: str | None
    entrants: int | None
    entrants_by_class: Mapping[str, int]
    drawn_at: datetime | None
    randomness: str | None
    signature: str | None
    seed: str | None
    result_entry_id: int | None
    offered_at: datetime | None
    unwanted_places: Sequence[str]
    closed_at: datetime | None

    @property
    def draw_id(self) -> DrawId:
        return self.rules.draw_id

    @property
    def service_id(self) -> ServiceId:
        return self.rules.service_id

    @property
    def draws_at(self) -> datetime:
        """When the beacon gives the round of this draw."""
        return instant_of(self.round, chain=self.rules.beacon)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one draw, by his opaque label; while it is live he may enter no other draw of the service.

    Its first receipt is `version` 1, and each change of its line is the next.
    """

    service_id: ServiceId
    draw_id: DrawId
    person_id: PersonId
    label: str
    line: str
    version: int
    entered_at: datetime
    is_live: bool


class WatchedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A person's entry with the instants of its draw, and the place that was offered to him."""

    label: str
    line: str
    version: int
    entered_at: datetime
    freezes_at: datetime
    frozen_at: datetime | None
    drawn_at: datetime | None
    closed_at: datetime | None
    offered_place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What the draw gave one label; `place` is None on the waiting list."""

    rank: int
    label: str
    place: str | None
    seat_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody on the waiting list who was not offered anything yet."""

    rank: int
    person_id: PersonId
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextOffer:
    """A freed seat and the person whose it is now; `seat_class` is the share it belongs to."""

    rank: int
    person_id: PersonId
    place: str
    seat_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A seat that was offered after the draw; without a booking where the person had a live turn already."""

    service_id: ServiceId
    draw_id: DrawId
    rank: int
    place: str
    booking_id: BookingId | None
    offered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How a release stood at `counted_at`: entrants, and first choices per place ("" for any place)."""

    counted_at: datetime
    entrants: int
    first_choices: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A beacon round that was announced for a draw, and the log entry that says so."""

    round: int
    announced_at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a label got what it got: `free` is what was open at each place when its turn came.

    `waiting_before` counts those still ahead on the waiting list; None for who got a place by the draw.
    `offered_place` is the place of the offer that followed, None while there was none.
    """

    ranked: Ranked
    line: str
    free: dict[str, int]
    waiting_before: int | None
    offered_place: str | None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What an entrant holds against us: his line as we took it, signed (draw.md, steps 2 and 4).

    Of two receipts of one label the one with the higher `version` counts.
    """

    draw_id: DrawId
    label: str
    line: str
    version: int
    entered_at: datetime
    key: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedReceipt:
    """A receipt whose line was changed or withdrawn by its holder, and the log entry that says so.

    `receipt_sha256` is the hash of the receipt as a file: its holder can make it, and from it nobody learns the line.
    """

    label: str
    version: int
    receipt_sha256: str
    is_withdrawal: bool
    ended_at: datetime
    entry_id: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of an entrant's: an office, a day or any, a part of the day or any."""

    office_id: OfficeId | str
    day: str
    part: str

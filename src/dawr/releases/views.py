"""What the pages of a release show: everything loaded, and the small sums that people want to see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dawr.booking.model import Booking, BookingState
from dawr.catalogue.model import Office, Service
from dawr.kernel.identifiers import OfficeId
from dawr.releases.assignment import Place
from dawr.releases.model import Demand, EndedReceipt, Entry, Ranked, Release, Round, Stage, Why, starts_at_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A release in a list: what it is for, where it stands, how much it is wanted."""

    release: Release
    stage: Stage
    service: Service
    timezone: str
    entrants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a picture of demand: first wishes beside the seats that there are.

    `place` is one of the places that the line is about, to name its office or its hour by.
    """

    place: Place
    wishes: int
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlaces:
    """Where in the public log a draw's entries stand; None while they wait to be put in order."""

    rules: int | None
    freeze: int | None
    result: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """Everything public about one release."""

    release: Release
    stage: Stage
    service: Service
    offices: Mapping[OfficeId, Office]
    timezone: str
    places: tuple[Place, ...]
    demand: Demand
    rounds: tuple[Round, ...]
    log: LogPlaces

    @property
    def path(self) -> str:
        return f"/draws/{self.release.draw_id}"

    @property
    def entrants(self) -> int:
        """Exact once the list is frozen, as last counted before."""
        return self.demand.entrants if self.release.entrants is None else self.release.entrants

    @property
    def reserved(self) -> dict[str, int]:
        """Seats per class over all places."""
        shares: Counter[str] = Counter()
        for place in self.places:
            shares.update(place.reserved)
        return dict(sorted(shares.items()))

    @property
    def days_on(self) -> list[date]:
        return sorted({starts_at_of(place).date() for place in self.places})

    @property
    def void_rounds(self) -> tuple[Round, ...]:
        return tuple(each for each in self.rounds if each.round < self.release.round)

    @property
    def is_drawn(self) -> bool:
        return self.release.drawn_at is not None

    @property
    def confirm_hours(self) -> float:
        return _hours(self.release.rules.confirm_seconds)

    @property
    def travel_hours(self) -> float:
        return _hours(self.release.rules.travel_seconds)

    @property
    def lead_hours(self) -> float:
        return _hours(self.release.rules.lead_seconds)

    @property
    def witnesses(self) -> list[str]:
        """The names of the witnesses; their keys follow a plus sign."""
        return [witness.partition("+")[0] for witness in self.release.rules.witnesses]

    def place(self, place_id: str) -> Place:
        """The place of that id, which the frozen list or the result names."""
        return next(place for place in self.places if place.place_id == place_id)

    def starts_at(self, place: Place) -> datetime:
        return starts_at_of(place)

    def office(self, place: Place) -> Office:
        return self.offices[OfficeId(place.office)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringView:
    """What somebody who is about to enter, or to change his entry, has to choose from."""

    view: ReleaseView
    entry: Entry | None
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """The result of a drawn release, some ranks of it."""

    winners: int
    waiting: int
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Where a line stands in the frozen list, and the hashes that lead from it to the root."""

    index: int
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """What anybody may know of one label: its line, its proof, and after the draw why it got what it got."""

    label: str
    line: str
    preferences: tuple[str, ...]
    draw_class: str
    credit: int
    proof: Proof | None
    why: Why | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedView:
    """A receipt that no longer stands, and where in the log that is said; None while it waits to be put in order."""

    receipt: EndedReceipt
    log: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """An entry as its own person sees it in his list; `why` once it is drawn."""

    card: Card
    entry: Entry
    why: Why | None

    @property
    def is_over(self) -> bool:
        """Nothing more can come of it: it has been given a turn, or its release has closed."""
        return self.card.stage is Stage.CLOSED or (self.why is not None and self.why.offered_place is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBooking:
    """A booking with the names of its service and office."""

    booking: Booking
    service: Service
    office: Office


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """What a person comes back for: offers to confirm, turns to come, draws, and what is over."""

    offered: tuple[OwnBooking, ...]
    confirmed: tuple[OwnBooking, ...]
    past: tuple[OwnBooking, ...]
    entries: tuple[OwnEntry, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.offered or self.confirmed or self.past or self.entries)


def own_view(bookings: Sequence[OwnBooking], *, entries: Sequence[OwnEntry], now: datetime) -> OwnView:
    """The person's things in the order in which they matter; an offer past its end is over, lapsed or not."""
    offered = [each for each in bookings if _waits_for_answer(each.booking, now=now)]
    confirmed = [each for each in bookings if _is_to_come(each.booking, now=now)]
    shown = {each.booking.booking_id for each in (*offered, *confirmed)}
    return OwnView(
        offered=tuple(sorted(offered, key=lambda each: each.booking.offered_until or now)),
        confirmed=tuple(sorted(confirmed, key=lambda each: each.booking.starts_at)),
        past=tuple(each for each in bookings if each.booking.booking_id not in shown),
        entries=tuple(sorted(entries, key=lambda each: each.is_over)),
    )


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 2)


def _waits_for_answer(booking: Booking, *, now: datetime) -> bool:
    return booking.state is BookingState.OFFERED and booking.offered_until is not None and now < booking.offered_until


def _is_to_come(booking: Booking, *, now: datetime) -> bool:
    # A turn of this morning stays in sight for the rest of its day.
    return booking.state is BookingState.CONFIRMED and now < booking.ends_at + timedelta(hours=12)


def chance(*, entrants: int, seats: int) -> tuple[int, int] | None:
    """The odds in small whole numbers, (1, 3) for about one in three; None while there is a seat for everyone.

    Never better than they are: 79 of 100 is seven in ten.
    """
    if entrants <= seats:
        return None
    if entrants >= 2 * seats:
        return 1, round(entrants / seats)
    return 10 * seats // entrants, 10


def demand_by_office(places: Sequence[Place], *, first_choices: Mapping[str, int]) -> list[Bar]:
    """First wishes and seats per office, in the order of the places."""
    by_office: dict[str, list[Place]] = {}
    for place in places:
        by_office.setdefault(place.office, []).append(place)
    return [_bar(group, first_choices=first_choices) for group in by_office.values()]


def demand_by_hour(places: Sequence[Place], *, first_choices: Mapping[str, int]) -> list[Bar]:
    """First wishes and seats per hour of the office's clock, earliest first."""
    by_hour: dict[int, list[Place]] = {}
    for place in places:
        by_hour.setdefault(starts_at_of(place).hour, []).append(place)
    return [_bar(by_hour[hour], first_choices=first_choices) for hour in sorted(by_hour)]


def _bar(places: Sequence[Place], *, first_choices: Mapping[str, int]) -> Bar:
    return Bar(
        place=places[0],
        wishes=sum(first_choices.get(place.place_id, 0) for place in places),
        seats=sum(place.count for place in places),
    )

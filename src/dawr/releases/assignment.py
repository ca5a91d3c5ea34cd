"""Who gets which place: random serial dictatorship in two passes over the ranks (dawr-draw-v1, step 6)."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dawr.releases.entry_line import class_of, preferences_of

NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place with `count` seats, of which `reserved` names shares per class.

    `office` and `starts_at` (ISO 8601) are for people; the draw does not read them.
    """

    place_id: str
    count: int
    reserved: Mapping[str, int] = field(default_factory=dict)
    office: str = ""
    starts_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Per rank (from 0): the position of the place that he got, or NOWHERE, and whether by a reserved share."""

    places: "array[int]"
    by_reservation: bytearray

    @property
    def winners(self) -> int:
        return len(self.places) - self.places.count(NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was free at each place when an entrant's turn came; `reserved` is None for one without a class."""

    reserved: tuple[int, ...] | None
    open: tuple[int, ...]


class _Seats:
    """Seats that only ever become fewer, so that the first place with one free never moves back."""

    __slots__ = ("first", "free", "left", "numbers")

    def __init__(self, free: Iterable[int], *, numbers: Mapping[bytes, int]) -> None:
        self.free = list(free)
        self.left = sum(self.free)
        self.numbers = numbers
        self.first = 0

    def take(self, preferences: bytes) -> int:
        """A seat at the first preferred place that has one (the first of all without preferences), or NOWHERE."""
        free = self.free
        if not preferences:
            return self._take_any()
        for place_id in preferences.split(b" "):
            number = self.numbers[place_id]
            if free[number]:
                free[number] -= 1
                self.left -= 1
                return number
        return NOWHERE

    def _take_any(self) -> int:
        while self.first < len(self.free):
            if self.free[self.first]:
                self.free[self.first] -= 1
                self.left -= 1
                return self.first
            self.first += 1
        return NOWHERE


def assign(ranked_lines: Sequence[bytes], places: Sequence[Place]) -> Assignment:
    """The places of entrants whose lines come in the order of rank and prefer none but these places."""
    assignment = Assignment(
        places=array("i", [NOWHERE]) * len(ranked_lines), by_reservation=bytearray(len(ranked_lines))
    )
    _give_reserved_seats(assignment, ranked_lines, places=places)
    _give_open_seats(assignment, ranked_lines, places=places)
    return assignment


def _give_reserved_seats(assignment: Assignment, ranked_lines: Sequence[bytes], *, places: Sequence[Place]) -> None:
    numbers = _numbers(places)
    shares = {
        draw_class.encode(): _Seats((place.reserved.get(draw_class, 0) for place in places), numbers=numbers)
        for draw_class in classes_of(places)
    }
    for rank, line in enumerate(ranked_lines):
        if not (draw_class := class_of(line)) or draw_class not in shares:
            continue
        number = shares[draw_class].take(preferences_of(line))
        if number != NOWHERE:
            assignment.places[rank] = number
            assignment.by_reservation[rank] = True


def _give_open_seats(assignment: Assignment, ranked_lines: Sequence[bytes], *, places: Sequence[Place]) -> None:
    given = assignment.places
    left = [place.count for place in places]
    for number in given:
        if number != NOWHERE:
            left[number] -= 1
    seats = _Seats(left, numbers=_numbers(places))
    for rank, line in enumerate(ranked_lines):
        if not seats.left:
            break
        if given[rank] == NOWHERE:
            given[rank] = seats.take(preferences_of(line))


def classes_of(places: Iterable[Place]) -> list[str]:
    """Every class that some place reserves a share for, sorted."""
    return sorted({draw_class for place in places for draw_class in place.reserved})


def turn_of(rank: int, *, ranked_lines: Sequence[bytes], places: Sequence[Place], assignment: Assignment) -> Turn:
    """What was free when the turn of the entrant at `rank` (from 0) came, in each of the two passes."""
    draw_class = class_of(ranked_lines[rank])
    reserved = [place.reserved.get(draw_class.decode(), 0) for place in places]
    left = [place.count for place in places]
    for other, number in enumerate(assignment.places):
        if number == NOWHERE:
            continue
        if assignment.by_reservation[other] or other < rank:
            left[number] -= 1
        if assignment.by_reservation[other] and other < rank and class_of(ranked_lines[other]) == draw_class:
            reserved[number] -= 1
    return Turn(reserved=tuple(reserved) if draw_class else None, open=tuple(left))


def _numbers(places: Iterable[Place]) -> dict[bytes, int]:
    return {place.place_id.encode(): number for number, place in enumerate(places)}

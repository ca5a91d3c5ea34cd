"""Whose a freed seat is: the first on the waiting list, by rank, who prefers that place (dawr-draw-v1, step 7)."""

from collections.abc import Iterator, Mapping, Sequence

from dawr.releases.entry_line import Entrant, read_entry_line
from dawr.releases.model import NextOffer, Waiting

FreeSeats = Mapping[tuple[str, str], int]
"""(place, class) to free seats there, places in the order of the release; the empty class is the open share."""


def rounds_of(free: FreeSeats) -> Iterator[tuple[str, FreeSeats]]:
    """Who is asked about which seats, in this order: each class about its reserved ones, then everybody about all.

    A round may begin only when nobody of the one before it takes a seat any more.
    """
    for draw_class in sorted({seat_class for _, seat_class in free if seat_class}):
        yield draw_class, {key: seats for key, seats in free.items() if key[1] == draw_class}
    yield "", free


def next_offers(waiting: Sequence[Waiting], *, free: FreeSeats) -> list[NextOffer]:
    """The offers to make now to people in the order of rank: each gets the first place he prefers that has a seat."""
    left: dict[str, dict[str, int]] = {}
    for (place, seat_class), seats in free.items():
        if seats > 0:
            left.setdefault(place, {})[seat_class] = seats
    offers = []
    for person in waiting:
        choice = _first_choice(read_entry_line(person.line.encode()), left)
        if choice is not None:
            seat_class = _take(left, choice)
            offers.append(NextOffer(rank=person.rank, person_id=person.person_id, place=choice, seat_class=seat_class))
    return offers


def _first_choice(entrant: Entrant, left: Mapping[str, Mapping[str, int]]) -> str | None:
    return next((place for place in entrant.preferences or left if place in left), None)


def _take(left: dict[str, dict[str, int]], place: str) -> str:
    """One seat less at `place`, of the open share while that has any; the class of the share."""
    shares = left[place]
    seat_class = min(shares)
    shares[seat_class] -= 1
    if not shares[seat_class]:
        del shares[seat_class]
    if not shares:
        del left[place]
    return seat_class

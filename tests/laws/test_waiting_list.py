"""Laws of the waiting list, for any people, wishes, classes and freed seats."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.identifiers import PersonId
from dawr.releases.entry_line import Entrant, entry_line, read_entry_line
from dawr.releases.model import NextOffer, Waiting
from dawr.releases.waiting_list import FreeSeats, next_offers, rounds_of

PLACES = ("HAW-0900", "HAW-0930", "FAR-0900")
CLASSES = ("", "medical", "elderly")

wishes = st.lists(st.sampled_from(PLACES), unique=True).map(tuple)
people = st.lists(st.tuples(st.sampled_from(CLASSES), wishes), max_size=14)
frees = st.dictionaries(st.tuples(st.sampled_from(PLACES), st.sampled_from(CLASSES)), st.integers(0, 4)).map(
    # As the server gives them: places in the order of the release, whatever share of them is free.
    lambda free: dict(sorted(free.items(), key=lambda item: (PLACES.index(item[0][0]), item[0][1])))
)


def waiting_of(drawn: list[tuple[str, tuple[str, ...]]]) -> list[Waiting]:
    return [
        Waiting(
            rank=rank,
            person_id=PersonId(UUID(int=rank)),
            line=entry_line(Entrant(label=f"L{rank}", draw_class=draw_class, preferences=preferences)).decode(),
        )
        for rank, (draw_class, preferences) in enumerate(drawn, 1)
    ]


def entrant_of(person: Waiting) -> Entrant:
    return read_entry_line(person.line.encode())


def wants(person: Waiting, place: str) -> bool:
    return place in (entrant_of(person).preferences or PLACES)


def moved(waiting: list[Waiting], free: FreeSeats, *, seen_at_once: int = 100) -> list[NextOffer]:
    """The list moved until nobody takes anything, as it is on the server, which sees some people at a time."""
    left, made = Counter(dict(free)), list[NextOffer]()
    has_more = True
    while has_more:
        offers = _one_step(
            [each for each in waiting if each.rank not in {offer.rank for offer in made}], left, seen_at_once
        )
        made += offers
        left.subtract(Counter((offer.place, offer.seat_class) for offer in offers))
        has_more = bool(offers)
    return made


def _one_step(waiting: list[Waiting], left: Counter[tuple[str, str]], seen_at_once: int) -> list[NextOffer]:
    free = {key: seats for key, seats in left.items() if seats > 0}
    for draw_class, seats in rounds_of(free):
        asked = [
            each
            for each in waiting
            if draw_class in ("", entrant_of(each).draw_class) and any(wants(each, place) for place, _ in seats)
        ]
        if offers := next_offers(asked[:seen_at_once], free=seats):
            return offers
    return []


@given(people, frees)
def test_nobody_is_offered_twice_and_never_more_than_is_free(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    offers = moved(waiting_of(drawn), free)
    assert len({offer.rank for offer in offers}) == len(offers)
    given_out = Counter((offer.place, offer.seat_class) for offer in offers)
    assert all(seats <= free[key] for key, seats in given_out.items())


@given(people, frees)
def test_everybody_gets_a_place_that_he_wished_for(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    waiting = {person.rank: person for person in waiting_of(drawn)}
    for offer in moved(list(waiting.values()), free):
        assert wants(waiting[offer.rank], offer.place)
        assert offer.person_id == waiting[offer.rank].person_id


@given(people, frees)
def test_no_seat_stays_free_that_anybody_waits_for(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    waiting = waiting_of(drawn)
    offers = moved(waiting, free)
    left = Counter({place: sum(seats for (at, _), seats in free.items() if at == place) for place in PLACES})
    left.subtract(Counter(offer.place for offer in offers))
    still = [person for person in waiting if person.rank not in {offer.rank for offer in offers}]
    assert not [
        (person.rank, place) for person in still for place in PLACES if left[place] > 0 and wants(person, place)
    ]


@given(people, frees)
def test_whoever_goes_without_was_passed_over_for_reserved_seats_alone(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    waiting = {person.rank: person for person in waiting_of(drawn)}
    offers = {offer.rank: offer for offer in moved(list(waiting.values()), free)}
    for rank in waiting.keys() - offers.keys():
        for other, offer in offers.items():
            if other > rank and wants(waiting[rank], offer.place):
                assert offer.seat_class == entrant_of(waiting[other]).draw_class != ""
                assert entrant_of(waiting[rank]).draw_class != offer.seat_class


@given(people, frees)
def test_without_a_class_nobody_would_rather_have_what_a_worse_rank_got(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    waiting = {person.rank: person for person in waiting_of(drawn) if not entrant_of(person).draw_class}
    offers = [offer for offer in moved(waiting_of(drawn), free) if offer.rank in waiting]
    for own in offers:
        order = entrant_of(waiting[own.rank]).preferences
        preferred = order[: order.index(own.place)] if order else ()
        assert not [offer for offer in offers if offer.rank > own.rank and offer.place in preferred]


@given(people, frees)
def test_a_reserved_seat_goes_outside_its_class_only_when_nobody_of_it_waits_there(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int]
) -> None:
    waiting = {person.rank: person for person in waiting_of(drawn)}
    offers = moved(list(waiting.values()), free)
    served = {offer.rank for offer in offers}
    for offer in offers:
        if offer.seat_class and entrant_of(waiting[offer.rank]).draw_class != offer.seat_class:
            passed_over = [
                person
                for rank, person in waiting.items()
                if entrant_of(person).draw_class == offer.seat_class
                and rank not in served
                and wants(person, offer.place)
            ]
            assert not passed_over


@given(people, frees, st.integers(1, 4))
def test_looking_at_some_people_at_a_time_gives_what_looking_at_all_gives(
    drawn: list[tuple[str, tuple[str, ...]]], free: dict[tuple[str, str], int], seen_at_once: int
) -> None:
    waiting = waiting_of(drawn)
    in_steps = {(offer.rank, offer.place) for offer in moved(waiting, free, seen_at_once=seen_at_once)}
    at_once = {(offer.rank, offer.place) for offer in moved(waiting, free)}
    assert in_steps == at_once

"""Whose a freed seat is, in examples small enough to follow with a finger."""

from uuid import UUID

import pytest

from dawr.kernel.identifiers import PersonId
from dawr.releases.entry_line import Entrant, entry_line
from dawr.releases.model import Waiting
from dawr.releases.waiting_list import FreeSeats, next_offers, rounds_of

A, B, C = "HAW-0900", "HAW-0930", "FAR-0900"


def waiting(rank: int, *preferences: str, draw_class: str = "") -> Waiting:
    line = entry_line(Entrant(label=f"L{rank}", draw_class=draw_class, preferences=preferences))
    return Waiting(rank=rank, person_id=PersonId(UUID(int=rank)), line=line.decode())


def offered(people: list[Waiting], free: FreeSeats) -> list[tuple[int, str, str]]:
    return [(offer.rank, offer.place, offer.seat_class) for offer in next_offers(people, free=free)]


def test_the_best_rank_who_wishes_the_place_gets_it() -> None:
    people = [waiting(3, B), waiting(5, A), waiting(9, A)]
    assert offered(people, {(A, ""): 1}) == [(5, A, "")]


def test_each_gets_the_first_of_his_wishes_that_is_free() -> None:
    people = [waiting(1, A, B), waiting(2, A, B), waiting(3, A, B), waiting(4, B)]
    assert offered(people, {(B, ""): 2, (A, ""): 1}) == [(1, A, ""), (2, B, ""), (3, B, "")]


def test_who_wished_for_any_place_gets_the_first_of_the_release() -> None:
    assert offered([waiting(1), waiting(2)], {(C, ""): 1, (A, ""): 1}) == [(1, C, ""), (2, A, "")]


def test_the_open_share_of_a_place_is_used_before_the_reserved_ones() -> None:
    people = [waiting(1), waiting(2), waiting(3), waiting(4)]
    free = {(A, "medical"): 1, (A, ""): 1, (A, "elderly"): 1}
    assert offered(people, free) == [(1, A, ""), (2, A, "elderly"), (3, A, "medical")]


@pytest.mark.parametrize("free", [{}, {(A, ""): 0}, {(B, ""): 4}])
def test_where_nothing_wished_for_is_free_nobody_gets_anything(free: FreeSeats) -> None:
    assert offered([waiting(1, A)], free) == []


def test_classes_are_asked_about_their_own_seats_before_everybody_about_all() -> None:
    free = {(A, "medical"): 1, (A, ""): 2, (B, "elderly"): 1, (B, "medical"): 3}
    assert list(rounds_of(free)) == [
        ("elderly", {(B, "elderly"): 1}),
        ("medical", {(A, "medical"): 1, (B, "medical"): 3}),
        ("", free),
    ]


def test_without_reserved_seats_everybody_is_asked_at_once() -> None:
    assert list(rounds_of({(A, ""): 2})) == [("", {(A, ""): 2})]

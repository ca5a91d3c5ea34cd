"""Places in a status list: each given once, and none tells how many tickets came before it."""

from itertools import pairwise
from statistics import correlation

from hypothesis import given
from hypothesis import strategies as st

from dawr.tickets.model import TicketStatus
from dawr.tickets.status_list import encode, pack
from dawr.tickets.status_places import PLACES, place_in_list

KEY = bytes(range(32))
keys = st.binary(min_size=32, max_size=32)


@given(keys)
def test_no_two_tickets_of_an_office_and_day_share_a_place(key: bytes) -> None:
    assert {place_in_list(key, number) for number in range(PLACES)} == set(range(PLACES))


@given(keys, st.integers(0, 2**24), st.integers(0, 2**24))
def test_a_place_is_in_its_block_and_is_given_once(key: bytes, one: int, other: int) -> None:
    assert place_in_list(key, one) // PLACES == one // PLACES
    assert (place_in_list(key, one) == place_in_list(key, other)) == (one == other)


def test_the_place_says_nothing_of_the_order_in_which_tickets_were_issued() -> None:
    places = [place_in_list(KEY, number) for number in range(PLACES)]
    assert abs(correlation(range(PLACES), places)) < 0.1
    steps = {later - earlier for earlier, later in pairwise(places)}
    assert len(steps) > PLACES / 2, "neighbours in time are not at one distance in the list"


def test_another_day_and_another_block_are_shuffled_otherwise() -> None:
    first = [place_in_list(KEY, number) for number in range(100)]
    assert [place_in_list(b"k" * 32, number) for number in range(100)] != first
    assert [place_in_list(KEY, PLACES + number) - PLACES for number in range(100)] != first


def test_two_thousand_shuffled_tickets_of_which_one_in_twenty_is_cancelled_stay_near_134_bytes() -> None:
    sizes = []
    for day in range(20):
        key = bytes([day]) * 32
        places = [place_in_list(key, number) for number in range(2000)]
        cancelled = dict.fromkeys(places[::20], TicketStatus.CANCELLED)
        sizes.append(len(encode(pack(dict.fromkeys(places, TicketStatus.VALID) | cancelled, bits=2))))
    assert 134 <= sum(sizes) / len(sizes) <= 160, sizes

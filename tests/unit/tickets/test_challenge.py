"""The card's digits: any four places and two are asked, each kind of digit will do, two wrong tries are a mismatch."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest

from dawr.gates.binomial import chance_of_at_least
from dawr.kernel.text import arabic_digits
from dawr.people.model import Card
from dawr.tickets.challenge import challenge_on, chosen_positions, decided_by_try, digits_at, is_right
from dawr.tickets.model import Challenge, TicketId, Verdict

KEY = bytes(range(32))
TICKET = TicketId(b"0123456789")
CARD = Card(civil_number="285010100157", serial="104772398")
CHANCE = b"c" * 32


def challenge(card: Card = CARD) -> Challenge:
    return challenge_on(card, chance=CHANCE, key=KEY, ticket_id=TICKET)


def answer_to(asked: Challenge, card: Card = CARD) -> str:
    return digits_at(card.civil_number, asked.positions) + digits_at(card.serial, asked.serial_positions)


def accepts(asked: Challenge, typed: str, *, key: bytes = KEY, ticket_id: TicketId = TICKET) -> bool:
    return is_right(asked, key=key, ticket_id=ticket_id, typed=typed)


def test_four_places_of_the_number_and_two_of_the_serial_are_asked() -> None:
    asked = challenge()
    assert len(set(asked.positions)) == 4
    assert set(asked.positions) <= set(range(1, 13))
    assert len(set(asked.serial_positions)) == 2
    assert set(asked.serial_positions) <= set(range(1, 10))


def test_a_register_without_serial_numbers_asks_for_the_civil_number_alone() -> None:
    asked = challenge(Card(civil_number=CARD.civil_number))
    assert (asked.positions, asked.serial_positions) == (challenge().positions, ())
    assert accepts(asked, digits_at(CARD.civil_number, asked.positions))


def test_a_card_too_short_for_the_question_is_a_mistake_of_the_register() -> None:
    with pytest.raises(ValueError, match="4 places"):
        challenge(Card(civil_number="285"))


def test_the_right_digits_are_right_in_both_kinds_of_digit_and_any_spacing() -> None:
    asked = challenge()
    answer = answer_to(asked)
    for typed in (answer, arabic_digits(answer), f" {answer[:4]} {answer[4:]} ", f"{answer[:4]}-{answer[4:]}"):
        assert accepts(asked, typed)


def test_one_digit_more_less_or_other_is_wrong() -> None:
    asked = challenge()
    answer = answer_to(asked)
    altered = [
        answer[:place] + str((int(answer[place]) + 1) % 10) + answer[place + 1 :] for place in range(len(answer))
    ]
    for typed in (*altered, answer[:4], answer + "0", "", answer[::-1] + "x"):
        assert not accepts(asked, typed)


def test_an_answer_belongs_to_one_ticket_and_one_key() -> None:
    asked = challenge()
    answer = answer_to(asked)
    assert not accepts(asked, answer, ticket_id=TicketId(b"9876543210"))
    assert not accepts(asked, answer, key=bytes(32))


@pytest.mark.parametrize(
    "same", [replace(CARD, serial="10-47 72398"), replace(CARD, civil_number=arabic_digits(CARD.civil_number))]
)
def test_a_card_is_asked_as_it_is_read_whatever_the_register_writes_between_its_digits(same: Card) -> None:
    for number in range(20):
        chance = number.to_bytes(32)
        asked = [challenge_on(card, chance=chance, key=KEY, ticket_id=TICKET) for card in (CARD, same)]
        assert asked[0] == asked[1]


def test_every_choice_of_four_places_comes_up_and_each_place_as_often_as_any_other() -> None:
    seeds = [number.to_bytes(32) for number in range(10_000)]
    chosen = Counter(chosen_positions(seed, part=b"number", length=12, count=4) for seed in seeds)
    assert len(chosen) == comb(12, 4)
    places = Counter(place for positions in chosen.elements() for place in positions)
    for found in places.values():
        assert chance_of_at_least(found, of=len(seeds), rate=Fraction(4, 12)) > Fraction(1, 1000)
        assert chance_of_at_least(len(seeds) - found, of=len(seeds), rate=Fraction(8, 12)) > Fraction(1, 1000)


@pytest.mark.parametrize(
    ("wrong_tries", "right", "verdict"),
    [
        (0, True, Verdict.ADMIT),
        (0, False, None),
        (1, True, Verdict.ADMIT),
        (1, False, Verdict.IDENTITY_MISMATCH),
        (2, True, Verdict.IDENTITY_MISMATCH),
        (2, False, Verdict.IDENTITY_MISMATCH),
    ],
)
def test_two_wrong_tries_are_a_mismatch_and_stay_one(wrong_tries: int, right: bool, verdict: Verdict | None) -> None:
    assert decided_by_try(replace(challenge(), wrong_tries=wrong_tries), is_right=right) is verdict

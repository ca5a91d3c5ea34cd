"""The counting itself: it finds what it is there to find."""

from uuid import UUID

from tests.faults.counting import CLEAN, Held, Tally, tallied

ALIA, BADER = UUID(int=1), UUID(int=2)
NINE, TEN = "nine", "ten"


def test_nothing_asked_and_nothing_there_is_clean() -> None:
    assert tallied([], []) == CLEAN


def test_what_was_acknowledged_and_is_there_once_is_clean_in_any_order() -> None:
    one, two = Held(ALIA, "A", NINE), Held(BADER, "B", TEN)
    assert tallied([one, two], [two, one], seats={NINE: 1, TEN: 1}) == CLEAN


def test_an_answer_that_was_given_twice_counts_once() -> None:
    assert tallied([Held(ALIA, "A"), Held(ALIA, "A")], [Held(ALIA, "A")]) == CLEAN


def test_what_was_acknowledged_and_is_not_there_is_lost() -> None:
    assert tallied([Held(ALIA, "A")], []) == Tally(lost=frozenset({Held(ALIA, "A")}))


def test_two_different_answers_to_one_request_are_a_loss() -> None:
    assert tallied([Held(ALIA, "A"), Held(ALIA, "B")], [Held(ALIA, "A")]).lost == {Held(ALIA, "B")}


def test_a_person_with_two_is_double_whatever_he_was_told() -> None:
    both = [Held(ALIA, "A"), Held(ALIA, "B")]
    assert tallied(both, both) == Tally(double=frozenset({ALIA}))
    assert tallied(both[:1], [both[0], both[0]]) == Tally(double=frozenset({ALIA}))


def test_what_is_there_without_its_persons_knowledge_is_untold() -> None:
    assert tallied([], [Held(ALIA, "A")]) == Tally(untold=frozenset({Held(ALIA, "A")}))


def test_a_seat_of_another_slot_than_was_acknowledged_is_lost_and_untold() -> None:
    tally = tallied([Held(ALIA, "A", NINE)], [Held(ALIA, "A", TEN)])
    assert (len(tally.lost), len(tally.untold)) == (1, 1)


def test_a_slot_with_more_than_its_seats_is_oversold_by_so_many() -> None:
    held = [Held(ALIA, "A", NINE), Held(BADER, "B", NINE)]
    assert tallied(held, held, seats={NINE: 1, TEN: 5}) == Tally(oversold=((NINE, 1),))
    assert tallied(held, held, seats={NINE: 2}) == CLEAN

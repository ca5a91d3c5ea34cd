"""Two passes: reserved shares first, then what is open."""

from dawr.releases.assignment import NOWHERE, Place, Turn, assign, turn_of
from dawr.releases.entry_line import Entrant, entry_line


def line(label: str, *preferences: str, draw_class: str = "") -> bytes:
    return entry_line(Entrant(label=label, draw_class=draw_class, preferences=preferences))


def given(lines: list[bytes], places: list[Place]) -> list[str]:
    assignment = assign(lines, places)
    return ["" if number == NOWHERE else places[number].place_id for number in assignment.places]


def test_each_in_turn_takes_the_first_preference_that_is_free() -> None:
    places = [Place(place_id="X", count=1), Place(place_id="Y", count=1)]
    assert given([line("A", "Y"), line("B", "Y", "X"), line("C", "X", "Y")], places) == ["Y", "X", ""]


def test_no_preferences_mean_the_first_free_place_of_the_file() -> None:
    places = [Place(place_id="X", count=1), Place(place_id="Y", count=2)]
    assert given([line("A"), line("B"), line("C", "Y"), line("D")], places) == ["X", "Y", "Y", ""]


def test_who_prefers_only_full_places_waits_while_others_are_free() -> None:
    places = [Place(place_id="X", count=1), Place(place_id="Y", count=1)]
    assert given([line("A", "X"), line("B", "X")], places) == ["X", ""]


def test_a_reserved_seat_is_kept_for_its_class_whatever_the_rank() -> None:
    places = [Place(place_id="X", count=1, reserved={"medical": 1})]
    assert given([line("A", "X"), line("B", "X", draw_class="medical")], places) == ["", "X"]


def test_a_reserved_seat_that_nobody_of_the_class_prefers_becomes_open() -> None:
    places = [Place(place_id="X", count=1, reserved={"medical": 1}), Place(place_id="Y", count=1)]
    assert given([line("A", "X"), line("B", "Y", draw_class="medical")], places) == ["X", "Y"]


def test_a_class_takes_its_reserved_seats_before_open_ones_of_a_better_preference() -> None:
    places = [Place(place_id="X", count=1), Place(place_id="Y", count=1, reserved={"medical": 1})]
    assert given([line("A", "X", "Y", draw_class="medical"), line("B", "X")], places) == ["Y", "X"]


def test_a_class_beyond_its_share_competes_for_open_seats() -> None:
    places = [Place(place_id="X", count=2, reserved={"medical": 1})]
    wanted = [line(label, "X", draw_class="medical") for label in ("A", "B", "C")]
    assert given(wanted, places) == ["X", "X", ""]


def test_a_class_without_preferences_takes_any_seat_reserved_for_it() -> None:
    places = [Place(place_id="X", count=1), Place(place_id="Y", count=1, reserved={"medical": 1})]
    assert given([line("A", draw_class="medical")], places) == ["Y"]


def test_a_class_that_no_place_knows_counts_as_none() -> None:
    assert given([line("A", "X", draw_class="elderly")], [Place(place_id="X", count=1)]) == ["X"]


def test_a_turn_shows_what_was_free_when_it_came() -> None:
    places = [Place(place_id="X", count=3, reserved={"medical": 1}), Place(place_id="Y", count=1)]
    lines = [line("A", "X"), line("B", "X", draw_class="medical"), line("C", "Y"), line("D", "X", draw_class="medical")]
    assignment = assign(lines, places)

    def turn(rank: int) -> Turn:
        return turn_of(rank, ranked_lines=lines, places=places, assignment=assignment)

    assert turn(0) == Turn(reserved=None, open=(2, 1))
    assert turn(1) == Turn(reserved=(1, 0), open=(1, 1))
    assert turn(2) == Turn(reserved=None, open=(1, 1))
    assert turn(3) == Turn(reserved=(0, 0), open=(1, 0))

"""Laws of the draw, whoever enters and whatever they ask for."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dawr.releases.assignment import NOWHERE, Assignment, Place, assign, turn_of
from dawr.releases.bundle import PARTS
from dawr.releases.entry_line import Entrant, entry_line, label_of, read_entry_line
from dawr.releases.ranking import rank, ranking_key
from dawr.releases.verify import verify_folder
from tests.unit.releases.draws import SIGNED_BEACON, draw

CLASSES = ("", "medical", "elderly")
PLACE_IDS = ("P1", "P2", "P3", "P4")

seeds = st.binary(min_size=32, max_size=32)
entrant_lists = st.lists(
    st.builds(
        Entrant,
        label=st.integers(0, 9999).map("L{:04}".format),
        draw_class=st.sampled_from(CLASSES),
        credit=st.integers(0, 3),
        preferences=st.lists(st.sampled_from(PLACE_IDS), unique=True).map(tuple),
    ),
    max_size=30,
    unique_by=lambda entrant: entrant.label,
)
shares = st.dictionaries(st.sampled_from(CLASSES[1:]), st.integers(0, 3))
place_lists = st.tuples(*(st.tuples(shares, st.integers(0, 4)) for _ in PLACE_IDS)).map(
    lambda drawn: [
        Place(place_id=place_id, count=sum(reserved.values()) + rest, reserved=reserved)
        for place_id, (reserved, rest) in zip(PLACE_IDS, drawn, strict=True)
    ]
)


def frozen(entrants: Sequence[Entrant]) -> list[bytes]:
    return sorted(entry_line(entrant) for entrant in entrants)


def ranked(seed: bytes, entrants: Sequence[Entrant]) -> list[bytes]:
    lines = frozen(entrants)
    return [lines[position] for position in rank(seed, lines)]


def preferred(line: bytes) -> tuple[str, ...]:
    return read_entry_line(line).preferences or PLACE_IDS


def by_the_book(lines: Sequence[bytes], places: Sequence[Place]) -> list[str]:
    """Step 6 of the design, word for word, without a thought for speed."""
    reserved = {(place.place_id, name): seats for place in places for name, seats in place.reserved.items()}
    given_place = [""] * len(lines)
    for turn, line in enumerate(lines):
        if draw_class := read_entry_line(line).draw_class:
            for place_id in preferred(line):
                if reserved.get((place_id, draw_class), 0) > 0:
                    reserved[place_id, draw_class] -= 1
                    given_place[turn] = place_id
                    break
    taken = Counter(given_place)
    left = {place.place_id: place.count - taken[place.place_id] for place in places}
    for turn, line in enumerate(lines):
        for place_id in preferred(line) if not given_place[turn] else ():
            if left[place_id] > 0:
                left[place_id] -= 1
                given_place[turn] = place_id
                break
    return given_place


def names(assignment: Assignment, places: Sequence[Place]) -> list[str]:
    return ["" if number == NOWHERE else places[number].place_id for number in assignment.places]


@given(seeds, entrant_lists)
def test_a_draw_is_a_permutation(seed: bytes, entrants: list[Entrant]) -> None:
    assert sorted(ranked(seed, entrants)) == frozen(entrants)


@given(seeds, entrant_lists, st.randoms(use_true_random=False))
def test_the_order_of_entering_changes_nothing(seed: bytes, entrants: list[Entrant], chance) -> None:  # type: ignore[no-untyped-def]
    later = entrants[:]
    chance.shuffle(later)
    assert ranked(seed, later) == ranked(seed, entrants)


@given(seeds, entrant_lists.filter(bool), st.data())
def test_one_who_withdraws_moves_nobody_else(seed: bytes, entrants: list[Entrant], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(entrants))
    without = [line for line in ranked(seed, entrants) if line != entry_line(gone)]
    assert ranked(seed, [entrant for entrant in entrants if entrant != gone]) == without


@given(seeds, st.integers(0, 2))
def test_credit_never_worsens_a_key(seed: bytes, credit: int) -> None:
    assert ranking_key(seed, b"L0001", credit=credit + 1) <= ranking_key(seed, b"L0001", credit=credit)


@given(seeds, entrant_lists.filter(bool), st.data())
def test_credit_never_worsens_a_rank(seed: bytes, entrants: list[Entrant], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(entrants) - 1))
    before, label = entrants[number], entrants[number].label
    richer = Entrant(label=label, draw_class=before.draw_class, credit=3, preferences=before.preferences)
    places = [
        [label_of(line) for line in ranked(seed, listed)]
        for listed in (entrants, [*entrants[:number], richer, *entrants[number + 1 :]])
    ]
    assert places[1].index(label.encode()) <= places[0].index(label.encode())


@given(seeds, entrant_lists, place_lists)
def test_the_assignment_is_that_of_the_book(seed: bytes, entrants: list[Entrant], places: list[Place]) -> None:
    lines = ranked(seed, entrants)
    assert names(assign(lines, places), places) == by_the_book(lines, places)


@given(seeds, entrant_lists, place_lists)
def test_no_place_is_ever_overfilled(seed: bytes, entrants: list[Entrant], places: list[Place]) -> None:
    taken = Counter(names(assign(ranked(seed, entrants), places), places))
    assert all(taken[place.place_id] <= place.count for place in places)


@given(seeds, entrant_lists, place_lists)
def test_nobody_waits_while_a_place_that_he_prefers_is_free(
    seed: bytes, entrants: list[Entrant], places: list[Place]
) -> None:
    lines = ranked(seed, entrants)
    given_place = names(assign(lines, places), places)
    taken = Counter(given_place)
    free = {place.place_id for place in places if taken[place.place_id] < place.count}
    assert not [
        line for line, place_id in zip(lines, given_place, strict=True) if not place_id and free & set(preferred(line))
    ]


@given(seeds, entrant_lists, place_lists)
def test_a_reserved_seat_goes_to_its_class_while_one_of_it_prefers_it(
    seed: bytes, entrants: list[Entrant], places: list[Place]
) -> None:
    lines = ranked(seed, entrants)
    given_place = names(assign(lines, places), places)
    served = Counter(
        (place_id, read_entry_line(line).draw_class) for line, place_id in zip(lines, given_place, strict=True)
    )
    shares_of = {place.place_id: place.reserved for place in places}
    for line, place_id in zip(lines, given_place, strict=True):
        draw_class = read_entry_line(line).draw_class
        if draw_class and not place_id:
            assert all(served[at, draw_class] >= shares_of[at].get(draw_class, 0) for at in preferred(line))


@given(seeds, entrant_lists.filter(bool), place_lists)
def test_a_turn_explains_what_everybody_got(seed: bytes, entrants: list[Entrant], places: list[Place]) -> None:
    lines = ranked(seed, entrants)
    assignment = assign(lines, places)
    numbers = {place.place_id: number for number, place in enumerate(places)}
    for turn_rank, line in enumerate(lines):
        turn = turn_of(turn_rank, ranked_lines=lines, places=places, assignment=assignment)
        free = turn.reserved if assignment.by_reservation[turn_rank] else turn.open
        assert free is not None
        chosen = next((numbers[place_id] for place_id in preferred(line) if free[numbers[place_id]]), NOWHERE)
        assert assignment.places[turn_rank] == chosen


@given(st.sampled_from(PARTS), st.integers(0, 10**6), st.integers(1, 255), st.booleans())
def test_any_altered_byte_of_a_bundle_is_caught(name: str, at: int, change: int, is_signed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given_beacon = {"beacon": SIGNED_BEACON} if is_signed else {}
        bundle = draw(Path(folder), **given_beacon).out
        content = bytearray((bundle / name).read_bytes())
        content[at % len(content)] ^= change
        (bundle / name).write_bytes(content)
        assert not all(check.passed for check in verify_folder(bundle))


@given(st.sampled_from(PARTS), st.integers(0, 10**6), st.binary(min_size=0, max_size=3))
def test_any_cut_or_added_byte_of_a_bundle_is_caught(name: str, at: int, added: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bundle = draw(Path(folder)).out
        content = (bundle / name).read_bytes()
        at %= len(content)
        changed = content[:at] + added + content[at + (not added) :]
        if changed == content:
            return
        (bundle / name).write_bytes(changed)
        assert not all(check.passed for check in verify_folder(bundle))


def test_lines_sorted_as_bytes_are_sorted_by_label() -> None:
    lines = sorted([b"AB-1", b"AB\tmedical\t0\t", b"AB0", b"A", b"AB9\t\t1\t"])
    assert all(label_of(line) < label_of(following) for line, following in pairwise(lines))

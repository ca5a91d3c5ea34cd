"""Whether anybody honest waited longer for the scripts' sake: what is compared, and that it can be found."""

from dataclasses import replace
from statistics import fmean

import pytest

from dawr.bench.morning.fairness import longer
from dawr.bench.morning.figures import as_json, figures
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.lots import Waits, turns, waited, waits_by_lot
from dawr.bench.morning.seekers import Seeker, of_group, seekers
from tests.unit.bench.invented_morning import PLAN, morning, rules


def test_two_mornings_that_differ_by_lots_alone_are_fair() -> None:
    mornings = [morning(lots) for lots in range(1000, 1008)]
    found = [
        figures(polling=one, polite=other) for one, other in zip(mornings, [*mornings[1:], mornings[0]], strict=True)
    ]
    assert sum(each.is_fair for each in found) >= len(found) - 1


def test_honest_people_who_are_called_later_while_scripts_poll_are_found() -> None:
    polite, polling = morning(1000), morning(1001, late_minutes=8.0)
    found = figures(polling=polling, polite=polite)
    assert not found.for_polling.is_chance
    assert not found.than_scripts.is_chance
    assert not found.has_passed
    assert found.numbers.is_alike


def test_a_morning_that_was_slower_for_all_is_found_too() -> None:
    polling, polite = morning(1000), morning(1001)
    for seeker in polling.everybody:
        if seeker.turn_minute is not None:
            seeker.turn_minute += 8.0
    found = figures(polling=polling, polite=polite)
    assert found.than_scripts.is_chance
    assert not found.for_polling.is_chance


def test_scripts_that_stand_before_honest_people_are_found() -> None:
    found = figures(polling=morning(1000, favours=lambda each: not each.is_script), polite=morning(1001))
    assert not found.numbers.is_alike
    assert not found.has_passed


def test_a_wait_begins_at_the_opening_or_when_one_comes() -> None:
    early, late = replace(seekers(2)[0], arrives_minute=3.0), replace(seekers(2)[0], arrives_minute=75.0)
    assert waited(early, called=80.0, opened=60.0) == 20.0
    assert waited(late, called=80.0, opened=60.0) == 5.0


def test_waits_are_of_the_first_so_many_turns_and_no_further() -> None:
    waits = Waits([(False, 1.0), (True, 2.0), (False, 5.0)])
    assert waits.turns == 3
    assert [waits.honest(turns) for turns in range(4)] == [0.0, 1.0, 1.0, 3.0]
    assert [waits.scripts(turns) for turns in range(4)] == [0.0, 0.0, 2.0, 2.0]


def test_more_people_who_are_called_because_others_stay_away_are_no_longer_wait() -> None:
    """The same pace, but on one morning a tenth more had to be called until all seats were taken."""
    polite, polling = morning(1000), morning(1001)
    last = max(each.turn_minute for each in polite.everybody if each.turn_minute is not None)
    uncalled = [each for each in polling.everybody if each.turn_minute is None][: PLAN.quota // 10]
    for seeker in uncalled:
        seeker.turn_minute = last + 30
    assert figures(polling=polling, polite=polite).for_polling.is_chance


def test_lots_alone_prefer_neither_half_and_less_the_more_seats_there_are() -> None:
    spans = []
    for people, quota in ((200, 20), (4000, 400)):
        plan = replace(PLAN, people=people, quota=quota)
        drawn = waits_by_lot(seekers(people), rules=rules(plan), scale=plan.scale, mornings=100)
        again = waits_by_lot(seekers(people), rules=rules(plan), scale=plan.scale, mornings=100)
        differences = [each.honest(each.turns) - each.scripts(each.turns) for each in drawn]
        assert differences == [each.honest(each.turns) - each.scripts(each.turns) for each in again]
        longest = longer(0.0, by_chance=differences, unseen=0.0).by_chance_max
        assert abs(fmean(differences)) < longest / 2
        spans.append(longest)
    assert spans[1] < spans[0] / 2


def test_people_are_called_in_their_order_after_the_opening_and_until_the_seats_are_gone() -> None:
    order = [each for each in seekers(PLAN.people) if each.arrives_minute < GATHER_MINUTES]
    called = list(turns(order, rules=rules(), scale=PLAN.scale))
    assert [seeker.name for seeker, _ in called] == [each.name for each in order[: len(called)]]
    minutes = [minute for _, minute in called]
    assert minutes == sorted(minutes)
    assert minutes[0] == GATHER_MINUTES
    # The first of the order are scripts, of whom every one comes: as many are called as there are seats.
    assert len(called) == PLAN.quota


def test_others_are_called_in_the_stead_of_those_who_stay_away() -> None:
    order = [each for each in of_group(seekers(PLAN.people), scripts=False) if each.arrives_minute < GATHER_MINUTES]
    called = [seeker for seeker, _ in turns(order, rules=rules(), scale=PLAN.scale)]
    assert PLAN.quota < len(called) < PLAN.quota * 1.5
    assert sum(seeker.comes for seeker in called) >= PLAN.quota


def test_nobody_is_called_before_he_has_come() -> None:
    late = sorted(
        (each for each in seekers(PLAN.people) if each.arrives_minute >= GATHER_MINUTES),
        key=lambda each: each.arrives_minute,
    )
    called = list(turns(late, rules=rules(), scale=PLAN.scale))
    assert called
    assert all(minute >= seeker.arrives_minute for seeker, minute in called)


@pytest.mark.parametrize(("minutes", "is_chance"), [(-9.0, True), (98.0, True), (100.0, True), (101.0, False)])
def test_longer_is_what_lots_exceed_once_in_a_hundred_times_and_what_cannot_be_seen(
    minutes: float, is_chance: bool
) -> None:
    assert longer(minutes, by_chance=range(100), unseen=1.0).is_chance is is_chance


def test_who_came_when_is_told_with_the_numbers_and_the_turns() -> None:
    found = figures(polling=morning(1000), polite=morning(1001))
    spans = [(each.is_script, each.from_minute, each.until_minute) for each in found.by_arrival]
    assert spans == [
        (True, 0, None),
        (False, 0, 1),
        (False, 1, 2),
        (False, 2, 10),
        (False, 10, 60),
        (False, 60, None),
    ]
    assert sum(each.people for each in found.by_arrival) == PLAN.people
    assert found.by_arrival[-1].had_turn == 0
    written = as_json(found)["honest_longer_for_polling"]
    assert isinstance(written, dict)
    assert written["is_chance"] is found.for_polling.is_chance


def test_who_comes_before_the_opening_and_gets_in_after_it_is_counted() -> None:
    polling = morning(1000)
    kept: list[Seeker] = [each for each in of_group(polling.everybody, scripts=False) if each.joined_minute is not None]
    kept[0].joined_minute = GATHER_MINUTES + 1.0
    kept[1].joined_minute = None
    assert figures(polling=polling, polite=morning(1001)).groups["honest"].shut_out == 2

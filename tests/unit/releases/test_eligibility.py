"""Who may enter a draw, decided without a server."""

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from dawr.booking.model import TurnHeld
from dawr.catalogue.model import Actor, FirstTime, ServedAt
from dawr.releases.assignment import Place
from dawr.releases.model import Eligibility, HasTurnAlready, TurnsUsedUp, days_of, eligibility_of, require_eligible
from dawr.transparency.leaf import canonical
from tests.unit.tickets.appointments import service

TWICE_A_YEAR = Eligibility(
    times_a_year_max=2,
    may_act=(Actor.SELF,),
    may_not_act=(),
    first_time=FirstTime.AS_USUAL,
    served_at=ServedAt.ANY,
    has_restriction_check=False,
)
DECEMBER, JANUARY, FEBRUARY = date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 28)


def had(*days_on: date) -> list[TurnHeld]:
    return [TurnHeld(day_on=day_on, is_live=False) for day_on in days_on]


def test_who_holds_a_turn_needs_no_draw() -> None:
    with pytest.raises(HasTurnAlready):
        require_eligible(
            TWICE_A_YEAR, held=[TurnHeld(day_on=JANUARY, is_live=True)], from_on=JANUARY, until_on=FEBRUARY
        )


def test_turns_of_one_calendar_year_are_counted_together() -> None:
    require_eligible(TWICE_A_YEAR, held=had(DECEMBER, JANUARY), from_on=JANUARY, until_on=FEBRUARY)
    with pytest.raises(TurnsUsedUp) as refused:
        require_eligible(TWICE_A_YEAR, held=had(JANUARY, FEBRUARY), from_on=FEBRUARY, until_on=FEBRUARY)
    assert refused.value.facts == {"times_max": 2, "year": 2027, "next_on": "2028-01-01"}


@pytest.mark.parametrize(("day_on", "next_on"), [(DECEMBER, "2027-01-01"), (JANUARY, "2028-01-01")])
def test_a_draw_over_the_turn_of_the_year_asks_for_room_in_both_years(day_on: date, next_on: str) -> None:
    with pytest.raises(TurnsUsedUp) as refused:
        require_eligible(TWICE_A_YEAR, held=had(day_on, day_on), from_on=DECEMBER, until_on=JANUARY)
    assert refused.value.facts["next_on"] == next_on


def test_a_service_without_a_limit_counts_nothing() -> None:
    unlimited = replace(TWICE_A_YEAR, times_a_year_max=None)
    require_eligible(unlimited, held=had(*[JANUARY] * 50), from_on=JANUARY, until_on=JANUARY)


def test_the_days_of_places_are_by_the_offices_clock() -> None:
    places = [
        Place(place_id="A", starts_at="2027-01-01T00:30+03:00", count=1),
        Place(place_id="B", starts_at="2027-02-28T09:00+03:00", count=1),
    ]
    assert days_of(places) == (JANUARY, FEBRUARY)


def test_what_is_published_is_what_the_catalogue_says_and_can_be_logged() -> None:
    renewal = replace(service(), may_act=frozenset({Actor.SELF, Actor.EMPLOYER}), times_a_year_max=3)
    eligible = eligibility_of(renewal)
    said = msgspec.to_builtins(eligible)
    assert (said["may_act"], said["times_a_year_max"]) == (("employer", "self"), 3)
    assert b"nobody enters for another" in canonical(said)
    assert msgspec.convert(said, Eligibility) == eligible

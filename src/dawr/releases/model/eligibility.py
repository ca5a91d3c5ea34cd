"""Who may enter a draw: worked out from the catalogue when it is announced, published, and the same for everybody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dawr.booking.model import TurnHeld
from dawr.catalogue.model import Actor, FirstTime, ServedAt, Service
from dawr.releases.assignment import Place
from dawr.releases.model.refusals import HasTurnAlready, TurnsUsedUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Who is eligible, as the rules publish it; `times_a_year_max` is None where the service has no limit.

    Entering asks for what this house knows: who is signed in, what turns he holds, how many he has had. The counter
    asks for the rest: as whom he comes, his originals, his governorate, and the outside register of restrictions.
    """

    times_a_year_max: int | None
    may_act: tuple[Actor, ...]
    may_not_act: tuple[Actor, ...]
    first_time: FirstTime
    served_at: ServedAt
    has_restriction_check: bool
    enters: str = "whoever holds no turn of the service, once, signed in, for himself; nobody enters for another"
    counted: str = (
        "turns of the service that the person has had in the calendar year of any place, by its office's clock"
    )
    at_counter: str = "the holder of the turn alone is served, by his own card, as one of may_act"


def eligibility_of(service: Service) -> Eligibility:
    """What the catalogue says today of those who may use the service."""
    return Eligibility(
        times_a_year_max=service.times_a_year_max,
        may_act=tuple(sorted(service.may_act)),
        may_not_act=tuple(sorted(service.may_not_act)),
        first_time=service.first_time,
        served_at=service.served_at,
        has_restriction_check=service.has_restriction_check,
    )


def require_eligible(eligible: Eligibility, *, held: Sequence[TurnHeld], from_on: date, until_on: date) -> None:
    """Refuses who holds a turn of the service, and who has had as many as a year allows in a year of the places.

    The places lie from `from_on` up to and including `until_on`.
    """
    if any(turn.is_live for turn in held):
        raise HasTurnAlready
    if eligible.times_a_year_max is None:
        return
    had = Counter(turn.day_on.year for turn in held)
    for year in range(until_on.year, from_on.year - 1, -1):
        if had[year] >= eligible.times_a_year_max:
            raise TurnsUsedUp(times_max=eligible.times_a_year_max, year=year, next_on=date(year + 1, 1, 1).isoformat())


def days_of(places: Sequence[Place]) -> tuple[date, date]:
    """The first and the last day of a release's places, which stand in the order of time."""
    return date.fromisoformat(places[0].starts_at[:10]), date.fromisoformat(places[-1].starts_at[:10])

"""From ranked wishes to place ids."""

from collections.abc import Sequence
from itertools import product

from dawr.releases.assignment import Place
from dawr.releases.model.nouns import Wish
from dawr.releases.model.refusals import NoSuchPlace, TooManyPlaces
from dawr.releases.model.rules import starts_at_of

PREFERENCES_MAX = 60


NOON_HOUR = 11


def part_of_day(place: Place) -> str:
    """ "morning" before 11 by the office's clock, else "noon"."""
    return "morning" if starts_at_of(place).hour < NOON_HOUR else "noon"


def preferences_of(wishes: Sequence[Wish], *, places: Sequence[Place]) -> tuple[str, ...]:
    """The place ids that the wishes mean, first wish first, in the order of time within a wish.

    Refuses a wish that no place fulfils, and more than PREFERENCES_MAX places.
    """
    chosen: dict[str, None] = {}
    for wish in wishes:
        meant = [place.place_id for place in places if _fulfils(place, wish=wish)]
        if not meant:
            raise NoSuchPlace
        chosen.update(dict.fromkeys(meant))
    if len(chosen) > PREFERENCES_MAX:
        raise TooManyPlaces(count_max=PREFERENCES_MAX)
    return tuple(chosen)


def wishes_of(preferences: Sequence[str], *, places: Sequence[Place], count_max: int) -> tuple[Wish, ...] | None:
    """The fewest wishes that mean exactly these place ids in this order; `preferences_of` backwards.

    Of as few, those that name their office and leave open what can be left open. None where more than `count_max`
    would be needed.
    """
    if not preferences:
        return ()
    first = next((place for place in places if place.place_id == preferences[0]), None)
    if first is None or not count_max:
        return None
    day = starts_at_of(first).date().isoformat()
    fewest: tuple[Wish, ...] | None = None
    for office_id, chosen_day, part in product((first.office, ""), ("", day), ("", part_of_day(first))):
        wish = Wish(office_id=office_id, day=chosen_day, part=part)
        meant = [place.place_id for place in places if _fulfils(place, wish=wish)]
        if meant != list(preferences[: len(meant)]):
            continue
        rest = wishes_of(
            preferences[len(meant) :],
            places=[place for place in places if place.place_id not in meant],
            count_max=count_max - 1,
        )
        if rest is not None and (fewest is None or len(rest) + 1 < len(fewest)):
            fewest = (wish, *rest)
    return fewest


def _fulfils(place: Place, *, wish: Wish) -> bool:
    return (
        wish.office_id in ("", place.office)
        and wish.day in ("", starts_at_of(place).date().isoformat())
        and wish.part in ("", part_of_day(place))
    )

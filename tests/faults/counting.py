"""What people were told, held against what the database has: lost, double, untold, oversold. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID


class Held(NamedTuple):
    """One thing of one person: his entry by its label, or his booking by its id, with its slot."""

    person_id: UUID
    name: str
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is wrong; four empty sets where nothing is.

    `lost` was acknowledged and is not there. `double` are people with more than one. `untold` is there although its
    person was told something else, or nothing. `oversold` says by how many a slot is over its seats.
    """

    lost: frozenset[Held] = frozenset()
    double: frozenset[UUID] = frozenset()
    untold: frozenset[Held] = frozenset()
    oversold: tuple[tuple[str, int], ...] = ()


CLEAN = Tally()


def tallied(acknowledged: Iterable[Held], stored: Iterable[Held], *, seats: Mapping[str, int] | None = None) -> Tally:
    """Everything that was acknowledged against everything that is stored, and each slot against its seats."""
    told, there = frozenset(acknowledged), Counter(stored)
    people = Counter(held.person_id for held in there.elements())
    taken = Counter(held.slot for held in there.elements())
    over = {slot: taken[slot] - count for slot, count in (seats or {}).items()}
    return Tally(
        lost=told - there.keys(),
        double=frozenset(person_id for person_id, count in people.items() if count > 1),
        untold=frozenset(there) - told,
        oversold=tuple(sorted((slot, count) for slot, count in over.items() if count > 0)),
    )

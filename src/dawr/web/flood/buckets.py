"""Token buckets, kept as debts: what a key has spent and not yet been forgiven."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `burst` at once, and `rate` a second in the long run."""

    burst: float
    rate: float


class Buckets:
    """One bucket a key, for at most `keys_max` keys; whose key was used longest ago is forgotten first.

    Nothing is charged for what is refused, so in any t seconds a key that is remembered spends at most
    burst + rate * t. `scale` widens both for one key, say for an address with many people behind it.
    """

    __slots__ = ("_debts", "keys_max", "limit")

    def __init__(self, limit: Limit, *, keys_max: int) -> None:
        self.limit = limit
        self.keys_max = keys_max
        self._debts: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._debts)

    def wait_seconds(self, key: Hashable, *, cost: float, at: float, scale: float = 1.0) -> float:
        """How long until `key` may spend `cost`; 0.0 where it may now."""
        over = self._debt(key, at=at, scale=scale) + cost - self.limit.burst * scale
        return over / (self.limit.rate * scale) if over > 0 else 0.0

    def spend(self, key: Hashable, *, cost: float, at: float, scale: float = 1.0) -> None:
        debts = self._debts
        debts[key] = (self._debt(key, at=at, scale=scale) + cost, at)
        debts.move_to_end(key)
        if len(debts) > self.keys_max:
            debts.popitem(last=False)

    def _debt(self, key: Hashable, *, at: float, scale: float) -> float:
        kept = self._debts.get(key)
        if kept is None:
            return 0.0
        debt, since = kept
        left = debt - (at - since) * self.limit.rate * scale
        return left if left > 0 else 0.0


class Neighbours:
    """How many different people were seen behind each address of late."""

    __slots__ = ("_seen", "addresses_max", "people_max", "window_seconds")

    def __init__(self, *, addresses_max: int, people_max: int, window_seconds: float) -> None:
        self.addresses_max = addresses_max
        self.people_max = people_max
        self.window_seconds = window_seconds
        self._seen: OrderedDict[Hashable, OrderedDict[Hashable, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def see(self, address: Hashable, person: Hashable, *, at: float) -> None:
        """Remember that `person` came from `address`; no more than the newest `people_max` of each."""
        people = self._seen.get(address)
        if people is None:
            people = self._seen[address] = OrderedDict()
            if len(self._seen) > self.addresses_max:
                self._seen.popitem(last=False)
        else:
            self._seen.move_to_end(address)
        people[person] = at
        people.move_to_end(person)
        if len(people) > self.people_max:
            people.popitem(last=False)

    def people(self, address: Hashable, *, at: float) -> int:
        """Who was seen within the window."""
        people = self._seen.get(address)
        if people is None:
            return 0
        while people and at - next(iter(people.values())) > self.window_seconds:
            people.popitem(last=False)
        return len(people)

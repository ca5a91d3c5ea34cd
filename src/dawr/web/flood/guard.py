"""Who may ask now: a few dictionary look-ups a request, no query, no await; whoever calls it tells the time."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Literal

import msgspec

from dawr.web.flood.addresses import Addresses, Origin
from dawr.web.flood.buckets import Buckets, Limit, Neighbours
from dawr.web.flood.pressure import Level, Pressure

Kind = Literal["read", "write", "sign_in", "proof", "status"]

COSTS: dict[Kind, float] = {"read": 1, "write": 3, "sign_in": 3, "proof": 2, "status": 1}
WAY_ROUND: frozenset[Kind] = frozenset({"sign_in", "proof", "status"})
"""What stays open to an address whose budget is spent: signing in, a proof or the end of a wait, the status page."""

KEYS_MAX = 200_000
ADDRESSES_MAX = 50_000
PEOPLE_BEHIND_MAX = 200
PEOPLE_SECONDS = 600.0
CARRIER_SCALE = 50.0
WAIT_SECONDS_MAX = 60

SESSION = Limit(burst=80, rate=8)
PERSON = Limit(burst=120, rate=12)
DEVICE = Limit(burst=240, rate=24)
ADDRESS = Limit(burst=200, rate=10)
ENTRANCE = Limit(burst=60, rate=3)
EARNED = Limit(burst=60, rate=1)


class Layer(StrEnum):
    """What stopped a request; the status page and the metrics count by these words."""

    SESSION = "session"
    PERSON = "person"
    DEVICE = "device"
    ADDRESS = "address"
    ENTRANCE = "entrance"
    EARNED = "earned"
    PRESSURE = "pressure"


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """One request: its address, and who is behind it as far as a sealed cookie says.

    `proof` is the name of a pass that was earned by work or by waiting and is valid now.
    """

    address: str
    session: bytes | None = None
    person: bytes | None = None
    device: str | None = None
    kind: Kind = "read"
    proof: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Let in (`refused_by` is None), or told how long to wait and whether a proof of work would do instead."""

    refused_by: Layer | None = None
    retry_after_seconds: int = 0
    needs_proof: bool = False

    @property
    def is_admitted(self) -> bool:
        return self.refused_by is None

    @property
    def status(self) -> int:
        """Of the HTTP answer: 429 is about the one who asks, 503 about us."""
        return 503 if self.refused_by is Layer.PRESSURE else 429


ADMITTED = Admission()


class FloodGuard:
    """The layers of one process, for the limits above.

    A signed-in person is measured by his session, himself and his device, and never by his address: it takes
    nothing from his neighbours, and their flood takes nothing from him. An anonymous request is measured by its
    address, whose budget grows with the people seen behind it; who has a pass spends that instead.
    """

    def __init__(self, *, pressure: Pressure, addresses: Addresses, keys_max: int = KEYS_MAX) -> None:
        self.pressure = pressure
        self.stopped: Counter[Layer] = Counter()
        self._addresses = addresses
        self._sessions = Buckets(SESSION, keys_max=keys_max)
        self._people = Buckets(PERSON, keys_max=keys_max)
        self._devices = Buckets(DEVICE, keys_max=keys_max)
        self._by_address = Buckets(ADDRESS, keys_max=keys_max)
        self._entrances = Buckets(ENTRANCE, keys_max=keys_max)
        self._passes = Buckets(EARNED, keys_max=keys_max)
        self._neighbours = Neighbours(
            addresses_max=min(ADDRESSES_MAX, keys_max), people_max=PEOPLE_BEHIND_MAX, window_seconds=PEOPLE_SECONDS
        )

    def admit(self, asking: Asking, *, at: float) -> Admission:
        """Whether this request is let in at monotonic second `at`; what is let in is charged."""
        if self.pressure.level is Level.FULL:
            return self._refused(Layer.PRESSURE, 2)
        if asking.person is not None:
            return self._admit_person(asking, asking.person, at=at)
        return self._admit_anonymous(asking, at=at)

    def take_stopped(self) -> dict[Layer, int]:
        """What was refused since the last call, by layer."""
        taken, self.stopped = self.stopped, Counter()
        return dict(taken)

    def _admit_person(self, asking: Asking, person: bytes, *, at: float) -> Admission:
        self._neighbours.see(self._addresses.origin(asking.address).key, person, at=at)
        cost = COSTS[asking.kind]
        if asking.session is not None and (wait := self._sessions.wait_seconds(asking.session, cost=cost, at=at)):
            return self._refused(Layer.SESSION, wait)
        if wait := self._people.wait_seconds(person, cost=cost, at=at):
            return self._refused(Layer.PERSON, wait)
        if asking.device is not None and (wait := self._devices.wait_seconds(asking.device, cost=cost, at=at)):
            return self._refused(Layer.DEVICE, wait)
        if asking.session is not None:
            self._sessions.spend(asking.session, cost=cost, at=at)
        self._people.spend(person, cost=cost, at=at)
        if asking.device is not None:
            self._devices.spend(asking.device, cost=cost, at=at)
        return ADMITTED

    def _admit_anonymous(self, asking: Asking, *, at: float) -> Admission:
        level = self.pressure.level
        origin = self._addresses.origin(asking.address)
        scale = self._scale(origin, at=at)
        if asking.kind in WAY_ROUND:
            return self._charge(self._entrances, Layer.ENTRANCE, key=origin.key, asking=asking, at=at, scale=scale)
        if level is Level.OVERLOADED:
            return self._refused(Layer.PRESSURE, 5)
        if asking.proof is not None:
            return self._charge(self._passes, Layer.EARNED, key=asking.proof, asking=asking, at=at)
        if level is Level.PRESSED:
            return self._refused(Layer.PRESSURE, 5, needs_proof=True)
        return self._charge(self._by_address, Layer.ADDRESS, key=origin.key, asking=asking, at=at, scale=scale)

    def _charge(
        self, buckets: Buckets, layer: Layer, *, key: str | bytes, asking: Asking, at: float, scale: float = 1.0
    ) -> Admission:
        cost = COSTS[asking.kind]
        if wait := buckets.wait_seconds(key, cost=cost, at=at, scale=scale):
            return self._refused(layer, wait, needs_proof=layer is Layer.ADDRESS)
        buckets.spend(key, cost=cost, at=at, scale=scale)
        return ADMITTED

    def _scale(self, origin: Origin, *, at: float) -> float:
        people = 1.0 + self._neighbours.people(origin.key, at=at)
        return max(people, CARRIER_SCALE) if origin.is_shared else people

    def _refused(self, layer: Layer, seconds: float, *, needs_proof: bool = False) -> Admission:
        self.stopped[layer] += 1
        return Admission(
            refused_by=layer,
            retry_after_seconds=min(WAIT_SECONDS_MAX, max(1, ceil(seconds))),
            needs_proof=needs_proof,
        )

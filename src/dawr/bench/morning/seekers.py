"""Who comes this morning, how each of them behaves, and how it ends for him."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from ipaddress import IPv4Address

from dawr.bench.morning.arrivals import arrival_minutes

CARRIER_SHARE = 0.5
"""The share of honest people whose phones come through a carrier's shared address (RFC 6598)."""
PEOPLE_BEHIND_A_CARRIER_ADDRESS = 250
SCRIPTS_BEHIND_AN_ADDRESS = 100

STAYS_AWAY_SHARE = 0.08
CLOSES_BROWSER_SHARE = 0.35
ACT_MINUTES_LEAST = 0.3
ACT_MINUTES_MOST = 5.0
AWAY_MINUTES_LEAST = 5.0
AWAY_MINUTES_MOST = 90.0


class Ending(StrEnum):
    """The last thing that a person was told; `UNANSWERED` must never happen."""

    SERVED = "served"
    MISSED = "missed"
    ALL_GIVEN = "all_given"
    TOO_LATE = "too_late"
    UNANSWERED = "unanswered"


@dataclass(slots=True, kw_only=True)
class Seeker:
    """One person: what he will do, and what he has been told.

    All minutes are of the morning, counted from when numbers can first be taken. `away_minutes` is how long after
    joining his browser stays closed; `act_minutes` how long he takes to choose.
    """

    name: int
    is_script: bool
    arrives_minute: float
    address: str
    comes: bool
    away_minutes: float
    act_minutes: float
    joined_minute: float | None = None
    number: int | None = None
    first_number: int | None = None
    turn_minute: float | None = None
    ending: Ending = Ending.UNANSWERED
    told_to_wait: int = 0


def seekers(people: int) -> list[Seeker]:
    """Half scripts, which come at the first instant, and half honest people, who come by the published curve.

    The same people, with the same habits, whenever it is asked.
    """
    scripts = people // 2
    honest = arrival_minutes(people - scripts)
    return [_script(name) for name in range(scripts)] + [
        _honest(scripts + nth, arrives_minute=minute) for nth, minute in enumerate(honest)
    ]


def of_group(everybody: Sequence[Seeker], *, scripts: bool) -> list[Seeker]:
    return [seeker for seeker in everybody if seeker.is_script is scripts]


def chance(name: int, purpose: str) -> float:
    """From 0 up to 1, different for each person and purpose, and always the same."""
    digest = blake2b(f"{name} {purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def between(least: float, most: float, *, chance: float) -> float:
    return least + (most - least) * chance


def _script(name: int) -> Seeker:
    return Seeker(
        name=name,
        is_script=True,
        arrives_minute=0.0,
        address=str(IPv4Address("198.18.0.0") + name // SCRIPTS_BEHIND_AN_ADDRESS),
        comes=True,
        away_minutes=0.0,
        act_minutes=0.0,
    )


def _honest(name: int, *, arrives_minute: float) -> Seeker:
    is_behind_carrier = chance(name, "carrier") < CARRIER_SHARE
    closes = chance(name, "closes the browser") < CLOSES_BROWSER_SHARE
    return Seeker(
        name=name,
        is_script=False,
        arrives_minute=arrives_minute,
        address=str(IPv4Address("100.64.0.0") + name // PEOPLE_BEHIND_A_CARRIER_ADDRESS)
        if is_behind_carrier
        else f"2001:db8:{name >> 16:x}:{name & 0xFFFF:x}::1",
        comes=chance(name, "comes") >= STAYS_AWAY_SHARE,
        away_minutes=between(AWAY_MINUTES_LEAST, AWAY_MINUTES_MOST, chance=chance(name, "away")) if closes else 0.0,
        # The square of an even chance: most act within two minutes, a few need five of the ten.
        act_minutes=between(ACT_MINUTES_LEAST, ACT_MINUTES_MOST, chance=chance(name, "acts") ** 2),
    )

"""How fast a large draw on the server is: an invented list, frozen and drawn by the actions that the worker runs."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import perf_counter

from psycopg import AsyncConnection

from dawr.catalogue.model import Actor, FirstTime, ServedAt
from dawr.db.pool import OWNER_ROLE, make_pool, transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.signing import SigningKey
from dawr.releases import store
from dawr.releases.actions.drawing import draw, freeze
from dawr.releases.assignment import Place
from dawr.releases.beacon import Beacon, Chain, demonstration_message, first_round_from, randomness_of
from dawr.releases.bench import peak_mib
from dawr.releases.bundle import places_text
from dawr.releases.model import DrawId, Eligibility, Rules

SERVICE = ServiceId("BENCH/1")
DRAW = DrawId("BENCH/1/2027-02-01")
KEY = SigningKey.from_seed(bytes(32))
CHAIN = Chain(public_key=KEY.public.hex(), genesis_seconds=0, period_seconds=3, is_demonstration=True)
OPENS_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
FREEZES_AT = OPENS_AT + timedelta(days=1)
FIRST_TURN_AT = OPENS_AT + timedelta(days=14)
CLASSES = ("elderly", "medical")
ANYBODY = Eligibility(
    times_a_year_max=None,
    may_act=(Actor.SELF,),
    may_not_act=(),
    first_time=FirstTime.AS_USUAL,
    served_at=ServedAt.ANY,
    has_restriction_check=False,
)
PLACES = 4000
PREFERENCES = 3


def bench_server(
    database_url: str, *, entrants: int = 1_000_000, seats: int = 200_000, preferences: int = PREFERENCES
) -> dict[str, int | float]:
    """Seconds and peak memory of one draw on an empty migrated database, in a process of its own.

    `rank_s` includes freezing the list and reading it back; `store_s` ends when the result is committed.
    """
    assert preferences == PREFERENCES, "the invented entrants have three preferences each"
    asyncio.run(_invent(database_url, entrants=entrants, seats=seats))
    program = "import sys; from dawr.releases.bench_server import time_draw; time_draw(sys.argv[1])"
    timed = subprocess.run([sys.executable, "-c", program, database_url], check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, int | float] = {"entrants": entrants, "seats": seats, **json.loads(timed.stdout)}
    return figures


def time_draw(database_url: str) -> None:
    """Freezes and draws in this process and prints the figures as JSON."""
    marks = asyncio.run(_draw(database_url))
    total_s = marks["ended"] - marks["started"]
    assign_s = marks["storing"] - marks["assigning"]
    store_s = marks["ended"] - marks["storing"]
    figures = {"rank_s": total_s - assign_s - store_s, "assign_s": assign_s, "store_s": store_s, "total_s": total_s}
    rounded = {name: round(value, 3) for name, value in figures.items()} | {"peak_mib": peak_mib()}
    sys.stdout.write(json.dumps(rounded))


async def _draw(database_url: str) -> dict[str, float]:
    marks: dict[str, float] = {}

    def mark(stage: str) -> None:
        marks[stage] = perf_counter()

    async with make_pool(database_url) as pool:
        await pool.wait()
        mark("started")
        async with transaction(pool) as tx:
            frozen = await freeze(tx, service_id=SERVICE, draw_id=DRAW, now=FREEZES_AT)
        mark("frozen")
        async with transaction(pool) as tx:
            beacon = _round(frozen.round)
            drawn = await draw(tx, service_id=SERVICE, draw_id=DRAW, beacon=beacon, now=FREEZES_AT, on_stage=mark)
        mark("ended")
    assert drawn.seed, "the bench draws somebody"
    return marks


def _round(round_number: int) -> Beacon:
    signature = KEY.private.sign(demonstration_message(round_number)).hex()
    return Beacon(round_number=round_number, randomness=randomness_of(signature), signature=signature)


async def _invent(database_url: str, *, entrants: int, seats: int) -> None:
    places = _places(seats)
    csv = places_text(places)
    rules = _rules(csv, seats=seats)
    async with make_pool(database_url) as pool, transaction(pool) as tx:
        await store.insert_release(tx, rules=rules, places_csv=csv.decode(), rules_entry_id=0)
        await store.insert_round(tx, release=rules, round_number=rules.round, entry_id=0, now=OPENS_AT)
        await store.invent_entrants(
            tx,
            release=rules,
            entrants=entrants,
            places=[place.place_id for place in places],
            classes=CLASSES,
            now=OPENS_AT,
        )
    # What the server does by itself sooner or later, so that it does not happen while the clock runs.
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(f"set role {OWNER_ROLE}".encode())
        await connection.execute("vacuum analyze releases.entrant")
        await connection.execute("reset role")
        await connection.execute("checkpoint")


def _places(seats: int) -> list[Place]:
    count = min(PLACES, max(4, seats // 10))
    return [
        Place(
            place_id=f"HAW-{FIRST_TURN_AT + timedelta(minutes=15 * number):%Y%m%d-%H%M}",
            office="KW-MOI/HAW",
            starts_at=(FIRST_TURN_AT + timedelta(minutes=15 * number)).isoformat(timespec="minutes"),
            count=seats // count + (number < seats % count),
            reserved=dict.fromkeys(CLASSES, 1) if seats > 5 * count else {},
        )
        for number in range(count)
    ]


def _rules(csv: bytes, *, seats: int) -> Rules:
    return Rules(
        draw_id=DRAW,
        service_id=SERVICE,
        eligible=ANYBODY,
        opens_at=OPENS_AT,
        freezes_at=FREEZES_AT,
        moves_until=FIRST_TURN_AT,
        round=first_round_from(FREEZES_AT + timedelta(hours=1), chain=CHAIN),
        beacon_url="",
        beacon=CHAIN,
        lead_seconds=3600,
        confirm_seconds=86400,
        travel_seconds=7200,
        classes=CLASSES,
        witnesses=(),
        witness_quorum=0,
        places_sha256=sha256(csv).hexdigest(),
        seats=seats,
        receipt_key=KEY.public.hex(),
    )

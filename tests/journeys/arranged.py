"""What has to stand before a journey begins, made by the product's own actions in the demonstration's database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from dawr.booking import actions as booking
from dawr.booking.model import Booking
from dawr.db.embedded import server_url
from dawr.db.pool import Pool, Transaction, make_pool, transaction
from dawr.demo.draws import KUWAIT, Plan, announce, enter, hurried, until_offered
from dawr.demo.national_id import InventedPerson, invented_people
from dawr.demo.site import demonstration_environment
from dawr.kernel.identifiers import PersonId
from dawr.people import actions as people
from dawr.releases.model import Release
from dawr.settings import Settings, read_settings
from tests.journeys.demonstration import Demonstration

HAWALLI = "KW-MOI/HAW-R"
CAPITAL = "KW-MOI/CAP-R"
LATEST_HOUR = 23
AT_ONCE = timedelta(seconds=5)
"""How soon a draw freezes whose entrants are all in it from the beginning."""

T = TypeVar("T")


def invented(hint: str) -> InventedPerson:
    return next(person for person in invented_people() if person.hint == hint)


def arrange(demonstration: Demonstration, work: Callable[[Pool, Settings], Awaitable[T]]) -> T:
    """What `work` comes to; in a thread of its own, because the browser's driver has the loop of this one."""
    url = server_url(demonstration.data_dir / "pg")
    environment = demonstration_environment(port=demonstration.port, data_dir=demonstration.data_dir, database_url=url)

    async def arranging() -> T:
        settings = hurried(read_settings(environment))
        async with make_pool(url, size_max=2) as pool:
            return await work(pool, settings)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, arranging()).result()


def open_draws(demonstration: Demonstration, *plans: Plan) -> list[Release]:
    """A draw for each plan, open from now on, with the plan's invented people in it."""

    async def announcing(pool: Pool, settings: Settings) -> list[Release]:
        return [await _open(pool, plan, settings=settings) for plan in plans]

    return arrange(demonstration, announcing)


def wait_until_offered(demonstration: Demonstration, *releases: Release) -> None:
    """Until the demonstration's own worker has drawn and offered."""

    async def waiting(pool: Pool, _: Settings) -> None:
        for release in releases:
            await until_offered(pool, release)

    arrange(demonstration, waiting)


def confirmed(demonstration: Demonstration, release: Release, *, hints: Sequence[str]) -> dict[str, Booking]:
    """The turns that these people were offered, confirmed by each of them."""

    async def confirming(pool: Pool, settings: Settings) -> dict[str, Booking]:
        async with transaction(pool) as tx:
            return {hint: await _confirm(tx, release, hint=hint, settings=settings) for hint in hints}

    return arrange(demonstration, confirming)


def require_time_before_midnight() -> None:
    """Skips in the last hour of the offices' day, when the turns that a journey could get are tomorrow's."""
    if datetime.now(KUWAIT).hour >= LATEST_HOUR:
        pytest.skip("the gate admits nobody today to a turn of tomorrow: try again after midnight in Kuwait")


async def _open(pool: Pool, plan: Plan, *, settings: Settings) -> Release:
    release = await announce(pool, plan, settings=settings)
    async with transaction(pool) as tx:
        for hint in plan.invented:
            person_id = await _person(tx, hint, settings=settings)
            await enter(tx, plan, release, person_id=person_id, settings=settings)
    return release


async def _confirm(tx: Transaction, release: Release, *, hint: str, settings: Settings) -> Booking:
    person_id = await _person(tx, hint, settings=settings)
    [held] = [each for each in await booking.bookings_of(tx, person_id) if each.service_id == release.service_id]
    await booking.confirm(
        tx, service_id=held.service_id, booking_id=held.booking_id, person_id=person_id, now=datetime.now(UTC)
    )
    return held


async def _person(tx: Transaction, hint: str, *, settings: Settings) -> PersonId:
    person_id = await people.find_by_civil_number(tx, invented(hint).civil_number, settings=settings)
    assert person_id is not None, f"{hint} is registered by the demonstration"
    return person_id

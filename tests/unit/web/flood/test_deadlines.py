"""What takes too long is ended, and what is over in time is left alone."""

import asyncio

import pytest

from dawr.web.flood import deadlines
from dawr.web.flood.deadlines import Deadlines


@pytest.fixture(autouse=True)
def looked_for_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LOOK_SECONDS", 0.001)


async def test_what_is_not_over_in_time_is_ended_once() -> None:
    ended = asyncio.Event()
    times = Deadlines()
    times.allow(ended.set, seconds=0)
    await ended.wait()
    assert len(times) == 0


async def test_what_is_over_is_not_ended() -> None:
    ended, late = list[str](), asyncio.Event()
    times = Deadlines()

    def end_first() -> None:
        ended.append("first")

    times.allow(end_first, seconds=0)
    times.allow(late.set, seconds=0.002)
    times.forget(end_first)
    await late.wait()
    assert ended == []


async def test_who_is_allowed_more_has_more() -> None:
    ended, late = list[str](), asyncio.Event()
    times = Deadlines()

    def end_first() -> None:
        ended.append("first")

    times.allow(end_first, seconds=0)
    times.allow(end_first, seconds=3600)
    times.allow(late.set, seconds=0.002)
    await late.wait()
    assert ended == []
    assert len(times) == 1
    times.forget(end_first)


async def test_after_a_quiet_time_it_is_looked_for_again() -> None:
    times = Deadlines()
    for _ in range(2):
        ended = asyncio.Event()
        times.allow(ended.set, seconds=0)
        await ended.wait()

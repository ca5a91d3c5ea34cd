"""What is kept for a second, so that everybody who asks in it is one question."""

import asyncio

import pytest

from dawr.web.snapshots import KEPT_MAX, Snapshots


class Source:
    """Counts how often it was asked; each answer says which one it is."""

    def __init__(self, *, failures: int = 0) -> None:
        self.times = 0
        self.failures = failures

    async def read(self, _: int) -> int:
        self.times += 1
        nth = self.times
        await asyncio.sleep(0)
        if nth <= self.failures:
            raise ConnectionError
        return nth


async def test_a_thousand_who_ask_in_a_second_are_one_reading() -> None:
    source = Source()
    snapshots = Snapshots(source.read)
    shown = await asyncio.gather(*(snapshots.value(1, at=nth / 1001) for nth in range(1000)))
    assert set(shown) == {1}
    assert source.times == 1


async def test_nobody_is_shown_what_was_read_a_second_before_he_asked() -> None:
    snapshots = Snapshots(Source().read)
    assert [await snapshots.value(1, at=at) for at in (0.0, 0.999, 1.0, 1.5, 2.0)] == [1, 1, 2, 2, 3]


async def test_a_reading_that_takes_long_is_not_given_to_who_asks_after_its_second() -> None:
    may_end = asyncio.Event()
    times = 0

    async def read(_: int) -> int:
        nonlocal times
        times += 1
        nth = times
        if nth == 1:
            await may_end.wait()
        return nth

    snapshots = Snapshots(read)
    first = asyncio.create_task(snapshots.value(1, at=0.0))
    await asyncio.sleep(0)
    assert await snapshots.value(1, at=1.0) == 2
    may_end.set()
    assert await first == 1
    assert await snapshots.value(1, at=1.9) == 2


async def test_a_fault_is_told_to_all_who_waited_for_it_and_is_not_kept() -> None:
    source = Source(failures=1)
    snapshots = Snapshots(source.read)
    told = await asyncio.gather(*(snapshots.value(1, at=0.0) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in told] == [ConnectionError] * 3
    assert await snapshots.value(1, at=0.1) == 2


async def test_a_reader_who_goes_away_does_not_take_the_answer_with_him() -> None:
    snapshots = Snapshots(Source().read)
    leaving = asyncio.create_task(snapshots.value(1, at=0.0))
    staying = asyncio.create_task(snapshots.value(1, at=0.0))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_it_does_not_grow_without_end_and_forgets_what_was_read_longest_ago() -> None:
    source = Source()
    snapshots = Snapshots(source.read)
    for key in range(KEPT_MAX):
        await snapshots.value(key, at=0.0)
    # Read anew, key 0 is the youngest; key 1 has to go for the next.
    await snapshots.value(0, at=1.0)
    await snapshots.value(KEPT_MAX, at=1.0)
    asked = source.times
    await snapshots.value(0, at=1.0)
    assert source.times == asked
    await snapshots.value(1, at=0.5)
    assert source.times == asked + 1

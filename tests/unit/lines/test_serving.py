"""The board that keeps one second of now.json."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from dawr.lines.model import LineId, NowServing
from dawr.lines.pages.serving import KEPT_MAX, Board

ONE = LineId("KW-MOI/18/one")


class Reading:
    """Counts how often the line itself was asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times = 0
        self.fails = fails

    async def __call__(self) -> NowServing:
        self.times += 1
        await asyncio.sleep(0)
        if self.fails:
            raise ConnectionError
        now = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
        return NowServing(serving=self.times, per_minute=30, is_open=True, is_closed=False, at=now)


async def test_a_thousand_readers_in_a_second_are_one_reading() -> None:
    board, reading = Board(), Reading()
    shown = await asyncio.gather(*(board.shown(ONE, read=reading, at=number / 1001) for number in range(1000)))
    assert reading.times == 1
    assert {json.loads(text)["serving"] for text in shown} == {1}
    assert json.loads(await board.shown(ONE, read=reading, at=1.0))["serving"] == 2


async def test_a_fault_is_told_and_not_kept() -> None:
    board, failing, working = Board(), Reading(fails=True), Reading()
    with pytest.raises(ConnectionError):
        await board.shown(ONE, read=failing, at=0.0)
    assert json.loads(await board.shown(ONE, read=working, at=0.1))["serving"] == 1


async def test_a_reader_who_goes_away_does_not_take_the_answer_with_him() -> None:
    board, reading = Board(), Reading()
    leaving = asyncio.create_task(board.shown(ONE, read=reading, at=0.0))
    staying = asyncio.create_task(board.shown(ONE, read=reading, at=0.0))
    await asyncio.sleep(0)
    leaving.cancel()
    assert json.loads(await staying)["serving"] == 1


async def test_the_board_does_not_grow_without_end() -> None:
    board, reading = Board(), Reading()
    for number in range(KEPT_MAX + 5):
        await board.shown(LineId(f"KW-MOI/18/{number}"), read=reading, at=0.0)
    await board.shown(LineId("KW-MOI/18/0"), read=reading, at=0.0)
    assert reading.times == KEPT_MAX + 6

"""What one connection sends, in as few pieces as may be."""

import asyncio
from typing import Any, cast

from dawr.web.flood.edge import HELD_BYTES_MAX, Together


class Wire:
    """A transport that remembers what it was given."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def together(wire: Wire) -> Together:
    return Together(cast(Any, wire), loop=asyncio.get_running_loop())


async def test_a_head_and_its_body_leave_in_one_piece() -> None:
    wire = Wire()
    answer = together(wire)
    answer.write(b"head ")
    answer.write(b"body")
    assert wire.pieces == []
    await asyncio.sleep(0)
    assert wire.pieces == [b"head body"]


async def test_what_is_written_a_turn_of_the_loop_later_is_the_next_piece() -> None:
    wire = Wire()
    answer = together(wire)
    answer.write(b"one")
    await asyncio.sleep(0)
    answer.write(b"two")
    await asyncio.sleep(0)
    assert wire.pieces == [b"one", b"two"]


async def test_a_long_answer_is_not_held_back_as_a_whole() -> None:
    wire = Wire()
    answer = together(wire)
    answer.write(b"x" * (HELD_BYTES_MAX + 1))
    assert wire.pieces == [b"x" * (HELD_BYTES_MAX + 1)]
    await asyncio.sleep(0)
    assert len(wire.pieces) == 1


async def test_who_has_gone_is_sent_nothing() -> None:
    wire = Wire()
    answer = together(wire)
    answer.write(b"too late")
    wire.is_closed = True
    await asyncio.sleep(0)
    assert wire.pieces == []


async def test_the_last_words_are_sent_before_the_end() -> None:
    wire = Wire()
    answer = together(wire)
    answer.write(b"closing")
    answer.close()
    assert wire.pieces == [b"closing"]
    assert answer.is_closing()

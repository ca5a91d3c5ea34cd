"""Kept connections to the site, as a reverse proxy in front of it keeps them; who asks borrows one for one request."""

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

ANSWER_SECONDS_MAX = 60.0
STOPPED = frozenset({429, 503})
LATER = STOPPED | {0, 408, 500, 502, 504}
"""After these a person tries again: nothing was said about what he asked."""


class Answer(NamedTuple):
    """What came back; status 0 where the connection died first."""

    status: int
    body: bytes = b""
    retry_after_seconds: int = 0

    @property
    def is_final(self) -> bool:
        """Whether something was said about what was asked."""
        return self.status not in LATER


NOTHING = Answer(0)


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What one group sent and what came of it, by minute of the morning; latencies in seconds."""

    minute: Callable[[], float]
    answered: "Counter[int]" = field(default_factory=Counter)
    stopped: "Counter[int]" = field(default_factory=Counter)
    statuses: "Counter[int]" = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))

    def count(self, status: int, *, seconds: float) -> None:
        self.statuses[status] += 1
        if status in STOPPED:
            self.stopped[int(self.minute())] += 1
        else:
            self.answered[int(self.minute())] += 1
            self.latencies.append(seconds)

    @property
    def failed(self) -> int:
        """How many met an error of ours, or a connection that died."""
        return sum(self.statuses[status] for status in LATER - STOPPED)

    @property
    def sent(self) -> int:
        return self.statuses.total()


class Wire:
    """A bounded number of connections, spread over the web processes, for one group of people."""

    def __init__(self, addresses: Sequence[tuple[str, int]], *, connections: int, traffic: Traffic) -> None:
        self.traffic = traffic
        self._addresses = addresses
        self._room = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []
        self._opened = 0

    async def ask(self, request: bytes) -> Answer:
        """The answer; its latency is counted from now, waiting for a connection included."""
        due = time.perf_counter()
        async with self._room:
            answer = await self._exchange(request)
        self.traffic.count(answer.status, seconds=time.perf_counter() - due)
        return answer

    def close(self) -> None:
        for connection in self._idle:
            connection.close()

    async def _exchange(self, request: bytes) -> Answer:
        try:
            connection = await self._borrow()
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                answer = await connection.exchange(request)
        except (OSError, TimeoutError):
            return NOTHING
        if connection.is_open:
            self._idle.append(connection)
        return answer

    async def _borrow(self) -> "_Connection":
        while self._idle:
            # The site closes what has long been idle.
            if (connection := self._idle.pop()).is_open:
                return connection
        return await self._connect()

    async def _connect(self) -> "_Connection":
        self._opened += 1
        host, port = self._addresses[self._opened % len(self._addresses)]
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, host, port)
        return connection


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self._received = b""
        self._needed = 0
        self._answered: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self.is_open = False
        self._tell(NOTHING)

    async def exchange(self, request: bytes) -> Answer:
        if not self.is_open:
            return NOTHING
        self._received, self._needed = b"", 0
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._needed:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            self._needed = head + 4 + _number(self._received, b"content-length: ", head=head)
        if len(self._received) >= self._needed:
            head = self._received.index(b"\r\n\r\n")
            self._tell(
                Answer(
                    status=int(self._received[9:12]),
                    body=self._received[head + 4 : self._needed],
                    retry_after_seconds=_number(self._received, b"retry-after: ", head=head),
                )
            )

    def close(self) -> None:
        self._transport.close()

    def _tell(self, answer: Answer) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(answer)


def _number(answer: bytes, header: bytes, *, head: int) -> int:
    at = answer.find(header, 0, head)
    return int(answer[at + len(header) : answer.index(b"\r\n", at)]) if at >= 0 else 0

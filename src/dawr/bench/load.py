"""A load generator that costs little: prepared HTTP/1.1 requests over kept connections, one thread, epoll.

It shares the machine with what it measures, so it does nothing that is not needed: no parsing beyond the status and
the length, no object per request. Latency is counted from when a request was due, so that a server that stalls is not
spared the requests that it kept waiting (coordinated omission).
"""

import select
import socket
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

ANSWER_BYTES = 65536
POLL_SECONDS = 0.05
STALL_SECONDS_MAX = 30.0

OnAnswer = Callable[[int, int], None]
"""Told each request's number and the status of its answer (0 where the connection died first)."""


@dataclass(slots=True, kw_only=True)
class Driven:
    """What came back: how many of each status, each one's latency in seconds, and how long it took in all."""

    statuses: "Counter[int]" = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency, in milliseconds, that `percent` of the answers did not exceed."""
        if not self.latencies:
            return 0.0
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


class _Connection:
    __slots__ = ("answer", "due", "needed", "number", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.answer = b""
        self.needed = 0
        self.due = 0.0
        self.number = -1


def drive(
    addresses: Sequence[tuple[str, int]],
    requests: Iterator[bytes],
    *,
    connections: int,
    rate: float = 0,
    seconds_max: float = 600,
    on_answer: OnAnswer | None = None,
) -> Driven:
    """Send every request, `rate` a second where one is given, else each connection as fast as it is answered.

    Connections are spread over `addresses`. One that dies is opened again and its request counted with status 0.
    """
    return _Drive(addresses, requests, connections=connections, rate=rate, on_answer=on_answer).run(seconds_max)


class _Drive:
    def __init__(
        self,
        addresses: Sequence[tuple[str, int]],
        requests: Iterator[bytes],
        *,
        connections: int,
        rate: float,
        on_answer: OnAnswer | None,
    ) -> None:
        self._addresses = addresses
        self._requests = enumerate(requests)
        self._interval = 1 / rate if rate else 0.0
        self._on_answer = on_answer
        self._epoll = select.epoll()
        self._open: dict[int, _Connection] = {}
        self._idle: list[_Connection] = []
        self._busy = 0
        self._next_due = 0.0
        self._is_over = False
        self.driven = Driven()
        for number in range(connections):
            self._idle.append(self._connect(number))

    def run(self, seconds_max: float) -> Driven:
        started = last_answer = self._next_due = time.perf_counter()
        while True:
            now = time.perf_counter()
            self._is_over = self._is_over or now - started > seconds_max
            self._send_due(now)
            if self._busy == 0 and self._is_over:
                break
            before = self.driven.answered
            for descriptor, _ in self._epoll.poll(self._patience(now)):
                self._receive(self._open[descriptor])
            if self.driven.answered > before:
                last_answer = time.perf_counter()
            elif now - last_answer > STALL_SECONDS_MAX:
                break
        self.driven.seconds = time.perf_counter() - started
        for connection in self._open.values():
            connection.socket.close()
        self._epoll.close()
        return self.driven

    def _patience(self, now: float) -> float:
        if self._interval and not self._is_over and self._idle:
            return max(0.0, min(POLL_SECONDS, self._next_due - now))
        return POLL_SECONDS

    def _send_due(self, now: float) -> None:
        while self._idle and not self._is_over and self._next_due <= now:
            connection = self._idle.pop()
            if not self._send(connection, due=self._next_due if self._interval else now):
                self._idle.append(connection)
                return
            self._next_due += self._interval

    def _send(self, connection: _Connection, *, due: float) -> bool:
        """Whether there was a request left to send."""
        if (following := next(self._requests, None)) is None:
            self._is_over = True
            return False
        connection.number, request = following
        connection.due = due
        connection.answer = b""
        connection.needed = 0
        self._busy += 1
        try:
            connection.socket.sendall(request)
        except OSError:
            self._died(connection)
        return True

    def _receive(self, connection: _Connection) -> None:
        try:
            received = connection.socket.recv(ANSWER_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._died(connection)
            return
        answer = connection.answer = connection.answer + received if connection.answer else received
        if not connection.needed:
            head = answer.find(b"\r\n\r\n")
            if head < 0:
                return
            connection.needed = head + 4 + _content_length(answer, head)
        if len(answer) >= connection.needed:
            self._answered(connection, status=int(answer[9:12]))

    def _answered(self, connection: _Connection, *, status: int) -> None:
        now = time.perf_counter()
        self.driven.latencies.append(now - connection.due)
        self.driven.statuses[status] += 1
        if self._on_answer:
            self._on_answer(connection.number, status)
        self._busy -= 1
        connection.number = -1
        # Without a rate the next request goes out at once, without the detour through the poll.
        if self._interval or self._is_over or not self._send(connection, due=now):
            self._idle.append(connection)

    def _died(self, connection: _Connection) -> None:
        if connection.number >= 0:
            self.driven.statuses[0] += 1
            if self._on_answer:
                self._on_answer(connection.number, 0)
            self._busy -= 1
        elif connection in self._idle:
            self._idle.remove(connection)
        self._forget(connection)
        self._idle.append(self._connect(len(self._open)))

    def _forget(self, connection: _Connection) -> None:
        self._open.pop(connection.socket.fileno(), None)
        connection.socket.close()

    def _connect(self, number: int) -> _Connection:
        for attempt in range(len(self._addresses)):
            try:
                connection = _Connection(self._addresses[(number + attempt) % len(self._addresses)])
            except OSError:
                continue
            self._open[connection.socket.fileno()] = connection
            self._epoll.register(connection.socket, select.EPOLLIN)
            return connection
        raise ConnectionError("nobody answers at any address")


def _content_length(answer: bytes, head: int) -> int:
    at = answer.find(b"content-length: ", 0, head)
    return int(answer[at + 16 : answer.index(b"\r\n", at)]) if at >= 0 else 0

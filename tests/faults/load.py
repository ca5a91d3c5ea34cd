"""People who send their request again, with the same key, until they are answered.

Other than the generator of `dawr bench`, which measures, this one keeps every answer, sends again what had none, and
lives through the hours in which nobody answers at all.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Self

CONNECTIONS = 48
PAUSE_SECONDS = 0.2
ANSWER_SECONDS_MAX = 40
ALL_SECONDS_MAX = 120
DIED = 0
LATER = frozenset({429, 503})
"""Said where nothing was done, or where nobody knows."""

Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request was answered in the end."""

    status: int
    body: bytes


class Load:
    """All requests at once, sent by a thread of their own while the test goes on; `with` waits for the last answer.

    `rate` says how many people come in a second, 0 for as fast as they are answered.
    """

    def __init__(self, addresses: Sequence[Address], requests: Sequence[bytes], *, rate: float = 0) -> None:
        self.answers: dict[int, Answer] = {}
        self.without_answer: Counter[int] = Counter()
        self._addresses = addresses
        self._requests = requests
        self._come = deque(range(len(requests)))
        self._pause = CONNECTIONS / rate if rate else 0.0
        self._fault: BaseException | None = None
        self._thread = Thread(target=self._run)

    @property
    def waiting(self) -> int:
        """How many have not been answered yet."""
        return len(self._requests) - len(self.answers)

    @property
    def in_order(self) -> list[Answer]:
        """The answers, in the order of the requests."""
        return [self.answers[number] for number in range(len(self._requests))]

    def wait_until_answered(self, count: int) -> None:
        self._wait_until(lambda: len(self.answers) >= count)

    def wait_until_unanswered(self, count: int) -> None:
        """Until so many requests came to nothing."""
        self._wait_until(lambda: self.without_answer.total() >= count)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if raised[0] is not None:
            self._come.clear()
        self._thread.join()
        if self._fault is not None and raised[0] is None:
            raise self._fault

    def _wait_until(self, has_come: Callable[[], bool]) -> None:
        deadline = time.monotonic() + ALL_SECONDS_MAX
        while not has_come():
            assert self._thread.is_alive(), f"everybody was answered before: {self.without_answer}"
            assert time.monotonic() < deadline, f"{self.waiting} wait: {self.without_answer}"
            time.sleep(0.002)

    def _run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as fault:  # noqa: BLE001 - raised in the test's own thread
            self._fault = fault

    async def _all(self) -> None:
        async with asyncio.timeout(ALL_SECONDS_MAX):
            await asyncio.gather(*(self._one_after_another(number) for number in range(CONNECTIONS)))

    async def _one_after_another(self, number: int) -> None:
        connection = _Connection(self._addresses, first=number)
        while self._come:
            asked = self._come.popleft()
            self.answers[asked] = await self._until_answered(connection, self._requests[asked])
            await asyncio.sleep(self._pause)
        connection.close()

    async def _until_answered(self, connection: "_Connection", request: bytes) -> Answer:
        while True:
            answer = await connection.ask(request)
            if answer.status not in LATER | {DIED}:
                return answer
            self.without_answer[answer.status] += 1
            await asyncio.sleep(PAUSE_SECONDS)


class _Connection:
    """Kept as long as it lives; the next one goes to the next address."""

    def __init__(self, addresses: Sequence[Address], *, first: int) -> None:
        self._addresses = addresses
        self._number = first
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await self._ask(request)
        except (OSError, EOFError, TimeoutError):
            self.close()
            self._number += 1
            return Answer(status=DIED, body=b"")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._addresses[self._number % len(self._addresses)])
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = Answer(status=int(head[9:12]), body=await reader.readexactly(length))
        if b"connection: close" in head:
            self.close()
        return answer

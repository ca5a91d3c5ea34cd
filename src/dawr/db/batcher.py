"""Many callers, one statement: what arrives while a batch is being committed is the next batch.

There is no timer, so a lone request waits for nobody; one batch of a kind is in flight per process. Measured on two
cores with durable commits this is three to sixty times what a transaction per request gives.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import Generic, TypeVar

from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from dawr.db.pool import Pool, Transaction, look_up_transaction
from dawr.kernel.refusal import Refusal

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")

Work = Callable[[Transaction, Sequence[Ask]], Awaitable[Sequence[Answer | Refusal]]]
"""A set-based action: asks in, to each its own answer or Refusal, in the same order, in the one open transaction."""

Observer = Callable[[str, int, float], None]
"""Told of each batch: the batcher's name, how many asks it held, how many seconds it took."""

BATCH_MAX = 256
WAITING_MAX = 8192
WAIT_SECONDS_MAX = 2.0
TRIES = 2
SMOOTHING = 0.2

CONNECTION_LOST = (OperationalError, InterfaceError, PoolTimeout)


class Busy(Refusal):
    """More is waiting than can be served within two seconds; nothing was done, and the request may be sent again."""

    code = "db.busy"
    status = 503


@dataclass(slots=True, kw_only=True)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    answered: "asyncio.Future[Answer]"
    arrived: float


def unobserved(_name: str, _size: int, _seconds: float) -> None:
    """A batch that nobody counts."""


class Batcher(Generic[Ask, Answer]):
    """A bounded queue in front of one set-based action.

    `lane` says which asks compete with each other (one release, say): each batch takes from every lane in turn, so
    that a crowd before one release does not hold up another. An ask must be safe to do twice, by its idempotency key
    or a key of its own, because a batch whose connection died in mid-commit is tried once more.
    """

    def __init__(
        self,
        pool: Pool,
        work: Work[Ask, Answer],
        *,
        name: str,
        lane: Callable[[Ask], Hashable],
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
        observe: Observer = unobserved,
    ) -> None:
        self._pool = pool
        self._work = work
        self._name = name
        self._lane = lane
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._observe = observe
        self._lanes: dict[Hashable, deque[_Waiting[Ask, Answer]]] = {}
        self._waiting = 0
        self._batch_seconds = 0.0
        self._running: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many asks wait for a batch."""
        return self._waiting

    async def ask(self, ask: Ask) -> Answer:
        """This caller's own answer; raises his own Refusal, or Busy at once where he would wait too long."""
        if self._waiting >= self._waiting_max or self._waiting_seconds() > WAIT_SECONDS_MAX:
            raise Busy(retry_after_seconds=2)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(ask=ask, answered=answered, arrived=time.monotonic())
        self._lanes.setdefault(self._lane(ask), deque()).append(waiting)
        self._waiting += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answered

    async def drained(self) -> None:
        """Wait until everybody who asked has been answered; for a clean stop."""
        while self._running is not None:
            await self._running

    def _waiting_seconds(self) -> float:
        """How long it takes until everybody who waits is served; a batch takes about as long for one as for many."""
        return ceil(self._waiting / self._batch_max) * self._batch_seconds

    async def _run(self) -> None:
        try:
            while self._waiting:
                if batch := self._next_batch():
                    await self._serve(batch)
        finally:
            self._running = None

    def _next_batch(self) -> list[_Waiting[Ask, Answer]]:
        """One from each lane in turn; who has gone away is left out, and who has waited too long is told so."""
        batch: list[_Waiting[Ask, Answer]] = []
        too_old = time.monotonic() - WAIT_SECONDS_MAX
        while self._lanes and len(batch) < self._batch_max:
            for lane in list(islice(self._lanes, self._batch_max - len(batch))):
                # Taken out and put back at the end, so that the next batch begins with another lane.
                queue = self._lanes.pop(lane)
                waiting = queue.popleft()
                self._waiting -= 1
                if queue:
                    self._lanes[lane] = queue
                if waiting.answered.done():
                    continue
                if waiting.arrived < too_old:
                    waiting.answered.set_exception(Busy(retry_after_seconds=2))
                    continue
                batch.append(waiting)
        return batch

    async def _serve(self, batch: Sequence[_Waiting[Ask, Answer]]) -> None:
        started = time.monotonic()
        try:
            answers = await self._answers([waiting.ask for waiting in batch])
        except CONNECTION_LOST as lost:
            for waiting in batch:
                _fail(waiting, lost)
        except Exception as fault:  # noqa: BLE001 - it goes to the one caller whose ask it is
            await self._serve_apart(batch, fault=fault)
        else:
            for waiting, answer in zip(batch, answers, strict=True):
                _tell(waiting, answer)
        seconds = time.monotonic() - started
        self._batch_seconds += SMOOTHING * (seconds - self._batch_seconds)
        self._observe(self._name, len(batch), seconds)

    async def _serve_apart(self, batch: Sequence[_Waiting[Ask, Answer]], *, fault: Exception) -> None:
        """Nothing of the batch was done; in halves, all but the bad ask are served."""
        if len(batch) == 1:
            _fail(batch[0], fault)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            await self._serve(half)

    async def _answers(self, asks: Sequence[Ask]) -> Sequence[Answer | Refusal]:
        for tries_left in reversed(range(TRIES)):
            try:
                async with look_up_transaction(self._pool) as tx:
                    return await self._work(tx, asks)
            except PoolTimeout:
                raise
            except CONNECTION_LOST:
                if not tries_left:
                    raise
                # The others of the pool may have died with this one.
                await self._pool.check()
        raise AssertionError("each try answers or raises")


def _tell(waiting: _Waiting[Ask, Answer], answer: Answer | Refusal) -> None:
    if isinstance(answer, Refusal):
        _fail(waiting, answer)
    elif not waiting.answered.done():
        waiting.answered.set_result(answer)


def _fail(waiting: _Waiting[Ask, Answer], fault: Exception) -> None:
    if not waiting.answered.done():
        waiting.answered.set_exception(fault)

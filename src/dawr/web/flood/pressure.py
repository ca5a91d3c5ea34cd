"""How hard this process is pressed: how late its loop runs, and how long what waits would take to serve."""

import asyncio
import time
from collections.abc import Callable
from enum import IntEnum

TICK_SECONDS = 0.1
LAG_KEPT = 0.7
"""What is left of a past lag one tick later."""
RATE_SMOOTHING = 0.2
IN_FLIGHT_MIN = 256
"""Fewer requests than this at one time are never taken for a queue."""
IN_FLIGHT_MAX = 12_000
BELIEVED_A_SECOND = 500.0
"""What a process is believed to serve before it had anything to do."""
CROWD_MIN = 20
"""A loop that is late with fewer requests than this in a tick has a slow machine, and nobody to send away."""
POOL_WAITING_MAX = 200


class Level(IntEnum):
    """What is let in: everybody; the anonymous with a proof; those who are signed in; nobody."""

    CALM = 0
    PRESSED = 1
    OVERLOADED = 2
    FULL = 3


LAG_SECONDS = ((2.0, Level.FULL), (1.0, Level.OVERLOADED), (0.3, Level.PRESSED))
WAIT_SECONDS = ((2.0, Level.FULL), (1.0, Level.OVERLOADED), (0.5, Level.PRESSED))
POOL_SHARES = ((1.0, Level.OVERLOADED), (0.25, Level.PRESSED))


def level_of(*, lag_seconds: float, in_flight: int, served_a_second: float, pool_waiting: int) -> Level:
    """The level at which nobody is let in who could not be served within two seconds."""
    if in_flight >= IN_FLIGHT_MAX:
        return Level.FULL
    wait_seconds = 0.0
    if in_flight >= IN_FLIGHT_MIN:
        wait_seconds = in_flight / served_a_second if served_a_second > 0 else float("inf")
    return max(
        _reached(lag_seconds, LAG_SECONDS),
        _reached(wait_seconds, WAIT_SECONDS),
        _reached(pool_waiting / POOL_WAITING_MAX, POOL_SHARES),
    )


def _reached(value: float, steps: tuple[tuple[float, Level], ...]) -> Level:
    return next((level for least, level in steps if value >= least), Level.CALM)


class Pressure:
    """The measure of one process; `level` is worked out every tenth of a second, and read for nothing."""

    __slots__ = (
        "_crowd_lag_seconds",
        "_served",
        "in_flight",
        "lag_seconds",
        "level",
        "pool_waiting",
        "served_a_second",
    )

    def __init__(self) -> None:
        self.level = Level.CALM
        self.in_flight = 0
        self.lag_seconds = 0.0
        self.pool_waiting = 0
        self.served_a_second = BELIEVED_A_SECOND
        self._served = 0
        self._crowd_lag_seconds = 0.0

    def enter(self) -> None:
        """A request begins to be worked on; one whose body is still on its way has not."""
        self.in_flight += 1

    def leave(self) -> None:
        """Its answer begins; how slowly somebody reads it is no pressure on us."""
        self.in_flight -= 1
        self._served += 1

    def tick(self, *, late_seconds: float, elapsed_seconds: float, pool_waiting: int) -> None:
        """Take the measure of the last tick."""
        is_crowd = self.in_flight + self._served >= CROWD_MIN
        self.lag_seconds = max(late_seconds, self.lag_seconds * LAG_KEPT)
        self._crowd_lag_seconds = max(late_seconds if is_crowd else 0.0, self._crowd_lag_seconds * LAG_KEPT)
        rate = self._served / elapsed_seconds if elapsed_seconds > 0 else 0.0
        # Who has nothing to do has not become slow: the first of a crowd must not be sent away for the quiet before it.
        if self.in_flight or self._served:
            self.served_a_second += RATE_SMOOTHING * (rate - self.served_a_second)
        self._served = 0
        self.pool_waiting = pool_waiting
        self.level = level_of(
            lag_seconds=self._crowd_lag_seconds,
            in_flight=self.in_flight,
            served_a_second=self.served_a_second,
            pool_waiting=pool_waiting,
        )


async def watch(pressure: Pressure, *, pool_waiting: Callable[[], int], after_tick: Callable[[], None]) -> None:
    """Measure for ever; `after_tick` is called each time, for whoever shows the measure."""
    before = time.monotonic()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        late = max(0.0, now - before - TICK_SECONDS)
        pressure.tick(late_seconds=late, elapsed_seconds=now - before, pool_waiting=pool_waiting())
        after_tick()
        before = now
